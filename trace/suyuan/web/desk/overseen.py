"""Whose records a page is about: one's own organisation's, or of all that an authority looks after."""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.core.errors import NotFound
from suyuan.flow.brand_sight import watched
from suyuan.web.desk.deps import Desk


@dataclass(frozen=True, slots=True)
class Overseen:
    """``names``: the organisations asked about; ``choices``: what can be chosen among, where there is a
    choice at all."""

    names: tuple[str, ...]
    chosen: str
    choices: tuple[tuple[str, str], ...]


def overseen(desk: Desk, chosen: str = "") -> Overseen:
    """One of them where it is ``chosen``, else all; NotFound for one that is not theirs to see."""
    ids = watched(desk.actor.viewer, desk.node.accounts)
    if chosen and chosen not in ids:
        raise NotFound("no organisation {id}", id=chosen[:200])
    choices: list[tuple[str, str]] = []
    if len(ids) > 1:
        known = {one.id: one for one in desk.node.database.accounts.organisations()}
        zh = desk.words.language == "zh"
        named = [(one, known[one].name_zh if zh else known[one].name_en) for one in ids]
        choices = [("", desk.words("The whole area")), *sorted(named, key=lambda pair: pair[1])]
    return Overseen((chosen,) if chosen else tuple(ids), chosen, tuple(choices))


__all__ = ["Overseen", "overseen"]
