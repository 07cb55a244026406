"""Rule 8: head count. Born + in = out + slaughtered + dead + present; moving needs a quarantine number.

动物防疫法 (2021), article 49: animals are quarantined before they are sold or carried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from suyuan.core.farm.deed import Deed
from suyuan.core.rules.amounts import heads
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Basis, Finding, finding
from suyuan.core.rules.tables import decimal_of
from suyuan.core.story_values import Names, Said, text_of

RULE = 8
QUARANTINE = Basis(
    Names("动物防疫法（2021年）第四十九条", "Animal Epidemic Prevention Law (2021), article 49")
)
_KILLING = frozenset({"killing", "slaughtering"})
_CAME = ("born", "in")
_WENT = ("out", "slaughtered", "dead")


def head_counts(case: Case) -> Iterator[Finding]:
    """Every group of animals at each count, every movement, every death."""
    for season, deeds in case.seasons.items():
        template = case.templates.get(season)
        if template is not None and template.kind == "animal":
            yield from _group(case, season, deeds)
    for deed in case.deeds:
        if _moves_animals(case, deed):
            yield _quarantined(case, deed)


def on_the_books(case: Case, season: str, until: str) -> Decimal:
    """Animals that should be there: all that came, less all that went, up to a time (UTC).

    A group of which nothing is recorded before its first count begins with what was counted.
    """
    here = Decimal(0)
    begins = begun_by(case, season)
    for deed in case.deeds:
        if deed.time > until:
            break
        if deed is begins:
            # Those that it says died were there too, but not when it was counted.
            here += (_present(deed) or Decimal(0)) + sum(stated_heads(deed, name) for name in _WENT)
        if deed.season == season:
            if deed.kind == "stocking":
                here += heads(deed.inputs) or heads(deed.outputs)
            for name in _CAME:
                here += stated_heads(deed, name)
            for name in _WENT:
                here -= stated_heads(deed, name)
        here -= _taken(deed, season)
    return here


def begun_by(case: Case, season: str) -> Deed | None:
    """The count with which a group begins: there when the books were opened, neither brought in nor
    born by any record before it. None where it begins by another."""
    for deed in case.deeds:
        if _taken(deed, season):
            return None
        if deed.season != season:
            continue
        if deed.kind == "stocking" or any(stated_heads(deed, name) for name in _CAME):
            return None
        if deed.kind == "head_count" and _present(deed):
            return deed
        if any(stated_heads(deed, name) for name in _WENT):
            return None
    return None


def _present(deed: Deed) -> Decimal | None:
    given = deed.stated.get("heads")
    return decimal_of(given.get("present")) if isinstance(given, Mapping) else None


def _taken(deed: Deed, season: str) -> Decimal:
    """Animals of a group that went by another kind of record: slaughtered, sent off, destroyed."""
    if deed.kind == "processing" and deed.step in _KILLING:
        mine = [item for item in deed.inputs if item.id == season]
        if deed.season == season:
            mine = mine or list(deed.inputs)
        return heads(mine)
    if deed.kind in ("shipping", "selling", "destroying"):
        return heads(item for item in deed.about if item.id == season)
    return Decimal(0)


def _group(case: Case, season: str, deeds: tuple[Deed, ...]) -> Iterator[Finding]:
    begins = begun_by(case, season)
    for deed in deeds:
        counted = _present(deed)
        if deed is begins and counted is not None:
            yield finding(
                RULE, "count", "pass",
                Said("{counted} animals counted, with which this group begins", counted=counted),
                season, [deed], counted=counted, due=counted,
            )  # fmt: skip
        elif deed.kind == "head_count" and counted is not None:
            due = on_the_books(case, season, deed.time)
            yield finding(
                RULE, "count", "pass" if counted == due else "warn",
                Said("{counted} animals counted, as on the books", counted=counted) if counted == due
                else Said("{counted} animals counted, {due} on the books", counted=counted, due=due),
                season, [one for one in deeds if one.time <= deed.time], counted=counted, due=due,
            )  # fmt: skip
        dead, disposed = stated_heads(deed, "dead"), stated_heads(deed, "disposed")
        if dead > disposed:
            yield finding(
                RULE, "disposal", "warn",
                Said("{dead} animals died, {disposed} are recorded as disposed of",
                     dead=dead, disposed=disposed),
                season, [deed],
            )  # fmt: skip
    left = on_the_books(case, season, "9999")
    if left < 0:
        yield finding(
            RULE, "count", "block",
            Said("{more} more animals left this group than ever came into it", more=-left),
            season, deeds, due=left,
        )  # fmt: skip


def _moves_animals(case: Case, deed: Deed) -> bool:
    if deed.kind in ("shipping", "receiving", "selling"):
        return (
            any(
                (template := case.templates.get(item.id)) is not None and template.kind == "animal"
                for item in deed.about
            )
            or "earTags" in deed.stated
        )
    if deed.kind == "stocking":
        # Who says of whom they were bought says that they were.
        return deed.stated.get("animalsFrom") != "own" or "seller" in deed.stated
    return deed.kind == "head_count" and bool(stated_heads(deed, "out") or stated_heads(deed, "in"))


def _quarantined(case: Case, deed: Deed) -> Finding:
    of = deed.season or (deed.about[0].id if deed.about else "")
    number = text_of(deed.stated.get("quarantineCertificate"))
    if number is None:
        text = Said("animals moved without the number of a quarantine certificate")
        return finding(RULE, "quarantine", "block", text, of, [deed], basis=QUARANTINE)
    text = Said("quarantine certificate {number}", number=number)
    return finding(RULE, "quarantine", "pass", text, of, [deed], basis=QUARANTINE)


def stated_heads(deed: Deed, name: str) -> Decimal:
    """Heads that a record states under a name of ``suyuan:heads``; 0 where it states none."""
    given = deed.stated.get("heads")
    found = decimal_of(given.get(name)) if isinstance(given, Mapping) else None
    return found if found is not None else Decimal(0)


__all__ = ["begun_by", "head_counts", "on_the_books", "stated_heads"]
