"""Which face a page shows: the one verdict in front of everything else.

Never "genuine": a code can be copied. The worst that is known comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.core.story import Recall, Story

Face = Literal[
    "recalled",
    "failing",
    "withdrawn",
    "held",
    "erased",
    "expired",
    "unsealed",
    "unanchored",
    "silent",
    "undisclosed",
    "issued",
]
"""In this order: the first that holds.

erased: what was recorded of the code itself was deleted · silent: the chain does not answer, so the
newest records wait for it · undisclosed: nothing of it is shown to the public.
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far sealing and anchoring have come with the records of one story."""

    sealed_at: str | None
    """When a checkpoint over all of the story's records was there."""
    anchored_at: str | None
    """Time of the block with the first anchor over all of them, as our node saw it."""
    has_chain: bool
    """Whether the log has a contract at all."""
    chain_silent: bool
    """Whether the chain does not answer our node now."""
    test_chain: bool


def recall_of(story: Story) -> Recall | None:
    """The recall in force: of the lot or pack itself before one of what it was made from."""
    return _standing(story.recalls)


def hold_of(story: Story) -> Recall | None:
    """The hold in force, likewise."""
    return _standing(story.holds)


def _standing(acts: Sequence[Recall]) -> Recall | None:
    standing = [recall for recall in acts if recall.lifted is None]
    return next((r for r in standing if not r.upstream), standing[0] if standing else None)


def face_of(story: Story, standing: Standing, today: date) -> Face:
    """The face of a code that something is recorded of."""
    if recall_of(story):
        return "recalled"
    if story.failing:
        return "failing"
    if story.withdrawn:
        return "withdrawn"
    if hold_of(story):
        return "held"
    states = {deed.state for deed in story.deeds}
    if states and states <= {"erased"}:
        return "erased"
    if story.best_before is not None and story.best_before < today:
        return "expired"
    if standing.sealed_at is None:
        return "unsealed"
    if standing.anchored_at is None:
        return "silent" if standing.chain_silent else "unanchored"
    return "issued" if "shown" in states else "undisclosed"


CertificateFace = Literal["recalled", "voided", "failing", "withdrawn", "held", "valid"]
"""How a certificate stands for everybody, in this order: the first that holds."""


def certificate_face(story: Story, *, voided: bool) -> CertificateFace:
    """One judgement for whoever asks. ``story``: of the lot; a promise is worth what its goods are."""
    if recall_of(story):
        return "recalled"
    if voided:
        return "voided"
    if story.failing:
        return "failing"
    if story.withdrawn:
        return "withdrawn"
    return "held" if hold_of(story) else "valid"
