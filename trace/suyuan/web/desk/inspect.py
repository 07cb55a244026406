"""What a regulator does: records an inspection, checks a bundle, has the log audited."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.responses import Response

from suyuan.core.anchor_check import ChainView
from suyuan.core.errors import Forbidden, Malformed, NotFound, Refused, SuyuanError
from suyuan.core.farm.forms import FORMS
from suyuan.core.report import STEP_WORDS, Report
from suyuan.core.strict_json import loads
from suyuan.core.verify import verify_bundle
from suyuan.flow.books import Entry
from suyuan.web.desk.deps import Desk, DeskDep, texts
from suyuan.web.desk.regulator import area_of, called
from suyuan.web.desk.stock_filing import require_right
from suyuan.web.wording import word

router = APIRouter(tags=["pages"], include_in_schema=False)

MOST_BUNDLE = 64 * 1024 * 1024
FORM = FORMS["inspection"]
FIELDS = ("of", "type", "day", "finding", "result", "until", "thing", "number", "person", "note")
"""In the order of the page."""
VERDICTS: Mapping[str, tuple[str, str]] = {
    "verified": ("is-good", word("Verified: unchanged, and in the contract")),
    "anchor not checked": ("", word("Holds; whether it is in the contract could not be asked now")),
    "logged": ("", word("Holds, and is in the log; not yet in the contract")),
    "failed": ("is-bad", word("Does not hold")),
}
COMPLETE: Mapping[str, str] = {
    "yes": word("Complete: no record about it was left out."),
    "no": word("Records about it were left out."),
    "unknown": word("Whether records were left out is not known."),
}


# -- inspections -------------------------------------------------------------------------------------


@router.get("/desk/regulator/inspect")
def inspect_page(desk: DeskDep) -> Response:
    asked = desk.request.query_params
    given = {
        "of": asked.get("of", ""),
        "day": desk.node.watch.today().isoformat(),
        "type": asked.get("type", "inspection"),
        "thing": asked.get("thing", ""),
        "person": desk.actor.name,
    }
    return _inspect(desk, given)


@router.post("/desk/regulator/inspect")
def inspect(desk: DeskDep) -> Response:
    """Signed with the authority's own key: a record of its own, in the organisation's timeline."""
    desk.actor.require("sign and file")
    given = texts(desk.form)
    problems: list[SuyuanError] = []
    of = given.get("of", "")
    known = of in {one.id for one in area_of(desk)}
    if not known:
        problems.append(Refused("say which organisation of your area it was", path="/of"))
    # The rest of the form is looked at all the same: as if it were of the authority itself.
    about = of if known else desk.actor.organisation
    things = [about, *(one for one in given.get("thing", "").split() if one != about)]
    try:
        values: dict[str, Any] = {
            name: given[name] for name in FIELDS
            if name not in ("of", "thing") and given.get(name, "").strip()
        }  # fmt: skip
        whole = {**values, "subject": things}
        require_right(desk, FORM.name, whole, problems, FIELDS, {"subject": "thing"})
        (index,) = desk.node.books.record(
            desk.actor.caller,
            [Entry(FORM.name, whole)],
            typed_by=desk.actor.name,
        )
    except Refused as problem:
        return _inspect(desk, given, problem)
    said = desk.words("Saved and signed, record {index}.", index=index)
    return desk.go(f"/desk/regulator/organisation?{urlencode({'id': of})}", said)


def _has_key(desk: Desk) -> bool:
    try:
        desk.node.capture.signer(desk.actor.caller)
    except Forbidden:
        return False
    return True


def _inspect(desk: Desk, given: Mapping[str, str], problem: SuyuanError | None = None) -> Response:
    area = area_of(desk)
    for part in getattr(problem, "errors", [problem] if problem else []):
        if part.path.startswith("/subject"):
            part.path = "/thing"
    choices = {
        name: [("", desk.words("choose")), *((v, desk.words(s.template)) for v, s in
               one.choices.items())]
        for name in ("type", "result")
        if (one := FORM.field(name)) is not None
    }  # fmt: skip
    return desk.page(
        "regulator_inspect.html",
        problem=problem,
        may_sign=_has_key(desk),
        command=f"suyuan key make --as {desk.actor.organisation} --role regulator",
        given={name: given.get(name, "") for name in FIELDS},
        organisations=[("", desk.words("choose")), *((one.id, called(desk, one)) for one in area)],
        types=choices["type"][1:],
        results=choices["result"],
    )


# -- bundles -----------------------------------------------------------------------------------------


@router.get("/desk/regulator/bundle")
def bundle_page(desk: DeskDep) -> Response:
    desk.actor.require("inspect")
    return desk.page("regulator_bundle.html", report=None, subject="")


@router.post("/desk/regulator/bundle")
async def bundle(desk: DeskDep) -> Response:
    """The verdict on a bundle, as ``suyuan verify`` gives it, under this node's policy."""
    desk.actor.require("inspect")
    given = desk.form.get("bundle")
    body = b""
    if isinstance(given, UploadFile):
        body = await given.read()
        await given.close()
    return await run_in_threadpool(_verify, desk, body)


def _verify(desk: Desk, body: bytes) -> Response:
    subject = desk.given("subject").strip()
    problem: SuyuanError | None = None
    policy = desk.node.policy()
    if not body:
        problem = Refused("choose the file, its name ends in .suyuan.json", path="/bundle")
    elif len(body) > MOST_BUNDLE:
        problem = Refused("a bundle has at most {limit} bytes", path="/bundle", limit=MOST_BUNDLE)
    elif policy is None:
        problem = Refused("no contract is set up for this log yet: nothing to check it against")
    elif not _is_bundle(body):
        problem = Refused(
            "this file is no bundle; a bundle is saved on the page of a lot or pack, and its name ends"
            " in .suyuan.json",
            path="/bundle",
        )
    if problem is not None or policy is None:
        return desk.page("regulator_bundle.html", problem=problem, report=None, subject=subject)
    report = verify_bundle(body, policy, subject=subject or None, chain=_chain(desk))
    return desk.page("regulator_bundle.html", report=_told(desk, report), subject=subject)


def _is_bundle(body: bytes) -> bool:
    try:
        value = loads(body)
    except Malformed:
        return False
    return isinstance(value, dict) and "suyuan" in value


def _chain(desk: Desk) -> ChainView | None:
    url = next(iter(desk.node.settings.rpc_urls), None)
    if url is None:
        return None
    from suyuan.adapters.chain_view import EthereumView

    return EthereumView(url)


def _told(desk: Desk, report: Report) -> SimpleNamespace:
    """The report in the reader's words."""
    words = desk.words
    tone, verdict = VERDICTS[report.verdict]
    signs = {"passed": "tick", "failed": "cross", "unknown": "ask", "not reached": "clock"}
    states = {
        "passed": "",
        "failed": words("does not hold"),
        "unknown": words("not known"),
        "not reached": words("not reached"),
    }
    return SimpleNamespace(
        tone=tone,
        verdict=words(verdict),
        complete=words(COMPLETE[report.complete]),
        problem=words.show(report.problem) if report.problem else "",
        index=report.index,
        objects=report.objects[:3] if report.problem else (),
        subject=report.subject or "",
        steps=[
            (signs[s.state], words(STEP_WORDS[s.step].template), states[s.state],
             f"{s.done}/{s.total}" if s.total else "")
            for s in report.steps
        ],
        unknown=[words.show(one) for one in report.unknown[:5]],
        anchor=words.show(report.anchor_problem) if report.anchor_problem else "",
        size=report.size,
        newest=report.newest_record_time,
        block=report.block_time,
        hidden=report.hidden,
        erased=report.erased,
        suspect=report.suspect,
        test=report.test_chain,
        witnesses=words(
            "{found} of {count} witnesses cosigned, {quorum} asked for: {names}",
            found=len(report.cosigned),
            count=report.witnesses,
            quorum=report.quorum,
            names=words(", ").join(report.cosigned) or "–",
        )
        if report.witnesses
        else "",
    )  # fmt: skip


# -- audits ------------------------------------------------------------------------------------------


@router.get("/desk/regulator/audits")
def audits_page(desk: DeskDep) -> Response:
    return _audits(desk)


@router.post("/desk/regulator/audits")
def begin(desk: DeskDep) -> Response:
    try:
        made = desk.node.audits.begin(desk.actor)
    except Refused as problem:
        return _audits(desk, problem)
    return desk.go(f"/desk/regulator/audits/{made.id}")


def _audits(desk: Desk, problem: SuyuanError | None = None) -> Response:
    found = desk.node.audits.list(desk.actor)
    size = desk.node.database.log.tail().size
    return desk.page("regulator_audits.html", problem=problem, audits=found, size=size)


@router.get("/desk/regulator/audits/{audit_id}")
def audit(desk: DeskDep, audit_id: str) -> Response:
    found = desk.node.audits.get(desk.actor, audit_id)
    if found is None:
        raise NotFound("no audit {id}", id=audit_id[:40])
    return desk.page(
        "regulator_audit.html",
        audit=found,
        report=found.report,
        difference=_sentence(desk, (found.report or {}).get("difference")),
        why=_sentence(desk, found.problem),
        chain={
            "agrees": desk.words("the contract agrees"),
            "differs": desk.words("the contract differs"),
            "not asked": desk.words("no chain is set; it was not asked"),
            "not reached": desk.words("the chain did not answer; it was not asked"),
        },
    )


def _sentence(desk: Desk, kept: Mapping[str, Any] | None) -> str:
    """A problem that was kept as template and parameters, in the reader's language."""
    if not kept:
        return ""
    template = str(kept["message"])
    return desk.words(template, **kept["params"])
