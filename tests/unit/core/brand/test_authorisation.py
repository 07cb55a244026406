"""Who may take which step of a right to a brand, and when it holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from suyuan.core.brand.authorisation import (
    STATES,
    Authorisation,
    State,
    Step,
    Terms,
    check_step,
    parse_authorisation,
)
from suyuan.core.errors import Conflict, Forbidden, Malformed

US, OWNER, THEM = "https://x.example/us", "https://x.example/owner", "https://x.example/them"
TERMS = Terms(
    "https://x.example/b", US, "https://x.example/p", date(2026, 3, 1), date(2026, 12, 31)
)


def steps(*states: State) -> list[Step]:
    return [Step(place, state, TERMS, US, f"2026-0{place + 3}-10T04:00:00.000Z", "")
            for place, state in enumerate(states)]  # fmt: skip


ALLOWED = {
    (None, "applied", US), ("applied", "granted", OWNER), ("applied", "withdrawn", OWNER),
    ("applied", "withdrawn", US), ("granted", "granted", OWNER), ("granted", "suspended", OWNER),
    ("granted", "withdrawn", OWNER), ("suspended", "granted", OWNER),
    ("suspended", "withdrawn", OWNER),
}  # fmt: skip


@pytest.mark.parametrize("before", [None, *STATES])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("signer", [US, OWNER, THEM])
def test_every_step_is_allowed_or_refused(before: Any, state: State, signer: str) -> None:
    known = steps(before) if before else []
    if (before, state, signer) in ALLOWED:
        check_step(known, state, TERMS, signer=signer, owner=OWNER)
        return
    with pytest.raises((Conflict, Forbidden)):
        check_step(known, state, TERMS, signer=signer, owner=OWNER)


def test_it_stays_of_its_brand_product_and_applicant() -> None:
    for other in (replace(TERMS, brand=THEM), replace(TERMS, product=THEM)):
        with pytest.raises(Conflict, match="stays one of"):
            check_step(steps("applied"), "granted", other, signer=OWNER, owner=OWNER)


@pytest.mark.parametrize(
    ("states", "day", "standing"),
    [(("applied",), date(2026, 5, 1), "applied"), (("applied", "granted"), date(2026, 5, 1), "granted"),
     (("applied", "granted"), date(2026, 2, 1), "early"),
     (("applied", "granted"), date(2027, 1, 1), "expired"),
     (("applied", "granted", "suspended"), date(2026, 5, 1), "suspended")],
)  # fmt: skip
def test_how_it_stands_on_a_day(states: tuple[State, ...], day: date, standing: str) -> None:
    assert Authorisation("a", tuple(steps(*states))).standing(day) == standing


def test_what_was_granted_before_a_suspension_stays_granted() -> None:
    found = Authorisation("a", tuple(steps("applied", "granted", "suspended", "granted")))
    assert [(first, last) for first, last, _ in found.spans()] == [
        (date(2026, 3, 1), date(2026, 5, 10)), (date(2026, 6, 10), date(2026, 12, 31)),
    ]  # fmt: skip


def test_a_suspension_after_midnight_is_of_its_own_day() -> None:
    """At 02:00 on 11 May in China it is 10 May in UTC."""
    early = [replace(one, time=one.time.replace("-10T04:00", "-10T18:00")) for one in
             steps("applied", "granted", "suspended", "granted")]  # fmt: skip
    assert [(first, last) for first, last, _ in Authorisation("a", tuple(early)).spans()] == [
        (date(2026, 3, 1), date(2026, 5, 11)), (date(2026, 6, 11), date(2026, 12, 31)),
    ]  # fmt: skip


def test_it_is_read_as_it_was_written() -> None:
    whole = replace(
        TERMS, area={"value": 12, "unit": "亩"}, plots=(US,), volume={"value": 1, "uom": "KGM"}
    )
    assert parse_authorisation(whole.as_json("granted")) == ("granted", whole)


@pytest.mark.parametrize(
    ("member", "value"),
    [("state", "x"), ("brand", 5), ("product", "no uri"), ("from", "2026"), ("to", "2026-01-01"),
     ("area", {"value": -1, "unit": "亩"}), ("area", {"value": 1}),
     ("volume", {"value": 0, "uom": "KGM"}), ("area", {"value": float("nan"), "unit": "亩"}),
     ("volume", {"value": float("inf"), "uom": "KGM"}),
     ("plots", ["no uri"]), ("template", "tea"), ("more", 1)],
)  # fmt: skip
def test_what_is_wrong_is_named(member: str, value: Any) -> None:
    with pytest.raises(Malformed) as refused:
        parse_authorisation({**TERMS.as_json("applied"), member: value})
    assert member == "more" or refused.value.path.endswith(f"/{member}")
