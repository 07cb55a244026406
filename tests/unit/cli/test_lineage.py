"""`suyuan lineage` and `suyuan recall`: what they print, what they record, how they end."""

from __future__ import annotations

from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from commands import objects, run
from lineage_world import SHOP, lot, told
from nodes import BASE, World
from openpyxl import load_workbook

from suyuan.cli import lineage, show

COOP = f"{BASE}org/coop"


@pytest.fixture(autouse=True)
def _opened(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(world)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUYUAN_LANG", "en")
    for module in (lineage, show):
        monkeypatch.setattr(module, "node", lambda: world.node)
    monkeypatch.setattr(type(world.node), "close", lambda _: None)


def test_lineage_tells_each_step_then_the_accounts(world: World) -> None:
    *steps, last = objects(run("lineage", lot("A"), "--for", COOP))
    assert {one["side"] for one in steps} == {"up", "down"}
    assert last["reached"] == {"up": 2, "down": 2}
    assert last["accounts"][0]["holder"] == COOP
    assert "nothing is recorded of" in run("lineage", lot("never"), code=2).output


def test_list_and_notice_come_as_files(tmp_path: Path) -> None:
    listed, notice = tmp_path / "list.xlsx", tmp_path / "notice.pdf"
    asked = ("recall", "reach", lot("H"), "--as", COOP, "--customers", str(listed))
    done = run(*asked, "--notice", str(notice))
    assert "notice.pdf is written" in done.stderr
    assert SHOP.rsplit("/", 1)[-1] in {
        str(cell).split(" ")[0]
        for row in load_workbook(listed).worksheets[0].values
        for cell in row
    }
    page = pypdfium2.PdfDocument(notice.read_bytes())[0].get_textpage().get_text_bounded()
    assert "Draft of a recall notice" in " ".join(page.split())


def test_recall_is_reached_drilled_and_recorded(world: World, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    (reach,) = objects(run("recall", "reach", lot("H"), "--as", COOP, "--customers", str(listed)))
    assert SHOP in {one.get("party") for one in reach["handed"]}
    assert "other" in listed.read_text(encoding="utf-8-sig")
    size = world.node.database.log.tail().size
    (drill,) = objects(run("recall", "drill", lot("H"), "--as", COOP, "--person", "Wang"))
    assert drill["found"]["lots"] == reach["lots"]
    assert world.node.database.log.tail().size == size
    said = ("--as", COOP, "--person", "Wang", "--reason", "residue")
    (done,) = objects(run("recall", "act", "recall", lot("H"), *said))
    assert done["index"] == size
    assert objects(run("lineage", lot("H"), "--for", COOP))[-1]["state"] == "recalled"
    assert "one of: hold" in run("recall", "act", "shout", lot("H"), *said, code=2).output
