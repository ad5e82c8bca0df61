"""Runs the built command."""
import json
import os
import subprocess
import sys

BIN = os.environ.get("TTMEM_BIN", "ttmem")


def ttmem(*words, given=None):
    done = subprocess.run([BIN, *words], input=given, capture_output=True, check=False)
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
