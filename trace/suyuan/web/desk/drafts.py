"""Drafts: the day's list, one to change or delete, and signing and filing one or all at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.encoding import digest_text
from suyuan.core.errors import Blocked, Many, NotFound, Refused, SuyuanError
from suyuan.core.farm.fill import fill
from suyuan.core.farm.forms import FORMS
from suyuan.core.rules.finding import Finding
from suyuan.flow.books import form_named
from suyuan.ports.books import Draft
from suyuan.web.desk import sheet as sheets
from suyuan.web.desk.deps import Desk, DeskDep
from suyuan.web.desk.telling import Naming, key_of, moment_of, summary, today, told, worth_saying

router = APIRouter(tags=["pages"], include_in_schema=False)
MOST = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft as the list shows it."""

    id: str
    what: str
    said: str
    day: str
    plots: tuple[str, ...]
    who: str
    changed: str
    photos: int
    wrong: tuple[str, ...]


@router.get("/desk/drafts")
def drafts(desk: DeskDep) -> Response:
    """What waits to be signed, changed last first."""
    desk.actor.require("record")
    return _list(desk)


@router.post("/desk/drafts/file")
def file(desk: DeskDep) -> Response:
    """Sign and file the marked ones, all or none."""
    desk.actor.require("sign and file")
    chosen = [one for one in desk.form.getlist("draft") if isinstance(one, str)]
    if not chosen:
        return _list(desk, Refused("mark at least one draft", path="/drafts"))
    found = [_get(desk, one) for one in dict.fromkeys(chosen)]
    actor, node = desk.actor, desk.node
    try:
        overrides = sheets.overrides_in(desk)
        waiting = [one for one in found if one.filed is None]
        if waiting:
            entries = node.drafts.entries(actor.caller, [one.id for one in waiting])
            said = sheets.judged(desk, entries, overrides)
            if said and desk.given("seen") != key_of(said):
                return _list(desk, marked=chosen, findings=said)
        indices = node.drafts.file(
            actor.caller, [one.id for one in found], typed_by=actor.uri, overrides=overrides
        )
    except Blocked as blocked:
        return _list(desk, marked=chosen, blocked=sheets.findings_of(blocked))
    except Refused as problem:
        return _list(desk, problem, marked=chosen)
    return sheets.saved(desk, indices)


@router.get("/desk/drafts/{draft_id}")
def draft_page(desk: DeskDep, draft_id: str) -> Response:
    return _open(desk, draft_id)


@router.post("/desk/drafts/{draft_id}")
def draft_sent(desk: DeskDep, draft_id: str) -> Response:
    found = _get(desk, draft_id)
    sheet = sheets.read(desk, form_named(found.form))
    sheet.draft = found
    return sheets.send(desk, sheet)


@router.post("/desk/drafts/{draft_id}/delete")
def delete(desk: DeskDep, draft_id: str) -> Response:
    found = _get(desk, draft_id)
    desk.node.drafts.delete(desk.actor.caller, found.id)
    return desk.go("/desk/drafts", desk.words("The draft is deleted."))


def waiting(desk: Desk) -> list[Draft]:
    """Drafts that the person may see, changed last first."""
    found = desk.node.drafts.list(desk.actor.caller, limit=MOST)
    return [one for one in found if _may_see(desk, one)]


def told_draft(desk: Desk, draft: Draft, naming: Naming, wrong: tuple[str, ...] = ()) -> Waiting:
    """A draft in words, as far as it can be read."""
    form, values = FORMS[draft.form], dict(sheets.values_of_draft(draft))
    ground = desk.node.books.grounds.of(desk.actor.organisation)
    said, day = "", str(values.get("day", ""))
    try:
        filled = fill(form, values, ground)
        said = summary(form, filled, naming, desk.words)
        read = filled.get("day")
        day = desk.words.show(read) if read is not None else day
    except (Many, Refused):
        said = ""
    plots = values.get("plots")
    member = values.get("member")
    return Waiting(
        draft.id, desk.words.said(form.label), said, day,
        tuple(naming(str(one)) for one in (plots if isinstance(plots, list) else ())),
        naming.person(member) if isinstance(member, str) else str(values.get("person", "")),
        moment_of(desk, draft.changed_at), len(draft.attachments), wrong,
    )  # fmt: skip


def _may_see(desk: Desk, draft: Draft) -> bool:
    if desk.actor.scope("record") != "own":
        return True
    return sheets.values_of_draft(draft).get("member") == desk.actor.uri


def _get(desk: Desk, draft_id: str) -> Draft:
    desk.actor.require("record")
    found = desk.node.drafts.get(desk.actor.caller, draft_id)
    if found.filed is None and not _may_see(desk, found):
        raise NotFound("no draft {id}", id=draft_id[:80])
    return found


def _open(desk: Desk, draft_id: str, problem: SuyuanError | None = None) -> Response:
    found = _get(desk, draft_id)
    if found.filed is not None:
        return desk.go(f"/desk/records/{found.filed}", desk.words("This draft is filed already."))
    sheet = sheets.begin(desk, form_named(found.form), dict(sheets.values_of_draft(found)))
    sheet.draft = found
    sheet.photos = [digest_text(one) for one in found.attachments]
    return sheets.show(desk, sheet, problem)


_NUMBERED = re.compile(r"/(\d+)(/.*)?")


def _list(
    desk: Desk,
    problem: SuyuanError | None = None,
    *,
    marked: list[str] | None = None,
    findings: Sequence[Finding] = (),
    blocked: Sequence[Finding] = (),
) -> Response:
    """The list; what is wrong stands at its draft."""
    naming, every = Naming(desk), waiting(desk)
    wrong: dict[str, list[str]] = {}
    names = list(dict.fromkeys(marked or ()))
    for part in problem.errors if isinstance(problem, Many) else filter(None, [problem]):
        at = _NUMBERED.fullmatch(part.path)
        if at is not None and int(at[1]) < len(names):
            name = names[int(at[1])]
            wrong.setdefault(name, []).append(desk.sentence(part))
            part.path = f"/draft-{name}"
    rules = list(dict.fromkeys(one.name for one in blocked))
    return desk.page(
        "drafts.html",
        problem=problem,
        drafts=[told_draft(desk, one, naming, tuple(wrong.get(one.id, ()))) for one in every],
        marked=set(names) if marked is not None else {one.id for one in every},
        findings=told(worth_saying(findings, today(desk)), desk.words),
        blocked=told(blocked, desk.words),
        rules=rules,
        reasons=[desk.given(f"reason/{n}") for n in range(len(rules))],
        kept=sheets.carried(desk),
        answers=desk.given("answers") or desk.actor.name,
        seen=key_of(findings) if findings else "",
        may_override=desk.actor.may("override"),
        may_file=desk.actor.may("sign and file"),
        status=409 if blocked else 200,
    )
