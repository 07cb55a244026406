"""Bundles, verification and audits. `verify` needs no node, no database, no settings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import TaskID

from suyuan.cli.show import (
    err,
    explain,
    in_words,
    language,
    node,
    out,
    progress,
    read,
    tell,
    words,
    write_json,
)
from suyuan.core.cosignature import CosignerKey
from suyuan.core.errors import NotFound, Refused, SuyuanError
from suyuan.core.identifiers import object_id
from suyuan.core.policy import Policy, parse_policy
from suyuan.core.report import STEP_WORDS, Report
from suyuan.core.verify import verify_bundle
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.audit import AuditReport, Source, StoreSource
from suyuan.flow.audit import audit as run_audit
from suyuan.flow.audits import told
from suyuan.words import text_of


@in_words
def bundle(
    subject: Annotated[str, typer.Argument(help="Lot, pack or other object, as its URI")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File to write")],
    serial: Annotated[
        str | None, typer.Option(help="Serial of a pack that has no record yet")
    ] = None,
    viewer: Annotated[
        str, typer.Option(help="Organisation to make it for; empty: the public")
    ] = "",
    role: Annotated[str, typer.Option(help="Role of that organisation")] = "recorder",
) -> None:
    """Write the bundle of an object: everything that proves it, in one file."""
    opened = node()
    name = object_id(subject)
    if name is None:
        raise NotFound("{subject} is no lot, pack or other single thing", subject=subject)
    who = PUBLIC
    if viewer:
        who = Viewer(viewer, role, opened.accounts.county_of(viewer))
    output.write_bytes(opened.prover.bundle(who, name, serial=serial))
    tell("{file} is written", file=str(output))
    opened.close()


@in_words
def verify(
    path: Annotated[Path, typer.Argument(help="Bundle file (.suyuan.json)")],
    policy: Annotated[Path, typer.Option(help="Policy file, got by another way than the bundle")],
    subject: Annotated[str | None, typer.Option(help="What you hold: the label's link")] = None,
    rpc: Annotated[str | None, typer.Option(help="RPC URL of a chain node that you trust")] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(
            help="Key of a witness that you trust, in place of the policy's; again for more"
        ),
    ] = None,
    quorum: Annotated[
        int | None,
        typer.Option(min=1, help="How many of them must have cosigned; all, unless said"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON")] = False,
) -> None:
    """Check a bundle without trusting who made it. Exit 0 verified, 1 failed, 3 not (yet) anchored."""
    keys = [CosignerKey.parse(text) for text in witness or ()]
    wanted = len(keys) if quorum is None else quorum
    if wanted > len(keys):
        raise Refused(
            "{quorum} witnesses are asked for, and {count} given", quorum=wanted, count=len(keys)
        )
    chain = None
    if rpc is not None:
        from suyuan.adapters.chain_view import EthereumView

        chain = EthereumView(rpc)
    report = verify_bundle(
        read(path),
        parse_policy(read(policy)),
        subject=subject,
        chain=chain,
        witnesses=keys or None,
        quorum=wanted,
    )
    if as_json:
        write_json(report_json(report))
    else:
        show(report)
    raise typer.Exit(report.exit_code)


def show(report: Report) -> None:
    """A report in words."""
    marks = {"passed": "✓", "failed": "✗", "unknown": "?", "not reached": "·"}
    for step in report.steps:
        count = f" ({step.done}/{step.total})" if step.total else ""
        out.print(
            f" {marks[step.state]} {words(STEP_WORDS[step.step].template)}{count}", markup=False
        )
    if report.problem is not None:
        where = words("record {index}", index=report.index) if report.index is not None else ""
        tell(
            "failed: {step}: {where} {reason}",
            step=report.step,
            where=where,
            reason=_said(report.problem),
        )
        for name in report.objects[:3]:
            out.print(f"   {name}", markup=False)
    else:
        tell(VERDICT_WORDS[report.verdict])
        if report.anchor_problem is not None:
            out.print(f"   {_said(report.anchor_problem)}", markup=False)
    tell("complete: {complete}", complete=words(report.complete))
    for reason in report.unknown[:5]:
        out.print(f"   {_said(reason)}", markup=False)
    tell(
        "as of {size} records, the newest of {time}",
        size=report.size or "?",
        time=report.newest_record_time or "?",
    )
    if report.block_time:
        tell("anchored before {time} (time of the block)", time=report.block_time)
    if report.hidden or report.erased:
        tell("{hidden} records hidden, {erased} erased", hidden=report.hidden, erased=report.erased)
    if report.witnesses:
        tell(
            "{found} of {count} witnesses cosigned, {quorum} asked for: {names}",
            found=len(report.cosigned),
            count=report.witnesses,
            quorum=report.quorum,
            names=words(", ").join(report.cosigned) or "–",
        )
    for index in report.suspect:
        tell("record {index}: its key was later reported stolen", index=index)
    if report.test_chain:
        tell("test chain: proves nothing to strangers")


VERDICT_WORDS = {
    "verified": "verified",
    "anchor not checked": "anchor not checked: give --rpc to ask the chain",
    "logged": "logged, not yet anchored",
}


def _said(problem: SuyuanError) -> str:
    text = text_of(problem, language())
    return f"{problem.path}: {text}" if problem.path else text


def report_json(report: Report) -> dict[str, object]:
    """A report for scripts."""
    return {
        "verdict": report.verdict,
        "text": report.text,
        "complete": report.complete,
        "step": report.step,
        "reason": report.problem.text if report.problem else None,
        "index": report.index,
        "objects": list(report.objects) if report.problem else [],
        "subject": report.subject,
        "size": report.size,
        "newestRecordTime": report.newest_record_time,
        "blockTime": report.block_time,
        "hidden": report.hidden,
        "erased": report.erased,
        "suspect": list(report.suspect),
        "testChain": report.test_chain,
        "cosigned": list(report.cosigned),
        "witnesses": report.witnesses,
        "quorum": report.quorum,
        "steps": [
            {"step": s.step, "state": s.state, "done": s.done, "total": s.total}
            for s in report.steps
        ],
        "unknown": [_said(reason) for reason in report.unknown],
    }


@in_words
def audit(
    url: Annotated[
        str | None, typer.Option(help="Audit what a service publishes at this address")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Policy file; without --url the node's own")
    ] = None,
    rpc: Annotated[str | None, typer.Option(help="RPC URL of a chain node that you trust")] = None,
    token_file: Annotated[Path | None, typer.Option(help="File with a token, to see more")] = None,
    signatures: Annotated[bool, typer.Option("--signatures", help="Check signatures too")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON")] = False,
) -> None:
    """Replay the whole log and name the first record that differs. Exit 0 agrees, 1 differs."""
    opened = None
    chain = None
    source: Source
    if url is not None:
        if policy is None:
            raise Refused(
                "give the log's policy with --policy; it is never taken from who is audited"
            )
        token = read(token_file).decode().strip() if token_file else None
        from suyuan.adapters.remote import RemoteLog

        source = RemoteLog(url, token=token)
        checked: Policy = parse_policy(read(policy))
    else:
        opened = node()
        source = StoreSource(opened.database.log, opened.database.tree, opened.database.anchors)
        own = parse_policy(read(policy)) if policy else opened.policy()
        if own is None:
            raise Refused("no contract is set up for this log yet; an audit needs its policy")
        checked = own
        rpc = rpc or next(iter(opened.settings.rpc_urls), None)
    if rpc:
        from suyuan.adapters.chain_view import AuditedChain

        chain = AuditedChain(rpc, checked.contract, checked.log_id)
    with progress(words("Replaying")) as bar:
        task: TaskID = bar.add_task("", total=None)
        report = run_audit(
            source,
            checked,
            chain=chain,
            signatures=signatures,
            on_progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if opened is not None:
        opened.close()
    if as_json:
        write_json(told(report))
    else:
        show_audit(report)
    raise typer.Exit(
        0 if report.ok and report.chain != "not reached" else 1 if not report.ok else 3
    )


def show_audit(report: AuditReport) -> None:
    """An audit in words."""
    tell("{size} records replayed, root {root}", size=report.size, root=report.root)
    tell("{count} checkpoints agree", count=report.checkpoints)
    tell("chain: {chain}", chain=words(report.chain))
    if report.hidden or report.erased:
        tell("{hidden} records hidden, {erased} erased", hidden=report.hidden, erased=report.erased)
    if report.signatures:
        tell("signatures were checked")
    if report.difference is None:
        tell("nothing differs")
    else:
        err.print(
            words("differs: {text}", text=report.difference.problem), markup=False, style="red"
        )


__all__ = ["audit", "bundle", "explain", "verify"]
