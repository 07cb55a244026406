"""All rules at once: of what was done, of what is about to be filed, and of a lot before it goes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from suyuan.core.rules.balance import balances
from suyuan.core.rules.bans import bans, bans_of_drafts
from suyuan.core.rules.case import Behind, Case
from suyuan.core.rules.cold_chain import cold_chains
from suyuan.core.rules.finding import Finding, in_order
from suyuan.core.rules.heads import head_counts
from suyuan.core.rules.intervals import intervals
from suyuan.core.rules.lateness import lateness, lateness_of_drafts
from suyuan.core.rules.left import left
from suyuan.core.rules.market import market
from suyuan.core.rules.mass import masses
from suyuan.core.rules.origin import origins
from suyuan.core.rules.quotas import quotas
from suyuan.core.rules.release import release, stops
from suyuan.core.rules.residues import residues
from suyuan.core.rules.withdrawal import withdrawals
from suyuan.core.rules.yields import yields
from suyuan.core.story_values import Said

Rule = Callable[[Case], Iterator[Finding]]

RULES: Mapping[int, tuple[Rule, ...]] = MappingProxyType(
    {
        1: (intervals, withdrawals),
        2: (bans,),
        3: (residues,),
        4: (quotas,),
        5: (balances,),
        6: (yields,),
        7: (masses,),
        8: (head_counts,),
        9: (left,),
        10: (origins,),
        11: (lateness,),
        12: (cold_chains,),
    }
)
"""By number in design/domain.md; rule 9 is asked of a lot (``release``), and here of what left."""
_OF_DRAFTS: Mapping[int, tuple[Rule, ...]] = MappingProxyType(
    {2: (bans_of_drafts,), 11: (lateness_of_drafts,)}
)
"""Asked instead before saving: what is said of each deed by itself was said of the others."""

TITLES: Mapping[int, Said] = MappingProxyType(
    {
        1: Said("Intervals before harvest and slaughter"),
        2: Said("Bans"),
        3: Said("Residue limits"),
        4: Said("Quotas"),
        5: Said("Balance of inputs"),
        6: Said("Yield and codes"),
        7: Said("Mass balance"),
        8: Said("Head count"),
        9: Said("Release"),
        10: Said("Geographical indication"),
        11: Said("Late entries"),
        12: Said("Cold chain"),
    }
)


def judge(case: Case, rules: Iterable[int] = RULES) -> tuple[Finding, ...]:
    """Every finding of these rules, the worst first."""
    return in_order(one for rule in rules for question in RULES[rule] for one in question(case))


MEASURED = 3
"""The rule whose findings rest on what a laboratory found: nothing that anybody could leave undone."""


def title_of(name: object) -> Said | None:
    """What the rule of a finding (``1/interval``) is called; None where there is no such rule."""
    number = str(name).partition("/")[0]
    return TITLES.get(int(number)) if number.isdecimal() and len(number) < 4 else None


def before_saving(case: Case, rules: Iterable[int] = RULES) -> tuple[Finding, ...]:
    """What the drafts among the deeds bring about: findings that rest on one of them.

    A failed test is a fact. It blocks the release of its lot (rule 9), never its own recording.
    """
    asked = (ask for rule in rules for ask in _OF_DRAFTS.get(rule, RULES[rule]))
    return in_order(_as_fact(one) for ask in asked for one in ask(case) if one.drafts)


def _as_fact(found: Finding) -> Finding:
    if found.rule != MEASURED or found.verdict != "block":
        return found
    text = Said("{finding}; this can be recorded, and blocks the release", finding=found.text)
    return replace(found, verdict="warn", text=text)


def before_release(case: Case, lot: str) -> tuple[Finding, ...]:
    """What stands for and against releasing a lot today."""
    return in_order([*release(case, lot), *_left(case, lot)])


def before_leaving(case: Case, thing: str) -> tuple[Finding, ...]:
    """What stands for and against letting a thing go: each lot in it is asked by itself, and what it
    lies in for holds."""
    lots = case.lots_in(thing)
    found = [one for lot in lots for one in release(case, lot)]
    if thing not in lots:
        found += stops(case, thing, Behind(case.goods(thing).difference(lots), ()))
    return in_order(found)


def before_market(case: Case, lot: str) -> tuple[Finding, ...]:
    """What stands for and against letting a lot into a market today."""
    return in_order([*market(case, lot), *_left(case, lot)])


def _left(case: Case, lot: str) -> list[Finding]:
    """What of the lot itself went out in spite of a hold, also within something else."""
    return [one for one in left(case) if one.of == lot or lot in case.goods(one.of)]


__all__ = [
    "RULES", "TITLES", "before_leaving", "before_market", "before_release", "before_saving", "judge",
    "title_of",
]  # fmt: skip
