"""Today: what is usual now, what waits to be signed, what the rules warn of, what was filed last."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import NotFound, TooLarge
from suyuan.core.farm.forms import FORMS
from suyuan.ports.books import DeedQuery
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.drafts import told_draft, waiting
from suyuan.web.desk.places import Place
from suyuan.web.desk.records import listed
from suyuan.web.desk.telling import (
    Naming,
    Told,
    done_in,
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
MOST_JUDGED = 120
"""Seasons and records judged for this page: those with the newest records first. Others are judged on
their own pages, and of those that would have been next it is said so here."""


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
        findings=_findings(desk, near),
        recent=stood(desk, recent, naming),
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
            if form.field("plots") is not None:
                if not one.plots:
                    continue
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


def _findings(desk: Desk, near: list[str]) -> list[tuple[str, str, list[Told]]]:
    """Of seasons with the newest records: what is not in order, and the days that are still to come."""
    if not desk.actor.may("seasons"):
        return []
    known = {one.id: one for one in desk.node.seasons.seen_by(desk.actor) if one.closed is None}
    found: list[tuple[str, str, list[Told]]] = []
    left = MOST_JUDGED
    for uri in [one for one in near if one in known][:MOST_SEASONS]:
        query = DeedQuery(desk.actor.organisation, things=(uri,), limit=left + 1)
        count = len(desk.node.database.deeds.find(query))
        if count > left:
            found.append((desk.words.name(known[uri].names, uri), season_address(uri), []))
            continue
        left -= count
        try:
            said = desk.node.judge.standing(desk.actor.viewer, uri)
        except (NotFound, TooLarge):
            continue
        # What is not stated stands on the season's own page: nothing of it is due today.
        heeded = [one for one in said if one.verdict != "unknown" and one.override is None]
        lines = told(worth_saying(heeded, today(desk)), desk.words)
        if lines:
            name = desk.words.name(known[uri].names, uri)
            found.append((name, season_address(uri), lines[:4]))
    return found
