"""Rule 9 once more: market gate 市场准入. What a market asks of goods that come to it.

All that stands against their release at origin stands against letting them in; beside that: whether they
were released there, and what markets said of them before.
"""

from __future__ import annotations

from collections.abc import Iterator

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.rules.release import RULE, release
from suyuan.core.story_values import Said, text_of

REFUSED = "refused"


def market(case: Case, lot: str) -> Iterator[Finding]:
    """What stands for and against letting a lot into a market today."""
    yield from release(case, lot)
    own = [deed for deed in case.deeds if any(item.id == lot for item in deed.about)]
    released = [deed for deed in own if deed.kind == "release"]
    if released:
        text = Said("released at origin on {day}", day=released[-1].day)
        yield finding(RULE, "release", "pass", text, lot, released[-1:])
    else:
        text = Said("no release at origin is recorded of this lot")
        yield finding(RULE, "release", "warn", text, lot)
    for deed in own:
        given = told(deed)
        if given.get("verdict") == REFUSED:
            text = Said(
                "refused at {market} on {day}", market=given.get("market", ""), day=deed.day
            )
            yield finding(RULE, "check-in", "warn", text, lot, [deed])


def told(deed: Deed) -> dict[str, str]:
    """The texts of a check-in; empty for another deed."""
    given = deed.stated.get("checkIn")
    if deed.kind != "check_in" or not isinstance(given, dict):
        return {}
    return {name: text for name, value in given.items() if (text := text_of(value))}


__all__ = ["REFUSED", "market", "told"]
