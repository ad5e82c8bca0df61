"""The stubs of another machine: client, preload library and stand-ins are built for aarch64 and run by qemu-user, and the ttmem of this
machine reads the ledgers. Only with scripts/test --full, and where a cross compiler and qemu are."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from scenario import BIN, FULL, Skip, check

TESTS = pathlib.Path(__file__).resolve().parent
TOOLCHAIN = "aarch64-linux-gnu"
# The others are about builds with inline members, which no other machine has, about what qemu-user does not do (memory that a
# fork wipes, more static thread-local memory for late attachment), and about programs that qemu does not run.
RUNS = ("a_known_build_is_followed", "a_build_with_functions_for_all_members_is_followed", "other_offsets_are_left_alone",
        "a_missing_symbol_is_left_alone", "calls_that_cannot_be_hooked_are_left_alone", "a_library_of_the_same_name_is_left_alone",
        "what_is_loaded_and_never_calls_a_hook_is_told_of", "what_opens_a_device_and_ends_without_its_destructors_is_told_of",
        "with_the_level_off_nothing_is_recorded", "an_exit_without_close_leaves_what_was_held", "a_kill_leaves_what_was_held")
PROGRAM = """#!/bin/sh
library=$LD_PRELOAD
unset LD_PRELOAD
exec qemu-aarch64 -L /usr/{toolchain} ${{library:+-E LD_PRELOAD=$library}} {program} "$@"
"""


def test_what_is_built_for_aarch64_follows_as_well():
    if not FULL:
        raise Skip("only with scripts/test --full")
    for tool in ("qemu-aarch64", f"{TOOLCHAIN}-gcc", f"{TOOLCHAIN}-g++"):
        if shutil.which(tool) is None:
            raise Skip(f"there is no {tool}")
    with tempfile.TemporaryDirectory() as folder:
        build = pathlib.Path(folder)
        finish("cmake", "-S", TESTS / "aarch64", "-B", build, "-G", "Ninja", "-DCMAKE_BUILD_TYPE=RelWithDebInfo", "-DCMAKE_SYSTEM_NAME=Linux",
               "-DCMAKE_SYSTEM_PROCESSOR=aarch64", f"-DCMAKE_C_COMPILER={TOOLCHAIN}-gcc", f"-DCMAKE_CXX_COMPILER={TOOLCHAIN}-g++")
        finish("cmake", "--build", build)
        program = build / "bin" / "preload_program"
        program.rename(program.with_suffix(".aarch64"))
        program.write_text(PROGRAM.format(toolchain=TOOLCHAIN, program=program.with_suffix(".aarch64")))
        program.chmod(0o755)
        shutil.copy(BIN / "ttmem", build / "bin")
        for behaviour in RUNS:
            finish(sys.executable, TESTS.parent / "scenarios" / "scenario.py", "preload_test", "test_" + behaviour, TTMEM_BIN_DIR=str(build / "bin"))


def finish(*command, **environment):
    done = subprocess.run([str(word) for word in command], env={**os.environ, **environment}, capture_output=True, text=True)
    check(done.returncode == 0, *command, "ended with", done.returncode, "\n", done.stdout[-2000:], done.stderr[-2000:])
