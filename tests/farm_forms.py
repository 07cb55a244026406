"""Forms filled in at random, as hypothesis strategies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from suyuan.core.farm.fill import Ground
from suyuan.core.farm.form import Field, Form
from suyuan.core.farm.forms import FORMS

BASE = "https://node.example/"
TODAY = date(2026, 9, 17)
PLOTS = {f"{BASE}plot/{n}": f"{BASE}plot/{n}" for n in range(4)} | {"石桥湾": f"{BASE}plot/1"}
SEASONS = {f"{BASE}season/{n}": f"{BASE}season/{n}" for n in range(3)}
LOTS = [f"https://id.gs1.org/01/09521234000044/10/LOT-{n}" for n in range(5)]
PACKS = [f"https://id.gs1.org/01/09521234000068/21/S{n}" for n in range(5)]
GROUND = Ground(TODAY, BASE, PLOTS, SEASONS)
MORNING = replace(GROUND, clock="09:30")

_NUMBERS = st.decimals(min_value="0.01", max_value="99", places=2)
_WORDS = st.text(
    st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12
)


def _items(one: Field) -> st.SearchStrategy[Any]:
    amount = st.tuples(_NUMBERS, st.sampled_from(one.units)).map(lambda p: f"{p[0]:f} {p[1]}")
    # What goes in and what comes out are different lots, and so are named packs.
    names = LOTS[:2] if one.at in ("outputs", "children") else LOTS[2:]
    return st.lists(
        st.fixed_dictionaries({"item": st.sampled_from(names), "amount": amount}),
        min_size=1,
        max_size=2,
        unique_by=lambda row: row["item"],
    )


def values(one: Field) -> st.SearchStrategy[Any]:
    """Something that may stand in a field."""
    if one.type == "day":
        days = st.integers(0, 3000).map(lambda n: TODAY - timedelta(days=n))
        return days.map(lambda d: d.isoformat())
    if one.type == "items":
        return _items(one)
    if one.type == "things":
        single = one.at in ("parent", "children")
        names = st.sampled_from(PACKS if single else [*LOTS, *PACKS, *SEASONS])
        return st.lists(names, min_size=1, max_size=3 if one.many else 1, unique=True)
    if one.type == "choice":
        return st.sampled_from(sorted(one.choices))
    if one.type in ("area", "amount"):
        unit = st.sampled_from(one.units)
        return st.tuples(_NUMBERS, unit).map(lambda p: f"{p[0]:f}{p[1]}")
    return {
        "time": st.times().filter(lambda t: (t.hour, t.minute) != (0, 0)).map(lambda t: f"{t:%H:%M}"),
        "season": st.sampled_from(sorted(SEASONS)),
        "plots": st.lists(
            st.sampled_from(sorted(PLOTS)), min_size=1, max_size=3, unique_by=lambda p: PLOTS[p]
        ),
        "number": _NUMBERS.map(str),
        "count": st.integers(0, 99).map(str),
        "money": _NUMBERS.map(lambda n: f"¥{n}"),
        "text": _WORDS,
        "texts": st.lists(_WORDS, min_size=1, max_size=3, unique=True),
        "place": st.sampled_from([*PLOTS, "https://id.gs1.org/414/9521234000082"]),
        "party": st.just(f"{BASE}org/market"),
        "uris": st.lists(st.just("https://certifier.example/1"), min_size=1, max_size=1),
    }[one.type]  # fmt: skip


@st.composite
def filled(draw: st.DrawFn, form: Form) -> dict[str, Any]:
    """A form with all that it requires, and some of the rest."""
    return {
        one.name: draw(values(one))
        for one in form.fields
        if one.required or one.name in form.any_of[:1] or draw(st.booleans())
    }


def forms() -> st.SearchStrategy[tuple[Form, dict[str, Any]]]:
    """Any form, filled in."""
    return st.sampled_from(sorted(FORMS)).flatmap(
        lambda name: st.tuples(st.just(FORMS[name]), filled(FORMS[name]))
    )
