"""Rule 1 for crops: 安全间隔期, times a season and gap between applications, per product and crop.

农产品质量安全法 (2022), article 29, asks farmers to keep the interval; the figures are the label's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise

from suyuan.core.farm.deed import Deed
from suyuan.core.identifiers import product_of
from suyuan.core.rules.case import Case, stated_days
from suyuan.core.rules.finding import Basis, Finding, finding
from suyuan.core.rules.template import Template
from suyuan.core.story_values import Names, Said, Weekday, names_of

RULE = 1
LABEL = Basis(Names("产品标签", "product label"))
_NO_INTERVAL = frozenset({"fertiliser", "seed", "feed", "film", "other", "veterinary", "vaccine"})


def intervals(case: Case) -> Iterator[Finding]:
    """Every application of every season of a crop, and what it allows."""
    for season, deeds in case.seasons.items():
        template = case.templates.get(season)
        if template is not None and template.kind == "animal":
            continue
        harvests = [deed for deed in deeds if deed.kind == "harvest"]
        for product, applied in _applications(case, deeds).items():
            yield from _product(case, season, template, product, applied, harvests)


def is_pesticide(case: Case, deed: Deed, product: str) -> bool | None:
    """Whether an interval is due: by the label, the form, or what the record states. None: unknown."""
    kind = case.label(product).kind
    if kind is not None:
        return kind not in _NO_INTERVAL
    if deed.form is not None:
        return deed.form == "spraying"
    return True if "preHarvestInterval" in deed.stated else None


def _applications(case: Case, deeds: Sequence[Deed]) -> dict[str, list[Deed]]:
    found: dict[str, list[Deed]] = {}
    for deed in deeds:
        if deed.kind == "applying":
            for product in dict.fromkeys(product_of(i.id) or i.id for i in deed.inputs):
                if is_pesticide(case, deed, product) is not False:
                    found.setdefault(product, []).append(deed)
    return found


def _product(
    case: Case,
    season: str,
    template: Template | None,
    product: str,
    applied: list[Deed],
    harvests: list[Deed],
) -> Iterator[Finding]:
    name = case.called(product)
    use = case.label(product).use(template.called) if template is not None else None
    for deed in applied:
        due, basis = longer(
            deed, "preHarvestInterval", use.pre_harvest if use is not None else None
        )
        if due is None:
            yield finding(
                RULE, "interval", "unknown",
                Said("{product}: the days before harvest are not stated; not stated is not zero",
                     product=name),
                season, [deed],
            )  # fmt: skip
        else:
            yield from _one(season, name, deed, harvests, due, basis)
    if use is not None and use.most is not None:
        yield from _times(season, name, applied, use.most)
    if use is not None and use.gap is not None:
        yield from _gaps(season, name, applied, use.gap)


def longer(deed: Deed, member: str, of_label: int | None) -> tuple[int | None, Basis]:
    """The longer one of what the label says and what the record states, and which of them it is."""
    stated, given = stated_days(deed, member), deed.stated.get(member)
    if stated is None or (of_label is not None and stated <= of_label):
        return of_label, LABEL
    source = names_of(given.get("source")) if isinstance(given, Mapping) else None
    return stated, Basis(source or Names("记录所写", "as the record states"))


def _one(
    season: str, name: Names, deed: Deed, harvests: list[Deed], due: int, basis: Basis
) -> Iterator[Finding]:
    """The application against the first harvest that comes after it on any of its plots, and against
    every later one that comes too early as well: what one override lets pass lets no other pass."""
    earliest = later(deed.day, due)
    reaped = [one for one in harvests if one.day >= deed.day and _same_plots(deed, one)]
    if not reaped:
        yield finding(
            RULE, "interval", "pass",
            Said("{product}: earliest harvest {day}", product=name, day=Weekday(earliest)),
            season, [deed], basis=basis, earliest=earliest, required=due,
        )  # fmt: skip
        return
    first = min(reaped, key=lambda one: one.day)
    for reaping in reaped:
        days = (reaping.day - deed.day).days
        if reaping is first or days < due:
            yield finding(
                RULE, "interval", "pass" if days >= due else "block",
                Said("harvested {days} days after {product} was applied (at least {due}); "
                     "earliest {day}", days=days, product=name, due=due, day=Weekday(earliest)),
                season, [deed, reaping], basis=basis, earliest=earliest, required=due, days=days,
            )  # fmt: skip


def _same_plots(applied: Deed, harvest: Deed) -> bool:
    """Unless both name their plots and share none, the harvest may be of a sprayed plot.

    A harvest's readPoint alone is where the picking began, not all of it.
    """
    if not applied.plots or "suyuan:plots" not in harvest.event:
        return True
    return not set(applied.plots).isdisjoint(harvest.plots)


def _by_plot(applied: list[Deed]) -> dict[str, dict[date, Deed]]:
    """Per plot, one application a day: several tanks of a day are one round."""
    found: dict[str, dict[date, Deed]] = {}
    for deed in applied:
        for plot in deed.plots or ("",):
            found.setdefault(plot, {}).setdefault(deed.day, deed)
    return found


def _times(season: str, name: Names, applied: list[Deed], most: int) -> Iterator[Finding]:
    rounds = max(_by_plot(applied).values(), key=len)
    yield finding(
        RULE, "times", "pass" if len(rounds) <= most else "block",
        Said("{product}: applied {times} times this season (at most {most})",
             product=name, times=len(rounds), most=most),
        season, rounds.values(), basis=LABEL, times=len(rounds), most=most,
    )  # fmt: skip


def _gaps(season: str, name: Names, applied: list[Deed], gap: int) -> Iterator[Finding]:
    shortest: tuple[int, Deed, Deed] | None = None
    for rounds in _by_plot(applied).values():
        days = sorted(rounds)
        for before, after in pairwise(days):
            between = (after - before).days
            if shortest is None or between < shortest[0]:
                shortest = between, rounds[before], rounds[after]
    if shortest is not None:
        between, first, second = shortest
        yield finding(
            RULE, "gap", "pass" if between >= gap else "block",
            Said("{product}: {days} days between two applications (at least {gap}); earliest {day}",
                 product=name, days=between, gap=gap, day=Weekday(later(first.day, gap))),
            season, [first, second], basis=LABEL, days=between, earliest=later(first.day, gap),
        )  # fmt: skip


def later(day: date, days: int) -> date:
    """A day that many days on; the calendar's last one where it ends before."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max


__all__ = ["LABEL", "intervals", "is_pesticide", "later", "longer"]
