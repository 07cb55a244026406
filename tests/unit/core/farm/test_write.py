"""What is entered is what is read: form → event → deed, and form again."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from farm_forms import BASE, GROUND, LOTS, filled, forms
from hypothesis import given, settings
from hypothesis import strategies as st

from suyuan.core.epcis.validate import validate_event
from suyuan.core.epcis.words import BIZ_STEPS
from suyuan.core.farm.deed import Amount, Deed, Item
from suyuan.core.farm.fill import Values, fill
from suyuan.core.farm.form import Form
from suyuan.core.farm.forms import FORMS, form_for
from suyuan.core.farm.read import read_deed
from suyuan.core.farm.units import square_metres
from suyuan.core.farm.write import Written, as_given, values_of, write_event
from suyuan.core.private import hide, reveal
from suyuan.flow.drafts import check_events

EVENT_ID = "urn:uuid:9f86d081-884c-4d65-9a2f-eaa0c55ad015"


def write(form: Form, values: Values) -> Written:
    return write_event(form, values, base=BASE, event_id=EVENT_ID, recorded_by="小周")


def named(name: str, **given_: Any) -> tuple[Values, Written]:
    values = fill(FORMS[name], given_, GROUND)
    return values, write(FORMS[name], values)


def facts(form: Form, deed: Deed) -> dict[str, Any]:
    """The form's facts, looked for in the deed alone."""
    places: dict[str, Any] = {
        "day": deed.day,
        "season": deed.season,
        "plots": deed.plots,
        "of_plots": deed.plots,
        "area": deed.area.value if deed.area else None,
        "inputs": deed.inputs,
        "used": deed.inputs,
        "outputs": deed.outputs,
        "about": deed.about,
        "children": deed.about,
        "parent": deed.about,
        "source": deed.source,
        "destination": deed.destination,
        "step": deed.step,
    }
    return {one.name: places[one.at] for one in form.fields if one.at in places}


@pytest.mark.parametrize("name", sorted(FORMS))
@settings(max_examples=10)
@given(data=st.data())
def test_a_filled_form_is_the_deed_that_is_read_again(name: str, data: st.DataObject) -> None:
    form = FORMS[name]
    given_ = data.draw(filled(form))
    values = fill(form, given_, GROUND)
    made = write(form, values)
    assert validate_event(made.event) == []
    assert values_of(form, made.event) == values
    deed = read_deed(made.event, f"{BASE}org/coop", index=7, recorded="2026-09-17T01:00:00.000Z")
    assert (deed.kind, deed.form, deed.event_id) == (form.kind, form.name, EVENT_ID)
    assert form_for(deed.kind, deed.form) is form
    for name, found in facts(form, deed).items():
        if name not in values:
            continue
        wanted: Any = values[name]
        field = form.field(name)
        assert field is not None
        if field.type == "area":
            assert found == square_metres(wanted)
        elif field.type == "items":
            assert set(wanted) <= set(found)
        elif field.type == "things":
            held = {item.id for item in found} | {deed.season}
            assert set(wanted) <= held
        else:
            assert found == wanted


@given(forms())
def test_it_passes_capture_with_what_is_private_taken_out(
    case: tuple[Form, dict[str, Any]],
) -> None:
    form, given_ = case
    values = fill(form, given_, GROUND)
    made = write(form, values)
    (checked,) = check_events([("", made.event)])
    hidden = [*checked.private_at, *made.private]
    assert "/suyuan:recordedBy" in hidden
    bare, disclosures = hide(made.event, [(pointer, "A" * 22) for pointer in hidden])
    assert reveal(bare, disclosures) == made.event
    text = json.dumps(bare, ensure_ascii=False)
    for name in (
        "suyuan:person",
        "suyuan:note",
        "suyuan:recordedBy",
        "suyuan:buyer",
        "suyuan:price",
    ):
        assert name not in text
    public = read_deed(bare, f"{BASE}org/coop")
    assert (public.kind, public.season, public.day) == (form.kind, values.get("season", public.season),
                                                        values["day"])  # fmt: skip


@given(forms())
def test_values_as_a_draft_keeps_them_fill_the_form_again(
    case: tuple[Form, dict[str, Any]],
) -> None:
    form, given_ = case
    values = fill(form, given_, GROUND)
    kept = json.loads(json.dumps(as_given(values)))
    assert fill(form, kept, GROUND) == values
    # Also where nobody said the amount in words: an event of somebody else's.
    event = {k: v for k, v in write(form, values).event.items() if k != "suyuan:said"}
    again = fill(form, json.loads(json.dumps(as_given(values_of(form, event)))), GROUND)
    assert again.keys() == values.keys()


def test_an_application_is_as_the_design_has_it() -> None:
    _, made = named(
        "spraying",
        day="2026-07-11",
        time="06:40",
        season=f"{BASE}season/1",
        plots=["石桥湾"],
        area="6.5亩",
        items=[{"item": LOTS[0], "amount": "520 毫升"}],
        purpose="蚜虫",
        dilution="1:800",
        interval="14",
        interval_source="产品标签",
        person="张建国",
        note="他家的狗咬人",
    )
    assert made.private == ("/suyuan:note",)
    assert made.event == {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"suyuan": f"{BASE}voc/"},
        ],
        "type": "TransformationEvent",
        "eventID": EVENT_ID,
        "eventTime": "2026-07-11T06:40:00.000+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizStep": f"{BASE}voc/applying",
        "suyuan:form": "spraying",
        "transformationID": f"{BASE}season/1",
        "readPoint": {"id": f"{BASE}plot/1"},
        "suyuan:area": {"value": 6.5, "unit": "亩", "said": "6.5亩"},
        "inputQuantityList": [{"epcClass": LOTS[0], "quantity": 520, "uom": "MLT"}],
        "suyuan:said": [{"of": LOTS[0], "said": "520 毫升"}],
        "suyuan:purpose": "蚜虫",
        "suyuan:dilution": "1:800",
        "suyuan:preHarvestInterval": {"days": 14, "source": "产品标签"},
        "suyuan:person": {"name": "张建国"},
        "suyuan:note": "他家的狗咬人",
        "suyuan:recordedBy": {"name": "小周"},
    }
    deed = read_deed(made.event, f"{BASE}org/coop")
    assert deed.area is not None
    assert (deed.area.unit, deed.area.said, str(deed.area.value)) == ("MTK", "6.5亩", "4333.33")
    assert deed.inputs == (Item(LOTS[0], Amount(Decimal(520), "MLT", "520 毫升")),)
    assert deed.stated["preHarvestInterval"] == {"days": 14, "source": "产品标签"}
    assert "said" not in deed.stated
    assert "form" not in deed.stated


def test_a_harvest_of_several_plots_is_one_lot() -> None:
    _, made = named(
        "harvest",
        day="2026年9月8日",
        season=f"{BASE}season/1",
        plots=f"石桥湾、{BASE}plot/2",
        items=f"{LOTS[0]} 1721斤",
    )
    assert made.event["bizStep"] == "commissioning"
    assert made.event["outputQuantityList"] == [
        {"epcClass": LOTS[0], "quantity": 860.5, "uom": "KGM"}
    ]
    assert made.event["suyuan:plots"] == [f"{BASE}plot/1", f"{BASE}plot/2"]
    deed = read_deed(made.event, "o")
    assert deed.plots == (f"{BASE}plot/1", f"{BASE}plot/2")
    assert deed.kind == "harvest"
    assert deed.day == date(2026, 9, 8)


def test_a_return_names_the_purchase_and_no_invoice() -> None:
    _, bought = named(
        "purchase", day="2026-05-12", items=f"{LOTS[0]} 12 升", invoice="0091", price="¥1,080"
    )
    (paid,) = bought.event["bizTransactionList"]
    assert "0091" not in paid["bizTransaction"]
    assert paid["bizTransaction"].startswith(BASE)
    _, back = named(
        "returning", day="2026-08-05", items=f"{LOTS[1]} 1.1 公斤", purchase=paid["bizTransaction"]
    )
    assert back.event["bizTransactionList"] == [paid]
    assert read_deed(back.event, "o").about == (
        Item(LOTS[1], Amount(Decimal("1.1"), "KGM", "1.1 公斤")),
    )


def test_each_step_is_the_standards_or_our_own() -> None:
    for form in FORMS.values():
        for step in form.steps:
            values: Values = {"day": date(2026, 9, 1), "step": step}
            event = write(form, values).event
            assert event["bizStep"] in (step, f"{BASE}voc/{step}")
            assert (event["bizStep"] == step) == (step in BIZ_STEPS)
