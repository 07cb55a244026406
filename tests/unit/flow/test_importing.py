"""Tables into the books: guessed, put right, filed whole and once."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from farm_season import LEAVES, PLOT, SEASON, begin, bought, sprayed
from farm_season import record as events
from nodes import BASE, World, made_up_policy
from openpyxl import Workbook
from shared import shared

from suyuan.adapters.keys import Seal
from suyuan.adapters.sheets import read_sheets
from suyuan.core import jcs
from suyuan.core.archive_check import check_archive
from suyuan.core.errors import (
    Forbidden,
    Malformed,
    Many,
    NotFound,
    ProofError,
    Refused,
    TooLarge,
    Unavailable,
)
from suyuan.core.farm.write import as_given
from suyuan.core.policy import parse_policy
from suyuan.core.sealed import PLANS
from suyuan.core.sheets.sheet import Sheet
from suyuan.flow.accounts import Caller
from suyuan.flow.at_rest import opened_text
from suyuan.flow.importing import Filled, Importing, Preview
from suyuan.flow.judge import Judge
from suyuan.ports.books import DeedQuery

SPRAYS = """2026年生产记录,,,,,,
日期,地块,茬次,面积(亩),农药名称,用量,防治对象,操作人,备注
9月8日,石桥湾,2026秋白菜,1.5,苦参碱,30毫升,蚜虫,张三,"两行
备注"
2026/9/9,石桥湾,2026秋白菜,２,苦参碱,"1,000 毫升",蚜虫,张三,
2026年9月10日,石桥湾,2026秋白菜,,吡虫啉,1 瓶,,李四,=1+1
"""


def caller(world: World, who: str = "coop") -> Caller:
    return world.node.accounts.authenticate(world.tokens[who])


def importing(world: World) -> Importing:
    return world.node.importing


def look(
    world: World, text: str, plan: dict[str, Any] | None = None, name: str = "喷药"
) -> Preview:
    sheets = read_sheets(f"{name}.csv", text.encode("gb18030"))
    return importing(world).look(caller(world), sheets, {name: plan} if plan else None, every=True)


def places(seen: Preview) -> list[tuple[int, str, str]]:
    return [(one.row, one.column, one.cell) for one in seen.problems]


def test_a_table_is_guessed_shown_and_filed_once(world: World) -> None:
    seen = look(world, SPRAYS, {"newNames": True})
    (sheet,) = seen.sheets
    assert (sheet.plan.kind, sheet.rows, seen.new, seen.count) == ("spraying", 3, 3, 0)
    assert [line.text for line in sheet.first[0].lines] == [
        "2026-09-08", "2026秋白菜", "石桥湾", "1.5 亩", "苦参碱 30毫升", "蚜虫", "张三", "两行\n备注",
    ]  # fmt: skip
    indices = importing(world).record(caller(world), seen)
    assert len(indices) == 3
    again = look(world, SPRAYS)
    assert (again.sheets[0].how, again.new, again.there) == ("remembered", 0, 3)
    # The same rows in another file, in another order and with other columns between.
    lines = SPRAYS.split("\n")
    moved = "\n".join([lines[1], *lines[5:6], "2026-09-11,石桥湾,2026秋白菜,,苦参碱,9毫升,,,"])
    more = look(world, moved, name="八月")
    assert (more.new, more.there) == (1, 1)
    assert importing(world).record(caller(world), more) == (indices[-1] + 1,)
    # Nobody else has these rows.
    theirs = importing(world).look(
        caller(world, "other"), read_sheets("x.csv", SPRAYS.encode()), {"x": {"newNames": True}}
    )
    assert (theirs.new, theirs.there) == (3, 0)


def test_what_two_call_the_same_is_of_each(world: World) -> None:
    """The same list of products, the same table: neither is refused, and neither is in the other's
    seasons."""
    goods, rows = "产品名称\n小白菜\n", SPRAYS
    seasons = []
    for who in ("coop", "other"):
        for name, text in (("产品", goods), ("喷药", rows)):
            sheets = read_sheets(f"{name}.csv", text.encode())
            plan = {"newNames": True} if name == "喷药" else {"kind": "product_list"}
            seen = importing(world).look(caller(world, who), sheets, {name: plan}, every=True)
            assert (seen.problems, seen.blocked) == ([], [])
            for where, master in seen.masters:
                world.node.masters.record(caller(world, who), [(where, master)])
            if seen.filled:
                importing(world).record(caller(world, who), seen)
        me = caller(world, who)
        lines = world.node.books.find(me.viewer, DeedQuery(me.organisation, limit=9)).lines
        seasons.append({line.deed.season for line in lines})
    assert [len(one) for one in seasons] == [1, 1]
    assert seasons[0].isdisjoint(seasons[1])


def test_rows_are_known_again_when_their_season_was_opened_since(world: World) -> None:
    plan = {"喷药": {"newNames": True}}
    sheets = read_sheets("喷药.csv", SPRAYS.encode())
    importing(world).record(
        caller(world), importing(world).look(caller(world), sheets, plan, every=True)
    )
    season = {"id": f"{BASE}season/x1", "type": "suyuan:Season", "name": "2026秋白菜"}
    world.node.masters.record(caller(world), [("", season)])
    more = read_sheets(
        "喷药.csv", f"{SPRAYS}2026年9月10日,石桥湾,2026秋白菜,,吡虫啉,2 瓶,,李四,\n".encode()
    )
    seen = importing(world).look(caller(world), more, plan, every=True)
    assert (seen.problems, seen.new, seen.there) == ([], 1, 3)
    assert [one.values["season"] for one in seen.filled] == [season["id"]]


def filed(world: World, text: str, plan: dict[str, Any] | None = None) -> tuple[int, ...]:
    seen = look(world, text, plan)
    assert (seen.problems, seen.blocked) == ([], [])
    return importing(world).record(caller(world), seen)


LISTED: list[dict[str, Any]] = [
    {"id": f"{BASE}season/x1", "type": "suyuan:Season", "name": "2026秋白菜"},
    {
        "id": f"{BASE}plot/x1", "type": "Plot", "name": "石桥湾",
        "suyuan:area": {"value": 2, "unit": "亩"},
    },
    {
        "id": "https://id.gs1.org/01/09521234000020", "type": "Product", "name": {"zh": "苦参碱"},
        "suyuan:netWeight": {"value": 500, "uom": "MLT"},
    },
    {"id": f"{BASE}input/x2", "type": "Product", "name": {"zh": "吡虫啉"}},
]  # fmt: skip
"""What gives every name of SPRAYS another id."""


def listed(world: World, *which: dict[str, Any]) -> None:
    world.node.masters.record(caller(world), [("", one) for one in which])


@pytest.mark.parametrize("master", LISTED, ids=lambda one: one["name"])
def test_a_row_is_known_again_whatever_its_names_mean_by_then(
    world: World, master: dict[str, Any]
) -> None:
    """Nothing is doubled when the same file comes again and a list gave a name another id meanwhile."""
    filed(world, SPRAYS, {"newNames": True})
    listed(world, master)
    seen = look(world, f"{SPRAYS}2026年9月11日,石桥湾,2026秋白菜,,苦参碱,2 毫升,,李四,\n")
    assert (seen.problems, seen.new, seen.there) == ([], 1, 3)
    # And once more, when the name means two things, so that nothing new can be filed by it.
    other = {**master, "id": f"{BASE}other/y"}
    listed(world, other)
    again = look(world, SPRAYS)
    assert (again.problems, again.new, again.there) == ([], 0, 3)


def test_what_was_filed_by_ids_before_is_known_still(world: World) -> None:
    """Files that were filed while a row was known by what its names meant are not filed again."""
    seen = look(world, SPRAYS, {"newNames": True})
    of_before = [replace(one, id=_known_by_values(world, one)) for one in seen.filled]
    seen.filled = of_before
    importing(world).record(caller(world), seen)
    again = look(world, SPRAYS)
    assert (again.new, again.there) == (0, 3)
    listed(world, LISTED[0])
    some = look(world, SPRAYS)
    assert (some.new, some.there) == (0, 3)
    listed(world, *LISTED[1:])
    every = look(world, SPRAYS)
    assert (every.problems, every.new, every.there) == ([], 0, 3)


def _known_by_values(world: World, one: Filled) -> str:
    values = jcs.dumps({"kind": one.form.name, "values": as_given(one.values)}).decode()
    text = f"row\n{caller(world).organisation}\n{values}\n1"
    made = bytearray(importing(world).digest(text.encode())[:16])
    made[6], made[8] = 0x80 | made[6] & 0x0F, 0x80 | made[8] & 0x3F
    return str(uuid.UUID(bytes=bytes(made)))


def test_rows_that_say_the_same_in_ids_and_in_names_are_the_same(world: World) -> None:
    listed(world, *LISTED[:2])
    filed(world, SPRAYS, {"newNames": True})
    by_ids = SPRAYS.replace("石桥湾", LISTED[1]["id"]).replace("2026秋白菜", LISTED[0]["id"])
    seen = look(world, by_ids)
    assert (seen.problems, seen.new, seen.there) == ([], 0, 3)


def test_rows_that_stand_there_twice_are_two_and_stay_two(world: World) -> None:
    twice = SPRAYS + '2026/9/9,石桥湾,2026秋白菜,２,苦参碱,"1,000 毫升",蚜虫,张三,\n'
    assert len(filed(world, twice, {"newNames": True})) == 4
    listed(world, *LISTED)
    seen = look(world, twice)
    assert (seen.problems, seen.new, seen.there) == ([], 0, 4)
    third = look(world, twice + twice.split("\n")[-2] + "\n")
    assert (third.new, third.there) == (1, 4)


def test_two_plots_of_one_name_in_two_tables_are_two(world: World) -> None:
    """What a word of a table means is part of what its rows say: no row is lost for another's."""
    listed(world, LISTED[1])
    filed(world, SPRAYS, {"newNames": True})
    other = {**LISTED[1], "id": f"{BASE}plot/x9"}
    listed(world, other)
    theirs = {"words": {"石桥湾": other["id"]}}
    assert len(filed(world, SPRAYS, theirs)) == 3
    seen = look(world, SPRAYS, theirs)
    assert (seen.new, seen.there) == (0, 3)


def test_a_name_of_several_is_asked_about_at_its_cell(world: World) -> None:
    """Two seasons of one name: the bare name means neither, and no third one comes of it."""
    east, west = (
        {**LISTED[1], "id": f"{BASE}plot/{one}", "name": name}
        for one, name in (("e", "东坡"), ("w", "西坡"))
    )
    seasons = [
        {
            "id": f"{BASE}season/{one}", "type": "suyuan:Season", "name": "白菜",
            "suyuan:plots": [plot["id"]], "suyuan:from": day,
        }
        for one, plot, day in (
            ("e6", east, "2026-03-01"), ("w6", west, "2026-03-01"), ("w5", west, "2025-03-01"),
        )
    ]  # fmt: skip
    listed(world, east, west, *seasons)
    rows = "施药日期,地块,茬次,农药名称,用量\n2026-9-8,东坡,白菜,苦参碱,3 毫升\n"
    seen = look(world, rows, {"newNames": True})
    assert places(seen) == [(2, "茬次", "C2")]
    (problem,) = (one.problem for one in seen.problems)
    choices = str(problem.params["choices"])
    assert sorted(choices.split("; ")) == [
        "白菜（东坡，2026）", "白菜（西坡，2025）", "白菜（西坡，2026）",
    ]  # fmt: skip
    assert {n: set(labels) for n, labels in seen.sheets[0].several.items()} == {
        "白菜": set(choices.split("; "))
    }
    for written in ("白菜（西坡，2025）", "白菜(西坡,2025)", seasons[2]["id"]):
        chosen = look(world, rows.replace(",白菜,", f',"{written}",'), {"newNames": True})
        assert [one.values["season"] for one in chosen.filled] == [seasons[2]["id"]]
    meant = look(world, rows, {"newNames": True, "words": {"白菜": "白菜（东坡，2026）"}})
    assert [one.values["season"] for one in meant.filled] == [seasons[0]["id"]]


def test_plots_and_products_of_one_name_are_asked_about_too(world: World) -> None:
    plots = [
        {**LISTED[1], "id": f"{BASE}plot/{one}", "suyuan:village": {"zh": village}}
        for one, village in (("a", "上村"), ("b", "下村"))
    ]
    twice = {**LISTED[2], "id": "https://id.gs1.org/01/09521234000044"}
    listed(world, *plots, LISTED[2], twice)
    seen = look(world, SPRAYS, {"newNames": True})
    assert places(seen)[:2] == [(3, "地块", "B3"), (3, "农药名称", "E3")]
    told = [str(one.problem.params.get("choices")) for one in seen.problems[:2]]
    assert told == [
        "石桥湾（上村）; 石桥湾（下村）",
        "苦参碱（09521234000020）; 苦参碱（09521234000044）",
    ]
    written = SPRAYS.replace("石桥湾", "石桥湾（下村）").replace(
        "苦参碱", "苦参碱（09521234000020）"
    )
    chosen = look(world, written, {"newNames": True})
    assert chosen.problems == []
    assert {one.values["plots"] for one in chosen.filled} == {(plots[1]["id"],)}


def test_a_season_and_a_product_may_be_called_the_same(world: World) -> None:
    listed(world, {**LISTED[0], "name": "白菜"}, {**LISTED[3], "name": {"zh": "白菜"}})
    rows = "采收日期,地块,茬次,农产品,产量\n2026-9-8,东坡,白菜,白菜,3 斤\n"
    seen = look(world, rows, name="采收")
    assert seen.problems == []
    (row,) = seen.filled
    assert row.values["season"] == LISTED[0]["id"]
    assert "/lot/coop/x2/" in str(row.values["items"])


def test_every_mistake_by_sheet_row_and_column_and_nothing_is_filed(world: World) -> None:
    before = world.node.database.log.tail().size
    text = (
        "日期,地块,茬次,农药名称,用量,面积（亩）\n"
        "2999-1-1,石桥湾,S,苦参碱,30,1\n"
        "2026-9-8,石桥湾,S,苦参碱,-3 毫升,-1\n"
        "2026-9-8,石桥湾,S,苦参碱,9 毫升,1000000\n"
        "明天,石桥湾,,苦参碱,9 毫升,1\n"
    )
    seen = look(world, text, {"newNames": True})
    assert places(seen) == [
        (2, "日期", "A2"), (2, "用量", "E2"), (3, "面积（亩）", "F3"), (3, "用量", "E3"),
        (4, "面积（亩）", "F4"), (5, "日期", "A5"), (5, "茬次", "C5"),
    ]  # fmt: skip
    with pytest.raises(Many) as caught:
        importing(world).record(caller(world), seen)
    assert {one.path.split("!")[0] for one in caught.value.errors} == {"喷药"}
    assert world.node.database.log.tail().size == before


def test_a_harvest_before_its_sowing_is_out_and_one_without_sowing_is_marked(world: World) -> None:
    book = Workbook()
    sowing, harvest = book.worksheets[0], book.create_sheet("采收")
    sowing.title = "播种"
    sowing.append(["播种日期", "地块", "茬次", "种子", "数量"])
    sowing.append(["2026-08-01", "A", "S1", "白菜种", "2 斤"])
    harvest.append(["采收日期", "地块", "茬次", "农产品", "产量(公斤)"])
    harvest.append(["2026-07-01", "A", "S1", "白菜", 30])
    harvest.append(["2026-09-01", "B", "S2", "白菜", 40.5])
    data = io.BytesIO()
    book.save(data)
    sheets = read_sheets("book.xlsx", data.getvalue())
    plans = {"播种": {"newNames": True}, "采收": {"newNames": True}}
    seen = importing(world).look(caller(world), sheets, plans)
    assert [sheet.plan.kind for sheet in seen.sheets] == ["sowing", "harvest"]
    assert [(one.sheet, one.row) for one in seen.problems] == [
        ("播种", 2), ("采收", 2),
    ]  # fmt: skip
    assert [(one.sheet, one.row) for one in seen.notices] == [("采收", 3)]


def test_lists_of_plots_and_products_come_before_records(world: World) -> None:
    book = Workbook()
    plots, sprays = book.worksheets[0], book.create_sheet("打药")
    plots.title = "地块清单"
    plots.append(["名称", "面积", "村"])
    plots.append(["石桥湾", "5 亩", "桥头村"])
    products = book.create_sheet("投入品清单")
    products.append(["名称", "条码", "规格", "登记证号"])
    products.append(["苦参碱", "09521234000020", "200 毫升", "PD20132710"])
    sprays.append(["施药日期", "地块", "茬次", "农药名称", "批号", "用量"])
    sprays.append(["2026-09-08", "石桥湾", "S", "苦参碱", "B-1", "2 瓶"])
    sprays.append(["2026-09-08", "河边", "S", "苦参碱", "B-1", "2 瓶"])
    data = io.BytesIO()
    book.save(data)
    sheets = read_sheets("book.xlsx", data.getvalue())
    seen = importing(world).look(caller(world), sheets, every=True)
    assert [(one.sheet, one.cell) for one in seen.problems] == [("打药", "B3")]
    sprays.delete_rows(3)
    data = io.BytesIO()
    book.save(data)
    sheets = read_sheets("book.xlsx", data.getvalue())
    seen = importing(world).look(caller(world), sheets, every=True)
    assert (seen.count, len(seen.masters), seen.new) == (0, 2, 3)
    (index,) = importing(world).record(caller(world), seen)
    deed = world.node.books.one(caller(world).viewer, index).deed
    (item,) = deed.inputs
    assert item.id == "https://id.gs1.org/01/09521234000020/10/B-1"
    assert item.amount is not None
    assert (str(item.amount.value), item.amount.unit) == ("400", "MLT")
    again = importing(world).look(caller(world), sheets)
    assert (again.new, again.there) == (0, 3)


def product_sheet(*rows: list[str]) -> list[Sheet]:
    book = Workbook()
    products = book.worksheets[0]
    products.title = "投入品清单"
    products.append([
        "名称", "类别", "有效成分", "毒性", "登记作物", "安全间隔期", "每季最多使用次数", "使用间隔",
        "适用动物", "休药期", "弃蛋期", "氮", "登记证号",
    ])  # fmt: skip
    for row in rows:
        products.append(row)
    data = io.BytesIO()
    book.save(data)
    return read_sheets("book.xlsx", data.getvalue())


def test_a_list_of_products_takes_what_their_labels_say(world: World) -> None:
    sheets = product_sheet(
        [
            "苦参碱",
            "农药",
            "苦参碱、印楝素",
            "低毒",
            "茶树",
            "7 天",
            "2",
            "10",
            "",
            "",
            "",
            "",
            "PD2013",
        ],
        ["苦参碱", "", "", "", "蔬菜", "14", "", "", "", "", "", "", ""],
        ["驱虫药", "兽药", "", "", "", "", "", "", "猪", "28", "7", "", ""],
        ["复合肥", "肥料", "", "", "", "", "", "", "", "", "", "15", ""],
    )
    seen = importing(world).look(caller(world), sheets, every=True)
    assert seen.problems == []
    labels = {master["name"]["zh"]: master["suyuan:label"] for _, master in seen.masters}
    assert labels == {
        "苦参碱": {
            "kind": "pesticide", "ingredients": ["苦参碱", "印楝素"], "toxicity": "低毒",
            "registration": "PD2013",
            "crops": [{"crop": "茶树", "preHarvestDays": 7, "mostPerSeason": 2, "minGapDays": 10},
                      {"crop": "蔬菜", "preHarvestDays": 14}],
        },
        "驱虫药": {
            "kind": "veterinary",
            "withdrawal": [{"animal": "猪", "product": "meat", "days": 28},
                           {"animal": "猪", "product": "eggs", "days": 7}],
        },
        "复合肥": {"kind": "fertiliser", "nutrients": {"N": 0.15}},
    }  # fmt: skip
    importing(world).record(caller(world), seen)
    again = importing(world).look(caller(world), sheets)
    assert (again.new, again.there) == (0, 4)
    bare = product_sheet(["别的药", "农药", "", "", "", "7", "", "", "", "", "", "", ""])
    (wrong,) = importing(world).look(caller(world), bare).problems
    assert (wrong.column, wrong.problem.message) == ("登记作物", "say of what this is")


def test_uploads_are_their_organisations_and_filed_by_a_job_or_as_drafts(world: World) -> None:
    me = caller(world)
    upload = importing(world).open(me, "喷药.csv", SPRAYS.encode())
    for verb in (importing(world).get, importing(world).preview, importing(world).drop):
        with pytest.raises(NotFound):
            verb(caller(world, "other"), upload.id)
    with pytest.raises(Many):
        importing(world).file(me, upload.id, "records")
    importing(world).preview(me, upload.id, {"喷药": {"newNames": True}})
    importing(world).file(me, upload.id, "records", typed_by="小周")
    with pytest.raises(Refused, match="being filed"):
        importing(world).preview(me, upload.id)
    world.node.jobs.run_one()
    done = importing(world).get(me, upload.id)
    assert (json.loads(done.outcome)["filed"], done.body) == (3, b"")
    (line, *_) = world.node.books.find(me.viewer, DeedQuery(me.organisation)).lines
    assert line.deed.stated["recordedBy"] == {"name": "小周"}
    text = SPRAYS.replace("苦参碱", "矿物油")
    upload = importing(world).open(me, "喷药.csv", text.encode())
    filed = importing(world).file(me, upload.id, "drafts")
    assert json.loads(filed.outcome) == {"there": 1, "drafts": 2}
    assert len(world.node.drafts.list(me)) == 2
    assert look(world, text).there == 3
    with pytest.raises(Refused, match="is filed"):
        importing(world).file(me, upload.id, "drafts")
    assert importing(world).collect() == 0


def test_the_choices_made_for_an_upload_lie_sealed_too(world: World) -> None:
    me, node = caller(world), world.node
    upload = importing(world).open(me, "喷药.csv", SPRAYS.encode())
    choices = {"喷药": {"newNames": True}}
    importing(world).preview(me, upload.id, choices)
    kept = node.database.imports.get(upload.id)
    assert kept is not None
    assert "newNames" not in kept.plans
    assert importing(world).preview(me, upload.id).new == 3
    # Sealed under another secret it opens again; what was kept before it was sealed is read as it is.
    other = Seal(b"o" * 32)
    count = node.database.reseal(
        lambda purpose, name, sealed: other.close(
            purpose, name, node.seal.open(purpose, name, sealed)
        )
    )
    assert count >= 2
    anew = node.database.imports.get(upload.id)
    assert anew is not None
    assert json.loads(opened_text(other, PLANS, upload.id, anew.plans)) == choices
    assert opened_text(other, PLANS, upload.id, '{"a":{}}') == '{"a":{}}'
    node.database.reseal(
        lambda purpose, name, sealed: node.seal.close(
            purpose, name, other.open(purpose, name, sealed)
        )
    )
    importing(world).drop(me, upload.id)


def test_an_upload_lies_sealed_and_one_of_before_is_read_as_it_is(world: World) -> None:
    me, store = caller(world), world.node.database.imports
    upload = importing(world).open(me, "喷药.csv", SPRAYS.encode())
    kept = store.get(upload.id)
    assert kept is not None
    assert "张三".encode() not in kept.body
    choices = {"喷药": {"newNames": True}}
    assert importing(world).preview(me, upload.id, choices).new == 3
    store.change(replace(kept, body=SPRAYS.encode()))
    assert importing(world).preview(me, upload.id, choices).new == 3
    store.change(replace(kept, body=kept.body[:-1] + bytes([kept.body[-1] ^ 1])))
    with pytest.raises(Unavailable):
        importing(world).preview(me, upload.id)


def test_a_row_that_a_rule_blocks_takes_a_reason_or_is_left_out(world: World) -> None:
    begin(world)
    events(world, bought(), sprayed("2026-03-25"))
    text = (
        "采收日期,地块,茬次,农产品,批号,产量(公斤)\n"
        f"2026-04-01,{PLOT},{SEASON},{LEAVES},L1,100\n"
        f"2026-04-02,{PLOT},{SEASON},{LEAVES},L2,80\n"
        f"2026-04-20,{PLOT},{SEASON},{LEAVES},L3,60\n"
    )
    seen = look(world, text, name="采收")
    assert seen.count == 0, [str(one.problem) for one in seen.problems]
    assert [(one.row, one.rule) for one in seen.blocked] == [(2, "1/interval"), (3, "1/interval")]
    with pytest.raises(Many):
        importing(world).record(caller(world), seen)
    word = {"row": 2, "rule": "1/interval", "person": "张建国", "reason": "已送检，结果合格"}
    one = look(world, text, {"overrides": [word]}, name="采收")
    assert [trouble.row for trouble in one.blocked] == [3]
    assert [(trouble.row, answer.person) for trouble, answer in one.answered] == [(2, "张建国")]
    size = world.node.database.log.tail().size
    whole = look(world, text, {"overrides": [word], "leaveOut": [3]}, name="采收")
    assert (whole.blocked, whole.sheets[0].left_out, whole.new) == ([], (3,), 2)
    indices = importing(world).record(caller(world), whole)
    assert len(indices) == 3  # two harvests and the override
    found = world.node.judge.standing(caller(world).viewer, SEASON)
    (blocked,) = [one for one in found if one.name == "1/interval" and one.verdict == "block"]
    assert blocked.override is not None
    assert (blocked.override.index, blocked.override.person) == (size + 2, "张建国")
    # Neither is remembered for the next table: they spoke of these rows.
    again = look(world, text, name="采收")
    assert (again.there, again.new, len(again.blocked)) == (2, 1, 1)
    for wrong in ({"overrides": [{**word, "reason": "x"}]}, {"overrides": [{"row": 2}]},
                  {"overrides": [{**word, "person": " "}]}, {"leaveOut": ["2"]}):  # fmt: skip
        with pytest.raises(Refused):
            look(world, text, wrong, name="采收")


def test_what_was_judged_when_it_was_looked_at_is_not_judged_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world)
    events(world, bought())
    text = (
        f"采收日期,地块,茬次,农产品,批号,产量(公斤)\n2026-04-01,{PLOT},{SEASON},{LEAVES},L1,100\n"
    )
    asked = []
    weigh = Judge.weigh

    def counted(self: Judge, *given: Any, **more: Any) -> Any:
        asked.append(given)
        return weigh(self, *given, **more)

    monkeypatch.setattr(Judge, "weigh", counted)
    assert look(world, text, name="采收").blocked == []
    assert look(world, text, name="采收").blocked == []
    assert len(asked) == 1
    # Of another's season nothing follows for this one; of a spray in it much does.
    events(world, bought(number=9))
    look(world, text, name="采收")
    assert len(asked) == 1
    events(world, sprayed("2026-03-25"))
    del asked[:]
    assert [one.rule for one in look(world, text, name="采收").blocked] == ["1/interval"]
    assert [one.rule for one in look(world, text, name="采收").blocked] == ["1/interval"]
    assert len(asked) == 1


def test_no_bomb_no_old_workbook_no_formula_without_value(world: World) -> None:
    with pytest.raises(Malformed, match="old workbook"):
        read_sheets("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512))
    bomb = io.BytesIO()
    with (
        zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(201):
            part.write(bytes(1_000_000))
    with pytest.raises(TooLarge):
        read_sheets("a.xlsx", bomb.getvalue())
    doctype = io.BytesIO()
    with zipfile.ZipFile(doctype, "w") as packed:
        packed.writestr(
            "xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'
        )
    for data in (doctype.getvalue(), b"PK\x03\x04 and no more"):
        with pytest.raises(Malformed, match="no workbook"):
            read_sheets("a.xlsx", data)
    book = Workbook()
    book.worksheets[0].title = "喷药"
    for row in (
        ["日期", "地块", "茬次", "农药名称", "用量"],
        ["2026-9-8", "A", "S", "苦参碱", "=1+2"],
    ):
        book.worksheets[0].append(row)
    made = io.BytesIO()
    book.save(made)
    seen = importing(world).look(
        caller(world), read_sheets("a.xlsx", made.getvalue()), {"喷药": {"newNames": True}}
    )
    assert places(seen) == [(2, "用量", "E2")]
    assert "formula" in seen.problems[0].problem.text


def test_a_season_of_real_harvests(world: World) -> None:
    """1,592 rows: no head line, comments first, nine units, notes over lines, no planting on record."""
    path = shared("data", "farmdata2", "harvests-2019.csv")
    sheets = read_sheets(path.name, path.read_bytes())
    columns = [
        "id",
        "username",
        "gen",
        "hardate",
        "fieldID",
        "crop",
        "yield",
        "unit",
        "hours",
        "comments",
        "",
    ]
    plan = {
        "headings": columns,
        "kind": "harvest",
        "columns": {"username": "person", "hardate": "day", "fieldID": "plots", "crop": "items.item",
                    "yield": "items.amount", "unit": "items.unit", "comments": "note"},
        "set": {"season": "{fieldID} {crop}"},
        "words": {"EACH": "个", "BUNCH": "把", "PINT": "盒", "QUART": "盒", "HALFSTALK": "支",
                  "EAR": "个"},
        "newNames": True,
    }  # fmt: skip
    name = sheets[0].title
    seen = importing(world).look(caller(world), sheets, {name: plan}, every=True)
    assert (seen.count, seen.blocked, seen.new, seen.sheets[0].repeats) == (0, [], 1592, 7)
    told = Counter(one.problem.message for one in seen.notices)
    assert told["no sowing or planting of this season is on record"] > 400
    indices = importing(world).record(caller(world), seen)
    assert len(set(indices)) == 1592
    size = world.node.database.log.tail().size
    again = importing(world).look(caller(world), sheets, {name: {"headings": columns}}, every=True)
    assert (again.sheets[0].how, again.there, again.new) == (
        "given",
        1592,
        0,
    ) or again.there == 1592
    assert importing(world).record(caller(world), again) == ()
    assert world.node.database.log.tail().size == size


def test_lists_book_and_archive(world: World) -> None:
    me = caller(world)
    importing(world).record(me, look(world, SPRAYS, {"newNames": True}))
    world.node.sealer.seal()
    query = DeedQuery(me.organisation)
    table = world.node.exporting.table(me.viewer, "records", query)
    assert len(list(table.rows)) == 3
    (season,) = world.node.exporting.record_book(me.viewer, query, "合作社", year=2026)
    uses, pests, harvests, _ = season.parts
    assert [len(part.rows) for part in (uses, pests, harvests)] == [3, 2, 0]
    assert {row[2]: str(row[7]) for row in uses.rows} == {
        "苦参碱": "2026-09-09", "吡虫啉": "2026-09-10",
    }  # fmt: skip
    with pytest.raises(NotFound):
        world.node.exporting.record_book(me.viewer, query, "合作社", year=2025)
    with pytest.raises(Forbidden):
        world.node.exporting.table(caller(world, "other").viewer, "plots", query)
    with pytest.raises(Forbidden):
        world.node.archiving.stream(caller(world, "other").viewer, me.organisation, "", str)
    parts = world.node.archiving.stream(me.viewer, me.organisation, "2026-09-17T00:00:00.000Z", str)
    with zipfile.ZipFile(io.BytesIO(b"".join(parts))) as packed:
        assert packed.testzip() is None
        events = json.loads(packed.read("events.json"))["epcisBody"]["eventList"]
        lines = packed.read("records.ndjson").split(b"\n")
        note = packed.read("log/checkpoint").decode()
        assert "'=1+1" in packed.read("lists/records.csv").decode("utf-8-sig")
    assert len(events) == 3
    policy = parse_policy(made_up_policy(world.node))
    assert check_archive(lines, note, policy).records == len([one for one in lines if one])
    lines[-2] = lines[-2].replace(b"2026-09-10", b"2026-09-11")
    with pytest.raises(ProofError) as caught:
        check_archive(lines, note, policy)
    assert caught.value.path.startswith("records.ndjson line")
    assert BASE in events[0]["@context"][1]["suyuan"]
