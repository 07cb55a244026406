"""Greedy capture (EPCIS 2.0, ``GS1-Capture-Error-Behaviour: proceed``): what can be recorded is.

All that can goes in at once, in one transaction; each event that cannot is told by its place. A
repeat doubles nothing, since every event is recognised by itself: what was mended since goes in then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from suyuan.core.errors import Many, Refused, SuyuanError
from suyuan.flow.accounts import Caller
from suyuan.flow.append import Once
from suyuan.flow.capture import Capture, Incoming
from suyuan.flow.drafts import Draft
from suyuan.ports.log import Sequencer
from suyuan.ports.outside import Signer

_AT_ONCE = 100
"""Events checked between two reports of progress."""


@dataclass(frozen=True, slots=True)
class Captured:
    """What became of each event."""

    indices: tuple[int | None, ...]
    """Its record, in the order of the events; None where it was left out."""
    problems: tuple[SuyuanError, ...]
    """Why, by the place of each event; in the order of the places."""


Ending = Callable[[Sequencer, Captured], None]


def capture_what_can(
    capture: Capture,
    caller: Caller,
    incoming: Sequence[Incoming],
    *,
    idempotency_key: str | None = None,
    ending: Ending | None = None,
    on_checked: Callable[[int], None] | None = None,
    stopped: Mapping[int, Sequence[SuyuanError]] = MappingProxyType({}),
) -> Captured:
    """Record those of the events that can be; durable when it returns.

    ``stopped``: what stands against some of them already, by place. Raises Many with every problem
    where none can be recorded, and then nothing is; Forbidden without a usable key; Conflict for an
    Idempotency-Key that came with other events before.
    """
    if not incoming:
        raise Refused("there is no event here; nothing was recorded")
    signer = capture.signer(caller)
    problems: dict[int, list[SuyuanError]] = {}
    drafts: dict[int, Draft] = {}
    for start in range(0, len(incoming), _AT_ONCE):
        part = range(start, min(start + _AT_ONCE, len(incoming)))
        drafts |= _drafted(capture, signer, incoming, part, problems)
        if on_checked is not None:
            on_checked(part.stop)
    for at, why in stopped.items():
        problems.setdefault(at, list(why))
        drafts.pop(at, None)
    once = None
    if idempotency_key is not None:
        once = capture.once(caller, idempotency_key, incoming, again=True)
    while drafts:
        try:
            return _append(capture, drafts, len(incoming), problems, once, ending)
        except Many as several:
            found = [(_place(one, drafts), one) for one in several.errors]
        except Refused as problem:
            found = [(_place(problem, drafts), problem)]
        for place, one in found:
            if place is None:  # not one event's fault: nothing goes in
                raise one
            problems.setdefault(place, []).append(one)
            drafts.pop(place, None)
    raise Many([one for place in sorted(problems) for one in problems[place]])


def _drafted(
    capture: Capture,
    signer: Signer,
    incoming: Sequence[Incoming],
    part: range,
    problems: dict[int, list[SuyuanError]],
) -> dict[int, Draft]:
    """Drafts by place; a part with a problem in it is looked at event by event."""
    try:
        return dict(zip(part, capture.drafts(signer, [incoming[at] for at in part]), strict=True))
    except Refused as problem:
        if len(part) > 1:
            found: dict[int, Draft] = {}
            for at in part:
                found |= _drafted(capture, signer, incoming, range(at, at + 1), problems)
            return found
        problems[part.start] = list(problem.errors if isinstance(problem, Many) else (problem,))
        return {}


def _append(
    capture: Capture,
    drafts: dict[int, Draft],
    total: int,
    problems: dict[int, list[SuyuanError]],
    once: Once | None,
    ending: Ending | None,
) -> Captured:
    def captured(indices: Sequence[int]) -> Captured:
        by_place = dict(zip(drafts, indices, strict=True))
        told = tuple(one for place in sorted(problems) for one in problems[place])
        return Captured(tuple(map(by_place.get, range(total))), told)

    def end(seq: Sequencer, indices: tuple[int, ...]) -> None:
        if ending is not None:
            ending(seq, captured(indices))

    return captured(capture.appender.append(list(drafts.values()), once=once, ending=end))


def _place(problem: SuyuanError, drafts: dict[int, Draft]) -> int | None:
    """Which draft a refusal is about, by its path; None if about none of them."""
    if len(drafts) == 1 and problem.path:
        return next(iter(drafts))
    for at, draft in drafts.items():
        if problem.path == draft.where or problem.path.startswith(f"{draft.where}/"):
            return at
    return None
