"""Faults, one by one: the n-th call of one function of the C library fails in a command (reader_faults.c)."""
import errno
import functools

from scenario import BIN, FULL, check, check_equal

LIBRARY = BIN.resolve().parent / "lib/libreader_faults.so"
# How each function fails in life; after the first EACH calls of one, the steps to the next grow by FASTER.
ERRORS = {"opendir": [errno.EMFILE, errno.EACCES], "fdopendir": [errno.ENOMEM], "readdir": [errno.EIO],
          "open": [errno.EMFILE, errno.EACCES], "openat": [errno.EMFILE, errno.EACCES],
          "openat2": [errno.EMFILE, errno.EACCES, errno.ENOMEM], "fstat": [errno.EIO], "lstat": [errno.EACCES],
          "fstatat": [errno.EIO, errno.EACCES], "stat": [errno.EACCES], "fstatfs": [errno.EIO],
          "pread": [errno.EIO], "read": [errno.EIO], "readlink": [errno.EACCES], "fopen": [errno.EMFILE],
          "fcntl": [errno.EINVAL], "socket": [errno.EMFILE], "mmap": [errno.ENOMEM], "malloc": [errno.ENOMEM]}
FIRST_ERRORS = {function: errors[:1] for function, errors in ERRORS.items()}
EACH, FASTER = (10**6, 1) if FULL else (30, 1.5)
TRIED = set()  # commands that have met them in this test
ENOUGH = 20  # fewer faults than this, and the test has seen nothing


def variables(s, fault, mark):
    """Variables with which a command meets the fault, and makes the file `mark` when it did."""
    loaded = [str(LIBRARY), s.environment.get("LD_PRELOAD")]
    return {"TTMEM_FAULT": fault, "TTMEM_FAULT_FILE": str(mark), "LD_PRELOAD": " ".join(filter(None, loaded))}


def wrong_with_faults(s, wrong_with, errors=None, each=EACH, count=1):
    """Has wrong_with(variables) try each fault, until the command makes no such call any more; it returns what is wrong
    with the command then, or None. Returns how many faults there were, and what was wrong with which."""
    mark, tried, wrong = s.files / "called", 0, []
    for function, numbers in (errors or ERRORS).items():
        for number in numbers:
            nth = 1
            while True:
                mark.unlink(missing_ok=True)
                why = wrong_with(variables(s, f"{function}:{nth}:{number}:{count}", mark))
                if not mark.exists():
                    break
                tried += 1
                if why:
                    wrong.append(f"{function}:{nth} ({errno.errorcode[number]}): {why}")
                nth = nth + 1 if nth < each else int(nth * FASTER)
    return tried, wrong


def check_none_wrong(tried, wrong):
    print(f"{tried} calls failed")
    check(tried > ENOUGH, "calls that could fail:", tried)
    check(not wrong, f"{len(wrong)} of {tried}:\n ", "\n  ".join(wrong[:40]))


def bad_end(done):
    """Why a command may not end like this, whatever failed; or None."""
    if done.returncode < 0 and "bad_alloc" not in done.stderr:
        return f"killed by signal {-done.returncode}: {done.stderr[-200:]}"
    return None


def meets_faults(*commands):
    """Of a test: these commands meet faults in it. complete_test.py misses whichever command is in no test's list, and a
    list with more or less than the test tries is wrong."""
    def decorate(test):
        @functools.wraps(test)
        def checked():
            test()
            check_equal(sorted(TRIED), sorted(set(commands)), "commands that met faults")
        checked.commands = commands
        return checked
    return decorate
