"""The consumers in examples/: they build against an installed library, and ttmem names what they forget."""
import os
import pathlib
import shutil

from scenario import BIN, Skip, check_equal, document_of, scene

EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "examples"


def tool(name):
    if shutil.which(name) is None:
        raise Skip(f"{name} is not installed")
    return name


def installed(s):
    """The prefix of a new installation of what a runtime links."""
    prefix = s.files / "prefix"
    done = s.run(tool("cmake"), "--install", BIN.resolve().parent / "src/client", "--prefix", prefix)
    check_equal(done.returncode, 0, done.stderr)
    return prefix


def libraries(prefix):
    return next(prefix.glob("lib*/**/libttmem.so")).parent


def forgets_one_tensor(s, program, prefix):
    report = s.files / "report.json"
    s.ttmem("run", "--fail-on-leak", "--report", report, "--", program, code=10,
            env={"LD_LIBRARY_PATH": str(libraries(prefix))})
    leaks = document_of(report.read_text())["leaks"]
    check_equal([(item["requested_bytes"], item["op"], item["verdict"]) for item in leaks],
                [(1 << 20, "example.matmul", "leaked")], "leaks:")


def test_the_one_in_c_builds_with_pkg_config():
    with scene() as s:
        prefix = installed(s)
        folder = shutil.copytree(EXAMPLES / "c", s.files / "c")
        tool("pkg-config")
        done = s.run(tool("make"), "-C", folder, env={"PKG_CONFIG_PATH": str(libraries(prefix) / "pkgconfig")})
        check_equal(done.returncode, 0, done.stdout + done.stderr)
        forgets_one_tensor(s, folder / "decode", prefix)


def test_the_one_in_cpp_builds_with_cmake():
    with scene() as s:
        prefix = installed(s)
        build = s.files / "build"
        for command in ([tool("cmake"), "-S", EXAMPLES / "cpp", "-B", build, f"-DCMAKE_PREFIX_PATH={prefix}"],
                        ["cmake", "--build", build]):
            done = s.run(*command)
            check_equal(done.returncode, 0, done.stdout + done.stderr)
        forgets_one_tensor(s, build / "decode", prefix)


def test_the_library_that_is_installed_needs_the_c_library_alone():
    with scene() as s:
        done = s.run(tool("readelf"), "-d", libraries(installed(s)) / "libttmem.so")
        needed = [line.split("[")[1].rstrip("]") for line in done.stdout.splitlines() if "(NEEDED)" in line]
        check_equal([name for name in needed if not name.startswith(("libc.so", "ld-linux"))], [],
                    f"libraries of {os.path.basename(str(BIN))}:")
