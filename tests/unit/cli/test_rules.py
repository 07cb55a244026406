"""`suyuan rules`, `template` and `balance`: what they print, and how they end."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import objects, run
from farm_season import (
    BOTTLES,
    MADE,
    PICKED,
    PLOT,
    SEASON,
    begin,
    bought,
    made,
    picked,
    record,
    sprayed,
)
from nodes import BASE, World

from suyuan.cli import balance, farm, rules, show, templates

COOP, ADMIN = f"{BASE}org/coop", f"{BASE}org/admin"


@pytest.fixture(autouse=True)
def _opened(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUYUAN_LANG", "en")
    for module in (rules, templates, balance, farm, show):
        monkeypatch.setattr(module, "node", lambda: world.node)
    monkeypatch.setattr(type(world.node), "close", lambda _: None)


def test_a_season_a_lot_and_its_release(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked(), made())
    told = run("rules", "check", SEASON, "--as", COOP, code=1)
    assert "harvested 7 days after Matrine was applied (at least 14)" in told.stdout
    (found,) = objects(run("rules", "check", MADE, "--as", COOP, "--release", "--json", code=1))
    assert found["verdict"] == "block"
    only = objects(run("rules", "check", SEASON, "--as", COOP, "--rule", "7", "--json", code=0))
    assert only[0]["findings"] == []


def test_a_file_of_drafts_is_judged_and_not_recorded(world: World, tmp_path: Path) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"))
    path = tmp_path / "drafts.json"
    path.write_text(json.dumps(picked("2026-04-01")), encoding="utf-8")
    before = world.node.database.log.tail().size
    assert (
        "earliest Wednesday 8 April"
        in run("rules", "check", str(path), "--as", COOP, code=1).stdout
    )
    assert world.node.database.log.tail().size == before
    run("rules", "check", str(path), code=2)


def test_an_override_from_the_command_line(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked())
    words = ("rules", "override", SEASON, "1/interval", "--as", COOP, "--person", "张建国")
    (answer,) = objects(run(*words, "--reason", "已送检，结果合格"))
    assert answer["rule"] == "1/interval"
    assert "overridden 1/interval" in run("rules", "check", SEASON, "--as", COOP, code=3).stdout
    run(*words, "--reason", "再来一次试试看", code=2)


def test_tables_go_out_as_a_sheet_and_come_back_the_same(world: World, tmp_path: Path) -> None:
    names = {one["table"] for one in objects(run("rules", "table", "list"))}
    assert {"bans", "quotas", "thresholds"} <= names
    for name in ("bans", "counties", "thresholds", "editions", "certificates"):
        sheet = tmp_path / f"{name}.csv"
        sheet.write_text(run("rules", "table", "show", name, "--csv").stdout, encoding="utf-8")
        before = objects(run("rules", "table", "show", name))[0]["rows"]
        words = ("rules", "table", "import", str(sheet), "--table", name, "--as", ADMIN)
        assert str(len(before)) in run(*words, "--check").stdout
        assert "--instead-of" in run(*words, code=2).stderr
        digest = objects(run("rules", "table", "show", name))[0]["digest"]
        run(*words, "--instead-of", digest)
        # Who changed the same edition is told; a file that `show` wrote says itself which one it was.
        assert "somebody else" in run(*words, "--instead-of", digest, code=2).stderr
        whole = tmp_path / f"{name}.json"
        whole.write_text(run("rules", "table", "show", name).stdout, encoding="utf-8")
        run("rules", "table", "import", str(whole), "--as", ADMIN)
        newest, first = objects(run("rules", "table", "show", name, "--history"))
        assert newest["rows"] == first["rows"] == before
        assert newest["index"] is not None


def test_a_bad_sheet_is_told_by_row_and_column(tmp_path: Path, world: World) -> None:
    sheet = tmp_path / "bans.csv"
    sheet.write_text("ingredient,crops,source\n克百威,,公告\n", encoding="utf-8")
    words = ("rules", "table", "import", str(sheet), "--as", ADMIN)
    assert "row 2, column crops" in run(*words, "--table", "bans", code=2).stderr
    run(*words, code=2)
    run("rules", "table", "import", str(sheet), "--table", "bans", "--as", COOP, "--role",
        "recorder", code=2)  # fmt: skip
    assert world.node.rulebook.history("bans")[0].index is None


def test_templates_listed_shown_and_copied(world: World, tmp_path: Path) -> None:
    ids = {one["id"].rsplit("/", 1)[-1] for one in objects(run("template", "list"))}
    assert ids == {"hickory", "xiang-lotus", "leafy-vegetables", "tea", "shaziling-pig"}
    changes = tmp_path / "changes.json"
    changes.write_text(
        json.dumps({"yieldPerMu": {"value": 150, "source": "本社"}}), encoding="utf-8"
    )
    run("template", "copy", "tea", "coop-tea", "--as", COOP, "--changes", str(changes))
    (own,) = objects(run("template", "show", "coop-tea"))
    assert own["yieldPerMu"]["value"] == 150
    assert world.node.rulebook.template("coop-tea", own["digest"]) is not None
    run("template", "show", "none", code=2)


def test_the_balance_ends_with_one_where_it_does_not_hold(world: World) -> None:
    begin(world)
    record(world, bought(1), sprayed("2026-03-10", 0.4))
    (line,) = objects(run("balance", "--as", COOP, "--until", "2026-12-31"))
    assert (line["item"], line["stock"], line["balances"]) == (BOTTLES, "0.6", True)
    record(world, sprayed("2026-03-20", 0.7, number=8))
    told = run("balance", "--as", COOP, "--open", code=1).stdout
    assert '"difference": "-0.1"' in told
    run("balance", "--as", COOP, "--until", "soon", code=2)


def test_farm_records_are_checked_blocked_and_let_pass_by_name(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"))
    words = ("farm", "record", "harvest", "--as", COOP, "day=2026-04-01", f"season={SEASON}",
             f"plots={PLOT}", f"items={PICKED} 100 公斤")  # fmt: skip
    assert "earliest Wednesday 8 April" in run(*words, "--check").stdout
    assert "1/interval: harvested 7 days after" in run(*words, code=2).stderr
    over = ("--override", "1/interval 已送检，结果合格")
    assert "--override 1/interval/person" in run(*words, *over, code=2).stderr
    before = world.node.database.log.tail().size
    (told,) = objects(run(*words, *over, "--person", "张建国"))
    assert told["indices"] == [before]
    assert world.node.database.log.tail().size == before + 2
