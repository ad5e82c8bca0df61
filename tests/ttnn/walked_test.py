"""The walk over Python's frames (adapters/preload/python_stack.c) under every Python that is here, without ttnn."""
import json

from launcher_test import pythons
from real_ttnn import LIB, PRELOAD
from scenario import BIN, Scene, Skip, check, check_equal

WALKED = {"3.10", "3.11", "3.12", "3.13"}
BEGINS = '''
import ctypes, os, struct, sys
LIBRARY = ctypes.PyDLL(PRELOAD, mode=ctypes.RTLD_GLOBAL)
UNLOCKED = ctypes.CDLL(PRELOAD)  # releases Python's lock around its calls
TTMEM = ctypes.CDLL(None)
for name in ("ttmem_record_alloc_with_stack", "ttmem_intern_frame"):
    getattr(TTMEM, name).restype = ctypes.c_uint64 if "alloc" in name else ctypes.c_uint32
IDS = (ctypes.c_uint64 * 1)(77)
TTMEM.ttmem_register_chip(struct.pack("<QIIQ", 77, 0, 0, 0) + struct.pack("<IIQ", 12, 0, 1 << 30) * 5 + struct.pack("<IIQQ", 8, 8, 1 << 20, 0))
PLACE = TTMEM.ttmem_register_place(struct.pack("<IIIIQQ", 1, 0, 0, 1, ctypes.addressof(IDS), 0))
made = 0

def allocate(library=LIBRARY):
    """One more allocation, with the stack of this call: its bytes are its number."""
    global made
    made += 1
    stack = library.ttmem_preload_stack()
    words = struct.pack("<IBBBBQQQHHIQQ", PLACE, 0, 1, 0, 0, made << 12, made, 64, 12, 12, 0, 0, 0)
    return TTMEM.ttmem_record_alloc_with_stack(words, stack) and stack
'''


class Walked(Scene):
    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def stacks(self, python, text, code=0):
        """{number of the allocation: its frames as [(line, function), ...], the innermost first}, of one program."""
        program = self.files / "program.py"
        program.write_text(f"PRELOAD = {str(PRELOAD)!r}\n" + BEGINS + text)
        env = {"TTMEM_LEVEL": "stacks", "LD_LIBRARY_PATH": str(LIB)}
        done = self.run(python, program, env=env)
        check_equal(done.returncode, code, done.stdout + done.stderr)
        check("Traceback" not in done.stderr, done.stderr)
        items = self.json("leaks")["items"]
        for ledger in self.ledgers.glob("*.ledger"):
            ledger.unlink()
        source = program.read_text().splitlines()
        return {item["requested_bytes"]: [(source[f["line"] - 1].strip() if f["file"] == str(program) else f["file"], f["function"])
                                          for f in item.get("stack", [])] for item in items}


def each_python():
    found = {release: python for release, python in pythons().items() if release in WALKED}
    if not found:
        raise Skip("there is no Python of " + ", ".join(sorted(WALKED)))
    return found


def lines_of(frames):
    return [line for line, _ in frames[1:]]  # without allocate() itself


def test_each_frame_has_its_line_and_function():
    with Walked() as s:
        for release, python in each_python().items():
            stacks = s.stacks(python, '''
class Model:
    def forward(self):
        for step in range(2):
            self.layer(step)
    def layer(self, step):
        if step == 0:
            allocate()  # one
        else:
            allocate()  # two
Model().forward()
[allocate() for _ in range(1)]
''')
            check_equal([lines_of(stacks[1])[0], lines_of(stacks[2])[0]], ["allocate()  # one", "allocate()  # two"], release)
            check_equal(lines_of(stacks[1])[1:], ["self.layer(step)", "Model().forward()"], release)
            names = [function for _, function in stacks[1][1:]]
            check_equal(names, ["layer", "forward", "<module>"] if release == "3.10" else ["Model.layer", "Model.forward", "<module>"], release)
            check("[allocate() for _ in range(1)]" in lines_of(stacks[3]), release, stacks[3])


def test_of_a_deep_stack_the_innermost_frames_are_kept():
    with Walked() as s:
        for release, python in each_python().items():
            stacks = s.stacks(python, '''
def deep(n):
    return allocate() if n == 0 else deep(n - 1)
deep(100)
''')
            check_equal([len(stacks[1]), stacks[1][-1][1]], [32, "deep"], release)


def test_code_that_takes_the_place_of_other_code_is_never_taken_for_it():
    with Walked() as s:
        for release, python in each_python().items():
            stacks = s.stacks(python, '''
import gc
for step in range(300):
    code = compile("def made_%d(): allocate()" % step, "made %d" % step, "exec")
    space = {"allocate": allocate}
    exec(code, space)
    space["made_%d" % step]()
    del code, space
    gc.collect(0)
''')
            check_equal([stacks[n][1] for n in range(1, 301)], [(f"made {n}", f"made_{n}") for n in range(300)], release)


def test_nothing_is_kept_and_nothing_is_changed():
    with Walked() as s:
        for release, python in each_python().items():
            s.stacks(python, '''
import gc, weakref
class Tensor: pass

def scope():
    tensor = Tensor()
    counts = lambda: (sys.getrefcount(tensor), sys.getrefcount(scope.__code__), gc.isenabled())
    before = counts()
    frame = sys._getframe()
    of_frame = sys.getrefcount(frame)
    for _ in range(10): allocate()
    assert counts() == before and sys.getrefcount(frame) == of_frame, (counts(), before)
    del frame, counts
    allocate()
    return weakref.ref(tensor)
assert scope()() is None
gc.disable()
assert scope()() is None and not gc.isenabled()

def generates():
    tensor = Tensor()
    yield weakref.ref(tensor)
    allocate()
    yield
generator = generates()
died = next(generator)
next(generator)
del generator
assert died() is None

try:
    raise KeyError("kept")
except KeyError as error:
    allocate()
    assert sys.exc_info()[1] is error
    assert len(__import__("traceback").extract_tb(error.__traceback__)) == 1
''')


def test_without_the_lock_there_is_no_stack_and_that_is_said():
    with Walked() as s:
        for release, python in each_python().items():
            stacks = s.stacks(python, "allocate(UNLOCKED)\nallocate()\nprint('done')\n")
            check_equal([stacks[1], len(stacks[2])], [[], 2], release)


def test_threads_tasks_and_forks_have_stacks_of_their_own():
    with Walked() as s:
        for release, python in each_python().items():
            stacks = s.stacks(python, '''
import asyncio, threading
sys.setswitchinterval(1e-6)

def in_thread(number):
    for _ in range(200):
        LIBRARY.ttmem_preload_stack()
        eval("allocate_nothing()", {"allocate_nothing": LIBRARY.ttmem_preload_stack})
threads = [threading.Thread(target=in_thread, args=(n,)) for n in range(4)]
for t in threads: t.start()
for t in threads: t.join()

async def task():
    await asyncio.sleep(0)
    allocate()  # in a task
async def main():
    await asyncio.gather(task(), task())
asyncio.run(main())

def after_fork():
    allocate()  # in a child
child = os.fork()
if child == 0:
    after_fork()
    os._exit(0)
os.waitpid(child, 0)
''')
            check_equal([lines_of(stacks[n])[0] for n in (1, 2, 3)], ["allocate()  # in a task"] * 2 + ["allocate()  # in a child"], release)
            check_equal(stacks[3][2][0], "after_fork()", release)


def test_the_end_of_the_interpreter_is_survived():
    with Walked() as s:
        for release, python in each_python().items():
            stacks = s.stacks(python, '''
import atexit
class Late:
    def __del__(self, allocate=allocate): allocate()  # late
late = Late()
sys.late = Late()
def at_exit():
    allocate()  # at exit
atexit.register(at_exit)
allocate()
''')
            check_equal(lines_of(stacks[2])[0], "allocate()  # at exit", release)


def test_another_interpreter_has_no_stack():
    with Walked() as s:
        for release, python in each_python().items():
            s.stacks(python, '''
try:
    import _interpreters as interpreters
except ImportError:
    import _xxsubinterpreters as interpreters
number = interpreters.create()
run = getattr(interpreters, "run_string")
run(number, """
import ctypes
assert ctypes.PyDLL(%r).ttmem_preload_stack() == 0
""" % PRELOAD) if release_has_ctypes_in_others else None
interpreters.destroy(number)
assert allocate() != 0
'''.replace("release_has_ctypes_in_others", repr(release in ("3.10", "3.11"))))


def test_the_text_shows_the_line():
    with Walked() as s:
        for release, python in each_python().items():
            program = s.files / "model.py"
            program.write_text(f"PRELOAD = {str(PRELOAD)!r}\n" + BEGINS + "def forward():\n    allocate()\nforward()\nallocate(UNLOCKED)\n")
            s.run(python, program, env={"TTMEM_LEVEL": "stacks"})
            said = s.run(BIN / "ttmem", "leaks").stdout
            check("LINE" in said and "model.py:" in said, release, said)
            document = s.json("leaks")
            check(any("1 of 2 live allocations have no call stack" in note for note in document["coverage"]["notes"]), json.dumps(document["coverage"]))
            return
