"""scripts/test --full: the other versions that were looked at, and what has been released since. Their wheels are fetched here."""
import comparison
import models_test
import venvs
from real_ttnn import PROGRAMS, WANT_A_FABRIC, Machine
from scenario import FULL, Skip, check


IN_SLOW_DISPATCH = ("kinds", "operations", "captures", "failures", "reopened", "threads", "submeshes")


def compare(version):
    """All sections on each machine that this version runs on when it is mocked, in slow dispatch where fast dispatch does not run."""
    if not FULL:
        raise Skip("only with scripts/test --full")
    try:
        venvs.make(version)
    except venvs.Missing as error:
        raise Skip(str(error)) from error
    for name in ("N150", "T3000", "P150"):
        with Machine(name, version) as machine:
            if version in WANT_A_FABRIC and name == "T3000":
                machine.compared(*IN_SLOW_DISPATCH, env=machine.in_slow_dispatch())
            else:
                machine.compared(env=machine.mocking())


def test_0_67_4_has_what_ttnn_says():
    compare("0.67.4")


def test_0_69_0_has_what_ttnn_says():
    compare("0.69.0")


def test_0_71_2_has_what_ttnn_says():
    compare("0.71.2")


def test_0_73_1_has_what_ttnn_says():
    compare("0.73.1")


def test_0_75_0_has_what_ttnn_says():
    compare("0.75.0")


def test_0_77_0_has_what_ttnn_says():
    compare("0.77.0")


def test_0_79_0_has_what_ttnn_says():
    compare("0.79.0")


def test_0_80_0_has_what_ttnn_says():
    compare("0.80.0")


def test_0_67_0_which_is_judged_by_its_looks_has_what_ttnn_says():
    compare("0.67.0")


def test_0_68_0_which_is_judged_by_its_looks_has_what_ttnn_says():
    compare("0.68.0")


def test_0_70_1_which_is_judged_by_its_looks_has_what_ttnn_says():
    compare("0.70.1")


def test_0_72_0_which_is_judged_by_its_looks_has_what_ttnn_says():
    compare("0.72.0")


def test_0_74_0_which_is_judged_by_its_looks_has_what_ttnn_says():
    compare("0.74.0")


def test_0_76_0_which_is_judged_by_its_looks_has_what_ttnn_says():
    compare("0.76.0")


def test_0_78_0_which_is_judged_by_its_looks_has_what_ttnn_says():
    compare("0.78.0")


def test_examples_run_with_the_versions_between():
    if not FULL:
        raise Skip("only with scripts/test --full")
    versions = [version for version in (*venvs.KNOWN, "0.74.0") if version not in venvs.IN_CI]
    for version in versions:
        venvs.make(version)
        for machine, model, *arguments in (("T3000", "decoder", "--mesh", "2x4"), ("N150", "convnet"), ("P150", "moe")):
            models_test.compare(machine, model, *arguments, version=version)


def test_what_is_newer_is_right_or_says_that_it_is_not_followed():
    """A build that nobody has seen may be judged by its looks or passed through; what it says of itself must be true."""
    if not FULL:
        raise Skip("only with scripts/test --full")
    try:
        newer = venvs.newer_than_known()
        if not newer:
            raise Skip(f"nothing is newer than {venvs.KNOWN[-1]}")
        for version in newer:
            venvs.make(version)
    except (OSError, venvs.Missing) as error:
        raise Skip(f"it cannot be had: {error}") from error
    for version in newer:
        right_or_says_that_it_is_not(version)


def right_or_says_that_it_is_not(version):
    with Machine("N150", version) as machine:
        done = machine.followed(PROGRAMS / "workload.py", "kinds", "operations", env=machine.mocking())
        check("the workload is done" in done.stdout, version, done.stderr[-3000:])
        documents = [document for document in comparison.documents(machine.marks) if document.get("meshes")]
        if all(document["status"]["coverage"]["complete"] for document in documents):
            machine.no_difference()
