"""Fixtures of a wider scope than one test, and all else that is not one: what they made of device memory, and what of it is there
when their scope has ended.

A fixture made what came to live in its setup and in its teardown, without that of fixtures which are set up or torn down in
between. What lives and neither a test nor a fixture made was made between them: it is told, too.
"""
from __future__ import annotations

import re
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Set, Tuple

from . import _leaks

_OF_PYTEST = {"xunit_setup_module_fixture": "`setup_module` or `teardown_module`", "xunit_setup_class_fixture": "`setup_class` or `teardown_class`",
              "unittest_setUpClass_fixture": "`setUpClass` or `tearDownClass`"}


def name_of(request: Any) -> str:
    """"the fixture `weights[64]` of model_test.py (scope module)"; functions that pytest makes a fixture of have their own name."""
    name = request.fixturename
    found = re.match(r"_?(\w+_fixture)_", name)
    kind = _OF_PYTEST.get(found[1]) if found else None
    if hasattr(request, "param"):
        name += f"[{request.param!r}]"
    where = request.node.nodeid
    of = f" of {where}" if where and where != "." else ""
    return f"{kind}{of}" if kind else f"the fixture `{name}`{of} (scope {request.scope})"


class Fixtures:
    """Those of one process."""

    def __init__(self) -> None:
        self.handles: Set[int] = set()  # of all that they made
        self.after = "the start"  # the test whose verdict was the last
        self._made: Dict[int, Tuple[str, Set[int]]] = {}  # by fixture that is set up: its name, and what it made
        self._running: List[Tuple[FrozenSet[int], Set[int]]] = []  # what lived before, and what others within it made
        self._ending: List[Any] = []
        self._strays: List[_leaks.Left] = []
        self._accounted: Optional[FrozenSet[int]] = None  # what lived at the last look and belongs to somebody

    def begin(self) -> None:
        """A setup."""
        self._begin(_leaks.Known().live)

    def _begin(self, live: Dict[int, _leaks.Allocation]) -> None:
        self._running.append((frozenset(live), set()))

    def _end(self) -> Tuple[Set[int], _leaks.Known]:
        before, of_others = self._running.pop()
        known = _leaks.Known()
        made = known.handles - before - of_others
        if self._running:
            self._running[-1][1].update(made, of_others)
        self.handles |= made
        return set(made), known

    def is_set_up(self, fixture: Any, request: Any) -> None:
        """After begin()."""
        self._made[id(fixture)] = name_of(request), self._end()[0]
        fixture.addfinalizer(lambda: self._is_torn_down_now(fixture))  # the first of its teardown; of what needs it the last

    def _is_torn_down_now(self, fixture: Any) -> None:
        known = _leaks.Known()
        if not self._running:
            self._strays += self.look(known)
        self._ending.append(fixture)
        self._begin(known.live)

    def torn_down(self, fixture: Any, let_go: Callable[[], bool]) -> List[_leaks.Left]:
        """What it left, and what came to live before it was torn down. `let_go`: as Run.judge() has it."""
        if not self._ending or self._ending[-1] is not fixture:
            return []
        self._ending.pop()
        fixture.cached_result = None  # as pytest does a moment later
        in_teardown, known = self._end()
        name, in_setup = self._made.pop(id(fixture))
        made, raised = in_setup | in_teardown, False
        if known.inconclusive and (known.own is not None or in_setup):
            return [*self._taken_strays(), _leaks.Unread(name, known.inconclusive)]
        if made & known.handles:
            raised = let_go()
            after = _leaks.Known()
            known = known if after.inconclusive else after
        if self._accounted is not None:
            self._accounted |= in_teardown
        left = _leaks.Left(name, [known.live[handle] for handle in made & known.handles], raised=raised)
        return self._taken_strays() + ([left] if left else [])

    def _taken_strays(self) -> List[_leaks.Left]:
        taken, self._strays = self._strays, []
        return taken

    def look(self, known: _leaks.Known) -> List[_leaks.Left]:
        """Between tests and fixtures: what lives and is of none of them."""
        if known.inconclusive:
            self._accounted = None  # that is an error of tests
            return []
        strays = known.handles - self._accounted - self.handles if self._accounted is not None else frozenset()
        self.handles &= known.handles
        self._accounted = known.handles
        left = _leaks.Left(f"something that is no test and no fixture, after {self.after},", [known.live[handle] for handle in strays])
        return [left] if left else []

    def account(self, known: _leaks.Known) -> None:
        """At the verdict on a test: what lives then is its own, or of those before it."""
        self._accounted = None if known.own is not None and known.inconclusive else known.handles
