"""`suyuan farm …`: what was done, from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nodes import BASE, World, make_world
from typer.testing import CliRunner

from suyuan.cli import show
from suyuan.cli.main import app

COOP = f"{BASE}org/coop"
SPRAY = ["day=2026-07-11", f"season={BASE}season/1", f"plots={BASE}plot/1",
         "items=09521234000020/KSJ-1 20毫升"]  # fmt: skip


@pytest.fixture
def farm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    made = make_world(tmp_path / "node")
    monkeypatch.setenv("SUYUAN_LANG", "en")
    monkeypatch.setattr(show, "settings", lambda: made.node.settings)
    yield made
    made.node.close()


def run(*words: str, code: int = 0) -> list[Any]:
    result = CliRunner().invoke(app, ["farm", *words])
    assert result.exit_code == code, (result.output, result.exception)
    decoder, text, found = json.JSONDecoder(), result.stdout.strip(), []
    while text.startswith("{"):
        value, end = decoder.raw_decode(text)
        found.append(value)
        text = text[end:].strip()
    return found or [result.output]


def test_recorded_listed_and_corrected(farm: World) -> None:
    (made,) = run(
        "record", "spraying", *SPRAY, "person=张建国", "--as", COOP, "--recorded-by", "小周"
    )
    (index,) = made["indices"]
    (same,) = run("record", "spraying", "day=2026-07-20", "--same", "--as", COOP)
    newest, first = run("list", "--as", COOP)
    assert (newest["index"], first["index"]) == (same["indices"][0], index)
    assert (
        newest["things"]
        == first["things"]
        == [{"id": "https://id.gs1.org/01/09521234000020/10/KSJ-1", "amount": "20毫升"}]
    )
    (fixed,) = run("correct", str(index), "day=2026-07-12", "--as", COOP)
    _, right, wrong, _ = run("list", "--as", COOP, "--thing", f"{BASE}plot/1")
    assert right["index"] == fixed["instead"]
    assert {wrong["kind"], right["kind"]} <= {"applying", "correction"}
    (undone,) = run("correct", str(same["indices"][0]), "--did-not-happen", "--as", COOP)
    assert undone["instead"] is None
    assert run("list", "--as", COOP, "--most", "1", "--kind", "applying")


def test_several_plots_and_drafts(farm: World) -> None:
    (made,) = run("record", "spraying", *SPRAY, "--plot", "a:1", "--plot", "a:2", "--as", COOP)
    assert len(made["indices"]) == 2
    (kept,) = run("record", "spraying", *SPRAY[:2], "--draft", "--as", COOP)
    (waiting,) = run("drafts", "--as", COOP)
    assert waiting["draft"] == kept["draft"]
    assert "/0/items: this is missing" in run("file", kept["draft"], "--as", COOP, code=2)[0]
    (good,) = run("record", "spraying", *SPRAY, "--draft", "--as", COOP)
    (filed,) = run("file", good["draft"], "--as", COOP)
    assert len(filed["indices"]) == 1
    assert "deeds are listed" in run("reindex")[0]


def test_mistakes_in_words(farm: World) -> None:
    wrong = run("record", "spraying", *SPRAY[1:], "day=2999-01-01", "--as", COOP, code=2)[0]
    assert "/day: 2999-01-01 is still to come" in wrong
    assert "is no field=value" in run("record", "spraying", "day", "--as", COOP, code=2)[0]
    assert "is there twice" in run("record", "spraying", "day=1", "day=2", "--as", COOP, code=2)[0]
    assert "there is no form" in run("record", "dancing", "day=1", "--as", COOP, code=2)[0]
    assert "did-not-happen" in run("correct", "3", "--as", COOP, code=2)[0]
    assert "spraying: Pesticide applied" in run("forms")[0]
    assert "items: Pesticide (required" in run("forms", "spraying")[0]
    assert "there is no form" in run("forms", "dancing", code=2)[0]


def test_a_table_is_guessed_put_right_and_remembered(farm: World, tmp_path: Path) -> None:
    """As at the desk and over HTTP."""
    rows = "日期,地块,茬次,天气,药剂名,药量\n2026-09-08,石桥湾,2026秋白菜,晴,苦参碱,{}毫升\n"
    table = tmp_path / "打药.csv"
    table.write_bytes(rows.format(30).encode("gb18030"))
    words = ("farm", "import", str(table), "--as", COOP)
    lacking = CliRunner().invoke(app, [*words, "--check"])
    assert lacking.exit_code == 1
    assert "“打药”: nothing is taken from 天气, 药剂名, 药量" in lacking.stderr.replace("\n", " ")
    maps = ("--map", "药剂名=items.item", "--map", "药量=items.amount", "--new-names")
    first = CliRunner().invoke(app, [*words, *maps])
    assert (first.exit_code, json.loads(first.stdout)["records"]) == (0, 1), first.output
    table.write_bytes(rows.format(40).encode("gb18030"))
    second = CliRunner().invoke(app, [*words])
    assert (second.exit_code, json.loads(second.stdout)["records"]) == (0, 1), second.output
