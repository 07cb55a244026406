"""Rule 2: banned ingredients, by crop and by the day of use; highly toxic ones on food crops."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from suyuan.core.farm.deed import Deed
from suyuan.core.identifiers import product_of
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.rules.intervals import is_pesticide
from suyuan.core.rules.product import Label
from suyuan.core.rules.tables import Row, plain
from suyuan.core.story_values import Said, text_of

RULE = 2
EVERY_CROP = "*"


def bans(case: Case) -> Iterator[Finding]:
    """Every application, and what of it is bought while it is banned for everything."""
    return _bans(case, case.deeds)


def bans_of_drafts(case: Case) -> Iterator[Finding]:
    """What is not filed yet alone: a ban speaks of each deed by itself."""
    return _bans(case, [deed for deed in case.deeds if deed.index is None])


def _bans(case: Case, deeds: Iterable[Deed]) -> Iterator[Finding]:
    for deed in deeds:
        if deed.kind not in ("applying", "purchase", "sale_of_input"):
            continue
        things = deed.inputs if deed.kind == "applying" else deed.about
        for product in dict.fromkeys(product_of(item.id) or item.id for item in things):
            if deed.kind == "applying":
                yield from _applied(case, deed, product)
            else:
                yield from _traded(case, deed, product)


def _applied(case: Case, deed: Deed, product: str) -> Iterator[Finding]:
    if is_pesticide(case, deed, product) is False:
        return
    label, of = case.label(product), deed.season or product
    template = case.template(deed)
    crop = template.called if template is not None else None
    hit = label.ingredients is None
    if hit:
        yield finding(
            RULE, "ban", "unknown",
            Said("{product}: its ingredients are not stated", product=case.called(product)),
            of, [deed],
        )  # fmt: skip
    for row in case.tables.on("bans", deed.day):
        scope = row.texts("crops")
        if not _names(row, label):
            here = crop is None or EVERY_CROP in scope or set(scope).intersection(crop)
            if here and row.texts("toxicity") and label.toxicity is None and not hit:
                hit = True
                yield finding(
                    RULE, "ban", "unknown",
                    Said("{product}: how toxic it is is not stated; {grades} must not be used here",
                         product=case.called(product), grades=_called(row)),
                    of, [deed], basis=row.basis,
                )  # fmt: skip
            continue
        if EVERY_CROP not in scope and crop is None:
            hit = True
            yield finding(
                RULE, "ban", "unknown",
                Said("{ingredient} may not be used on some crops; the crop is not stated",
                     ingredient=_called(row)),
                of, [deed], basis=row.basis,
            )  # fmt: skip
        elif EVERY_CROP in scope or set(scope).intersection(crop or ()):
            hit = True
            yield _block(case, deed, product, row, of)
    if not hit:
        yield finding(
            RULE, "ban", "pass",
            Said("{product}: no ban that is known here was in force that day",
                 product=case.called(product)),
            of, [deed],
        )  # fmt: skip


def _block(case: Case, deed: Deed, product: str, row: Row, of: str) -> Finding:
    return finding(
        RULE, "ban", "block",
        Said("{product} holds {ingredient}, which must not be used here since {day}",
             product=case.called(product), ingredient=_called(row), day=row.since)
        if row.since is not None
        else Said("{product} holds {ingredient}, which must not be used here",
                  product=case.called(product), ingredient=_called(row)),
        of, [deed], basis=row.basis, ingredient=_called(row),
    )  # fmt: skip


def _traded(case: Case, deed: Deed, product: str) -> Iterator[Finding]:
    label = case.label(product)
    for row in case.tables.on("bans", deed.day):
        if EVERY_CROP in row.texts("crops") and not row.texts("toxicity") and _names(row, label):
            yield finding(
                RULE, "trade", "warn",
                Said("{product} holds {ingredient}, which must not be sold or used since {day}",
                     product=case.called(product), ingredient=_called(row), day=row.since or ""),
                product, [deed], basis=row.basis,
            )  # fmt: skip


def _names(row: Row, label: Label) -> bool:
    """Whether a row speaks of one of the label's ingredients, or of its grade of toxicity.

    Where no ingredients are stated, the name may: a pesticide is called by them (3%克百威颗粒剂).
    One within a longer word is another ingredient (S-氰戊菊酯 is not 氰戊菊酯).
    """
    graded, named = row.texts("toxicity"), (*row.texts("ingredient"), *row.texts("aliases"))
    if graded:
        return label.toxicity is not None and plain(label.toxicity) in graded
    if label.ingredients is not None:
        return any(one in label.ingredients for one in named)
    called = " ".join(map(plain, label.names or ()))
    return any(re.search(rf"(?<![^\W\d_])(?<!-){re.escape(one)}", called) for one in named)


def _called(row: Row) -> str:
    graded = row.values.get("toxicity")
    if isinstance(graded, list):
        return "、".join(str(one) for one in graded)
    return text_of(row.values.get("ingredient")) or ""


__all__ = ["EVERY_CROP", "bans"]
