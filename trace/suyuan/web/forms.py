"""In which form events are answered: JSON or XML, identifiers as Digital Links or as EPC URNs.

Source: EPCIS 2.0 §12.6 (``GS1-EPC-Format``, ``GS1-CBV-XML-Format``). A translation names the very same
things, so the event hash stays; what was committed is told by the record's proof as it stands.
An identifier that has no such form stays as it is, and the answer says so: ``Suyuan-Untranslated`` is
how many, ``suyuan:untranslated`` which and why (docs/queries.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Request, Response
from fastapi.responses import JSONResponse

from suyuan.bootstrap import Node
from suyuan.core.epcis.translate import Translated, to_links, to_urns, with_words
from suyuan.core.epcis.xml_writing import write_xml
from suyuan.core.errors import Malformed
from suyuan.core.gs1.urn import PrefixLength, known_prefixes
from suyuan.flow.query import FoundEvent
from suyuan.web.binding import JSON, JSON_LD, VERSIONS, XML, wanted_form
from suyuan.web.deps import LanguageDep, NodeDep
from suyuan.words import Language, text_of

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
VARY = "Accept, Accept-Language, Authorization, GS1-EPC-Format, GS1-CBV-XML-Format"
UNTRANSLATED = "Suyuan-Untranslated"
MOST_TOLD = 100
"""Identifiers without the wanted form that an answer names; all are counted."""

EpcFormat = Literal[
    "No_Preference", "Always_GS1_Digital_Link", "Always_EPC_URN", "Never_Translates"
]
CbvFormat = Literal["No_Preference", "Always_Web_URI", "Always_URN", "Never_Translates"]


@dataclass(frozen=True, slots=True)
class Form:
    """How events go out."""

    media_type: str
    epc: EpcFormat
    cbv: CbvFormat
    prefix_length: PrefixLength
    language: Language

    def event(self, event: Mapping[str, Any]) -> Translated:
        """The event with its identifiers in this form, and those that have none and stay."""
        translated = Translated(dict(event), ())
        if self.epc == "Always_GS1_Digital_Link":
            translated = to_links(event)
        elif self.epc == "Always_EPC_URN":
            translated = to_urns(event, self.prefix_length)
        if self.media_type == XML and self.cbv in ("Always_Web_URI", "Always_URN"):
            web = self.cbv == "Always_Web_URI"
            translated = translated._replace(event=with_words(translated.event, web=web))
        return translated

    def identifiers(self, texts: Sequence[str]) -> tuple[list[str], list[dict[str, str]]]:
        """Identifiers in this form; what is to be said of those at ``/member`` that have none."""
        found, told = [], []
        for place, text in enumerate(texts):
            event, left = self.event({"parentID": text})
            found.append(str(event["parentID"]))
            told += [{"path": f"/member/{place}", "detail": self.say(one)} for one in left]
        return found, told

    def say(self, problem: Malformed) -> str:
        """Why an identifier stays as it is."""
        return text_of(problem, self.language)

    @property
    def headers(self) -> dict[str, str]:
        """What the answer says of its form."""
        told = {**VERSIONS, "GS1-EPC-Format": self.epc, "Vary": VARY}
        if self.media_type == XML:
            told["GS1-CBV-XML-Format"] = self.cbv
        return told


def form_of(
    request: Request,
    node: NodeDep,
    language: LanguageDep,
    gs1_epc_format: Annotated[
        EpcFormat, Header(description="How identifiers are written in the answer")
    ] = "Always_GS1_Digital_Link",
    gs1_cbv_xml_format: Annotated[
        CbvFormat, Header(description="How CBV words are written in an XML answer")
    ] = "No_Preference",
) -> Form:
    """What was asked for; NotOffered for another media type. A record by its index has a page too."""
    page = ("text/html",) if is_index(request.path_params.get("event_id", "")) else ()
    media_type = wanted_form(request, (JSON, JSON_LD, XML, *page))
    return form_for(node, media_type, gs1_epc_format, gs1_cbv_xml_format, language)


def is_index(text: str) -> bool:
    """Whether this is a place in the log: no eventID is digits alone."""
    return text.isascii() and text.isdigit() and len(text) <= 18


def form_for(
    node: Node, media_type: str, epc: EpcFormat, cbv: CbvFormat, language: Language = "zh"
) -> Form:
    """A form, where no preference means what costs least."""
    return Form(
        media_type,
        "Never_Translates" if epc == "No_Preference" else epc,
        "Always_URN" if cbv == "No_Preference" else cbv,
        known_prefixes(node.settings.company_prefixes),
        language,
    )


FormDep = Annotated[Form, Depends(form_of)]


def document(
    node: Node,
    events: Sequence[FoundEvent],
    form: Form,
    *,
    name: str = "SimpleEventQuery",
    subscription: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The events in an EPCISQueryDocument; ``suyuan:records`` says where the proof of each lies."""
    told, count = _document(node, events, form, name, subscription)
    every = {**form.headers, **(headers or {})}
    if count:
        every[UNTRANSLATED] = str(count)
    if form.media_type != XML:
        return JSONResponse(told, headers=every, media_type=form.media_type)
    return Response(as_xml(told), headers=every, media_type=XML)


def as_xml(told: dict[str, Any]) -> bytes:
    """The same in XML. Refused with what XML cannot say."""
    try:
        return write_xml(told, created=told["creationDate"])
    except Malformed as problem:
        raise Malformed(
            "an event here cannot be said in XML ({why}); ask for JSON",
            path=problem.path,
            why=problem,
        ) from None


def query_document(
    node: Node,
    events: Sequence[FoundEvent],
    form: Form,
    *,
    name: str,
    subscription: str | None = None,
) -> dict[str, Any]:
    """An EPCISQueryDocument (EPCIS 2.0 §9.3.3)."""
    return _document(node, events, form, name, subscription)[0]


def _document(
    node: Node, events: Sequence[FoundEvent], form: Form, name: str, subscription: str | None
) -> tuple[dict[str, Any], int]:
    """The document, and how many identifiers in it have not the wanted form."""
    results: dict[str, Any] = {"queryName": name}
    if subscription is not None:
        results["subscriptionID"] = subscription
    listed: list[dict[str, Any]] = []
    left: list[dict[str, str]] = []
    count = 0
    for one in events:
        event, stay = form.event(one.event)
        told = {"eventID": one.event_id, "recordTime": one.record_time}
        listed.append({**event, **told})
        count += len(stay)
        left += [
            {"eventID": one.event_id, "path": problem.path, "detail": form.say(problem)}
            for problem in stay[: MOST_TOLD - len(left)]
        ]
    return {
        "@context": [CONTEXT, {"suyuan": f"{node.settings.uri_base}voc/"}],
        "type": "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": node.clock.now(),
        "epcisBody": {"queryResults": {**results, "resultsBody": {"eventList": listed}}},
        "suyuan:records": [
            {"eventID": one.event_id, "index": one.index, "proof": f"/events/{one.index}"}
            for one in events
        ],
        **({"suyuan:untranslated": left} if left else {}),
    }, count
