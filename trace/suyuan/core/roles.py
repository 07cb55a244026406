"""What a person may do: the one table that the desk follows, as core/visibility.py is for readers.

The table itself, with reasons, is docs/decisions/0015-persons-and-what-they-may-do.md; a test compares
the two. What the table does not name is not allowed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, get_args

PersonRole = Literal[
    "administrator", "clerk", "member", "dealer", "processor", "laboratory", "regulator"
]
ROLES: tuple[PersonRole, ...] = get_args(PersonRole)

Power = Literal[
    "see records",
    "record",
    "sign and file",
    "plots",
    "seasons",
    "inputs",
    "lots",
    "labels",
    "requests",
    "cases",
    "members",
    "log-ins",
    "reports",
    "override",
    "inspect",
    "tables",
    "settings",
]
POWERS: tuple[Power, ...] = get_args(Power)

Scope = Literal["none", "own", "organisation", "area", "all"]
"""How far a power reaches: the person's own plots and records; those of the organisation; those of all
organisations in the area (a regulator's county, GB/T 2260); everything of the node."""

_WIDTH: Mapping[Scope, int] = {"none": 0, "own": 1, "organisation": 2, "area": 3, "all": 4}

SCOPES: Mapping[Power, Mapping[PersonRole, Scope]] = {
    "see records": {
        "administrator": "all",
        "clerk": "organisation",
        "member": "own",
        "dealer": "organisation",
        "processor": "organisation",
        "laboratory": "organisation",
        "regulator": "area",
    },
    "record": {
        "clerk": "organisation",
        "member": "own",
        "dealer": "organisation",
        "processor": "organisation",
        "laboratory": "organisation",
        "regulator": "organisation",
    },
    "sign and file": {
        "clerk": "organisation",
        "member": "own",
        "dealer": "organisation",
        "processor": "organisation",
        "laboratory": "organisation",
        "regulator": "organisation",
    },
    "plots": {
        "clerk": "organisation",
        "member": "own",
        "regulator": "area",
        "administrator": "all",
    },
    "seasons": {"clerk": "organisation", "member": "own"},
    "inputs": {"clerk": "organisation", "member": "own", "dealer": "organisation"},
    "lots": {"clerk": "organisation", "processor": "organisation"},
    "labels": {"clerk": "organisation", "processor": "organisation"},
    "requests": {
        "administrator": "all",
        "clerk": "organisation",
        "processor": "organisation",
        "laboratory": "organisation",
    },
    "cases": {"clerk": "organisation", "processor": "organisation", "regulator": "area"},
    "members": {"clerk": "organisation", "administrator": "all"},
    "log-ins": {"clerk": "organisation", "administrator": "all"},
    "reports": {
        "clerk": "organisation",
        "member": "own",
        "dealer": "organisation",
        "processor": "organisation",
        "regulator": "area",
        "administrator": "all",
    },
    "override": {"clerk": "organisation"},
    "inspect": {"regulator": "area"},
    "tables": {"administrator": "all"},
    "settings": {"administrator": "all"},
}
"""Power → role → how far; what is not named is none."""

KeyUse = Literal["administrator", "recorder", "certifier", "regulator"]

SIGNS_AS: Mapping[PersonRole, KeyUse] = {
    "administrator": "administrator",
    "clerk": "recorder",
    "member": "recorder",
    "dealer": "recorder",
    "processor": "recorder",
    "laboratory": "certifier",
    "regulator": "regulator",
}
"""Role of a person → with which of the organisation's keys the record is signed (formats.md §4)."""

_SIGNING_ORDER: tuple[PersonRole, ...] = (
    "clerk", "processor", "dealer", "member", "laboratory", "regulator", "administrator",
)  # fmt: skip


def scope(roles: Iterable[PersonRole], power: Power) -> Scope:
    """The widest reach of a power that any of these roles gives."""
    reaches: list[Scope] = [SCOPES[power].get(role, "none") for role in roles]
    return max(reaches, key=_WIDTH.__getitem__, default="none")


def may(roles: Iterable[PersonRole], power: Power) -> bool:
    """Whether any of these roles gives the power at all."""
    return scope(roles, power) != "none"


def signs_as(roles: Iterable[PersonRole]) -> KeyUse:
    """The least of the keys that these roles sign with: who keeps the books and runs the node too
    records as one who keeps the books."""
    held = set(roles)
    return next((SIGNS_AS[role] for role in _SIGNING_ORDER if role in held), "recorder")


def may_manage(manager: Iterable[PersonRole], roles: Iterable[PersonRole]) -> bool:
    """Whether a log-in of these roles may be given, reset or taken away by who has ``manager``.

    An administrator may for everybody. A clerk may for those who have no power beyond a member's: who
    could reset an administrator's password would be one.
    """
    held = set(manager)
    return "administrator" in held or ("clerk" in held and set(roles) <= {"member"})
