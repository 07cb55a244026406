"""An override in words: which rule was set aside, why, and which records that is about."""

from __future__ import annotations

from collections.abc import Mapping

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.judge import title_of as rule_said
from suyuan.ports.log import EventSearch
from suyuan.web.desk.deps import Desk
from suyuan.web.desk.telling import Fact


def set_aside(desk: Desk, deed: Deed) -> list[Fact]:
    """What an override says; nothing where the deed is none."""
    given, words = deed.stated.get("override"), desk.words
    if not isinstance(given, Mapping):
        return []
    rule = rule_said(given.get("rule"))
    said = words.said(rule) if rule else str(given.get("rule", ""))
    found = [Fact(words("Rule"), said), Fact(words("Why"), str(given.get("reason", "")))]
    events = given.get("events")
    names = {one for one in events if isinstance(one, str)} if isinstance(events, list) else set()
    if names:
        search = EventSearch(event_ids=frozenset(names), by_time=False, limit=20)
        found += [
            Fact(
                words("Records concerned"),
                words("record {index}", index=index),
                f"/desk/records/{index}",
            )
            for index in sorted(index for _, index in desk.node.database.log.search(search))
        ]
    return found
