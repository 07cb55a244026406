"""From an event as stored to the deed that it records (design/domain.md, "Records").

Everything that validation lets into the log can be read: what has no meaning here is ``other``, a member
of another shape than ours is not stated. Nothing is guessed: an event of somebody else's is read by its
step and by what it names, one of our forms by the form's name beside these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Malformed
from suyuan.core.farm.deed import Amount, Deed, Item, Kind
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.units import square_metres
from suyuan.core.story_steps import disposition_of, is_harvest, step_of
from suyuan.core.story_values import moment_of, number_of, objects_of

OF_ITS_OWN = frozenset(
    {
        "suyuan:sd",
        "suyuan:serials",
        "suyuan:codes",
        "suyuan:attachments",
        "suyuan:said",
        "suyuan:form",
        "suyuan:plots",
        "suyuan:area",
    }
)
"""Members that say how to read the others, or have their own place in a deed."""

_FARMING: frozenset[Kind] = frozenset(
    {
        "sowing",
        "stocking",
        "applying",
        "feeding",
        "field_work",
        "irrigating",
        "inspecting",
        "growing",
        "immunising",
        "head_count",
        "harvest",
    }
)
"""Done on a plot: their readPoint is one."""

_MAKING: Mapping[str, Kind] = {
    "sowing": "sowing",
    "planting": "sowing",
    "stocking_animals": "stocking",
    "applying": "applying",
    "feeding": "feeding",
    "irrigating": "irrigating",
    "immunising": "immunising",
    "field_work": "field_work",
    "growing": "growing",
    "harvesting": "harvest",
    "packing": "packing",
}
"""Steps of TransformationEvents; any other that makes something of something is processing."""

_STEPS: Mapping[str, Kind] = {
    "receiving": "receiving",
    "retail_selling": "selling",
    "field_work": "field_work",
    "irrigating": "irrigating",
    "inspecting": "inspecting",
    "growing": "growing",
    "immunising": "immunising",
    "feeding": "feeding",
    "applying": "applying",
    "head_count": "head_count",
    "harvesting": "harvest",
    "collecting": "returning",
    "destroying": "destroying",
    "packing": "packing",
    "storing": "storing",
    "shipping": "shipping",
    "sensor_reporting": "temperature",
    "holding": "holding",
    "overriding": "override",
}
"""Steps of all other events."""


def read_deed(
    event: Mapping[str, Any],
    owner: str,
    *,
    index: int | None = None,
    recorded: str | None = None,
    known: tuple[tuple[Kind, str, str | None], tuple[date, str]] | None = None,
) -> Deed:
    """The deed of an event that passes validation, with its private fields in place or without them.

    ``owner`` is the organisation of the key that signed; ``index`` and ``recorded`` (recordTime, UTC)
    are its entry's, None for one that is not filed yet. ``known``: what ``kind_of`` and ``when_of`` say.
    """
    (kind, step, form), (day, time) = known or (kind_of(event), when_of(event))
    said = _said(event)
    read_point, location = _place(event, "readPoint"), _place(event, "bizLocation")
    observed = _items(event, said, "quantityList", "epcList")
    season = _season(event, observed)
    declared = event.get("errorDeclaration")
    used = kind == "immunising"
    return Deed(
        index=index,
        kind=kind,
        step=step,
        day=day,
        time=time,
        recorded=recorded,
        organisation=owner,
        event=event,
        season=season,
        plots=_plots(event, kind, read_point),
        area=area_of(event.get("suyuan:area")),
        inputs=(
            *_items(event, said, "inputQuantityList", "inputEPCList"),
            *(item for item in observed if used and item.amount is not None),
        ),
        outputs=tuple(_items(event, said, "outputQuantityList", "outputEPCList")),
        about=(
            *(
                item
                for item in observed
                if (item.id != season or kind in _OF_A_SEASON)
                and not (used and item.amount is not None)
            ),
            *_parent(event),
            *_items(event, said, "childQuantityList", "childEPCs"),
        ),
        source=_party(event, "sourceList", "source"),
        destination=_party(event, "destinationList", "destination"),
        corrects=_text(event.get("eventID")) if declared is not None else None,
        stated=MappingProxyType(
            {
                name.removeprefix("suyuan:"): value
                for name, value in event.items()
                if name.startswith("suyuan:") and name not in OF_ITS_OWN
            }
        ),
        form=form,
        place=read_point or location,
        event_id=_text(event.get("eventID")),
    )


_OF_A_SEASON = frozenset({"test", "certificate", "inspection", "holding"})
"""Kinds of deeds that are about a season, not a part of it alone."""


def season_of(event: Mapping[str, Any]) -> str | None:
    """The season that an event is part of."""
    return _season(event, _items(event, {}, "quantityList", "epcList"))


def _season(event: Mapping[str, Any], observed: Iterable[Item]) -> str | None:
    return _uri(event.get("transformationID")) or next(
        # With an amount they are animals of a group, which are sent off, sold or destroyed.
        (item.id for item in observed if "/season/" in item.id and item.amount is None),
        None,
    )


def area_of(value: object) -> Amount | None:
    """``{"value": 6.5, "unit": "亩"}`` or a UN/CEFACT code there or at ``uom``, in m²."""
    if not isinstance(value, Mapping):
        return None
    number, unit = number_of(value.get("value")), value.get("unit", value.get("uom"))
    if number is None or not isinstance(unit, str):
        return None
    metres, plain = _metres(number, unit)
    said = value.get("said")
    if metres is None:
        return None
    return Amount(metres, "MTK", said if isinstance(said, str) else plain)


@lru_cache(maxsize=1024, typed=True)
def _metres(number: float, unit: str) -> tuple[Decimal | None, str]:
    """In m², and in words: a farm has few areas, and they stand in each of its records."""
    exact = Decimal(repr(number))
    return square_metres(Amount(exact, unit)), f"{exact.normalize():f} {unit}"


def kind_of(event: Mapping[str, Any]) -> tuple[Kind, str, str | None]:
    """What it is, by which step, and entered with which form."""
    step = step_of(event)
    named = FORMS.get(_text(event.get("suyuan:form")) or "")
    form = named.name if named is not None and named.fits(event, step) else None
    return _kind(event, step, form), step, form


def _kind(event: Mapping[str, Any], step: str, form: str | None) -> Kind:
    if "errorDeclaration" in event:
        return "correction"
    if form is not None:
        return FORMS[form].kind
    if event.get("type") == "TransformationEvent":
        return _made(event, step)
    if event.get("type") in ("AggregationEvent", "AssociationEvent"):
        return "boxing" if step in ("packing", "unpacking", "loading", "unloading") else "other"
    if event.get("type") not in ("ObjectEvent", "TransactionEvent"):
        return "other"
    if disposition_of(event) == "recalled":
        return "recall"
    for member, kind in _TELLING:
        # Of what is sent off, certificationInfo says what was certified before.
        if member in event and not (member == "certificationInfo" and step in _LEAVING):
            return kind
    if step == "receiving" and event.get("quantityList") and not event.get("sourceList"):
        return "purchase"
    return _STEPS.get(step, "temperature" if event.get("sensorElementList") else "other")


_LEAVING = frozenset({"shipping", "retail_selling"})
_TELLING: tuple[tuple[str, Kind], ...] = (
    ("suyuan:override", "override"),
    ("suyuan:inspection", "inspection"),
    ("suyuan:stock", "stock_count"),
    ("suyuan:test", "test"),
    ("suyuan:release", "release"),
    ("suyuan:checkIn", "check_in"),
    ("suyuan:certificate", "certificate"),
    ("certificationInfo", "certificate"),
)
"""Members that say by themselves what it is, whatever the step."""


def _made(event: Mapping[str, Any], step: str) -> Kind:
    if is_harvest(event):
        return "harvest"
    if step in _MAKING:
        return _MAKING[step]
    used = event.get("inputQuantityList") or event.get("inputEPCList")
    made = event.get("outputQuantityList") or event.get("outputEPCList")
    return "processing" if used and made else "other"


def when_of(event: Mapping[str, Any]) -> tuple[date, str]:
    """The day in the event's own time zone, and the time in UTC."""
    try:
        moment = moment_of(event)
    except Malformed:
        # In the first or last hours of the calendar another zone's day has no date.
        given = str(event.get("eventTime"))
        return date.fromisoformat(given[:10]), given
    return moment.day, moment.utc


def _said(event: Mapping[str, Any]) -> dict[str, list[str]]:
    """What was said of each thing's amount, in the order in which the lists have them."""
    found: dict[str, list[str]] = {}
    given = event.get("suyuan:said")
    for one in objects_of(given) if given else ():
        of, said = one.get("of"), one.get("said")
        if isinstance(of, str) and isinstance(said, str):
            found.setdefault(canonical(of), []).append(said)
    return found


def _items(
    event: Mapping[str, Any], said: dict[str, list[str]], quantities: str, epcs: str
) -> list[Item]:
    amounts, names = event.get(quantities), event.get(epcs)
    if not amounts and not names:
        return []
    found = list(_quantities(amounts, said)) if amounts else []
    if names:
        found += [Item(canonical(text)) for text in _texts(names)]
    return found


def _quantities(value: object, said: dict[str, list[str]]) -> Iterator[Item]:
    for one in objects_of(value if isinstance(value, list) else []):
        name = one.get("epcClass")
        if isinstance(name, str):
            number, unit, known = number_of(one.get("quantity")), one.get("uom"), canonical(name)
            amount = None
            if number is not None:
                words = said.get(known)
                # A quantity without a unit counts pieces (EPCIS 2.0 §7.3.3.3).
                amount = Amount(
                    Decimal(repr(number)),
                    unit if isinstance(unit, str) else "H87",
                    words.pop(0) if words else None,
                )
            yield Item(known, amount)


def _parent(event: Mapping[str, Any]) -> Iterator[Item]:
    parent = _uri(event.get("parentID"))
    if parent is not None:
        yield Item(parent)


def _plots(event: Mapping[str, Any], kind: Kind, read_point: str | None) -> tuple[str, ...]:
    given = event.get("suyuan:plots")
    named = [canonical(text) for text in _texts(given)] if given else []
    if not named and read_point is not None and kind in _FARMING:
        named = [read_point]
    return tuple(dict.fromkeys(named))


def _texts(value: object) -> Iterable[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _uri(value: object) -> str | None:
    return canonical(value) if isinstance(value, str) else None


def _place(event: Mapping[str, Any], name: str) -> str | None:
    place = event.get(name)
    return _uri(place.get("id")) if isinstance(place, Mapping) else None


def _party(event: Mapping[str, Any], name: str, key: str) -> str | None:
    """The first that is a party; a mere location only where no party is named."""
    given = event.get(name)
    if not given:
        return None
    found = [one for one in objects_of(given) if isinstance(one.get(key), str)]
    found.sort(key=lambda one: str(one.get("type")).endswith("location"))
    return str(found[0][key]) if found else None
