"""What a verification found out, for people, pages and programs (formats.md §7, "Verdicts")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from suyuan.core.anchor_check import AnchorState
from suyuan.core.errors import SuyuanError
from suyuan.core.said import Said

Step: TypeAlias = Literal[
    "content", "key", "signature", "inclusion", "checkpoint", "anchor", "complete"
]
Verdict: TypeAlias = Literal["verified", "anchor not checked", "logged", "failed"]
StepState: TypeAlias = Literal["passed", "failed", "unknown", "not reached"]

STEPS: tuple[Step, ...] = (
    "content",
    "key",
    "signature",
    "inclusion",
    "checkpoint",
    "anchor",
    "complete",
)


STEP_WORDS: Mapping[Step, Said] = {
    "content": Said("contents are what was committed"),
    "key": Said("keys were in force"),
    "signature": Said("signatures hold"),
    "inclusion": Said("records are in the log"),
    "checkpoint": Said("the log's head is signed"),
    "anchor": Said("the head is in the contract"),
    "complete": Said("nothing was left out"),
}


@dataclass(frozen=True, slots=True)
class StepResult:
    """How one step went. ``done`` of ``total`` records passed it, for the four that are made of each."""

    step: Step
    state: StepState
    done: int = 0
    total: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict and all that faces say with it. Everything is as of ``size`` and the newest time."""

    verdict: Verdict
    complete: Literal["yes", "unknown", "no"]
    step: Step | None
    """The step that failed."""
    problem: SuyuanError | None
    """Why it failed: a template that faces translate, with its parameters and place."""
    index: int | None
    """The record where it failed, if it was one."""
    steps: tuple[StepResult, ...]
    subject: str | None
    """None where the file is too misshapen to have one."""
    serial: str | None
    objects: tuple[str, ...]
    """What the failed record is about, else all members of U, sorted."""
    anchor: AnchorState
    anchor_problem: SuyuanError | None
    """Why the anchor is not checked or not final."""
    block_time: str | None
    """Time of the anchor's block, only where checked in the chain."""
    size: int | None
    """Of the checkpoint."""
    newest_record_time: str | None
    hidden: int
    erased: int
    unknown: tuple[SuyuanError, ...]
    """Why completeness is unknown."""
    suspect: tuple[int, ...]
    """Indices of records whose key was later reported stolen."""
    test_chain: bool
    """Every face adds "test chain: proves nothing to strangers"."""
    cosigned: tuple[str, ...] = ()
    """Names of those of the witnesses believed that cosigned the checkpoint."""
    witnesses: int = 0
    """How many are believed: the reader's own, else those that the policy names."""
    quorum: int = 0
    """How many of them had to."""

    @property
    def text(self) -> str:
        """The verdict line, in English: ``verified``, ``failed: key: …``."""
        if self.verdict != "failed":
            return self.verdict
        return f"failed: {self.step}: {self.problem.text if self.problem else ''}"

    @property
    def exit_code(self) -> int:
        """Of a program: 0 verified and complete, 1 failed, 3 otherwise."""
        if self.verdict == "failed":
            return 1
        return 0 if self.verdict == "verified" and self.complete == "yes" else 3
