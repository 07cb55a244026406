"""Events of all makes, as deeds."""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.epcis.validate import validate_event
from suyuan.core.farm.deed import KINDS, Amount, Item
from suyuan.core.farm.read import area_of, read_deed
from suyuan.demo.season import GTIN_RAW, Season, lot

BASE = "https://node.example/"
STORY = Season(BASE)
COOP = f"{BASE}org/coop"

_BARE: dict[str, Any] = {
    "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                 {"suyuan": f"{BASE}voc/"}],
    "type": "ObjectEvent", "action": "OBSERVE", "eventTime": "2026-09-08T23:30:00.000Z",
    "eventTimeZoneOffset": "+08:00", "epcList": [],
}  # fmt: skip


def test_the_demo_season_is_read_as_what_it_is() -> None:
    kinds = [
        read_deed(event, COOP).kind
        for events in (
            STORY.purchases(), STORY.field_work(), STORY.harvest(), STORY.processing(),
            STORY.tests(), STORY.packing([f"S{n}" for n in range(240)]),
            [STORY.shipping("https://node.example/org/market"), STORY.receiving(), STORY.recall()],
        )
        for event in events
    ]  # fmt: skip
    assert Counter(kinds) == {
        "purchase": 3, "sowing": 5, "applying": 10, "inspecting": 3, "returning": 1, "harvest": 3,
        "processing": 9, "test": 2, "packing": 10, "boxing": 10, "shipping": 1, "receiving": 1,
        "recall": 1,
    }  # fmt: skip


def test_a_spray_of_the_demo_season() -> None:
    spray = next(e for e in STORY.field_work() if "suyuan:dilution" in e)
    deed = read_deed(spray, COOP, index=41, recorded="2026-07-11T02:00:00.000Z")
    assert deed.season == f"{BASE}season/2026-hickory-1"
    assert deed.plots == ("https://id.gs1.org/414/9521234000112/254/P1",)
    assert deed.area == Amount(Decimal("4333.33"), "MTK", "6.5 亩")
    assert deed.inputs[0].amount == Amount(Decimal("0.52"), "LTR")
    assert deed.day == date(2026, 7, 11)
    assert deed.time == "2026-07-10T22:40:00.000Z"
    assert deed.stated["preHarvestInterval"]["days"] == 14
    assert deed.stated["person"]["name"] == "张建国"
    assert (deed.index, deed.organisation) == (41, COOP)


def test_a_look_at_the_crop_is_of_its_season() -> None:
    look = next(e for e in STORY.field_work() if "suyuan:observation" in e)
    deed = read_deed(look, COOP)
    assert deed.season == f"{BASE}season/2026-hickory-1"
    assert deed.about == ()
    assert len(deed.plots) == 1


def test_a_purchase_has_a_place_and_no_plot() -> None:
    deed = read_deed(next(STORY.purchases()), COOP)
    assert deed.plots == ()
    assert deed.place == "https://id.gs1.org/414/9521234000082"
    assert deed.about[0].amount == Amount(Decimal(120), "H87")


def test_the_day_is_that_of_the_events_own_time_zone() -> None:
    assert read_deed(_BARE, COOP).day == date(2026, 9, 9)


def test_a_declaration_of_an_error_names_what_it_corrects() -> None:
    wrong = {**next(STORY.harvest()), "eventID": "urn:uuid:9f86d081-884c-4d65-9a2f-eaa0c55ad015",
             "errorDeclaration": {"declarationTime": "2026-09-09T00:00:00.000Z",
                                  "reason": "incorrect_data"}}  # fmt: skip
    deed = read_deed(wrong, COOP)
    assert (deed.kind, deed.corrects) == ("correction", wrong["eventID"])
    assert deed.outputs[0].id == lot(GTIN_RAW, "RAW-2026-1")


def test_a_name_in_another_form_is_the_same_thing() -> None:
    event = {**_BARE, "bizStep": "urn:epcglobal:cbv:bizstep:storing",
             "quantityList": [{"epcClass": "urn:epc:class:lgtin:9521234.000004.L1"}]}  # fmt: skip
    deed = read_deed(event, COOP)
    assert deed.kind == "storing"
    assert deed.about == (Item("https://id.gs1.org/01/09521234000044/10/L1"),)


def test_a_form_that_cannot_have_made_the_event_says_nothing() -> None:
    deed = read_deed({**_BARE, "bizStep": "storing", "suyuan:form": "harvest"}, COOP)
    assert (deed.kind, deed.form) == ("storing", None)


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"bizStep": "receiving", "quantityList": [{"epcClass": "urn:x:1"}],
          "sourceList": [{"type": "possessing_party", "source": "urn:x:2"}]}, "receiving"),
        ({"bizStep": "retail_selling"}, "selling"),
        ({"bizStep": "accepting", "certificationInfo": "https://c.example/1"}, "certificate"),
        ({"bizStep": "holding"}, "holding"),
        ({"bizStep": "holding", "disposition": "recalled"}, "recall"),
        ({"bizStep": f"{BASE}voc/overriding"}, "override"),
        ({"bizStep": "inspecting", "suyuan:inspection": {}}, "inspection"),
        ({"bizStep": "inspecting"}, "inspecting"),
        ({"sensorElementList": [], "epcList": ["urn:x:1"]}, "other"),
        ({"bizStep": "https://other.example/dancing"}, "other"),
        ({}, "other"),
    ],
)  # fmt: skip
def test_kinds_by_step_and_members(members: dict[str, Any], kind: str) -> None:
    assert read_deed({**_BARE, **members}, COOP).kind == kind


def test_areas_in_every_unit() -> None:
    assert area_of({"value": 1, "unit": "亩"}) == Amount(Decimal("666.67"), "MTK", "1 亩")
    assert area_of({"value": 2, "uom": "HAR"}) == Amount(Decimal(20000), "MTK", "2 HAR")
    assert area_of({"value": 2, "unit": "KGM"}) is None
    assert area_of({"value": "2", "unit": "亩"}) is None
    assert area_of("2 亩") is None


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False,
    allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
_OWN = st.sampled_from(
    ["said", "area", "plots", "form", "test", "heads", "person", "override", "certificate"]
)


@given(
    st.dictionaries(_OWN.map(lambda n: f"suyuan:{n}"), _JSON),
    st.sampled_from(["ObjectEvent", "https://x.example/MyEvent"]),
    st.dictionaries(st.sampled_from(["readPoint", "transformationID", "quantityList", "epcList",
                                     "inputQuantityList", "sourceList", "parentID", "bizStep",
                                     "disposition", "eventID"]), _JSON),
    st.sampled_from(["2026-09-08T08:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]),
)  # fmt: skip
def test_nothing_that_validation_lets_pass_makes_it_fall_over(
    own: dict[str, Any], kind: str, others: dict[str, Any], time: str
) -> None:
    event = {**_BARE, **own, "type": kind, "eventTime": time}
    if kind != "ObjectEvent":
        event |= others
    if validate_event(event) == []:
        deed = read_deed(event, COOP)
        assert deed.kind in KINDS
        assert deed.day.year in (1, 2026, 9999, 10000)
