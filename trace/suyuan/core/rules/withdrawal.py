"""Rule 1 for animals: 休药期, from the last treatment to slaughter, eggs or milk.

A treatment of a group counts for every animal that was in it that day, also for those moved since,
and for every group that was made from it. 兽药管理条例, article 40: nothing of an animal within the
period is food.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from suyuan.core.farm.deed import Deed
from suyuan.core.identifiers import product_of
from suyuan.core.rules.case import APPLIED, Case, stated_days
from suyuan.core.rules.finding import Basis, Finding, finding
from suyuan.core.rules.heads import stated_heads
from suyuan.core.rules.intervals import RULE, later, longer
from suyuan.core.story_values import Said, Weekday

_LAST = "9999"
"""After every time of the log."""
_KILLING = frozenset({"killing", "slaughtering"})
_NO_DRUG = frozenset({"pesticide", "fertiliser", "seed", "feed", "film", "other"})


def withdrawals(case: Case) -> Iterator[Finding]:
    """Every slaughter and every harvest of eggs or milk against the treatments before it."""
    herd, taken = Herd(case), dict[str, str]()
    for deed in case.deeds:
        product = _product_of(case, deed)
        if product is None:
            continue
        subjects = [item.id for item in deed.inputs] or [deed.season or ""]
        taken.update(dict.fromkeys([*subjects, deed.season or ""], deed.time))
        for treated in herd.before(subjects, deed.time):
            for drug in drugs(case, treated):
                yield _one(case, deed, treated, drug, product)
    for season, deeds in case.seasons.items():
        template = case.templates.get(season)
        if template is None or template.kind != "animal" or template.product is None:
            continue
        for treated in deeds:
            if treated.time <= taken.get(season, ""):
                continue
            for drug in drugs(case, treated):
                yield _open(case, season, treated, drug, template.product)


def drugs(case: Case, deed: Deed) -> list[str]:
    """Products of a treatment that a withdrawal period may be due for."""
    if deed.kind not in APPLIED:
        return []
    found = dict.fromkeys(product_of(item.id) or item.id for item in deed.inputs)
    return [
        name
        for name in found
        if case.label(name).kind not in _NO_DRUG
        and (
            case.label(name).kind is not None
            or deed.kind != "feeding"
            or stated_days(deed, "withdrawal") is not None
        )
    ]


def _product_of(case: Case, deed: Deed) -> str | None:
    """What of the animal the deed takes; None where it takes nothing."""
    if deed.kind == "processing":
        return "meat" if deed.step in _KILLING else None
    if deed.kind == "head_count":
        return "meat" if stated_heads(deed, "slaughtered") else None
    template = case.template(deed)
    if deed.kind == "harvest" and template is not None and template.kind == "animal":
        return template.product or "meat"
    return None


def due_days(case: Case, treated: Deed, drug: str, product: str) -> tuple[int | None, Basis]:
    """The longer one of what the label says of this animal and what the record states; who says so."""
    template = case.template(treated)
    called = template.called if template is not None else ()
    return longer(treated, "withdrawal", case.label(drug).days(called, product))


def _one(case: Case, taken: Deed, treated: Deed, drug: str, product: str) -> Finding:
    name, of = case.called(drug), taken.season or taken.inputs[0].id
    due, basis = due_days(case, treated, drug, product)
    if due is None:
        return _unknown(case, of, [treated, taken], drug)
    days, earliest = (taken.day - treated.day).days, later(treated.day, due)
    return finding(
        RULE, "withdrawal", "pass" if days >= due else "block",
        Said("{days} days after {product} was given (withdrawal {due} days); earliest {day}",
             days=days, product=name, due=due, day=Weekday(earliest)),
        of, [treated, taken], basis=basis, earliest=earliest, required=due, days=days,
    )  # fmt: skip


def _open(case: Case, season: str, treated: Deed, drug: str, product: str) -> Finding:
    due, basis = due_days(case, treated, drug, product)
    if due is None:
        return _unknown(case, season, [treated], drug)
    earliest = later(treated.day, due)
    return finding(
        RULE, "withdrawal", "pass",
        Said("{product}: withdrawal ends {day}", product=case.called(drug), day=Weekday(earliest)),
        season, [treated], basis=basis, earliest=earliest, required=due,
    )  # fmt: skip


def _unknown(case: Case, of: str, deeds: list[Deed], drug: str) -> Finding:
    return finding(
        RULE, "withdrawal", "unknown",
        Said("{product}: the withdrawal period is not stated; not stated is not zero",
             product=case.called(drug)),
        of, deeds,
    )  # fmt: skip


class Herd:
    """Which animals were in which group when: from stocking, moving, splitting and grouping."""

    def __init__(self, case: Case) -> None:
        self._deeds = case.deeds

    def before(self, subjects: list[str], until: str) -> list[Deed]:
        """Treatments that any of these went through up to a time, by the order of time."""
        found: dict[int, Deed] = {}
        seen: dict[str, list[tuple[str, str]]] = {}
        wanted = [(name, "", until) for name in subjects]
        while wanted:
            name, low, high = wanted.pop()
            if any(a <= low and high <= b for a, b in seen.get(name, ())):
                continue
            seen.setdefault(name, []).append((low, high))
            for deed in self._treated.get(name, ()):
                if low <= deed.time <= high:
                    found[id(deed)] = deed
            for group, joined, left in self._groups.get(name, ()):
                if joined <= high and low <= left:
                    wanted.append((group, max(low, joined), min(high, left)))
            for source, when in self._sources.get(name, ()):
                if low <= when <= high:
                    wanted.append((source, "", when))
        return sorted(found.values(), key=lambda deed: (deed.time, deed.index or 0))

    @cached_property
    def _treated(self) -> dict[str, list[Deed]]:
        """Treatments by animal or group: those that name animals count for these alone."""
        found: dict[str, list[Deed]] = {}
        for deed in self._deeds:
            if deed.kind in APPLIED:
                named = [item.id for item in deed.about] or [deed.season or ""]
                for name in named:
                    found.setdefault(name, []).append(deed)
        return found

    @cached_property
    def _groups(self) -> dict[str, list[tuple[str, str, str]]]:
        """Of each animal: (group, joined, left)."""
        moves: dict[tuple[str, str], list[tuple[str, bool]]] = {}
        for deed in self._deeds:
            if deed.kind == "stocking" and deed.season is not None:
                for item in (*deed.inputs, *deed.outputs, *deed.about):
                    moves.setdefault((item.id, deed.season), []).append((deed.time, True))
            elif deed.event.get("type") in ("AggregationEvent", "AssociationEvent") and deed.about:
                joins = deed.event.get("action") != "DELETE"
                for item in deed.about[1:]:
                    moves.setdefault((item.id, deed.about[0].id), []).append((deed.time, joins))
        found: dict[str, list[tuple[str, str, str]]] = {}
        for (animal, group), turns in moves.items():
            joined: str | None = None
            for when, joins in sorted(turns):
                if joins and joined is None:
                    joined = when
                elif not joins and joined is not None:
                    found.setdefault(animal, []).append((group, joined, when))
                    joined = None
            if joined is not None:
                found.setdefault(animal, []).append((group, joined, _LAST))
        return found

    @cached_property
    def _sources(self) -> dict[str, list[tuple[str, str]]]:
        """Of each group or lot: what it was made from, and when; fruits come of their season."""
        found: dict[str, list[tuple[str, str]]] = {}
        for deed in self._deeds:
            made = [item.id for item in deed.outputs]
            if deed.kind in APPLIED or not made:
                made = []
            source = [item.id for item in deed.inputs] if deed.kind == "processing" else []
            source += [deed.season] if deed.season is not None else []
            for name in made:
                found.setdefault(name, []).extend((one, deed.time) for one in source)
            if deed.kind == "stocking" and deed.season is not None:
                found.setdefault(deed.season, []).extend(
                    (item.id, deed.time) for item in deed.inputs
                )
        return found


__all__ = ["Herd", "drugs", "due_days", "withdrawals"]
