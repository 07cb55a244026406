"""The cooperative's books: forms, deeds, drafts. The desk's pages use the same verbs (docs/books.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Request, Response
from fastapi.responses import JSONResponse

from suyuan.core.encoding import digest_text
from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Malformed, Refused
from suyuan.core.farm.deed import KINDS, Amount, Deed, Item
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.units import UNITS
from suyuan.core.rules.override import Overriding
from suyuan.core.rules.told import all_told
from suyuan.core.story_values import Said, day_of
from suyuan.flow.books import Entry, Line, spread
from suyuan.ports.books import DeedQuery, Draft
from suyuan.web.api.paging import NAMES, PagingDep
from suyuan.web.deps import (
    CallerDep,
    LanguageDep,
    NodeDep,
    ObjectDep,
    as_object,
    members,
    shape,
    takes,
)
from suyuan.web.wording import wording
from suyuan.words import LANGUAGES, say

router = APIRouter(prefix="/farm", tags=["books"])

_PRIVATE = {"Cache-Control": "no-store", "Vary": "Authorization"}
_ENTRY: dict[str, type] = {"form": str, "values": dict}
Name = Annotated[str, Path(max_length=80)]
Index = Annotated[int, Path(ge=0, le=1 << 62)]
Key = Annotated[str | None, Header(alias="Idempotency-Key", max_length=200)]


@router.get("/forms", response_class=JSONResponse)
def forms() -> Response:
    """What each kind of record asks for: fields, types, units, choices; labels in both languages."""
    told = [form_told(form) for form in FORMS.values()]
    return JSONResponse(told, headers={"Cache-Control": "public, max-age=3600"})


@router.post(
    "/deeds",
    status_code=201,
    openapi_extra=takes(
        "A filled form, or a list of them under `deeds`; `plots` files the same on each of several",
        shape({}, {**_ENTRY, "deeds": list, "plots": list, "recordedBy": str, "overrides": list}),
    ),
)
def record(node: NodeDep, caller: CallerDep, document: ObjectDep, key: Key = None) -> Response:
    """File records, all or none. Repeated with the same Idempotency-Key, the first indices.

    409 with `findings` where a rule blocks; `overrides` ({"rule", "person", "reason"}) let it pass.
    """
    typed_by, overrides = _typed_by(document), overrides_of(document)
    entries = _entries(document)
    indices = node.books.record(
        caller, entries, typed_by=typed_by, idempotency_key=key, overrides=overrides
    )
    return JSONResponse({"indices": list(indices)}, 201, _PRIVATE)


@router.post(
    "/check",
    response_class=JSONResponse,
    openapi_extra=takes(
        "A filled form, or a list of them under `deeds`",
        shape({}, {**_ENTRY, "deeds": list, "plots": list}),
    ),
)
def check(node: NodeDep, caller: CallerDep, language: LanguageDep, document: ObjectDep) -> Response:
    """What the rules say of filing these, for example the earliest harvest; nothing is filed."""
    events = [one.event for one in node.books.events(caller, _entries(document))]
    found = node.judge.before_events(caller.viewer, caller.organisation, events)
    return JSONResponse(all_told(found, wording(language).show), headers=_PRIVATE)


@router.get("/deeds", response_class=JSONResponse)
def listed(
    node: NodeDep,
    caller: CallerDep,
    request: Request,
    page: PagingDep,
    organisation: Annotated[str | None, Query(max_length=2000)] = None,
    kind: Annotated[list[str] | None, Query(max_length=50)] = None,
    thing: Annotated[list[str] | None, Query(max_length=8)] = None,
    since: Annotated[str | None, Query(alias="from", max_length=10)] = None,
    until: Annotated[str | None, Query(alias="to", max_length=10)] = None,
    text: Annotated[str, Query(alias="q", max_length=100)] = "",
) -> Response:
    """An organisation's deeds, newest first; ``thing`` is a season, plot, lot, product or party."""
    for name, day in (("from", since), ("to", until)):
        if day is not None and day_of(day) is None:
            raise Malformed("{value} is no day; write it as 2026-09-17", path=f"/{name}", value=day)
    for one in kind or ():
        if one not in KINDS:
            raise Malformed(
                "{value} is none of {choices}",
                path="/kind",
                value=one[:40],
                choices=", ".join(KINDS),
            )
    query = DeedQuery(
        organisation or caller.organisation,
        frozenset(kind) if kind else None,
        tuple(canonical(one) for one in thing or ()),
        (since, until),
        text,
        page.after,
        page.size,
    )
    found = node.books.find(caller.viewer, query)
    headers = dict(_PRIVATE)
    if found.after is not None:
        kept = {
            name: request.query_params.getlist(name)
            for name in request.query_params
            if name not in NAMES
        }
        headers |= page.next(found.after, parameters=kept)
    return JSONResponse([line_told(line) for line in found.lines], headers=headers)


@router.get("/deeds/{index}", response_class=JSONResponse)
def one(node: NodeDep, caller: CallerDep, index: Index) -> Response:
    """One deed with its event."""
    line = node.books.one(caller.viewer, index)
    return JSONResponse({**line_told(line), "event": dict(line.deed.event)}, headers=_PRIVATE)


@router.get("/deeds/{index}/form", response_class=JSONResponse)
def as_form(node: NodeDep, caller: CallerDep, index: Index) -> Response:
    """A record as the form that it would be: to copy or to correct it."""
    name, values = node.books.as_form(caller, index)
    return JSONResponse({"form": name, "values": values}, headers=_PRIVATE)


@router.get("/last/{form}", response_class=JSONResponse)
def last(
    node: NodeDep,
    caller: CallerDep,
    form: Name,
    thing: Annotated[list[str] | None, Query(max_length=8)] = None,
) -> Response:
    """The form as it was filled the last time, without its day; null if it never was."""
    values = node.books.last(caller, form, tuple(canonical(one) for one in thing or ()))
    told = None if values is None else {"form": form, "values": values}
    return JSONResponse(told, headers=_PRIVATE)


@router.post(
    "/deeds/{index}/correction",
    status_code=201,
    openapi_extra=takes(
        "The form that holds instead; an empty object says that it did not happen",
        shape({}, {**_ENTRY, "recordedBy": str, "overrides": list}),
    ),
)
def correct(node: NodeDep, caller: CallerDep, index: Index, document: ObjectDep) -> Response:
    """Declare one of your records an error. Both stay and both are shown."""
    typed_by, overrides = _typed_by(document), overrides_of(document)
    entry = _entry(document, "") if document else None
    made = node.books.correct(caller, index, entry, typed_by=typed_by, overrides=overrides)
    return JSONResponse({"declaration": made.declaration, "instead": made.instead}, 201, _PRIVATE)


_DRAFT = shape(_ENTRY, {"photos": list, "version": int})


@router.post("/drafts", status_code=201, openapi_extra=takes("A form, complete or not", _DRAFT))
def add_draft(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """Keep a draft. ``photos``: digests that `POST /attachments` answered."""
    return JSONResponse(_saved(node, caller, document, None), 201, _PRIVATE)


@router.get("/drafts", response_class=JSONResponse)
def drafts(node: NodeDep, caller: CallerDep, page: PagingDep) -> Response:
    """Drafts that are not filed, changed last first."""
    changed, _, name = page.name.partition(" ")
    after = (changed, name) if page.after is not None else None
    found = node.drafts.list(caller, after=after, limit=page.most)
    shown, headers = page.cut(found, lambda one: (f"{one.changed_at} {one.id}", 0))
    return JSONResponse([draft_told(one) for one in shown], headers={**_PRIVATE, **headers})


@router.get("/drafts/{draft_id}", response_class=JSONResponse)
def draft(node: NodeDep, caller: CallerDep, draft_id: Name) -> Response:
    """One draft; of one that is filed the index of its record."""
    return JSONResponse(draft_told(node.drafts.get(caller, draft_id)), headers=_PRIVATE)


@router.put(
    "/drafts/{draft_id}",
    response_class=JSONResponse,
    openapi_extra=takes("The form, and the version it was read in", _DRAFT),
)
def change_draft(node: NodeDep, caller: CallerDep, draft_id: Name, document: ObjectDep) -> Response:
    """Change a draft; 409 if somebody else changed or filed it since that version."""
    return JSONResponse(_saved(node, caller, document, draft_id), headers=_PRIVATE)


@router.delete("/drafts/{draft_id}", status_code=204)
def delete_draft(node: NodeDep, caller: CallerDep, draft_id: Name) -> None:
    """Throw a draft away."""
    node.drafts.delete(caller, draft_id)


@router.post(
    "/filings",
    status_code=201,
    openapi_extra=takes(
        "Ids of the drafts to sign and file",
        shape({"drafts": list}, {"recordedBy": str, "overrides": list}),
    ),
)
def file(node: NodeDep, caller: CallerDep, document: ObjectDep) -> Response:
    """File drafts, all or none. The second time answers the same indices."""
    typed_by, overrides = _typed_by(document), overrides_of(document)
    members(document, {"drafts": list})
    names = document["drafts"]
    if not names or not all(isinstance(name, str) for name in names):
        raise Malformed("drafts is a list of ids", path="/drafts")
    indices = node.drafts.file(caller, names, typed_by=typed_by, overrides=overrides)
    return JSONResponse({"indices": list(indices)}, 201, _PRIVATE)


def overrides_of(document: dict[str, Any]) -> list[Overriding]:
    """Taken out of the body: who lets what pass that a rule blocks, and why."""
    given = document.pop("overrides", [])
    if not isinstance(given, list):
        raise Malformed("overrides is a list", path="/overrides")
    found = []
    for number, one in enumerate(given):
        where = f"/overrides/{number}"
        try:
            wanted = {"rule": str, "person": str, "reason": str}
            members(as_object(one), wanted, {"of": str})
        except Refused as problem:
            raise problem.at(where) from None
        found.append(Overriding(**one, where=where))
    return found


def _typed_by(document: dict[str, Any]) -> str | None:
    """Taken out of the body: who typed it, beside what was done."""
    if "recordedBy" not in document:
        return None
    name = document.pop("recordedBy")
    if not isinstance(name, str) or not 0 < len(name.strip()) <= 200:
        raise Malformed("a text belongs here", path="/recordedBy")
    return name.strip()


def _saved(node: NodeDep, caller: CallerDep, document: dict[str, Any], name: str | None) -> Any:
    members(document, _ENTRY, {"photos": list, "version": int})
    photos = document.get("photos", [])
    if not all(isinstance(one, str) for one in photos):
        raise Malformed("photos is a list of digests", path="/photos")
    version = document.get("version")
    if name is None and version is not None:
        raise Malformed("a new draft has no version", path="/version")
    if version is not None and not 0 < version < 1 << 62:
        raise Malformed("a version counts from 1", path="/version")
    saved = node.drafts.save(
        caller, document["form"], document["values"], photos, draft_id=name, version=version
    )
    return draft_told(saved)


def _entries(document: dict[str, Any]) -> list[Entry]:
    if "deeds" in document:
        members(document, {"deeds": list})
        return [_entry(one, f"/deeds/{n}") for n, one in enumerate(document["deeds"])]
    plots = document.pop("plots", None)
    entry = _entry(document, "")
    if plots is None:
        return [entry]
    if not isinstance(plots, list) or not plots or not all(isinstance(p, str) for p in plots):
        raise Malformed("plots is a list of plots", path="/plots")
    return [
        replace(one, where=f"/plots/{number}") for number, one in enumerate(spread(entry, plots))
    ]


def _entry(document: Any, where: str) -> Entry:
    if not isinstance(document, dict):
        raise Malformed("send a JSON object", path=where)
    try:
        members(document, _ENTRY)
    except Refused as problem:
        raise problem.at(where) from None
    return Entry(document["form"], document["values"], where)


def form_told(form: Form) -> dict[str, Any]:
    """A form as JSON, its words in both languages."""
    return {
        "form": form.name,
        "kind": form.kind,
        "label": _both(form.label),
        "anyOf": list(form.any_of),
        "fields": [_field(one) for one in form.fields],
    }


def _field(one: Field) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": one.name,
        "type": one.type,
        "label": _both(one.label),
        "required": one.required,
    }
    if one.units:
        told["units"] = [{"zh": UNITS[unit].word, "en": UNITS[unit].en} for unit in one.units]
    if one.choices:
        told["choices"] = {value: _both(label) for value, label in one.choices.items()}
    if one.help is not None:
        told["help"] = _both(one.help)
    if one.most is not None:
        told |= {"least": float(one.least), "most": float(one.most)}
    return told


def _both(said: Said) -> dict[str, str]:
    return {language: say(language)(said.template) for language in LANGUAGES}


def line_told(line: Line) -> dict[str, Any]:
    """A deed in a list as JSON."""
    deed = line.deed
    return {
        **deed_told(deed),
        "declaredAnErrorBy": list(line.declared),
        "correctedBy": list(line.instead),
    }


def deed_told(deed: Deed) -> dict[str, Any]:
    """A deed as JSON. What the record does not say is null."""
    return {
        "index": deed.index,
        "kind": deed.kind,
        "form": deed.form,
        "step": deed.step,
        "day": deed.day.isoformat(),
        "eventTime": deed.time,
        "recordTime": deed.recorded,
        "organisation": deed.organisation,
        "eventID": deed.event_id,
        "season": deed.season,
        "plots": list(deed.plots),
        "place": deed.place,
        "area": _amount(deed.area),
        "inputs": _items(deed.inputs),
        "outputs": _items(deed.outputs),
        "about": _items(deed.about),
        "source": deed.source,
        "destination": deed.destination,
        "corrects": deed.corrects,
        "stated": dict(deed.stated),
    }


def _items(items: tuple[Item, ...]) -> list[dict[str, Any]]:
    return [{"id": one.id, "amount": _amount(one.amount)} for one in items]


def _amount(amount: Amount | None) -> Mapping[str, Any] | None:
    if amount is None:
        return None
    return {"value": float(amount.value), "unit": amount.unit, "said": amount.said}


def draft_told(draft: Draft) -> dict[str, Any]:
    """A draft as JSON."""
    return {
        "id": draft.id,
        "form": draft.form,
        "values": json.loads(draft.values),
        "photos": [digest_text(one) for one in draft.attachments],
        "createdAt": draft.created_at,
        "changedAt": draft.changed_at,
        "version": draft.version,
        "filed": draft.filed,
    }
