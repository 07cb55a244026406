"""Master data, member by member: what is wrong is named, with what would be right."""

from __future__ import annotations

import json
from typing import Any

import pytest

from suyuan.core.errors import Malformed
from suyuan.core.master.check import EXAMPLE, MEMBERS, check_master, objects_in
from suyuan.core.master.settle import settled_position
from suyuan.core.visibility import record_class

PRODUCT = {"id": "https://id.gs1.org/01/09521234000068", "type": "Product"}
PLOT = {"id": "https://a.example/plot/1", "type": "Plot"}
PLACE = {"id": "https://id.gs1.org/414/9521234000013", "type": "Place"}
PICTURE = {
    "digest": f"sha-256:{'0' * 64}", "mediaType": "image/png", "size": 5, "name": "nuts.png",
}  # fmt: skip
RING = [[118.9, 30.1], [118.91, 30.1], [118.91, 30.11]]
RIGHT: list[tuple[str, Any]] = [
    ("name", "山核桃"),
    ("name", {"zh": "山核桃"}),
    ("suyuan:county", {"zh": "云岭县", "en": "Yunling", "code": "990101"}),
    ("suyuan:netWeight", {"value": 0.25, "uom": "KGM"}),
    ("suyuan:shelfLifeDays", 180),
    ("suyuan:picture", PICTURE),
    ("suyuan:area", {"value": 6.5, "unit": "亩"}),
    ("suyuan:outline", {"type": "Polygon", "coordinates": [RING]}),
    ("suyuan:position", {"lat": 30.1, "lon": 118.9, "datum": "CGCS2000"}),
    ("suyuan:position", settled_position({"lat": 30.1, "lon": 118.9, "datum": "GCJ-02"})),
    ("suyuan:plots", ["https://a.example/p", {"id": "https://a.example/q"}]),
    ("suyuan:within", PLACE["id"]),
    ("suyuan:country", "CN"),
    ("suyuan:creditCode", EXAMPLE),
    ("example:anything", [None]),
]
WRONG: list[tuple[str, Any]] = [
    ("name", ""),
    ("name", {}),
    ("name", {"de": "Nuss"}),
    ("name", {"zh": 5}),
    ("suyuan:grade", []),
    ("suyuan:netWeight", 250),
    ("suyuan:netWeight", {"value": "250", "uom": "GRM"}),
    ("suyuan:netWeight", {"value": -1, "uom": "GRM"}),
    ("suyuan:shelfLifeDays", "180"),
    ("suyuan:shelfLifeDays", True),
    ("suyuan:picture", {**PICTURE, "mediaType": "image/svg+xml"}),
    ("suyuan:picture", {**PICTURE, "digest": "0"}),
    ("suyuan:picture", "nuts.png"),
    ("suyuan:area", 6.5),
    ("suyuan:outline", {"type": "Polygon", "coordinates": [RING[:2]]}),
    ("suyuan:position", {"lat": 30.1, "lon": 118.9}),
    ("suyuan:position", {"lat": 30.1, "lon": 118.9, "datum": "GCJ-02"}),
    (
        "suyuan:position",
        {**settled_position({"lat": 30.1, "lon": 118.9, "datum": "GCJ-02"}), "lat": 30.2},
    ),
    ("suyuan:outline", {"type": "Polygon", "coordinates": [RING], "datum": "GCJ-02"}),
    ("suyuan:plots", "P1"),
    ("suyuan:within", "前山坡"),
    ("suyuan:country", "中国"),
    ("suyuan:creditCode", EXAMPLE[:-1] + "0"),
]


@pytest.mark.parametrize(("member", "value"), RIGHT)
def test_what_is_right(member: str, value: Any) -> None:
    assert check_master({**PLOT, member: value}) == []


@pytest.mark.parametrize(("member", "value"), WRONG)
def test_what_is_wrong_is_named_with_what_would_be_right(member: str, value: Any) -> None:
    (problem,) = check_master({**PLOT, member: value})
    assert problem.path == f"/{member}"
    assert str(problem.params["example"]) in problem.text


def test_every_example_that_can_be_read_is_right_itself() -> None:
    for member, check in MEMBERS.items():
        example = check(object())
        assert example is not None, member
        if "…" not in example:
            try:
                value = json.loads(example)
            except ValueError:
                value = example
            assert check(value) is None, member


@pytest.mark.parametrize(
    "master",
    [
        {**PRODUCT, "id": "https://id.gs1.org/01/09521234000069"},
        {**PRODUCT, "id": PLACE["id"]},
        {**PLACE, "id": PRODUCT["id"]},
        {"id": "https://id.gs1.org/417/9521234000014", "type": "Organization"},
        {"id": 5, "type": "Product"},
        {"type": "Product"},
    ],
)
def test_an_id_is_whole_and_of_its_kind(master: dict[str, Any]) -> None:
    (problem,) = check_master(master)
    assert problem.path == "/id"


@pytest.mark.parametrize(
    ("master", "types"), [(PRODUCT, "Product"), (PLACE, "Place, Plot")], ids=["product", "place"]
)
def test_a_gs1_key_is_of_its_own_types(master: dict[str, Any], types: str) -> None:
    """Else anything at all could become the newest word on a product."""
    (problem,) = check_master({"id": master["id"], "type": "Foo"})
    assert problem.path == "/type"
    assert problem.params["types"] == types
    assert check_master({"id": f"{PRODUCT['id']}/10/L-1", "type": "Lot"}) == []


def test_ids_of_ones_own() -> None:
    for kind in ("Product", "Place", "Organization", "Plot"):
        assert check_master({"id": "https://trace.example.com/x/1", "type": kind}) == []


def test_one_object_or_a_list() -> None:
    assert objects_in(PLACE) == [("", PLACE)]
    assert objects_in([PLACE, PRODUCT]) == [("/0", PLACE), ("/1", PRODUCT)]
    for other in ([], [PLACE, 7], "x", None):
        with pytest.raises(Malformed):
            objects_in(other)


POINT = {"type": "Point", "coordinates": [118.9, 30.1]}


@pytest.mark.parametrize("kind", ["Product", "Place", "Organization", "Brand"])
@pytest.mark.parametrize(
    ("members", "at"),
    [
        ({"suyuan:outline": {"type": "Polygon", "coordinates": [RING]}}, "/suyuan:outline"),
        (
            {"suyuan:position": {"lat": 30.1, "lon": 118.9, "datum": "WGS-84"}},
            "/suyuan:position",
        ),
        ({"suyuan:plots": [{"suyuan:outline": POINT}]}, "/suyuan:plots/0/suyuan:outline"),
        ({"example:map": {"a/b": [POINT]}}, "/example:map/a~1b/0"),
        ({"example:at": {"schema:latitude": 30.1, "schema:longitude": 118.9}}, "/example:at"),
        ({"example:at": "geo:30.1,118.9"}, "/example:at"),
    ],
)
def test_what_everybody_reads_does_not_say_where_a_plot_lies(
    kind: str, members: dict[str, Any], at: str
) -> None:
    said = {"id": "https://a.example/1", "type": kind, **members}
    (problem,) = check_master(said)
    assert problem.path == at
    assert "type Plot" in problem.text
    assert record_class("master", said) == "master-other"
    assert check_master({**said, "type": "Plot"}) == []
