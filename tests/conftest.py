"""Fixtures of every part, the order of the run, and the list of what was skipped, by name."""

from __future__ import annotations

import gc
import sys
from collections import defaultdict

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["postgres", "browser", "nodes"]

# A busy machine is no defect of what is tested: time is measured by `make bench`.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")

_RECURSION_LIMIT = sys.getrecursionlimit()

# Cheap and telling first: a broken rule is reported before a browser has been started.
_ORDER = ("slow", "postgres", "chain", "browser")
_MARK_OF_FIXTURE = {"postgres_url": "postgres", "chromium": "browser"}


@pytest.hookimpl(tryfirst=True)  # before -m selects by these marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, mark in _MARK_OF_FIXTURE.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)
        if item.get_closest_marker("browser") and "browser" not in item.path.parts:
            raise pytest.UsageError(f"{item.nodeid}: `make browser` looks in tests/browser alone")
    items.sort(key=_cost)


def _cost(item: pytest.Item) -> int:
    marks = {mark.name for mark in item.iter_markers()}
    return max((place for place, name in enumerate(_ORDER, 1) if name in marks), default=0)


def pytest_collection_finish() -> None:
    """As ``suyuan.adapters.elliptic`` does: what lifts the limit may have been imported by now. And
    nothing of what is there is garbage as long as the run lasts: the collector may leave it alone."""
    sys.setrecursionlimit(_RECURSION_LIMIT)
    gc.freeze()
    gc.set_threshold(10_000, 10, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names every skipped test under the reason, so that a run cannot look fuller than it was."""
    skipped: dict[str, list[str]] = defaultdict(list)
    for report in terminalreporter.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        skipped[reason.removeprefix("Skipped: ")].append(report.nodeid)
    for reason, names in sorted(skipped.items()):
        terminalreporter.section(f"skipped: {reason}", yellow=True)
        for name in names:
            terminalreporter.write_line(f"  {name}")
