"""The table of decision 15 and the table in the code are one; and what follows from it."""

from __future__ import annotations

import pytest
from shared import ROOT

from suyuan.core.roles import (
    POWERS,
    ROLES,
    SCOPES,
    SIGNS_AS,
    PersonRole,
    Power,
    may,
    may_manage,
    scope,
    signs_as,
)


def page_table() -> dict[str, dict[str, str]]:
    """Power → role → reach, as the decision has it."""
    text = (ROOT / "docs/decisions/0015-persons-and-what-they-may-do.md").read_text(
        encoding="utf-8"
    )
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|") and not line.startswith("|---")
    ]
    header, *body = rows
    assert header[0] == "power"
    return {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in body}


def test_the_decision_and_the_code_agree() -> None:
    code = {power: {role: SCOPES[power].get(role, "none") for role in ROLES} for power in POWERS}
    assert page_table() == code
    assert set(SCOPES) == set(POWERS)
    assert set(SIGNS_AS) == set(ROLES)


@pytest.mark.parametrize(
    ("roles", "power", "reach"),
    [
        ((), "record", "none"),
        (("member",), "record", "own"),
        (("member", "clerk"), "record", "organisation"),
        (("member",), "members", "none"),
        (("clerk", "administrator"), "members", "all"),
        (("regulator", "clerk"), "see records", "area"),
        (("administrator",), "record", "none"),
    ],
)
def test_the_widest_reach_counts(roles: tuple[PersonRole, ...], power: Power, reach: str) -> None:
    assert scope(roles, power) == reach
    assert may(roles, power) is (reach != "none")


def test_who_holds_several_roles_signs_with_the_least_key() -> None:
    assert signs_as(("administrator", "clerk")) == "recorder"
    assert signs_as(("laboratory",)) == "certifier"
    assert signs_as(("administrator",)) == "administrator"
    assert signs_as(("regulator",)) == "regulator"


@pytest.mark.parametrize(
    ("manager", "managed", "allowed"),
    [
        (("clerk",), ("member",), True),
        (("clerk",), ("member", "clerk"), False),
        (("clerk",), ("administrator",), False),
        (("administrator",), ("administrator", "clerk"), True),
        (("regulator",), ("member",), False),
        (("member",), ("member",), False),
    ],
)
def test_nobody_takes_over_who_may_more(
    manager: tuple[PersonRole, ...], managed: tuple[PersonRole, ...], *, allowed: bool
) -> None:
    assert may_manage(manager, managed) is allowed
