"""The release gate for events as EPCIS has them: what goes out, whatever way it is recorded.

Who keeps books here (has opened a season under a template) is held to the gate that the books ask, for
the same deed cannot be right in one way and wrong in another. Others' events are taken as they come:
what was done was done, and the findings say that it left though it was on hold (core/rules/left.py).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.core.certificate import is_issuing
from suyuan.core.epcis.event_hash import event_hashes
from suyuan.core.errors import Blocked, Many, Refused
from suyuan.core.farm.deed import Deed
from suyuan.core.farm.read import read_deed
from suyuan.core.lineage.flows import HANDED, Way, flows_of, hands_over
from suyuan.core.rules.case import packs_in
from suyuan.core.rules.finding import Finding
from suyuan.core.rules.left import STOPPING
from suyuan.core.touches import event_objects
from suyuan.flow.accounts import Caller
from suyuan.flow.append import same_as
from suyuan.flow.capture import Incoming
from suyuan.flow.drafts import check_events
from suyuan.flow.judge import Judge, by_names
from suyuan.ports.log import EventQuery, LogStore

_BEFORE = (Way.GONE, Way.MADE)
"""What an action of DELETE or ADD makes of the same steps: it left all the same."""
_SINGLE = STOPPING | {"override"}
_MOST = 100
"""Rules that are told of one event."""


@dataclass(frozen=True, slots=True)
class _Until(Mapping[str, Sequence[Deed]]):
    """Drafts by name, without those of ``places`` (by their identity) that come behind a place."""

    drafts: Mapping[str, Sequence[Deed]]
    places: Mapping[int, int]
    place: int

    def __getitem__(self, name: str) -> Sequence[Deed]:
        return [one for one in self.drafts[name] if self.places.get(id(one), -1) <= self.place]

    def __iter__(self) -> Iterator[str]:
        return iter(self.drafts)

    def __len__(self) -> int:
        return len(self.drafts)


@dataclass(slots=True)
class Leaving:
    """The verb. Writes nothing."""

    judge: Judge
    log: LogStore
    keeps_books: Callable[[str], bool]
    """Whether an organisation has opened a season under a template (flow/seasons.py)."""

    def require(self, caller: Caller, incoming: Sequence[Incoming]) -> None:
        """Blocked, or Many of that, where the gate is closed for what these events send off, sell,
        release or certify, and no override stands in the log or among them."""
        stopped = self.stopped(caller, incoming)
        if stopped:
            found = [stopped[place] for place in sorted(stopped)]
            raise found[0] if len(found) == 1 else Many(found)

    def stopped(self, caller: Caller, incoming: Sequence[Incoming]) -> dict[int, Blocked]:
        """Of those events, by place, against which the gate stands: why. What is not fit to be recorded
        is left to whoever checks that, and what is recorded already is answered as it was."""
        out = [
            place
            for place, one in enumerate(incoming)
            if _may_leave(one.event, caller.organisation)
        ]
        if not out or not self.keeps_books(caller.organisation):
            return {}
        fit = {place for place, one in enumerate(incoming) if _fit(one)}
        drafts = {
            place: read_deed(incoming[place].event, caller.organisation) for place in sorted(fit)
        }
        undoing = [place for place, deed in drafts.items() if _undoes(deed)]
        named = by_names(drafts.values())
        places = {id(drafts[place]): place for place in undoing}
        judged: dict[tuple[int, str], tuple[Finding, ...]] = {}
        stopped: dict[int, Blocked] = {}
        for place in out:
            # What was stopped, or let go again, behind it in the document was so after it had left.
            first = bisect_right(undoing, place)
            known = _Until(named, places, place)
            things = self._asked(caller, incoming[place].event, known) if place in fit else ()
            for thing in things:
                if (first, thing) not in judged:
                    judged[first, thing] = self.judge.leaving(caller.viewer, thing, known)
            # A certificate is issued while one is due: that alone does not stand against it.
            due = is_issuing(incoming[place].event)
            open_ = [one for thing in things for one in judged[first, thing]
                     if one.open and not (due and one.code == "certificate")]  # fmt: skip
            if open_ and not self._known(caller, incoming[place]):
                stopped[place] = Blocked(findings=open_)
                stopped[place].path = incoming[place].where
        return stopped

    def _asked(
        self, caller: Caller, event: Mapping[str, Any], drafts: Mapping[str, Sequence[Deed]]
    ) -> tuple[str, ...]:
        """What is to be asked of an event: of packs whose lots it names, or that their codes were issued
        for, those lots, once for all of them; by themselves those that somebody held or answered for."""
        things = _out(event, caller.organisation)
        packs: dict[str, set[str]] = {}
        for pack, lot in packs_in(event):
            packs.setdefault(pack, set()).add(lot)
        for pack, lots in self.judge.walks.lots_of(things).items():
            packs.setdefault(pack, set()).update(lots)
        own = [one for one in things if one in packs]
        if not own:
            return things
        single = self.judge.singled(own)
        single |= {one for one in own if any(deed.kind in _SINGLE for deed in drafts.get(one, ()))}
        asked = [one for one in things if one not in packs or one in single]
        lots_ = sorted({lot for one in own if one not in single for lot in packs[one]})
        return tuple(dict.fromkeys([*asked, *lots_]))

    def _known(self, caller: Caller, one: Incoming) -> bool:
        """Whether it is recorded already: a repeat is answered, whatever was held since."""
        name = one.event.get("eventID")
        if not isinstance(name, str):
            # Its hash is of what is left where fields are private, and of the document that an event of
            # XML has beside it: it is known by the whole of it as it came.
            (checked,) = check_events([("", one.event)])
            same = same_as(caller.organisation, checked.canonical)
            with self.log.sequencing() as seq:
                known = same in seq.same_events([same])
            if known or one.private:
                return known
        query = (
            EventQuery(event_id=name, owner=caller.organisation, limit=1)
            if isinstance(name, str)
            else EventQuery(event_hash=next(iter(event_hashes([one.event]))),
                            owner=caller.organisation, limit=1)
        )  # fmt: skip
        return bool(self.log.find_events(query))


def signed_events(documents: Sequence[Any]) -> list[Incoming]:
    """The events among contents that were signed elsewhere, with their places."""
    found = []
    for number, document in enumerate(documents):
        content = document.get("content") if isinstance(document, Mapping) else None
        event = content.get("event") if isinstance(content, Mapping) else None
        if isinstance(event, dict):
            where = f"/{number}/content/event" if len(documents) > 1 else "/content/event"
            found.append(Incoming(event, where))
    return found


def sentences(blocked: Blocked) -> Iterator[Refused]:
    """Each rule by itself, for answers that are kept and told later."""
    for one in blocked.findings[:_MOST]:
        if isinstance(one, Finding):
            yield Refused(
                "{finding}. It takes an override of {rule} by a named person with a reason "
                "(POST /rules/overrides, suyuan rules override), then send it again",
                path=blocked.path, finding=one.text, rule=one.name,
            )  # fmt: skip


def _fit(one: Incoming) -> bool:
    """Whether it is an event at all: what is not is refused by who checks it."""
    try:
        check_events([("", one.event)])
    except Refused:
        return False
    return True


def _undoes(deed: Deed) -> bool:
    """Whether a record changes what is stopped, or takes something out of something."""
    taken_out = deed.event.get("action") == "DELETE" and "parentID" in deed.event
    return deed.kind in STOPPING or taken_out


def _may_leave(event: Any, owner: str) -> bool:
    """Whether it might be one that lets something go, by its step, before anything is checked."""
    if not isinstance(event, Mapping) or "errorDeclaration" in event:
        return False
    return hands_over(event, owner) is not None or "suyuan:release" in event or is_issuing(event)


def _out(event: Mapping[str, Any], owner: str) -> tuple[str, ...]:
    """Things that an event which was validated sends off, sells, releases or certifies."""
    try:
        flows = flows_of(event, event_objects(event), owner=owner)
    except Refused:
        return ()  # said by who appends it
    ways = HANDED if hands_over(event, owner) is None else (*HANDED, *_BEFORE)
    things = [line.thing for line in flows.lines if line.way in ways and line.whole]
    deed = read_deed(event, "")
    if deed.kind == "release" or is_issuing(event):
        things += [item.id for item in deed.about]
    return tuple(dict.fromkeys(things))


__all__ = ["Leaving", "sentences", "signed_events"]
