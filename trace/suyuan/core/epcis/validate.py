"""Whether an event is one by EPCIS 2.0; all that is wrong with it, each with its place.

The verdict is that of the EPCIS 2.0 JSON Schema with ``format`` asserted, but for what formats.md
adds: at most 1 MiB and 1,000 EPCs in a list, and the shapes of the ``suyuan:`` members. Differences
on purpose: patterns are matched to the very end of a text (Python's schema library lets a line
break follow), and digits are ASCII digits.
"""

from __future__ import annotations

from typing import Any

from suyuan.core import jcs
from suyuan.core.epcis.fields import DISPOSITIONS, EPCS, EVENTS, EXTENDED_EVENT
from suyuan.core.epcis.shapes import OBJECT, Problems, refuse
from suyuan.core.errors import Malformed, Refused, TooLarge

MAX_EVENT_BYTES = 1 << 20
"""Of an event's JCS form (formats.md §1)."""


def validate_event(event: Any, *, at: str = "", size: int | None = None) -> list[Refused]:
    """All that is wrong with a bare event; [] if nothing is.

    ``path`` of each is the JSON pointer inside the event, put behind ``at``. ``size`` is the length
    of its JCS form where the caller knows it, so that it is not computed again.
    """
    problems: Problems = []
    if type(event) is not dict:
        OBJECT.check(event, at, problems)
        return problems
    try:
        size = len(jcs.dumps(event)) if size is None else size
    except Malformed as problem:
        problem.at(at)
        return [problem]
    if size > MAX_EVENT_BYTES:
        message = (
            "the event has {size} bytes; {most} are allowed; make several events of it, "
            "each with a list such as {example}"
        )
        return [
            TooLarge(
                message,
                path=at,
                rule="limit",
                size=size,
                most=MAX_EVENT_BYTES,
                example=f'"epcList": {EPCS.example}',
            )
        ]
    kind = event.get("type")
    rule = EVENTS.get(kind) if isinstance(kind, str) else None
    (rule or EXTENDED_EVENT).check(event, at, problems)
    if isinstance(kind, str) and rule is not None:
        _together(event, kind, at, problems)
    return problems


_MUST_NAME = {
    "ObjectEvent": "an ObjectEvent has an epcList, a quantityList that is not empty, or a "
    "sensorElementList and a readPoint; right is for example {example}",
    "TransactionEvent": "a TransactionEvent, but for a DELETE, has an epcList or a quantityList that "
    "is not empty; right is for example {example}",
    "AggregationEvent": "an AggregationEvent, but for a DELETE, has childEPCs or a childQuantityList "
    "that is not empty; right is for example {example}",
    "AssociationEvent": "an AssociationEvent, but for a DELETE, has childEPCs or a childQuantityList "
    "that is not empty; right is for example {example}",
    "TransformationEvent": "a TransformationEvent has inputs and outputs, or a transformationID and "
    "one of both; right is for example {example}",
}


def _together(event: dict[str, Any], kind: str, at: str, problems: Problems) -> None:
    """The rules on several fields at once."""
    if not _names_enough(event, kind):
        missing = {"ObjectEvent": "epcList", "TransactionEvent": "epcList"}.get(kind, "childEPCs")
        if kind == "TransformationEvent":
            used = event.get("inputEPCList") or event.get("inputQuantityList")
            missing = "outputEPCList" if used else "inputEPCList"
        example = f'"{missing}": {EPCS.example}'
        refuse(problems, f"{at}/{missing}", _MUST_NAME[kind], rule="anyOf", example=example)
    if "ilmd" in event and kind == "ObjectEvent" and event.get("action") != "ADD":
        message = "ilmd stands where objects begin only; right is for example {example}"
        refuse(problems, f"{at}/ilmd", message, rule="not", example='"action": "ADD"')
    if event.get("persistentDisposition") == {}:
        message = "one of set and unset is there; right is for example {example}"
        example = f'"set": {DISPOSITIONS.example}'
        refuse(problems, f"{at}/persistentDisposition", message, rule="anyOf", example=example)


def _names_enough(event: dict[str, Any], kind: str) -> bool:
    def some(*names: str) -> bool:
        return any(event.get(name) for name in names)

    if kind == "ObjectEvent":
        sensed = some("sensorElementList") and "readPoint" in event
        return "epcList" in event or some("quantityList") or sensed
    if kind == "TransformationEvent":
        used = some("inputEPCList", "inputQuantityList")
        made = some("outputEPCList", "outputQuantityList")
        return (used and made) or ((used or made) and "transformationID" in event)
    if event.get("action") == "DELETE":
        return True
    if kind == "TransactionEvent":
        return "epcList" in event or some("quantityList")
    return some("childEPCs", "childQuantityList")
