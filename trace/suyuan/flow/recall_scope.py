"""From where a recall starts: things that are named, or the lots of a plot, or of days."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from suyuan.core.content import decode_content
from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Many, NotFound, Refused, SuyuanError
from suyuan.core.lineage.flows import Way
from suyuan.core.story_values import day_of
from suyuan.flow.ground import HERE
from suyuan.flow.tracing import Tracing
from suyuan.ports.lineage import LineageStore
from suyuan.ports.log import LogStore

MOST_ROOTS = 10_000
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Scope:
    """From what it starts: things by their ids; or a plot, or nothing, with days from and to.

    ``organisation``: of whose records the lots of a plot or of days are; "": of all that who asks looks
    after, which is its own, or its area's.
    """

    things: tuple[str, ...] = ()
    plot: str = ""
    since: str = ""
    until: str = ""
    organisation: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "things": list(self.things), "plot": self.plot, "from": self.since, "to": self.until,
            "organisation": self.organisation,
        }  # fmt: skip


def roots_of(
    tracing: Tracing, log: LogStore, organisations: Collection[str], scope: Scope
) -> list[str]:
    """The things that a scope is about, among what these organisations recorded where it names a plot or
    days. NotFound where it names nothing, Refused where none is."""
    problems: list[SuyuanError] = []
    for name, day in (("from", scope.since), ("to", scope.until)):
        if day and day_of(day) is None:
            problems.append(
                Refused(
                    "{value} is no day; write it as 2026-09-17", path=f"/{name}", value=day[:40]
                )
            )
    since, until = day_of(scope.since), day_of(scope.until)
    if since is not None and until is not None and since > until:
        problems.append(Refused("the first day lies behind the last one: swap them", path="/from"))
    if len(scope.things) > MOST_ROOTS:
        raise _too_many(len(scope.things), "/things")  # before each of them is looked up
    if len(scope.plot) > _LONGEST:
        raise Refused("at most {most} characters", path="/plot", most=_LONGEST)
    if scope.organisation and scope.organisation not in organisations:
        raise NotFound("no organisation {id}", path="/organisation", id=scope.organisation[:200])
    owners = [scope.organisation] if scope.organisation else organisations
    found: dict[str, None] = {}
    for number, text in enumerate(scope.things):
        try:
            found[tracing.subject(text)[0]] = None
        except NotFound as problem:
            problems.append(problem.at(f"/things/{number}"))
    if problems:
        raise problems[0] if len(problems) == 1 else Many(problems)
    if scope.plot or scope.since or scope.until:
        found.update(dict.fromkeys(_made(tracing.store, log, owners, scope)))
    if not found:
        if scope.things or scope.plot or scope.since or scope.until:
            raise NotFound("no lot was made there in these days", path="/from")
        raise Refused("name a lot, an input, a plot or days to start from", path="/things")
    if len(found) > MOST_ROOTS:
        raise _too_many(len(found), "/from")
    return list(found)


def _too_many(count: int, path: str) -> Refused:
    return Refused(
        "this starts from {count} lots; at most {most} are taken at once: choose fewer days",
        path=path,
        count=count,
        most=MOST_ROOTS,
    )


def _made(
    store: LineageStore, log: LogStore, owners: Collection[str], scope: Scope
) -> Iterator[str]:
    """Lots made in records that name the plot in these days, or in any of these days; and those of
    the plot's seasons whose harvest names no plot at all."""
    plot = [canonical(scope.plot)] if scope.plot else []
    days = (scope.since or "0000", scope.until or "9999")
    records = store.named(owners, plot, days)
    lines = store.of_records(records, (Way.MADE,))
    # A season was begun before its harvest: it is looked for on all days.
    known = set(store.named(owners, plot, ("0000", "9999"))) if plot else set()
    seasons = {
        line.joint
        for line in (store.of_records(known, (Way.USED,)) if plot else [])
        if line.joint is not None and line.joint < 0
    }
    later = [line for line in store.of_joints(seasons, (Way.MADE,)) if line.index not in known]
    facts = store.facts([line.index for line in later])
    nowhere = _without_plot(log, {line.index for line in later})
    lines += [
        line
        for line in later
        if line.index in nowhere and days[0] <= _day(facts[line.index].time) <= days[1]
    ]
    names = store.names({line.thing for line in lines} - {0})
    yield from (names[line.thing] for line in lines if line.thing)


def _day(time: str) -> str:
    return (datetime.fromisoformat(time) + HERE).date().isoformat()


def _without_plot(log: LogStore, indices: Collection[int]) -> set[int]:
    found = set()
    for index, stored in log.records(indices).items():
        if stored.content is not None:
            event = decode_content(stored.content).value
            if not event.get("suyuan:plots") and not event.get("readPoint"):
                found.add(index)
    return found


__all__ = ["MOST_ROOTS", "Scope", "roots_of"]
