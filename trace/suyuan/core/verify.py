"""Verification of a bundle (formats.md §7), for somebody who trusts the policy and nothing else.

Keys, then records, each by index: content, key, signature, inclusion; then once: checkpoint, anchor,
complete. It stops at the first failure, and no input whatever makes it raise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from suyuan.core.anchor_check import Anchored, ChainView, check_anchor
from suyuan.core.bundle import Bundle, BundleRecord, parse_bundle
from suyuan.core.checkpoint import Checkpoint, open_checkpoint
from suyuan.core.completeness import Completeness, check_complete
from suyuan.core.content import parse_content
from suyuan.core.cosignature import CosignerKey, cosigned, require_quorum
from suyuan.core.encoding import decimal, unb64
from suyuan.core.errors import Malformed, ProofError, Refused
from suyuan.core.identifiers import identify
from suyuan.core.merkle import leaf_hash
from suyuan.core.policy import Policy
from suyuan.core.record_check import Checked, RecordChecker
from suyuan.core.report import STEPS, Report, Step, StepResult, StepState, Verdict
from suyuan.core.touches import event_touches
from suyuan.core.universe import pack_of

__all__ = ["ChainView", "Report", "verify_bundle"]


def verify_bundle(
    data: bytes,
    policy: Policy,
    *,
    subject: str | None = None,
    chain: ChainView | None = None,
    witnesses: Sequence[CosignerKey] | None = None,
    quorum: int = 0,
) -> Report:
    """Check the bytes of a bundle file.

    ``subject``: what the reader holds, any text that names the bundle's subject or the pack of its
    serial. ``chain``: without one, an anchor stays unchecked. ``quorum``: how many of ``witnesses``
    must have cosigned the checkpoint; without them, whom and how many the policy names. Never raises:
    malformed input is a ``failed`` report.
    """
    asked = (policy.witnesses, policy.quorum) if witnesses is None else (tuple(witnesses), quorum)
    run = _Run(policy, subject, chain, *asked)
    try:
        run.all(data)
    except Refused as problem:
        run.problem = problem
    return run.report()


@dataclass(slots=True)
class _Run:
    policy: Policy
    subject: str | None
    chain: ChainView | None
    witnesses: tuple[CosignerKey, ...] = ()
    quorum: int = 0
    cosigned: tuple[str, ...] = ()
    step: Step = "content"
    """The one begun last."""
    begun: Counter[Step] = field(default_factory=Counter)
    record: BundleRecord | None = None
    """The one in hand."""
    problem: Refused | None = None
    bundle: Bundle | None = None
    tree: Checkpoint | None = None
    checker: RecordChecker | None = None
    checked: list[Checked] = field(default_factory=list)
    anchored: Anchored = field(default_factory=lambda: Anchored("none"))
    completeness: Completeness | None = None

    def all(self, data: bytes) -> None:
        bundle = self.bundle = parse_bundle(data)
        self.step = "checkpoint"  # but not begun: only its shape is needed so far
        self.tree = _claimed_tree(bundle.checkpoint, self.policy)
        self.checker = RecordChecker(self.policy, self.tree, self._begin)
        self._keys_and_records(bundle, self.checker)
        self._begin("checkpoint")
        checkpoint = open_checkpoint(bundle.checkpoint, self.policy.log_keys, self.policy.origin)
        found = cosigned(bundle.checkpoint, self.witnesses)
        self.cosigned = tuple(key.name for key in self.witnesses if key in found)
        require_quorum(bundle.checkpoint, self.witnesses, self.quorum)
        self._begin("anchor")
        self.anchored = check_anchor(bundle.anchor, self.policy, checkpoint, self.chain)
        self._begin("complete")
        if self.subject is not None and not _is_about(bundle, self.subject):
            raise ProofError("the bundle is about {id}", id=bundle.subject)
        self.completeness = check_complete(
            bundle,
            sorted(self.checked, key=lambda record: record.index),
            self.policy,
            checkpoint.size,
            self.anchored.block_time,
        )

    def _begin(self, step: Step) -> None:
        self.step = step
        self.begun[step] += 1

    def _keys_and_records(self, bundle: Bundle, checker: RecordChecker) -> None:
        if not bundle.keys:
            self.step = "key"
            raise ProofError("entry 0, the administrator's key, is missing")
        for records, is_key in ((bundle.keys, True), (bundle.records, False)):
            for record in records:
                self.record = record
                self.checked.append(checker.check(record, is_key=is_key))
        self.record = None

    def report(self) -> Report:
        failed = self.problem is not None
        unknown = self.completeness.unknown if self.completeness else ()
        hidden, erased = self._not_shown()
        return Report(
            verdict=self._verdict(),
            complete=(
                ("no" if self.step == "complete" else "unknown")
                if failed
                else ("unknown" if unknown else "yes")
            ),
            step=self.step if failed else None,
            problem=self.problem,
            index=self.record.index if self.record else None,
            steps=tuple(map(self._result, STEPS)),
            subject=self.bundle.subject if self.bundle else None,
            serial=self.bundle.serial.serial if self.bundle and self.bundle.serial else None,
            objects=self._objects(),
            anchor=self.anchored.state,
            anchor_problem=self.anchored.why,
            block_time=self.anchored.block_time,
            size=self.tree.size if self.tree else None,
            newest_record_time=max((r.entry.record_time for r in self.checked), default=None),
            hidden=hidden,
            erased=erased,
            unknown=unknown,
            suspect=self._suspect(),
            test_chain=self.policy.is_test_chain,
            cosigned=self.cosigned,
            witnesses=len(self.witnesses),
            quorum=self.quorum,
        )

    def _verdict(self) -> Verdict:
        if self.problem is not None:
            return "failed"
        if self.anchored.state == "none":
            return "logged"
        return "verified" if self.anchored.state == "checked" else "anchor not checked"

    def _result(self, step: Step) -> StepResult:
        total = 0
        if step in STEPS[:4] and self.bundle is not None:
            total = len(self.bundle.keys) + len(self.bundle.records)
        failed_here = self.problem is not None and step == self.step
        done = self.begun[step] - (failed_here and self.begun[step] > 0)
        return StepResult(step, self._state(step), done if total else 0, total)

    def _state(self, step: Step) -> StepState:
        if self.problem is not None and step == self.step:
            return "failed"
        later = STEPS.index(step) > STEPS.index(self.step)
        if self.begun[step] == 0 or (self.problem is not None and later):
            return "not reached"
        if step == "anchor" and self.anchored.state != "checked":
            return "unknown"
        if step == "complete" and self.completeness is not None and self.completeness.unknown:
            return "unknown"
        return "passed"

    def _not_shown(self) -> tuple[int, int]:
        """How many records are hidden, and how many erased."""
        if self.bundle is None:
            return 0, 0
        erasures = {
            record.content.erases: record.index
            for record in self.checked
            if record.content is not None
            and record.content.erases is not None
            and record.signer.role == "admin"
        }
        hidden = [record for record in self.bundle.records if record.content is None]
        erased = sum(
            erasures.get(leaf_hash(record.entry.encode()), -1) > record.index for record in hidden
        )
        return len(hidden) - erased, erased

    def _objects(self) -> tuple[str, ...]:
        if self.record is not None:
            return _about(self.record)
        if self.problem is not None and isinstance(self.problem.params.get("id"), str):
            return (str(self.problem.params["id"]),)
        return tuple(sorted(self.completeness.members)) if self.completeness else ()

    def _suspect(self) -> tuple[int, ...]:
        if self.checker is None:
            return ()
        ring = self.checker.final_ring()
        marked: list[int] = []
        for record in self.checked:
            state = ring.state(record.entry.kid)
            since = state.suspect_since if state is not None else None
            if since is not None and record.index >= since:
                marked.append(record.index)
        return tuple(sorted(marked))


def _claimed_tree(note: str, policy: Policy) -> Checkpoint:
    """Size and root as the checkpoint says them; whether it may say so is a later step's question."""
    lines = note.split("\n")
    if len(lines) < 3:
        raise Malformed("the checkpoint does not say a tree size and a root")
    return Checkpoint(policy.origin, decimal(lines[1]), unb64(lines[2], size=32))


def _is_about(bundle: Bundle, text: str) -> bool:
    """Whether ``text``, off a label perhaps, names what the bundle is about."""
    if text == bundle.subject:
        return True
    try:
        held = identify(text)
    except Malformed:
        return False
    if held.object is None or bundle.serial is None or held.object == bundle.subject:
        return held.object == bundle.subject
    pack = pack_of(bundle.subject, bundle.serial.serial)
    return held.object == pack and held.lot in (None, bundle.subject)


def _about(record: BundleRecord) -> tuple[str, ...]:
    """What a record that failed would be about, as far as it can be read; for the eye only."""
    try:
        content = parse_content(record.content)
    except Refused:
        return ()
    if content.event is not None:
        extended = event_touches(content.event, kid="", owner="").extends
        return tuple(name.removesuffix("#") for name in extended)
    return (str(content.value["id"]),) if content.kind == "master" else ()
