"""The page of today: what is to be heeded says of which work it speaks."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import farm_season as farm
import pytest
from desk import inside, make_desk

from suyuan.flow.accounts import Caller
from suyuan.flow.books import Entry


@pytest.mark.usefixtures("stopped")
def test_a_late_entry_is_told_with_what_was_done_and_when(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "node")
    farm.begin(desk.world)
    node = desk.world.node
    day = node.watch.today() - timedelta(days=20)
    given = {"day": day.isoformat(), "season": farm.SEASON, "plots": [farm.PLOT]}
    caller = Caller(desk.world.org("coop"), "recorder", "990101", "test")
    node.books.record(caller, [Entry("irrigating", given)])
    page = inside(desk).get("/desk/today").text
    said = f"Irrigation · {day.day} {day:%B} {day.year}: recorded 20 days after (more than 7)"
    assert said in page
    node.close()
