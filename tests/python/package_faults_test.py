"""Never green when something was not seen, of the package: what could not be read is told."""
import json

from package import PROGRAMS, installed
from scenario import BIN, SIM, Scene, Skip, check

LIBRARY = BIN.resolve().parent / "lib/libreader_faults.so"


def test_what_cannot_be_read_of_a_capture_is_told():
    if not LIBRARY.exists():
        raise Skip("with sanitizers no call is made to fail")
    scene = Scene()
    try:
        capture = scene.recorded(SIM, "decode", "--machine", "N300", "--steps", "5", "--plant", "leak")
        done = scene.run(installed(), PROGRAMS / "unread.py", capture, LIBRARY)
        check(done.returncode == 0, done.stdout, done.stderr)
        found = json.loads(done.stdout)
        check(found["tried"] > 100, "calls that could fail:", found["tried"])
        check(not found["wrong"], len(found["wrong"]), "of", found["tried"], "\n ", "\n  ".join(found["wrong"][:20]))
    finally:
        scene.close()
