"""pytest-ttmem: what tests take of device memory, and what they leave there.

    pytest --ttmem                        follows ttnn, and lists the hungriest tests
    pytest --ttmem-fail-on-leak           what a test leaves after its teardown is an error of that test
    pytest --ttmem-repeat 3               each test three times, the first to warm up: what later ones leave
    pytest --ttmem-baseline FILE          no test takes more than it did when --ttmem-update-baseline wrote the file
    pytest --ttmem-limit "11 GiB"         of each test's peak of DRAM, unless a marker of its own says otherwise

    @pytest.mark.limit_device_memory("11 GiB", pool="dram")
    @pytest.mark.limit_device_leaks("0 B")
    @pytest.mark.no_device_leaks

Judged between the teardown of the test with its own fixtures and that of fixtures of a wider scope, so that a device which
the last test of a module closes hides nothing. What fixtures of a wider scope made is judged when each is torn down: what it
left is an error of the last test of its scope. Memory of the program cache and of traces is no leak. What cannot be judged is
an error, too: inconclusive is not green.
"""
from __future__ import annotations

import functools
import json
import os
import sys
from typing import Any, Callable, Dict, Generator, List, Optional, Tuple

import pytest

from . import _fixtures, _leaks, _letting_go, _native

_PROPERTY = "ttmem_peak_bytes"
_OUTSIDE = "device memory left outside of tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("ttmem", "device memory of Tenstorrent chips")
    group.addoption("--ttmem", action="store_true", help="Follow ttnn, and list the tests that take the most device memory")
    group.addoption("--ttmem-fail-on-leak", action="store_true", help="Report what a test leaves after its teardown as an error of that test")
    group.addoption("--ttmem-limit", metavar="SIZE", help="Limit each test's peak of DRAM per chip: 11GiB")
    group.addoption("--ttmem-baseline", metavar="FILE", help="Fail tests whose peak of DRAM is above that in this file")
    group.addoption("--ttmem-update-baseline", action="store_true", help="Write the peaks of these tests to the file of --ttmem-baseline")
    group.addoption("--ttmem-repeat", metavar="N", type=int, default=1,
                    help="Run each test N times; what the first run leaves counts as warm-up (default: 1)")
    group.addoption("--ttmem-summary", metavar="N", type=int, default=10, help="List this many tests (default: 10)")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "limit_device_memory(size, pool='dram'): fail if the test's peak per chip is larger")
    config.addinivalue_line("markers", "limit_device_leaks(size): fail if the test leaves more, summed over chips")
    config.addinivalue_line("markers", "no_device_leaks: fail if the test leaves anything")
    plugin = Plugin(config)
    config.pluginmanager.register(plugin, "ttmem-plugin")
    runs_no_tests = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")  # xdist has workers do it
    if plugin.wanted and not runs_no_tests:
        follow()


def _size(text: Optional[str]) -> Optional[int]:
    try:
        return _leaks.bytes_of(text) if text else None
    except ValueError as error:
        raise pytest.UsageError(f"--ttmem-limit: {error}") from error


def _baseline(path: str) -> Dict[str, int]:
    try:
        with open(path, encoding="utf-8") as file:
            return {str(test): int(peak) for test, peak in json.load(file).items()}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise pytest.UsageError(f"--ttmem-baseline: {error}; --ttmem-update-baseline writes one") from error


def follow() -> None:
    """ttnn, from here on."""
    try:
        from . import ttnn  # noqa: F401
    except ImportError as error:
        raise pytest.UsageError(f"device memory cannot be followed: {error}") from error


class Limits:
    """What one test is held to."""

    def __init__(self, item: pytest.Item, default: Optional[int], baseline: Optional[int], fail_on_leak: bool) -> None:
        """`default`: the limit of DRAM without a marker of the test's own."""
        self.peaks: List[Tuple[str, int, str]] = []  # pool, bytes, what they are called
        leaks = []
        for marker in item.iter_markers():
            if marker.name == "limit_device_memory":
                self.peaks.append((marker.kwargs.get("pool", "dram"), _leaks.bytes_of(marker.args[0]), "limit"))
            elif marker.name == "limit_device_leaks":
                leaks.append(_leaks.bytes_of(marker.args[0]))
            elif marker.name == "no_device_leaks":
                leaks.append(0)
        if default is not None and not any(pool == "dram" for pool, _, _ in self.peaks):
            self.peaks.append(("dram", default, "limit"))
        if baseline is not None:
            self.peaks.append(("dram", baseline, "baseline"))
        if not leaks and fail_on_leak:
            leaks.append(0)
        self.leaked: Optional[int] = min(leaks) if leaks else None

    def __bool__(self) -> bool:
        return bool(self.peaks) or self.leaked is not None


class Plugin:
    """Follows the tests of one process: of pytest itself, or of a worker of xdist."""

    def __init__(self, config: pytest.Config) -> None:
        option = config.getoption
        self.config = config
        self.file = option("--ttmem-baseline")
        self.limit = _size(option("--ttmem-limit"))
        self.fail_on_leak: bool = option("--ttmem-fail-on-leak")
        self.repeat: int = option("--ttmem-repeat")
        if option("--ttmem-update-baseline") and not self.file:
            raise pytest.UsageError("--ttmem-update-baseline: --ttmem-baseline FILE says where")
        self.baseline: Dict[str, int] = {} if not self.file or option("--ttmem-update-baseline") else _baseline(self.file)
        self.wanted = bool(self.file or option("--ttmem") or self.fail_on_leak or self.limit is not None or self.repeat > 1)
        self.runs: Dict[str, _leaks.Run] = {}
        self.fixtures = _fixtures.Fixtures()
        self.caught = _letting_go.Caught(config)
        self.outside: List[str] = []  # what is an error, but of no test
        self.left_by = 0  # tests that left something
        self._known: Optional[_leaks.Known] = None  # after the last test, if that is so still
        self._cut_short: Optional[Tuple[pytest.Item, _leaks.Run]] = None
        self.peaks: Dict[str, int] = {}  # by test; of one that was run again the last time

    def _run_of(self, item: pytest.Item) -> Optional[_leaks.Run]:
        return self.runs.get(item.nodeid)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: Optional[pytest.Item]) -> Generator[None, Any, None]:
        limits = Limits(item, self.limit, self.baseline.get(item.nodeid), self.fail_on_leak)
        if limits and "ttnn" in sys.modules:
            if not _native.follows():
                follow()
            if limits.leaked is not None:
                _leaks.keep_history()
        is_asked = "device_memory" in getattr(item, "fixturenames", ())
        if not (self.wanted or limits or is_asked):
            yield
            return
        run = self.runs[item.nodeid] = _leaks.Run(limits, is_asked, self.fixtures)
        run.is_last = nextitem is None or nextitem.parent is not item.parent
        run.begin(self._known_now() if run.looks else None)
        self.fixtures.after = f"`{item.nodeid}`"
        item.teardown = functools.partial(self._teardown_and_judge, item, item.teardown, run)  # type: ignore[method-assign]
        outcome = yield
        if outcome.excinfo is not None:  # pytest.exit(), Ctrl-C: the end of the session tears it down, and no report tells its verdict
            self._cut_short = item, run
            del self.runs[item.nodeid]
            return
        del item.teardown
        run.end()
        self._known = None if run.is_last else run.known_after  # teardowns of a wider scope may make something
        del self.runs[item.nodeid]

    def _known_now(self) -> _leaks.Known:
        """What lives between two tests; what came to live there is told."""
        if self._known is not None and self._known.is_so_still():
            return self._known
        known = _leaks.Known()
        if self.fail_on_leak:
            self._tell(self.fixtures.look(known))
        return known

    def _tell(self, left: List[_leaks.Left]) -> None:
        """As an error of the test that is torn down now, or of none."""
        ending = [run for run in self.runs.values() if run.is_torn_down]
        if ending:
            ending[-1].left_by_fixtures += left
        else:
            self.outside += map(str, left)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        run = self._run_of(item)
        if run is not None:
            run.begin_again()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> None:
        run = self._run_of(item)
        if run is not None:
            run.is_torn_down = True
            _letting_go.forget_setup(item)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any, request: Any) -> Generator[None, Any, None]:
        if fixturedef.scope == "function" or not (self.fail_on_leak or any(run.looks for run in self.runs.values())):
            yield
            return
        self.fixtures.begin()
        yield
        self.fixtures.is_set_up(fixturedef, request)

    @pytest.hookimpl(trylast=True)
    def pytest_fixture_post_finalizer(self, fixturedef: Any) -> None:
        if fixturedef.scope != "function":
            left = self.fixtures.torn_down(fixturedef, self._let_go)
            if self.fail_on_leak:
                self._tell(left)

    def _let_go(self) -> bool:
        """For what a fixture of a wider scope left, of any test."""
        session: Any = self.config.pluginmanager.get_plugin("session")
        return self.caught.let_go([item for item in session.items if item.nodeid not in self.runs or self.runs[item.nodeid].is_torn_down])

    def _judge(self, item: pytest.Item, run: _leaks.Run) -> None:
        (getattr(item, "funcargs", None) or {}).clear()  # pytest itself forgets what fixtures returned a moment later
        run.judge(functools.partial(self.caught.let_go, [item]))

    def _teardown_and_judge(self, item: pytest.Item, teardown: Callable[[], None], run: _leaks.Run) -> None:
        """The last finalizer of the test itself: its own fixtures are gone, and those of a wider scope still there."""
        try:
            teardown()
        finally:
            self._judge(item, run)

    def _settle(self, lefts: List[_leaks.Left]) -> None:
        """What only the exception of this teardown held is no leak; its report is made."""
        if not any(left.is_unsure for left in lefts) or self.config.getoption("usepdb", False):  # the debugger is still to come
            return
        held = _leaks.Known()
        self._let_go()
        lives = _leaks.Known()
        for left in lefts:
            if left.is_unsure and not (held.inconclusive or lives.inconclusive):
                left.settle(held.live, lives.live)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> None:
        run = self._run_of(pyfuncitem) if self.repeat > 1 else None
        if run is None or run.is_repeating:
            return
        run.is_repeating = True
        for _ in range(self.repeat - 1):
            pyfuncitem.ihook.pytest_pyfunc_call(pyfuncitem=pyfuncitem)
            run.warmed_up()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: Any) -> Generator[None, Any, None]:
        outcome = yield
        run = self._run_of(item)
        if run is None or call.excinfo is None and call.when != "teardown":
            return
        report = outcome.get_result()
        if call.excinfo is not None:
            run.is_skipped = run.is_skipped or call.excinfo.errisinstance((pytest.skip.Exception, pytest.xfail.Exception))
            self.caught.add(call.excinfo)
        if call.when != "teardown":
            return
        if not run.is_judged:  # its setup did not come so far
            self._judge(item, run)
        self._settle(run.lefts())
        self.left_by += bool(run.lefts())
        if run.peak_of_dram is not None:
            report.user_properties.append((_PROPERTY, run.peak_of_dram))
        verdict = run.verdict()
        if not verdict:
            return
        report.device_memory = verdict  # also from a worker of xdist
        if report.failed:
            report.sections.append(("device memory", verdict))
        else:
            report.outcome = "failed"
            report.longrepr = verdict

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In the process that reports, whichever ran the test."""
        if report.when != "teardown":
            return
        for name, value in report.user_properties:
            if name == _PROPERTY:
                self.peaks[report.nodeid] = int(value)  # type: ignore[call-overload]

    def _tell_of_cut_short(self) -> None:
        if self._cut_short is None:
            return
        item, run = self._cut_short
        if not run.is_judged:
            self._judge(item, run)
        run.end()
        if run.verdict():
            self.outside.append(f"`{item.nodeid}` was cut short: {run.verdict()}")

    @pytest.hookimpl(hookwrapper=True, trylast=True)  # within those of the terminal and of xdist, which tell what is found here
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, Any, None]:
        yield  # -x, pytest.exit(): only now all fixtures are torn down
        self._tell_of_cut_short()
        if self.left_by and _native.follows():  # `ttmem run` judges the whole program, which is another question
            _native.note(f"pytest: {self.left_by} test{'s' * (self.left_by > 1)} left device memory, which its report names")
        if self.fail_on_leak and _native.follows():
            self._tell(self.fixtures.look(_leaks.Known()))
        if hasattr(self.config, "workerinput"):
            self.config.workeroutput["ttmem_outside"] = self.outside
            return
        if self.outside and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.config.getoption("--ttmem-update-baseline"):
            kept = _baseline(self.file) if os.path.exists(self.file) else {}  # of tests that were not run this time
            with open(self.file, "w", encoding="utf-8") as file:
                json.dump({**kept, **self.peaks}, file, indent=1, sort_keys=True)
                file.write("\n")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker of xdist has ended."""
        self.outside += getattr(node, "workeroutput", {}).pop("ttmem_outside", [])  # xdist tells of one that was interrupted twice

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        count = self.config.getoption("--ttmem-summary")
        unknown = [test for test in self.peaks if test not in self.baseline]
        if self.baseline and unknown:
            terminalreporter.write_line(f"ttmem: {len(unknown)} test{'s' * (len(unknown) > 1)} without a baseline, {unknown[0]} for one: --ttmem-update-baseline")
        if self.peaks and count > 0:
            terminalreporter.section("device memory: peaks of DRAM per chip")
            for test, peak in sorted(self.peaks.items(), key=lambda item: -item[1])[:count]:
                terminalreporter.write_line(f"{_leaks.size(peak):>12}  {test}")
        self._tell_outside(terminalreporter)
        if os.environ.get("GITHUB_ACTIONS") == "true":
            for report in terminalreporter.stats.get("error", []):
                if hasattr(report, "device_memory"):
                    terminalreporter.write_line(_annotation(self.config, report.location, report.device_memory))

    def _tell_outside(self, terminalreporter: Any) -> None:
        if not self.outside:
            return
        told, self.outside = self.outside, []
        terminalreporter.section(_OUTSIDE, red=True)
        for text in told:
            terminalreporter.write_line(text)
            if os.environ.get("GITHUB_ACTIONS") == "true":
                terminalreporter.write_line(f"::error title={_OUTSIDE}::{_escaped(text)}")

    def pytest_unconfigure(self, config: pytest.Config) -> None:
        """After an error of pytest or xdist itself, such as pytest.exit(returncode=0) in a worker makes, there was no summary."""
        terminalreporter = config.pluginmanager.get_plugin("terminalreporter")
        if terminalreporter is not None:
            self._tell_outside(terminalreporter)


def _annotation(config: pytest.Config, location: Tuple[str, Optional[int], str], text: str) -> str:
    """GitHub's workflow command for an error at a line; paths are those of the repository."""
    path, line, test = location
    path = os.path.relpath(os.path.join(config.rootpath, path), os.environ.get("GITHUB_WORKSPACE") or os.getcwd())
    path, test = (part.replace("%", "%25").replace(":", "%3A").replace(",", "%2C") for part in (path, test))
    return f"::error file={path},line={(line or 0) + 1},title=device memory of {test}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


@pytest.fixture
def device_memory(request: pytest.FixtureRequest) -> Any:
    """What this test does to device memory: `.peak(pool)`, `.leaked()`; figures as of now."""
    plugin: Any = request.config.pluginmanager.get_plugin("ttmem-plugin")
    return plugin.runs[request.node.nodeid]
