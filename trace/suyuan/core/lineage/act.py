"""Hold, release, recall, and taking a recall back, as the events that they are (docs/decisions/0018)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from suyuan.core.farm.write import CONTEXT
from suyuan.core.lineage.flows import Way
from suyuan.core.touches import is_lot

Act = Literal["hold", "release", "recall", "lift"]
ACTS: tuple[Act, ...] = get_args(Act)
MOST = 1_000
"""Things in one event (formats.md §1)."""
_DISPOSITIONS: Mapping[Act, str] = {
    "hold": "non_sellable_other",
    "release": "sellable_accessible",
    "recall": "recalled",
    "lift": "sellable_accessible",
}
_LASTING: Mapping[Act, Mapping[str, list[str]]] = {
    "recall": {"set": ["recalled"]},
    "lift": {"unset": ["recalled"]},
}


def act_events(
    act: Act,
    things: Sequence[str],
    *,
    time: str,
    reason: str,
    advice: str,
    person: str,
    base: str,
    ids: Iterator[str],
) -> Iterator[dict[str, Any]]:
    """The events of one act on these things, of at most ``MOST`` each; ``ids``: their eventIDs.

    ``time`` is UTC; the events stand in the time zone of China. ``base``: of our own vocabulary.
    """
    for start in range(0, len(things), MOST):
        part = things[start : start + MOST]
        event: dict[str, Any] = {
            "@context": [CONTEXT, {"suyuan": f"{base}voc/"}],
            "type": "ObjectEvent",
            "eventID": next(ids),
            "eventTime": time,
            "eventTimeZoneOffset": "+08:00",
            "action": "OBSERVE",
            "bizStep": "holding",
            "disposition": _DISPOSITIONS[act],
            "suyuan:reason": reason,
            "suyuan:person": {"name": person},
        }
        if act in _LASTING:
            event["persistentDisposition"] = {k: list(v) for k, v in _LASTING[act].items()}
        if advice:
            event["suyuan:advice"] = advice
        lots = [{"epcClass": one} for one in part if is_lot(one)]
        single = [one for one in part if not is_lot(one)]
        event |= {"quantityList": lots} if lots else {}
        event |= {"epcList": single} if single else {}
        yield event


State = Literal["recalled", "held"]


def state_of(lines: Iterable[tuple[int, int, str]]) -> State | None:
    """What stands, of (way, record, who recorded it): each act is ended by its own author alone."""
    held: set[str] = set()
    recalled: set[str] = set()
    for way, _, owner in sorted(lines, key=lambda line: line[1]):
        if way == Way.HELD:
            held.add(owner)
        elif way == Way.RELEASED:
            held.discard(owner)
        elif way == Way.RECALLED:
            recalled.add(owner)
        elif way == Way.UNRECALLED:
            recalled.discard(owner)
    return "recalled" if recalled else "held" if held else None


__all__ = ["ACTS", "MOST", "Act", "State", "act_events", "state_of"]
