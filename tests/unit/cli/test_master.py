"""``suyuan master``: each file whole or not at all; all that is wrong with it is told by its place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nodes import BASE, World
from openpyxl import Workbook
from typer.testing import CliRunner, Result

from suyuan.cli import master, show
from suyuan.cli.main import app

COOP = f"{BASE}org/coop"
GOOD = (
    "类型,编号,中文名,净含量,净含量单位,面积\n"
    "产品,9521234000068,山核桃,250,克,\n"
    f"地点,{BASE}place/1,车间,,,\n"
    f"地块,{BASE}plot/1,前山坡,,,6.5\n"
    f"单位,{COOP},合作社,,,\n"
)


@pytest.fixture(autouse=True)
def _opened(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SUYUAN_LANG", "zh")
    for module in (master, show):
        monkeypatch.setattr(module, "node", lambda: world.node)
    monkeypatch.setattr(type(world.node), "close", lambda _: None)


def run(*words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["master", *words, "--as", COOP])
    assert result.exit_code == code, (result.output, result.exception)
    return result


def written(name: str, text: str, encoding: str = "utf-8") -> str:
    Path(name).write_text(text, encoding=encoding)
    return name


def test_all_kinds_go_in_once(world: World) -> None:
    told = json.loads(run(written("good.csv", GOOD)).stdout)
    assert (told["file"], told["new"], len(told["indices"])) == ("good.csv", 4, 4)
    assert json.loads(run("good.csv").stdout) == {**told, "new": 0}
    book = Workbook()
    assert book.active is not None
    for line in GOOD.splitlines():
        book.active.append([cell or None for cell in line.split(",")])
    book.save("good.xlsx")
    assert json.loads(run("good.xlsx").stdout) == {**told, "file": "good.xlsx", "new": 0}
    thing = world.client.get(f"/master/{BASE}place/1").json()
    assert thing["suyuan:record"]["index"] == told["indices"][1]
    assert world.client.get(f"/master/{BASE}plot/1").status_code == 404  # a plot is private


BAD = [
    ("bad.csv", GOOD + "产品,9521234000069,,5,石,\n水果,9521234000068,,很多,克,\n",
     ["row 6, column 净含量单位: ", "row 6, column 编号: ", "row 7, column 类型: ",
      "row 7, column 净含量: "]),
    ("bad.json", json.dumps([{"id": f"{BASE}x", "type": "Place", "name": "fine"},
                             {"id": "https://id.gs1.org/01/09521234000045", "type": "Product",
                              "name": "", "suyuan:netWeight": {"value": "5"}}, {"type": "Place"}]),
     ["/1/id: ", "/1/name: ", "/1/suyuan:netWeight: ", "/2/id: "]),
    ("broken.json", '{"id": "x:y",, }', ["line 1, column 14: "]),
    ("text.json", '"x"', ["主数据应是 JSON 对象"]),
    ("empty.csv", "", ["row 1: ", "row 1: "]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "places"), BAD)
def test_a_bad_file_is_told_whole_and_leaves_nothing(
    world: World, name: str, text: str, places: list[str]
) -> None:
    before = world.node.database.log.tail().size
    told = run(written(name, text), code=1).stderr.splitlines()
    assert told[0] == f"{name}：什么都没有录入"
    assert [line[: len(place)] for line, place in zip(told[1:], places, strict=False)] == places
    assert len(told) - 1 - len(places) == (len(places) > 1)  # how many there are
    assert world.node.database.log.tail().size == before


def test_files_that_are_no_text_or_not_there(world: World) -> None:
    gbk = run(written("gbk.csv", GOOD, "gbk"), code=1).stderr
    assert "gbk.csv 不是 UTF-8" in gbk
    assert "没有这个文件" in run("none.json", code=1).stderr


def test_a_bad_file_keeps_no_good_one_from_going_in(world: World) -> None:
    run(written("bad.json", "7"), written("good.csv", GOOD), code=1)
    assert world.client.get(f"/master/{BASE}place/1").status_code == 200
