"""Events out of what people send: an EPCISDocument, an EPCISQueryDocument, one event, or an array.

Only the wrapping is checked here; each event is for ``validate_event``.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from suyuan.core.epcis.fields import CONTEXT
from suyuan.core.epcis.shapes import (
    STRING,
    TIME,
    Problems,
    Rule,
    array,
    members,
    one_of,
    pattern,
    refuse,
    typed,
    uri,
    without_doubles,
)
from suyuan.core.errors import Many, Refused


class Document(NamedTuple):
    """The events, each with its whole ``@context``, and where their array stands."""

    events: list[dict[str, Any]]
    base: str | None
    """JSON pointer of the array of events; None: the document is itself the one event."""

    def pointer(self, place: int) -> str:
        """JSON pointer of one event in what was sent."""
        return "" if self.base is None else f"{self.base}/{place}"


_EVENT = typed('{"type": "ObjectEvent"}', "this must be an event, for example {example}", dict)
_URI = uri("https://example.org/document/1")
_ATTRIBUTE = typed(
    '"abc"',
    "this must be a text, a number or an object; right is for example {example}",
    str,
    int,
    float,
    dict,
)
_VOCABULARIES = array(
    members(
        {
            "type": uri("urn:epcglobal:epcis:vtype:Location"),
            "vocabularyElementList": array(
                members(
                    {
                        "id": _URI,
                        "attributes": array(
                            members({"id": _URI, "attribute": _ATTRIBUTE}, ("id",), others="any")
                        ),
                        "children": array(_URI),
                    },
                    ("id",),
                    others="any",
                )
            ),
        },
        ("type",),
        others="any",
    )
)
_SHARED = {
    "@context": CONTEXT,
    "id": _URI,
    "schemaVersion": pattern(
        r"[0-9]+(?:\.[0-9]+)*", "this is no version; right is for example {example}", "2.0"
    ),
    "creationDate": TIME,
}
_EVENT_LIST = array(_EVENT)
_DOCUMENT = members(
    {
        **_SHARED,
        "type": one_of("EPCISDocument"),
        "instanceIdentifier": STRING,
        "sender": STRING,
        "receiver": STRING,
        "epcisHeader": members(
            {"epcisMasterData": members({"vocabularyList": _VOCABULARIES}, others="any")},
            others="namespaced",
        ),
        "epcisBody": members({"eventList": _EVENT_LIST}, ("eventList",), others="any"),
    },
    ("@context", "type", "schemaVersion", "creationDate", "epcisBody"),
    others="namespaced",
)


def _only(name: str, inner: Rule, **more: Rule) -> Rule:
    return members({name: inner, **more}, (name,), others="namespaced")


_RESULTS = _only("eventList", _EVENT_LIST, vocabularyList=_VOCABULARIES)
_QUERY_DOCUMENT = members(
    {
        **_SHARED,
        "type": one_of("EPCISQueryDocument"),
        "epcisBody": _only(
            "queryResults",
            members(
                {"queryName": STRING, "subscriptionID": STRING, "resultsBody": _RESULTS},
                ("queryName", "resultsBody"),
                others="namespaced",
            ),
        ),
    },
    ("@context", "type", "epcisBody"),
    others="namespaced",
)
_WRAPPINGS = {
    "EPCISDocument": (_DOCUMENT, ("epcisBody", "eventList")),
    "EPCISQueryDocument": (
        _QUERY_DOCUMENT,
        ("epcisBody", "queryResults", "resultsBody", "eventList"),
    ),
}


def events_of(document: Any) -> list[dict[str, Any]]:
    """The events of a document as they are committed (formats.md §1); errors as ``read_document``."""
    return read_document(document).events


def read_document(document: Any) -> Document:
    """Takes a document apart.

    An event out of a document gets the document's ``@context`` items followed by its own, exact
    doubles dropped; unchanged if only one of the two exists. What was given is not changed.
    Raises Malformed, or Many if there are several problems, with JSON pointers into the document.
    """
    problems: Problems = []
    found: Document | None = None
    if isinstance(document, list):
        _EVENT_LIST.check(document, "", problems)
        found = Document(document, "")
    elif not isinstance(document, dict):
        message = (
            "this is no EPCIS document, no event and no array of events; "
            "right is for example {example}"
        )
        refuse(problems, "", message, rule="type", example=_EVENT.example)
    elif isinstance(kind := document.get("type"), str):
        found = _unwrap(document, kind, problems)
    else:
        message = "type is missing or no text; right is for example {example}"
        refuse(problems, "/type", message, rule="required", example='"type": "EPCISDocument"')
    if problems or found is None:
        raise problems[0] if len(problems) == 1 else Many(problems)
    return found


def read_loosely(document: Any) -> Document:
    """As ``read_document``; but where only the wrapping is wrong, its events are found all the same.

    For hashing: a hash is no statement that something is valid.
    """
    try:
        return read_document(document)
    except Refused:
        for _, steps in _WRAPPINGS.values():
            events: Any = document
            for step in steps:
                events = events.get(step) if isinstance(events, dict) else None
            if isinstance(events, list) and all(isinstance(event, dict) for event in events):
                outer = document.get("@context")
                if outer is not None:
                    events = [with_context(event, outer) for event in events]
                return Document(events, "/" + "/".join(steps))
        raise


def _unwrap(document: dict[str, Any], kind: str, problems: Problems) -> Document | None:
    if kind not in _WRAPPINGS:
        return Document([document], None)
    rule, steps = _WRAPPINGS[kind]
    rule.check(document, "", problems)
    if problems:
        return None
    events: Any = document
    for step in steps:
        events = events[step]
    base = "/" + "/".join(steps)
    outer = document["@context"]
    for place, event in enumerate(events):
        if "@context" in event:
            CONTEXT.check(event["@context"], f"{base}/{place}/@context", problems)
    if problems:
        return None
    return Document([with_context(event, outer) for event in events], base)


def with_context(event: dict[str, Any], outer: Any) -> dict[str, Any]:
    """The event with the document's ``@context`` in front of its own."""
    if "@context" not in event:
        return {"@context": outer, **event}
    merged = without_doubles([*_items(outer), *_items(event["@context"])])
    return {**event, "@context": merged}


def _items(context: Any) -> list[Any]:
    return context if isinstance(context, list) else [context]
