"""The navigation: which pages there are, in which order, and who sees which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal

from fastapi import APIRouter

from suyuan.core.roles import Power
from suyuan.flow.actors import Actor
from suyuan.web import desk
from suyuan.web.wording import Wording, word

Name = Literal[
    "today", "record", "plots", "seasons", "inputs", "lots", "labels",
    "requests", "cases", "members", "reports", "sheets", "rules",
    "regulator", "settings",
]  # fmt: skip

TITLES: Mapping[Name, tuple[str, str]] = {
    "today": (word("Today"), "clock"),
    "record": (word("Record"), "pen"),
    "plots": (word("Plots"), "pin"),
    "seasons": (word("Seasons"), "leaf"),
    "inputs": (word("Stock of inputs"), "flask"),
    "lots": (word("Lots"), "tag"),
    "labels": (word("Labels"), "print"),
    "requests": (word("Laboratories"), "flask"),
    "cases": (word("Cases"), "ask"),
    "members": (word("Members"), "person"),
    "reports": (word("Reports"), "book"),
    "sheets": (word("Excel in and out"), "grid"),
    "rules": (word("Tables of rules"), "grid"),
    "regulator": (word("Regulator"), "hall"),
    "settings": (word("Settings"), "gear"),
}
"""Places in the order of the navigation: what each is called, and its sign."""


@dataclass(frozen=True, slots=True)
class Place:
    """A module's entry in the navigation: ``place = Place("plots", "/desk/plots", "plots")``.

    ``power``: who has none of it does not see the entry. Its endpoints ask for it themselves.
    """

    name: Name
    path: str
    power: Power
    aside: Power | None = None
    """Who has this too finds it on another page, and not in a navigation that is long already."""
    also: tuple[str, ...] = ()
    """Further addresses that are part of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry as it is shown."""

    title: str
    path: str
    icon: str
    here: bool


def modules() -> Iterator[object]:
    """Everything in this package, by name."""
    # What catches every other address comes last.
    found_in_order = sorted(
        iter_modules(desk.__path__), key=lambda m: (m.name == "elsewhere", m.name)
    )
    for found in found_in_order:
        yield import_module(f"{desk.__name__}.{found.name}")


@cache
def places() -> tuple[Place, ...]:
    found = [
        one for module in modules() if isinstance(one := getattr(module, "place", None), Place)
    ]
    order = list(TITLES)
    return tuple(sorted(found, key=lambda one: order.index(one.name)))


def routers() -> list[APIRouter]:
    """Of all pages of the desk."""
    return [
        one for module in modules() if isinstance(one := getattr(module, "router", None), APIRouter)
    ]


def entries(actor: Actor, path: str, words: Wording) -> list[Entry]:
    """What this person sees of the navigation; of who is a regulator alone that page is the first."""
    order = list(places())
    if actor.roles == {"regulator"}:
        order.sort(key=lambda one: one.name != "regulator")
    return [
        Entry(
            words(TITLES[one.name][0]),
            one.path,
            TITLES[one.name][1],
            any(path == at or path.startswith(f"{at}/") for at in (one.path, *one.also)),
        )
        for one in order
        if actor.may(one.power) and not (one.aside and actor.may(one.aside))
    ]
