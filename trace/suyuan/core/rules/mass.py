"""Rule 7: mass balance. What came out of a step is at most what went in times the step's ratio; and no
more was taken out of a lot than it held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from suyuan.core.farm.deed import Amount, Deed
from suyuan.core.rules.amounts import in_base, mass
from suyuan.core.rules.case import Case
from suyuan.core.rules.finding import Finding, finding
from suyuan.core.rules.template import Figure
from suyuan.core.story_values import Quantity, Said

RULE = 7


def masses(case: Case) -> Iterator[Finding]:
    """Every processing and packing, and every lot that something was taken from."""
    for deed in case.deeds:
        if deed.kind in ("processing", "packing") and deed.inputs and deed.outputs:
            yield _step(case, deed)
    yield from _drawn(case)


def _step(case: Case, deed: Deed) -> Finding:
    of = deed.outputs[0].id
    put_in, got = mass(case, deed.inputs), mass(case, deed.outputs)
    if put_in is None or got is None:
        text = Said("what went in or what came out has no mass, so they cannot be compared")
        return finding(RULE, "balance", "unknown", text, of, [deed])
    ratio = _ratio(case, deed)
    most = put_in * ratio.value if ratio is not None else put_in
    known = ratio is not None or deed.step in ("packing", "splitting", "blending", "grading")
    params = {"put": _kg(put_in), "got": _kg(got), "most": _kg(most)}
    if got > most:
        text = Said("{put} went in and {got} came out; at most {most} is to be expected", **params)
    elif known:
        text = Said("{put} went in, {got} came out (at most {most})", **params)
    else:
        text = Said("{put} went in, {got} came out; the ratio of this step is not stated", **params)
    return finding(
        RULE, "balance", "block" if got > most else "pass" if known else "unknown", text, of, [deed],
        basis=ratio.basis if ratio is not None else None, put=put_in, got=got, most=most,
    )  # fmt: skip


def _ratio(case: Case, deed: Deed) -> Figure | None:
    """The step's ratio in the templates that the lot's seasons were made under: the greatest one."""
    if deed.kind == "packing":
        return None
    own = case.template(deed)
    templates = [own] if own is not None else list(dict.fromkeys(case.templates.values()))
    found = [template.ratios.get(deed.step) for template in templates]
    return max((one for one in found if one is not None), key=lambda one: one.value, default=None)


def _drawn(case: Case) -> Iterator[Finding]:
    """Lots of whose making we know: what went into other steps, against what was made."""
    using: dict[str, dict[int, Deed]] = {}
    for deed in case.deeds:
        for item in deed.inputs:
            using.setdefault(item.id, {})[id(deed)] = deed
    for lot, makers in case.makers.items():
        users = list(using.get(lot, {}).values())
        others = case.used.get(lot, ())
        made = _total(makers, lot, outputs=True)
        used = _total(users, lot, others, outputs=False)
        if (users or others) and made is not None and used is not None and made[1] == used[1]:
            over = used[0] > made[0]
            yield finding(
                RULE, "drawn", "block" if over else "pass",
                Said("{used} of {lot} was used, {made} was made", used=Quantity(float(used[0]), used[1]),
                     lot=case.called(lot), made=Quantity(float(made[0]), made[1])),
                lot, [*makers, *users], used=used[0], made=made[0],
            )  # fmt: skip


def _total(
    deeds: Sequence[Deed], lot: str, others: Sequence[Amount | None] = (), *, outputs: bool
) -> tuple[Decimal, str] | None:
    """Sum of a lot's amounts in one base unit; None where one is missing or of another dimension."""
    found = [
        in_base(item.amount)
        for deed in deeds
        for item in (deed.outputs if outputs else deed.inputs)
        if item.id == lot
    ]
    found += [in_base(amount) for amount in others]
    if any(one is None for one in found):
        return None
    amounts = [one for one in found if one is not None]
    if len({unit for _, unit in amounts}) != 1:
        return None
    return sum((value for value, _ in amounts), Decimal(0)), amounts[0][1]


def _kg(value: Decimal) -> Quantity:
    return Quantity(round(float(value), 3), "KGM")


__all__ = ["masses"]
