"""Runs the built command."""
import atexit
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

BIN = os.environ.get("TTMEM_BIN", "ttmem")


def alone():
    """The environment in which ttmem sees no ledger of others (tests/support/alone.c), so that answers are the text's."""
    library = pathlib.Path(BIN).resolve().parent.parent / "lib/libalone.so"
    if not library.exists():
        return None
    folder = tempfile.mkdtemp(prefix="ttmem-messages-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.makedirs(folder + "/shm")
    return {**os.environ, "LD_PRELOAD": str(library), "TTMEM_TEST_ALONE": folder}


ENVIRONMENT = alone()


def ttmem(*words, given=None):
    done = subprocess.run([BIN, *words], input=given, capture_output=True, check=False, env=ENVIRONMENT)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def explained(text):
    """The JSON of `ttmem explain -` of a text or of bytes."""
    given = text if isinstance(text, bytes) else text.encode()
    code, out, err = ttmem("explain", "-", "--json", given=given)
    assert code == 0, (code, err, text[:400])
    return json.loads(out)


def run(namespace):
    """Every function test_... of a module; exit 1 with what failed."""
    failed = 0
    for name, test in sorted(namespace.items()):
        if not name.startswith("test_"):
            continue
        try:
            test()
            print("ok     ", name)
        except AssertionError as error:
            failed += 1
            print("FAILED ", name, error)
    sys.exit(1 if failed else 0)
