"""Today: what is usual now, what waits to be signed, what the rules warn of, what was filed last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.farm.forms import FORMS
from suyuan.core.rules.finding import VERDICTS, Finding
from suyuan.core.rules.lateness import RULE as LATENESS
from suyuan.core.rules.told import VERDICT_WORDS
from suyuan.ports.books import DeedQuery
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.drafts import told_draft, waiting
from suyuan.web.desk.places import Place
from suyuan.web.desk.record import shortcuts
from suyuan.web.desk.records import known_to, listed
from suyuan.web.desk.telling import (
    Naming,
    Told,
    done_in,
    kind_word,
    season_address,
    stage_words,
    stood,
    title_of,
    today,
    told,
    usual,
    worth_saying,
)

router = APIRouter(tags=["pages"], include_in_schema=False)
place = Place("today", "/desk/today", "record")

MOST_SEASONS = 12
"""Seasons whose usual work is offered, and of which what is not in order is told in full: of the others
it is said which they are."""
MOST_LINES = 4
"""Of one season."""
MOST_JUDGED = 120
"""Records of seasons that are judged while the page waits, where it is not held what the rules say; the
rest is judged by a worker, and the page says which those are."""


@dataclass(frozen=True, slots=True)
class Heeded:
    """What is to be heeded, of all seasons that go on."""

    told: list[tuple[str, str, list[Told]]]
    """Name, address, and what is not in order or still to come, the worst first."""
    more: list[tuple[str, str, str]]
    """Of further ones name, address and the worst word."""
    unread: list[tuple[str, str]]
    """Those of so many records that the rules are not asked."""
    waiting: list[tuple[str, str]]
    """Some of those that are being judged."""
    waits: int
    """How many those are."""


@router.get("/desk/today")
def page(desk: DeskDep) -> Response:
    desk.actor.require("record")
    naming, drafts = Naming(desk), waiting(desk)
    lines, _ = listed(desk, DeedQuery(desk.actor.organisation, limit=50))
    newest = sorted(lines, key=lambda one: -(one.deed.index or 0))
    recent = [line for line in newest if line.deed.kind != "override"][:6]
    near = list(dict.fromkeys(line.deed.season for line in newest if line.deed.season))
    return desk.page(
        "today.html",
        day=today(desk),
        works=_works(desk, naming, near),
        drafts=[told_draft(desk, one, naming) for one in drafts[:5]],
        waiting=len(drafts),
        reports=desk.node.cases.waiting([desk.actor.organisation])
        if desk.actor.scope("cases") == "organisation"
        else 0,
        heeded=_heeded(desk, near),
        recent=stood(desk, recent, naming),
        shortcuts=[] if desk.actor.may("seasons") else shortcuts(desk),
        may_season=desk.actor.may("seasons"),
        may_plot=desk.actor.scope("plots") in ("own", "organisation"),
    )


def _works(
    desk: Desk, naming: Naming, near: list[str]
) -> list[tuple[str, str, str, str, list[tuple[str, str]]]]:
    """Season, its address, stage, its plots, and the usual work; the one worked on last first."""
    if not desk.actor.may("seasons"):
        return []
    day = today(desk)
    every = [one for one in desk.node.seasons.seen_by(desk.actor) if one.closed is None]
    every.sort(key=lambda one: near.index(one.id) if one.id in near else len(near))
    shown = every[:MOST_SEASONS]
    naming.learn(plot for one in shown for plot in one.plots[:3])
    found = []
    for one in shown:
        plots = "、".join(map(naming, one.plots[:3])) + ("…" if len(one.plots) > 3 else "")
        works = []
        done = done_in(desk, one)
        for name in usual(one, day, done)[:4]:
            form = FORMS[name]
            address = f"/desk/record/form?form={name}"
            asks = form.field("plots")
            if asks is not None and asks.required and not one.plots:
                continue
            if asks is not None and one.plots:
                address += (
                    f"&plot={quote(one.plots[0], safe='/:')}&season={quote(one.id, safe='/:')}"
                )
            else:
                address += f"&of={quote(one.id, safe='/:')}"
            works.append((title_of(form, desk.words, animal=one.is_animal), address))
        found.append(
            (desk.words.name(one.names, one.id), season_address(one.id),
             stage_words(one, day, desk.words, done), plots, works)
        )  # fmt: skip
    return found


def _heeded(desk: Desk, near: list[str]) -> Heeded | None:
    """Of every season that goes on: what is not in order, and the days that are still to come."""
    if not desk.actor.may("seasons"):
        return None
    known = {one.id: one for one in desk.node.seasons.seen_by(desk.actor) if one.closed is None}
    order = [*(one for one in near if one in known), *(one for one in known if one not in near)]
    looked = desk.node.standings.of(desk.actor.viewer, order, partial(_few, desk))
    day = today(desk)
    found: list[tuple[int, str, list[Finding]]] = []
    for uri in order:
        stood = looked.judged.get(uri)
        # What is not stated stands on the season's own page: nothing of it is due today.
        heeded = [
            one
            for one in (stood.findings or () if stood is not None else ())
            if one.verdict != "unknown" and one.override is None
        ]
        if said := worth_saying(heeded, day):
            found.append((-max(VERDICTS.index(one.verdict) for one in said), uri, said))
    found.sort(key=lambda one: one[0])

    def named(uri: str) -> tuple[str, str]:
        return desk.words.name(known[uri].names, uri), season_address(uri)

    shown = [(uri, said[:MOST_LINES]) for _, uri, said in found[:MOST_SEASONS]]
    shown = [(uri, known_to(desk, said)) for uri, said in shown]
    what = _late(desk, [one for _, said in shown for one in said])
    return Heeded(
        [(*named(uri), _told(desk, said, what)) for uri, said in shown],
        [
            (*named(uri), desk.words.said(VERDICT_WORDS[said[0].verdict]))
            for _, uri, said in found[MOST_SEASONS:]
        ],
        [named(uri) for uri, stood in looked.judged.items() if stood.findings is None],
        [named(uri) for uri in looked.waiting[:MOST_SEASONS]],
        len(looked.waiting),
    )


def _late(desk: Desk, found: Sequence[Finding]) -> dict[int, str]:
    """What was entered late, by its record: the finding itself says only how late."""
    indices = sorted({one.records[0] for one in found if _is_late(one)})
    lines = desk.node.books.lines(desk.actor.viewer, indices) if indices else []
    return {
        line.deed.index: f"{kind_word(line.deed, desk.words)} · {desk.words.day(line.deed.day)}"
        for line in lines
        if line.deed.index is not None
    }


def _is_late(one: Finding) -> bool:
    return one.rule == LATENESS and len(one.records) == 1


def _told(desk: Desk, found: Sequence[Finding], what: Mapping[int, str]) -> list[Told]:
    lines = []
    for one, line in zip(found, told(found, desk.words), strict=True):
        named = what.get(one.records[0]) if _is_late(one) else None
        if named is not None:
            text = desk.words("{what}: {text}", what=named, text=desk.words.said(one.text))
            line = replace(line, text=text)
        lines.append(line)
    return lines


def _few(desk: Desk, seasons: Sequence[str]) -> list[str]:
    """The first of these that have few enough records, together, to be judged while somebody waits."""
    left, found = MOST_JUDGED, list[str]()
    for uri in seasons[:MOST_SEASONS]:
        query = DeedQuery(desk.actor.organisation, things=(uri,), limit=left + 1)
        count = len(desk.node.database.deeds.find(query))
        if count <= left:
            left -= count
            found.append(uri)
    return found
