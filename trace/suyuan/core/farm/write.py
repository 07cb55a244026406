"""A filled form as the EPCIS event it becomes, and back (docs/decisions/0013).

The season is the transformationID. ``values_of`` is the inverse of ``write_event``: by it a record is
copied, corrected, or taken as the pattern of the next one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from suyuan.core.epcis.known import canonical
from suyuan.core.epcis.words import BIZ_STEPS
from suyuan.core.farm.deed import Amount, Item
from suyuan.core.farm.fill import Value, Values, is_single
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.units import as_json, unit_of
from suyuan.core.identifiers import is_uri
from suyuan.core.story_steps import step_of
from suyuan.core.story_values import moment_of, number_of, objects_of

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
HERE = "+08:00"

_LISTS = {
    "inputs": ("inputQuantityList", "inputEPCList"),
    "outputs": ("outputQuantityList", "outputEPCList"),
    "children": ("childQuantityList", "childEPCs"),
    "about": ("quantityList", "epcList"),
    "used": ("quantityList", "epcList"),
}
_OWN = "suyuan:"


@dataclass(frozen=True, slots=True)
class Written:
    """An event, and the pointers of what is made private on request beside the table's members."""

    event: dict[str, Any]
    private: tuple[str, ...]


def write_event(
    form: Form,
    values: Values,
    *,
    base: str,
    event_id: str,
    recorded_by: str | None = None,
    attachments: Sequence[Mapping[str, Any]] = (),
    zone: str = HERE,
    template: Mapping[str, Any] | None = None,
) -> Written:
    """The event of a filled form. ``recorded_by`` typed it; who did it is a value of the form.

    ``attachments`` as formats.md §1 has them; ``template`` names the crop template and its version that
    the record was made under.
    """
    day, time = values["day"], values.get("time")
    step = values.get("step", form.steps[0])
    event: dict[str, Any] = {
        "@context": [CONTEXT, {"suyuan": f"{base}voc/"}],
        "type": form.type,
        "eventID": event_id,
        "eventTime": f"{day}T{time or '00:00'}:00.000{zone}",
        "eventTimeZoneOffset": zone,
        "bizStep": step if step in BIZ_STEPS else f"{base}voc/{step}",
    }
    if form.type != "TransformationEvent":
        event["action"] = form.action
    if form.disposition is not None:
        event["disposition"] = form.disposition
    event["suyuan:form"] = form.name
    said: list[dict[str, str]] = []
    for one in form.fields:
        if one.name in values:
            _put(event, one, values[one.name], said)
    if form.kind == "purchase":
        # What a return of empties refers to; the number on the invoice is nobody else's business.
        event["bizTransactionList"] = [{"bizTransaction": purchase_id(base, event_id)}]
    if form.kind == "stock_count":
        event["suyuan:stock"] = True
    if form.type == "ObjectEvent" and not {"epcList", "quantityList"} & event.keys():
        event["epcList"] = []
    if said:
        event["suyuan:said"] = said
    if recorded_by is not None:
        # A person of the register stands here by an opaque URI alone (docs/decisions/0015).
        event["suyuan:recordedBy"] = recorded_by if is_uri(recorded_by) else {"name": recorded_by}
    if attachments:
        event["suyuan:attachments"] = [dict(one) for one in attachments]
    if template is not None:
        event["suyuan:template"] = dict(template)
    private = tuple(
        f"/suyuan:{one.at.removeprefix('voc:')}"
        for one in form.fields
        if one.private and one.name in values
    )
    return Written(event, private)


def purchase_id(base: str, event_id: str) -> str:
    """The bizTransaction of a purchase: its event's own UUID under the node's base."""
    return f"{base}purchase/{event_id.rsplit(':', 1)[-1].rsplit('/', 1)[-1]}"


def _put(event: dict[str, Any], one: Field, value: Any, said: list[dict[str, str]]) -> None:
    at, _, rest = one.at.partition(":")
    if at in _LISTS:
        _list(event, at, value, said)
    elif at == "season":
        if event["type"] == "TransformationEvent":
            event["transformationID"] = value
        else:
            event.setdefault("epcList", []).append(value)
    elif at == "plots":
        event["readPoint"] = {"id": value[0]}
        if len(value) > 1:
            event["suyuan:plots"] = list(value)
    elif at == "of_plots":
        event["readPoint"] = {"id": value[0]}
        event["suyuan:plots"] = list(value)
    elif at == "area":
        event["suyuan:area"] = {**_amount(value, "unit")}
    elif at == "place":
        # Where something was done on a plot, its place is where that is afterwards.
        where = "bizLocation" if "suyuan:plots" in event else "readPoint"
        event[where] = {"id": value}
    elif at == "to":
        event["bizLocation"] = {"id": value}
    elif at in ("source", "destination"):
        event[f"{at}List"] = [{"type": "possessing_party", at: value}]
    elif at == "parent":
        event["parentID"] = value[0]
    elif at == "purchase":
        event["bizTransactionList"] = [{"bizTransaction": uri} for uri in value]
    elif at == "certificates":
        event["certificationInfo"] = list(value)
    elif at == "sensor":
        sensor = event.setdefault("sensorElementList", [{"sensorReport": [
            {"type": "Temperature", "uom": "CEL"}]}])  # fmt: skip
        sensor[0]["sensorReport"][0][rest] = as_json(value)
    elif at == "voc":
        member, _, inner = rest.partition("/")
        if inner:
            event.setdefault(_OWN + member, {})[inner] = _json(one, value)
        else:
            event[_OWN + member] = _json(one, value)


def _list(event: dict[str, Any], at: str, value: Any, said: list[dict[str, str]]) -> None:
    quantities, epcs = _LISTS[at]
    for one in value:
        if isinstance(one, Item):
            entry: dict[str, Any] = {"epcClass": one.id}
            if one.amount is not None:
                entry |= {"quantity": as_json(one.amount.value), "uom": one.amount.unit}
                if one.amount.said is not None:
                    said.append({"of": one.id, "said": one.amount.said})
            event.setdefault(quantities, []).append(entry)
        elif is_single(one):
            event.setdefault(epcs, []).append(one)
        else:
            event.setdefault(quantities, []).append({"epcClass": one})


def _amount(amount: Amount, unit: str) -> dict[str, Any]:
    told = {"value": as_json(amount.value), unit: amount.unit}
    return told | ({"said": amount.said} if amount.said is not None else {})


def _json(one: Field, value: Any) -> Any:
    if one.type == "money":
        return {"value": as_json(value), "currency": "CNY"}
    if isinstance(value, Amount):
        return _amount(value, "uom")
    if isinstance(value, Decimal):
        return as_json(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def values_of(form: Form, event: Mapping[str, Any]) -> Values:
    """What a form holds that becomes this event; members of another shape than ours are left out."""
    moment = moment_of(event)
    found: dict[str, Value] = {"day": moment.day}
    if moment.clock != "00:00":
        found["time"] = moment.clock
    said = {
        canonical(one["of"]): one["said"]
        for one in objects_of(event.get(f"{_OWN}said"))
        if isinstance(one.get("of"), str) and isinstance(one.get("said"), str)
    }
    for one in form.fields:
        value = _get(event, one, said)
        if value is not None and value != ():
            found[one.name] = value
    return found


def _get(event: Mapping[str, Any], one: Field, said: Mapping[str, str]) -> Value | None:
    at, _, rest = one.at.partition(":")
    if at in _LISTS:
        return _taken(event, one, at, said)
    if at == "season":
        text = event.get("transformationID")
        names = [text] if isinstance(text, str) else _strings(event.get("epcList"))
        return next((canonical(name) for name in names), None)
    if at == "plots":
        named = _strings(event.get(f"{_OWN}plots")) or [_id(event.get("readPoint")) or ""]
        return tuple(canonical(name) for name in named if name)
    if at == "of_plots":
        return tuple(map(canonical, _strings(event.get(f"{_OWN}plots"))))
    if at == "area":
        return _amount_of(event.get(f"{_OWN}area"), "unit")
    if at in ("place", "to"):
        here = at == "place" and f"{_OWN}plots" not in event
        found = _id(event.get("readPoint" if here else "bizLocation"))
        return canonical(found) if found else None
    if at in ("source", "destination"):
        named = [p[at] for p in objects_of(event.get(f"{at}List")) if isinstance(p.get(at), str)]
        return named[0] if named else None
    if at == "parent":
        parent = event.get("parentID")
        return (canonical(parent),) if isinstance(parent, str) else None
    if at == "purchase":
        listed = objects_of(event.get("bizTransactionList"))
        return tuple(
            t["bizTransaction"] for t in listed if isinstance(t.get("bizTransaction"), str)
        )
    if at == "certificates":
        given = event.get("certificationInfo")
        return tuple(_strings([given] if isinstance(given, str) else given))
    if at == "sensor":
        for sensor in objects_of(event.get("sensorElementList")):
            for report in objects_of(sensor.get("sensorReport")):
                number = number_of(report.get(rest))
                if report.get("type") == "Temperature" and number is not None:
                    return _decimal(number)
        return None
    if at == "step":
        step = step_of(event)
        return step if step in one.choices else None
    member, _, inner = rest.partition("/")
    value = event.get(_OWN + member)
    if inner:
        value = value.get(inner) if isinstance(value, Mapping) else None
    return _typed(one, value)


def _taken(
    event: Mapping[str, Any], one: Field, at: str, said: Mapping[str, str]
) -> tuple[Item, ...] | tuple[str, ...]:
    quantities, epcs = _LISTS[at]
    if one.type == "items":
        return tuple(_measured(event.get(quantities), said))
    bare = [
        entry["epcClass"]
        for entry in objects_of(event.get(quantities) or [])
        if isinstance(entry.get("epcClass"), str) and "quantity" not in entry
    ]
    return tuple(canonical(name) for name in (*bare, *_strings(event.get(epcs))))


def _measured(value: object, said: Mapping[str, str]) -> Iterator[Item]:
    for entry in objects_of(value if isinstance(value, list) else []):
        name, number, unit = (
            entry.get("epcClass"),
            number_of(entry.get("quantity")),
            entry.get("uom"),
        )
        if isinstance(name, str) and number is not None:
            known = canonical(name)
            code = unit if isinstance(unit, str) else "H87"
            yield Item(known, Amount(_decimal(number), code, said.get(known)))


def _typed(one: Field, value: Any) -> Value | None:
    if one.type in ("number", "money"):
        if one.type == "money":
            value = value.get("value") if isinstance(value, Mapping) else None
        number = number_of(value)
        return _decimal(number) if number is not None else None
    if one.type == "count":
        return value if type(value) is int else None
    if one.type == "amount":
        return _amount_of(value, "uom")
    if one.type == "texts":
        return tuple(_strings(value))
    if not isinstance(value, str):
        # ``{"zh": …, "en": …}``: the first of the two that is there.
        texts = _strings([value.get("zh"), value.get("en")]) if isinstance(value, Mapping) else []
        return texts[0] if texts and one.type == "text" else None
    if one.type == "day":
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    return value if one.type != "choice" or value in one.choices else None


def _amount_of(value: object, unit: str) -> Amount | None:
    if not isinstance(value, Mapping):
        return None
    number, code, said = number_of(value.get("value")), value.get(unit), value.get("said")
    if number is None or not isinstance(code, str):
        return None
    return Amount(_decimal(number), code, said if isinstance(said, str) else None)


def _decimal(number: float) -> Decimal:
    return Decimal(repr(number)).normalize()


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _id(place: object) -> str | None:
    found = place.get("id") if isinstance(place, Mapping) else None
    return found if isinstance(found, str) else None


def as_given(values: Values) -> dict[str, Any]:
    """Values as JSON that ``fill`` reads back: what a draft keeps and a page shows."""
    return {name: _given(value) for name, value in values.items()}


def _given(value: Value) -> Any:
    if isinstance(value, Amount):
        return spoken(value)
    if isinstance(value, tuple):
        return [
            {"item": one.id, "amount": _given(one.amount) if one.amount else ""}
            if isinstance(one, Item)
            else one
            for one in value
        ]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def spoken(amount: Amount) -> str:
    """As it was said, else in the unit of the event by its Chinese word: ``15 公斤``."""
    if amount.said is not None:
        return amount.said
    unit = unit_of(amount.unit)
    return f"{amount.value:f} {unit.word if unit else amount.unit}"


__all__ = ["HERE", "Written", "as_given", "purchase_id", "spoken", "values_of", "write_event"]
