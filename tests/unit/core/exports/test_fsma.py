"""From events to key data elements: which sheet, which cells, what each row lacks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from suyuan.core.exports.elements import MISSING
from suyuan.core.exports.fsma import Sheet, sheets
from suyuan.core.exports.lineage import Shown, becomes, lineage

RAW, MILD, JUICE = (f"https://id.gs1.org/01/{gtin}/10/L-1" for gtin in (
    "09521234000044", "09521234000051", "09521234000068"))  # fmt: skip
PACKS = [f"{RAW}/21/{serial}" for serial in ("A", "B", "C")]
CARTON = "https://id.gs1.org/00/095212340000000012"
FIELD = "https://id.gs1.org/414/9521234000112/254/P1"
SHED = "https://id.gs1.org/414/9521234000099"
HALL = "https://id.gs1.org/414/9521234000105"
COOP, MARKET = "https://node.example/org/coop", "https://node.example/org/market"
MASTER: dict[str, dict[str, Any]] = {
    COOP: {"name": "Cooperative", "suyuan:phone": "+86 571 1", "suyuan:address": "Shiqiao 1"},
    MARKET: {"name": "Market", "suyuan:phone": "+86 571 2", "suyuan:address": "East Gate 2"},
    FIELD: {"name": "Front slope", "suyuan:village": "Shiqiao"},
    SHED: {"name": "Packing shed"},
    HALL: {"name": "Hall"},
    "https://id.gs1.org/01/09521234000044": {
        "name": "Green Hill baby spinach",
        "suyuan:brand": "Green Hill",
        "suyuan:packaging": "bag",
        "suyuan:commodity": {"zh": "菠菜", "en": "Spinach"},
        "suyuan:variety": "Space F1",
        "suyuan:netWeight": {"value": 250, "uom": "GRM"},
    },
    "https://id.gs1.org/01/09521234000051": {
        "name": "Spinach, cut",
        "suyuan:commodity": "Spinach",
        "suyuan:packaging": "crate",
        "suyuan:netWeight": {"value": 5, "uom": "KGM"},
    },
}


def event(step: str, day: int, kind: str = "ObjectEvent", **members: Any) -> dict[str, Any]:
    return {
        "type": kind,
        "bizStep": step,
        "eventTime": f"2026-09-{day:02d}T10:00:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizTransactionList": [{"type": "desadv", "bizTransaction": f"urn:x:{step}-{day}"}],
        "readPoint": {"id": SHED},
        **members,
    }


def amount(lot: str, quantity: float, uom: str | None = "KGM") -> list[dict[str, Any]]:
    return [{"epcClass": lot, "quantity": quantity, **({"uom": uom} if uom else {})}]


HARVEST = event(
    "commissioning", 10, action="ADD", quantityList=amount(RAW, 860.5), readPoint={"id": FIELD},
    bizLocation={"id": SHED},
)  # fmt: skip
COOLED = event(
    "https://node.example/voc/cooling", 11, action="OBSERVE", quantityList=amount(RAW, 850)
)
PACKED = event("packing", 12, "TransformationEvent", inputQuantityList=amount(RAW, 3),
               outputEPCList=PACKS)  # fmt: skip
BOXED = event("packing", 12, "AggregationEvent", action="ADD", parentID=CARTON, childEPCs=PACKS)
SENT = event("shipping", 13, action="OBSERVE", epcList=[CARTON],
             destinationList=[{"type": "owning_party", "destination": MARKET}])  # fmt: skip
TAKEN = event("receiving", 14, action="OBSERVE", epcList=[CARTON], readPoint={"id": HALL})
OPENED = event("unpacking", 15, "AggregationEvent", action="DELETE", parentID=CARTON)
DAYS = [HARVEST, COOLED, PACKED, BOXED, SENT, TAKEN, OPENED]


def export(subject: str, *events: dict[str, Any]) -> dict[str, Sheet]:
    owners = {5: MARKET, 6: MARKET}
    traced = lineage(
        subject, [Shown(i, owners.get(i, COOP), (), one) for i, one in enumerate(events)]
    )
    food = traced.names | becomes(subject, traced.deeds)
    return {sheet.title.template: sheet for sheet in sheets(traced, food, MASTER.get)}


def rows(sheet: Sheet) -> list[dict[str, Any]]:
    told = [column.template for column in sheet.columns]
    return [
        dict(zip(told, row.cells, strict=True))
        | {MISSING.template: [one.template.format(**one.params) for one in row.missing]}
        for row in sheet.rows
    ]


def test_harvesting_tells_farm_field_day_and_recipient() -> None:
    (row,) = rows(export(RAW, *DAYS)["Harvesting"])
    assert row == {
        "Record": 0,
        "Traceability lot code": "(01)09521234000044(10)L-1",
        "Commodity": "Spinach",
        "Variety": "Space F1",
        "Quantity": 860.5,
        "Unit of measure": "KGM",
        "Farm where harvested": f"Cooperative, Front slope, Shiqiao, Shiqiao 1, +86 571 1, {FIELD}",
        "Field or growing area": "Front slope",
        "Date of harvesting": date(2026, 9, 10),
        "Immediate subsequent recipient": f"Packing shed, {SHED}",
        "Reference document type and number": "desadv urn:x:commissioning-10",
        "Missing": [f"address of {SHED}", f"phone number of {SHED}"],
    }


def test_cooling_names_the_farm() -> None:
    (row,) = rows(export(RAW, *DAYS)["Cooling"])
    assert row["Date of cooling"] == date(2026, 9, 11)
    assert row["Farm where harvested"].startswith("Cooperative, Front slope")
    assert row["Missing"] == ["Immediate subsequent recipient"]


def test_initial_packing_tells_what_was_taken_and_what_was_packed() -> None:
    (row,) = rows(export(RAW, *DAYS)["Initial packing"])
    assert (row["Quantity"], row["Unit of measure"]) == (3, "H87")
    assert (row["Quantity received"], row["Unit of measure received"]) == (3, "KGM")
    assert row["Date of cooling"] == date(2026, 9, 11)
    assert row["Harvester and phone number"] == f"Cooperative, Shiqiao 1, +86 571 1, {COOP}"
    assert (row["Date received"], row["Missing"]) == (date(2026, 9, 10), [])
    elsewhere = {**HARVEST, "bizLocation": {"id": HALL}}
    (row,) = rows(export(RAW, elsewhere, *DAYS[1:])["Initial packing"])
    assert row["Missing"] == ["Date received"]


def test_a_carton_is_told_by_the_lots_in_it_even_after_it_was_opened() -> None:
    told = export(RAW, *DAYS)
    (sent,), (taken,) = rows(told["Shipping"]), rows(told["Receiving"])
    assert sent["Traceability lot code"] == "(01)09521234000044(10)L-1"
    assert (sent["Quantity"], sent["Missing"]) == (3, [])
    assert sent["Immediate subsequent recipient"].startswith("Market, East Gate 2")
    assert sent["Traceability lot code source"].endswith(FIELD)
    assert taken["Immediate previous source"].startswith("Cooperative, Packing shed")
    assert taken["Where received"].startswith("Market, Hall")
    assert taken["Missing"] == []
    assert not told["Transformation"].rows


CUT = "https://node.example/voc/cutting"
PACKED_IN_BULK = event("packing", 11, action="OBSERVE", quantityList=amount(RAW, 8))


def test_transformation_tells_each_lot_used_for_each_lot_made() -> None:
    cut = event(CUT, 12, "TransformationEvent",
                inputQuantityList=amount(RAW, 8) + amount(JUICE, 2, None),
                outputQuantityList=amount(MILD, 9))  # fmt: skip
    packed = event("packing", 13, action="OBSERVE", quantityList=amount(MILD, 9))
    told = export(MILD, HARVEST, PACKED_IN_BULK, cut, packed)
    first, second = rows(told["Transformation"])
    assert (first["Lot code of food used"], first["Quantity used"], first["Quantity"]) == (
        "(01)09521234000044(10)L-1", 8, 9,
    )  # fmt: skip
    assert first["Missing"] == []
    assert (second["Unit of measure used"], second["Missing"]) == (
        "H87", ["Product name of food used", "Commodity of food used", "Packaging size of food used",
                "Packaging style of food used"],
    )  # fmt: skip
    assert [row["Record"] for row in rows(told["Initial packing"])] == [1]


def test_what_is_transformed_unpacked_gets_the_records_of_initial_packing() -> None:
    """§1.1350(b)."""
    cut = event(CUT, 12, "TransformationEvent",
                inputQuantityList=amount(RAW, 8) + amount(JUICE, 2),
                outputQuantityList=amount(MILD, 9))  # fmt: skip
    told = export(MILD, HARVEST, cut)
    (used,) = rows(told["Transformation"])
    assert used["Lot code of food used"] == "(01)09521234000068(10)L-1"
    (row,) = rows(told["Initial packing"])
    assert (row["Traceability lot code"], row["Lot code of food received"]) == (
        "(01)09521234000051(10)L-1", "(01)09521234000044(10)L-1",
    )  # fmt: skip
    assert (row["Quantity received"], row["Quantity"]) == (8, 9)
    assert (row["Date of harvesting"], row["Missing"]) == (date(2026, 9, 10), [])


def test_repacking_under_a_new_lot_code_is_a_transformation() -> None:
    first = event("packing", 12, "TransformationEvent", inputQuantityList=amount(RAW, 8),
                  outputQuantityList=amount(MILD, 8))  # fmt: skip
    again = event("packing", 13, "TransformationEvent", inputQuantityList=amount(MILD, 8),
                  outputQuantityList=amount(JUICE, 8))  # fmt: skip
    told = export(JUICE, HARVEST, first, again)
    assert [row["Record"] for row in rows(told["Initial packing"])] == [1]
    assert [row["Record"] for row in rows(told["Transformation"])] == [2]
    packs = {**PACKED, "inputQuantityList": amount(MILD, 3), "outputEPCList": [f"{MILD}/21/A"]}
    assert not rows(export(MILD, HARVEST, first, packs)["Transformation"])


def test_what_moves_before_it_is_packed_is_not_asked_for() -> None:
    """§1.1340(c), §1.1345(c): known only where the lot is packed later."""
    sent = event("shipping", 11, action="OBSERVE", quantityList=amount(RAW, 850))
    taken = event("receiving", 12, action="OBSERVE", quantityList=amount(RAW, 850))
    told = export(RAW, HARVEST, sent, taken, PACKED)
    assert (told["Shipping"].rows, told["Receiving"].rows) == ((), ())
    (packed,) = rows(told["Initial packing"])
    assert packed["Date received"] == date(2026, 9, 12)
    assert packed["From whom received"].startswith("Cooperative, Packing shed")
    unpacked = export(RAW, HARVEST, sent, taken)
    assert [len(unpacked[name].rows) for name in ("Shipping", "Receiving")] == [1, 1]


def test_what_is_cooled_after_it_was_packed_is_not_asked_for() -> None:
    later = {**COOLED, "eventTime": "2026-09-13T10:00:00.000+08:00"}
    assert not export(RAW, HARVEST, PACKED, later)["Cooling"].rows
    in_two_goes = {**PACKED, "eventTime": "2026-09-14T10:00:00.000+08:00"}
    assert len(export(RAW, HARVEST, PACKED, later, in_two_goes)["Cooling"].rows) == 1


def test_a_document_without_a_type_lacks_it() -> None:
    sent = {**SENT, "bizTransactionList": [{"bizTransaction": "urn:x:7"}]}
    (row,) = rows(export(CARTON, HARVEST, PACKED, BOXED, sent)["Shipping"])
    assert row["Reference document type and number"] == "urn:x:7"
    assert row["Missing"] == ["type of the reference document urn:x:7"]


def test_a_row_names_everything_that_it_lacks() -> None:
    bare = event("shipping", 13, action="OBSERVE", quantityList=[{"epcClass": RAW}])
    del bare["bizTransactionList"], bare["readPoint"]
    (row,) = rows(export(RAW, bare)["Shipping"])
    assert row["Missing"] == [
        "Quantity",
        "Unit of measure",
        "Immediate subsequent recipient",
        "Where shipped from",
        "Traceability lot code source",
        "Reference document type and number",
    ]


DESCRIPTION = {
    "Product name": "Green Hill baby spinach",
    "Brand name": "Green Hill",
    "Commodity": "Spinach",
    "Variety": "Space F1",
    "Packaging size": "250 GRM",
    "Packaging style": "bag",
}


def test_a_product_description_is_told_part_by_part() -> None:
    told = export(RAW, *DAYS)
    for title in ("Initial packing", "Shipping", "Receiving"):
        (row,) = rows(told[title])
        assert DESCRIPTION.items() <= row.items(), title
    (packed,) = rows(told["Initial packing"])
    assert (packed["Commodity received"], packed["Variety received"]) == ("Spinach", "Space F1")
    cut = event(CUT, 12, "TransformationEvent", inputQuantityList=amount(RAW, 8),
                outputQuantityList=amount(MILD, 9))  # fmt: skip
    (made,) = rows(export(MILD, HARVEST, PACKED_IN_BULK, cut)["Transformation"])
    for name, value in DESCRIPTION.items():
        assert made[f"{name} of food used"] == value
    assert (made["Product name"], made["Brand name"], made["Packaging size"]) == (
        "Spinach, cut", None, "5 KGM",
    )  # fmt: skip
    assert made["Missing"] == []


@pytest.mark.parametrize(
    ("commodity", "sprouts"),
    [
        ({"zh": "绿豆芽", "en": "Mung beans"}, True),
        ("Mung bean sprouts", True),
        ("Alfalfa sprouts and Brussels sprouts", True),
        ("Brussels sprouts", False),
        ("Spinach", False),
    ],
)
def test_what_is_asked_of_sprouts_is_named_where_they_are_packed(
    monkeypatch: pytest.MonkeyPatch, commodity: Any, sprouts: bool
) -> None:
    of = "https://id.gs1.org/01/09521234000044"
    monkeypatch.setitem(MASTER, of, {**MASTER[of], "suyuan:commodity": commodity})
    told = export(RAW, *DAYS)
    (packed,) = rows(told["Initial packing"])
    named = [text for text in packed["Missing"] if text.startswith("Sprouts: ")]
    assert len(named) == (7 if sprouts else 0)
    (sent,) = rows(told["Shipping"])
    assert sent["Missing"] == []


def test_other_lots_of_the_season_stay_out() -> None:
    season = {"transformationID": "https://node.example/season/1", "readPoint": {"id": FIELD}}
    events = [
        event(
            "commissioning", 10, "TransformationEvent", outputQuantityList=amount(lot, 1), **season
        )
        for lot in (RAW, MILD)
    ]
    assert [row["Record"] for row in rows(export(RAW, *events)["Harvesting"])] == [0]


def test_what_else_is_in_a_carton_stays_out() -> None:
    mixed = {**BOXED, "childEPCs": [*PACKS, f"{MILD}/21/Z"]}
    told = rows(export(RAW, HARVEST, PACKED, mixed, SENT)["Shipping"])
    assert [(row["Traceability lot code"], row["Quantity"]) for row in told] == [
        ("(01)09521234000044(10)L-1", 3)
    ]
    both = rows(export(CARTON, HARVEST, PACKED, mixed, SENT)["Shipping"])
    assert [row["Quantity"] for row in both] == [3, 1]


def test_packs_of_another_lot_are_followed() -> None:
    packed = {**PACKED, "outputEPCList": [f"{MILD}/21/A"]}
    boxed = {**BOXED, "childEPCs": [f"{MILD}/21/A"]}
    (row,) = rows(export(RAW, HARVEST, packed, boxed, SENT)["Shipping"])
    assert row["Traceability lot code"] == "(01)09521234000051(10)L-1"
