"""The table in docs/decisions and the table in the code are one."""

from __future__ import annotations

import pytest
from shared import ROOT

from suyuan.core.visibility import (
    FIELD_AUDIENCES,
    OTHER_FIELDS,
    PUBLIC,
    RECORD_AUDIENCES,
    RecordFacts,
    Viewer,
    covers,
    names_private,
    private_pointers,
    record_class,
    sees_all_fields,
    sees_all_of,
    sees_field,
    sees_record,
)

COLUMNS = ("public", "partner", "regulator", "own", "administrator")


def page_tables() -> list[dict[str, frozenset[str]]]:
    """The two tables of the decision: row name → columns that say yes."""
    text = (ROOT / "docs" / "decisions" / "0005-who-sees-what.md").read_text(encoding="utf-8")
    tables: list[dict[str, frozenset[str]]] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or len(cells) != 6 or set(cells[0]) == {"-"}:
            continue
        if cells[1:] == list(COLUMNS):
            tables.append({})
        else:
            assert set(cells[1:]) <= {"yes", "no"}
            tables[-1][cells[0]] = frozenset(
                column for column, cell in zip(COLUMNS, cells[1:], strict=True) if cell == "yes"
            )
    return tables


def test_the_decision_and_the_code_agree() -> None:
    records, fields = page_tables()
    assert records == {name: frozenset(who) for name, who in RECORD_AUDIENCES.items()}
    assert fields.pop("(others)") == OTHER_FIELDS
    assert fields == {name: frozenset(who) for name, who in FIELD_AUDIENCES.items()}


COOP, BUYER = "https://x.example/org/coop", "https://x.example/org/buyer"
TRADE = RecordFacts("trade", COOP, "330110", frozenset({BUYER}))


@pytest.mark.parametrize(
    ("viewer", "record", "price", "person"),
    [
        (PUBLIC, False, False, False),
        (Viewer(BUYER, "recorder", "330110"), True, True, False),
        (Viewer(COOP, "recorder", "330110"), True, True, True),
        (Viewer("https://x.example/org/third", "recorder", "330110"), False, False, False),
        (Viewer("https://x.example/b", "regulator", "330110"), True, True, True),
        (Viewer("https://x.example/b", "regulator", "330100"), True, True, True),
        (Viewer("https://x.example/b", "regulator", "330000"), True, True, True),
        (Viewer("https://x.example/b", "regulator", "330112"), False, False, False),
        (Viewer("https://x.example/b", "regulator", "340000"), False, False, False),
        (Viewer("https://x.example/a", "administrator", ""), True, True, True),
    ],
)
def test_who_sees_a_sale(viewer: Viewer, record: bool, price: bool, person: bool) -> None:
    assert sees_record(viewer, TRADE) is record
    assert sees_field(viewer, TRADE, "suyuan:price") is price
    assert sees_field(viewer, TRADE, "suyuan:person") is person
    assert sees_field(viewer, TRADE, "suyuan:anything") is person
    assert sees_all_fields(viewer, TRADE) is (price and person)


def test_areas_cover_counties() -> None:
    assert covers("330000", "330112")
    assert covers("330100", "330112")
    assert covers("330110", "330110")
    assert not covers("330110", "330112")
    assert not covers("330112", "")
    assert not covers("", "330112")


LOT = [{"epcClass": "https://id.gs1.org/01/09521234000068/10/1", "quantity": 5}]
CLASS = [{"epcClass": "https://id.gs1.org/01/09521234000068", "quantity": 5}]
BOUGHT_BY = {"destinationList": [{"type": "possessing_party", "destination": BUYER}]}


@pytest.mark.parametrize(
    "value",
    [
        {"bizStep": "shipping", "quantityList": LOT},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping", "quantityList": LOT},
        {"bizStep": "urn:epcglobal:cbv:bizstep:retail_selling", "quantityList": LOT},
        {"bizStep": "cbv:BizStep-retail_selling", "quantityList": CLASS},
        {"bizStep": "shipping", "quantityList": LOT, "sensorElementList": [{}]},
        {"bizStep": "shipping", "quantityList": LOT, "disposition": "damaged"},
        {"bizStep": "receiving", "quantityList": LOT, "sourceList": [{}]},
        {"bizStep": "loading", "type": "AggregationEvent", "childQuantityList": CLASS, **BOUGHT_BY},
    ],
)
def test_what_changes_hands_by_quantity_is_trade(value: dict[str, object]) -> None:
    assert record_class("event", value) == "trade"


@pytest.mark.parametrize(
    "value",
    [
        {"bizStep": "shipping", "epcList": ["https://id.gs1.org/00/1"], **BOUGHT_BY},
        {"bizStep": "receiving", "quantityList": LOT},
        {"bizStep": "packing", "quantityList": LOT},
    ],
)
def test_what_is_made_seen_or_shipped_in_cartons_is_production(value: dict[str, object]) -> None:
    assert record_class("event", value) == "production"


def test_other_master_data_is_not_public() -> None:
    assert record_class("master", {"type": "Person"}) == "master-other"
    assert record_class("master", {"type": "Place"}) == "master"


def test_private_members_are_found_wherever_they_stand() -> None:
    event = {
        "suyuan:price": 1,
        "ilmd": {"suyuan:person": {"suyuan:phone": "1"}},
        "suyuan:list": [{"suyuan:phone": "1"}],
        "a/b": {"suyuan:buyer": {}},
    }
    found, stuck = private_pointers(event)
    assert found == ["/a~1b/suyuan:buyer", "/ilmd/suyuan:person", "/suyuan:price"]
    assert stuck == ["/suyuan:list/0/suyuan:phone"]
    assert names_private(b'{"suyuan:price":1}')
    assert not names_private(b'{"suyuan:note":"price"}')


def test_who_recorded_something_gets_all_of_it() -> None:
    mine, others = Viewer("urn:x:mine", "recorder"), Viewer("urn:x:others", "recorder")
    for kind in RECORD_AUDIENCES:
        facts = RecordFacts(kind, "urn:x:mine", "", frozenset())
        assert sees_all_of(mine, facts.owner)
        assert sees_record(mine, facts)
        assert sees_all_fields(mine, facts)
        assert not sees_all_of(others, facts.owner)
    assert not sees_all_of(PUBLIC, "urn:x:mine")
