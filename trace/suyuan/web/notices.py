"""The notice of one page that goes out with a recall: what, why, what to do, who says so.

One for the desk, for programs and for the command line (docs/recall.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from suyuan.bootstrap import Node
from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.visibility import Viewer
from suyuan.flow.ground import HERE
from suyuan.flow.label import refused
from suyuan.flow.recall import Reach
from suyuan.web.called import CalledBy
from suyuan.web.wording import Wording
from suyuan_labels import PAGE_A4, LabelError, Notice, pdf, single

MOST_NAMED = 20
MOST_LOTS = 12


@dataclass(frozen=True, slots=True)
class Said:
    """A notice in the reader's language: captions, and what stands beside them."""

    title: str
    draft: bool
    """Nothing was recorded of it so far."""
    rows: tuple[tuple[str, str], ...]


def notice_of(node: Node, viewer: Viewer, words: Wording, found: Reach) -> Said:
    """What a notice of everything reached says, in the name of the viewer's organisation."""
    known = node.database.accounts.organisation(viewer.organisation or "")
    issuer = (known.name_zh if words.language == "zh" else known.name_en) if known else ""
    roots, comma = found.roots, words(", ")
    called = CalledBy(node, viewer, words, roots[:MOST_NAMED])
    act = reason = advice = day = ""
    last = node.recalling.last(viewer, roots[0])
    if last is not None:
        act, reason, advice = last.act, words.name(last.reason), words.name(last.advice)
        day = words.day((datetime.fromisoformat(last.time) + HERE).date())
    more = f" … ({len(roots)})" if len(roots) > MOST_NAMED else ""
    lots = comma.join(one.rsplit("/", 1)[-1] for one in roots[:MOST_LOTS])
    titles = {"recall": words("Recall notice"), "hold": words("Notice: on hold")}
    return Said(
        titles.get(act, words("Draft of a recall notice")),
        act not in titles,
        (
            (words("What"), comma.join(called(one) for one in roots[:MOST_NAMED]) + more),
            (words("Lot numbers"), f"{lots} …" if len(roots) > MOST_LOTS else lots),
            (
                words("Also touched"),
                words("all that was made from it or packed with it: its code's page says so"),
            ),
            (words("Why"), reason or words("not said")),
            (
                words("What who has it should do"),
                advice or words("Do not use it; ask where you bought it."),
            ),
            (words("Since"), day or words.day(_today(node))),
            (words("Who says so"), issuer or words("not said")),
        ),
    )


def notice_pdf(node: Node, viewer: Viewer, words: Wording, found: Reach) -> bytes:
    """The same as one page of A4, with a code that leads to the public page; Refused where it does not
    fit there."""
    said = notice_of(node, viewer, words, found)
    root = found.roots[0]
    path = root.removeprefix(CANONICAL_HOST) if root.startswith(f"{CANONICAL_HOST}/") else ""
    if path != path.upper():
        path = ""  # a dense code has capitals only, and a lot's number is as it is
    try:
        paper = Notice(
            f"{node.settings.public_url.upper()}{path}",
            said.title,
            said.rows,
            words("Nothing is recalled so far: this is a draft.") if said.draft else "",
            words("Scan the code on the pack: its page shows whether it is among them."),
            words("Still so? Scan."),
        )
        return pdf([paper], single(PAGE_A4), title=said.title)
    except LabelError as problem:
        raise refused(problem) from None


def _today(node: Node) -> date:
    return (datetime.fromisoformat(node.clock.now()) + HERE).date()


__all__ = ["Said", "notice_of", "notice_pdf"]
