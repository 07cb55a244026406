"""Master data from a table: cells as people write them, and every bad one by row and column."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.errors import Malformed, Many, Refused
from suyuan.core.master.check import check_master
from suyuan.core.master.table import COLUMNS, masters_of_csv, masters_of_rows

TABLE = """类型,编号,中文名,英文名,净含量,净含量单位,保质期天数,等级,统一社会信用代码,面积,所属地点
产品,9521234000068,山核桃,Hickory nuts,"1,250",克,180,一级,,,
地块,https://node.example/plot/1,前山坡,,,,,,,6.5,https://id.gs1.org/414/9521234000013
,,,,,,,,,,
单位,9521234000020,合作社,,,,,,93990101MA27XW2FXK,,
"""


def test_rows_become_what_they_say() -> None:
    assert masters_of_csv("\ufeff" + TABLE) == [
        (
            "row 2",
            {
                "id": "https://id.gs1.org/01/09521234000068",
                "type": "Product",
                "name": {"zh": "山核桃", "en": "Hickory nuts"},
                "suyuan:grade": {"zh": "一级"},
                "suyuan:netWeight": {"value": 1250, "uom": "GRM"},
                "suyuan:shelfLifeDays": 180,
            },
        ),
        (
            "row 3",
            {
                "id": "https://node.example/plot/1",
                "type": "Plot",
                "name": {"zh": "前山坡"},
                "suyuan:area": {"value": 6.5, "unit": "亩"},
                "suyuan:within": "https://id.gs1.org/414/9521234000013",
            },
        ),
        (
            "row 5",
            {
                "id": "https://id.gs1.org/417/9521234000020",
                "type": "Organization",
                "name": {"zh": "合作社"},
                "suyuan:creditCode": "93990101MA27XW2FXK",
            },
        ),
    ]
    assert all(check_master(one) == [] for _, one in masters_of_csv(TABLE))


def test_numbers_of_a_sheet_are_read_as_a_person_reads_them() -> None:
    rows: list[list[str | float]] = [
        ["type", "id", "net_content", "net_unit"],
        ["Product", 9521234000068.0, 250.0, "g"],
    ]
    ((where, made),) = masters_of_rows(rows, "Sheet1")
    assert where == "Sheet1, row 2"
    assert made["id"] == "https://id.gs1.org/01/09521234000068"
    assert made["suyuan:netWeight"] == {"value": 250, "uom": "GRM"}


def test_every_bad_cell_is_named() -> None:
    with pytest.raises(Many) as caught:
        masters_of_csv(
            "type,id,net_content,net_unit,outline\n"
            "fruit,9521234000068,,,\n"
            "product,nuts,,,\n"
            "product,9521234000068,much,g,\n"
            "product,9521234000068,5,stone,\n"
            "place,a:b,,,here\n"
        )
    assert [problem.path for problem in caught.value.errors] == [
        "row 2, column type",
        "row 3, column id",
        "row 4, column net_content",
        "row 5, column net_unit",
        "row 6, column outline",
    ]
    assert all("example" in problem.message for problem in caught.value.errors)


def problems_of(text: str) -> list[str]:
    with pytest.raises(Refused) as caught:
        masters_of_csv(text)
    found = caught.value.errors if isinstance(caught.value, Many) else (caught.value,)
    return [str(problem) for problem in found]


def test_all_that_is_wrong_is_said_at_once_in_the_words_of_the_table() -> None:
    found = problems_of(
        "类型,编号,中文名,净含量,净含量单位,国家\n"
        "产品,9521234000069,山核桃,5,石,中国\n"
        "产品,9521234000068,山核桃,-5,克,CN\n"
        "水果,9521234000068,山核桃,很多,,中国\n"
        "产品,a b:c,,,,\n"
    )
    assert [problem.split(":")[0] for problem in found] == [
        "row 2, column 净含量单位",
        "row 2, column 编号",
        "row 2, column 国家",
        "row 3, column 净含量, 净含量单位",
        "row 4, column 类型",
        "row 4, column 净含量单位",
        "row 4, column 净含量",
        "row 5, column 编号",
    ]
    assert not any("net_" in problem or "suyuan:" in problem for problem in found)


def test_the_head_is_told_together_with_the_rows() -> None:
    found = problems_of("类型,编号,颜色,类别\n产品,9521234000068,绿,\n水果,9521234000068,,\n")
    assert [problem.split(":")[0] for problem in found] == ["row 1", "row 1", "row 3, column 类型"]
    assert {"颜色", "净含量"} == {
        name for name in ("颜色", "净含量", "net_content") if name in found[0]
    }
    assert found[1] == "row 1: the columns 类型 and 类别 are the same"
    assert problems_of("编号,中文名\n9521234000068,x\n") == ["row 1: the column 类型 is missing"]
    assert problems_of("type,name_zh\nProduct,x\n") == ["row 1: the column id is missing"]


def test_no_number_is_endless() -> None:
    for much in ("inf", "-inf", "nan", "1e400"):
        (found,) = problems_of(f"type,id,area\nplace,9521234000013,{much}\n")
        assert found.startswith("row 2, column area: ")


@pytest.mark.parametrize("head", ["id,name_zh", "type", "type,id,colour", ""])
def test_a_head_that_lacks_or_adds_something(head: str) -> None:
    with pytest.raises(Refused) as caught:
        masters_of_csv(f"{head}\nProduct,9521234000068,x\n")
    problems = caught.value.errors if isinstance(caught.value, Many) else (caught.value,)
    assert {problem.path for problem in problems} == {"row 1"}


@given(st.lists(st.lists(st.one_of(st.text(max_size=8), st.floats(), st.none()), max_size=5)))
def test_any_cells_at_all(rows: list[list[str | float | None]]) -> None:
    for head in (list(COLUMNS)[:5], ["type", "id", "area", "area_unit", "outline"]):
        with contextlib.suppress(Refused):
            masters_of_rows([head, *rows])


def test_what_is_no_csv() -> None:
    with pytest.raises(Malformed):
        masters_of_csv('type,id\n"Product,x\n')


def test_a_plot_is_a_plot_with_the_datum_that_its_position_has() -> None:
    head = "类型,编号,经度,纬度,坐标系,轮廓\n"
    outline = '"{""type"": ""Point"", ""coordinates"": [118.9, 30.1]}"'
    row = f"地块,https://a.example/1,118.9,30.1,火星坐标,{outline}\n"
    ((_, found),) = masters_of_csv(head + row)
    assert found == {
        "id": "https://a.example/1",
        "type": "Plot",
        "suyuan:position": {"lat": 30.1, "lon": 118.9, "datum": "GCJ-02"},
        "suyuan:outline": {"type": "Point", "coordinates": [118.9, 30.1], "datum": "GCJ-02"},
    }
    for bad, column in (("118.9,30.1,,", "datum"), ("118.9,30.1,BD-09,", "datum"),
                        ("118.9,,WGS-84,", "latitude"), (",30.1,WGS-84,", "longitude")):  # fmt: skip
        with pytest.raises(Malformed) as caught:
            masters_of_csv(f"{head}plot,https://a.example/1,{bad}\n")
        written = {"datum": "坐标系", "latitude": "纬度", "longitude": "经度"}[column]
        assert caught.value.path == f"row 2, column {written}"
