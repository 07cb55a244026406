"""A certificate as an event and back; its number, its code, and what is shown of a contact."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.certificate import (
    Certificate,
    Text,
    code_of,
    event_id,
    gaps,
    issue_event,
    masked,
    number_of,
    read_issued,
    void_event,
    voids,
)
from suyuan.core.farm.deed import Amount
from suyuan.core.serials import ALPHABET
from suyuan.core.story_steps import COMPLIANCE
from suyuan.core.story_values import Names
from suyuan.flow.drafts import check_events

BASE = "https://node.example/"
LOT = "https://id.gs1.org/01/09521234000044/10/L1"
CODE = "0123456789AB"
TEXT = Text(
    "未使用禁用农药。", "已收取合格证。", ("质量安全控制符合要求", "自行检测合格"),
    Names("农业农村部令2025年第4号", "MARA Order 2025 No. 4"), "2026-11-26", 6,
    producer_en="No banned pesticides.", ticks_en=("Control",),
)  # fmt: skip
ONE = Certificate(
    CODE, "2026-000001", LOT, "茶青", Amount(Decimal(250), "KGM", "500 斤"), "大山村",
    date(2026, 9, 17), "云岭合作社", "13812345678", shown=False, ticked=("自行检测合格",),
    side="producer",
)  # fmt: skip
TYPED = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=30)


def event_of(one: Certificate) -> dict[str, object]:
    return issue_event(
        one, TEXT, base=BASE, public_url="https://t.example/", when="2026-09-17T08:00:00.000Z",
        person="王会计",
    )  # fmt: skip


def test_it_is_read_back_as_it_was_said() -> None:
    event = event_of(ONE)
    check_events([("", event)])
    assert event["certificationInfo"] == [f"https://t.example/c/{CODE}"]
    assert event["suyuan:phone"] == "13812345678"
    read = read_issued(event)
    assert read is not None
    assert (read.code, read.number, read.lot, read.said) == (CODE, "2026-000001", LOT, "500 斤")
    assert read.ticks == (
        (Names("质量安全控制符合要求", "Control"), False),
        (Names("自行检测合格", "自行检测合格"), True),
    )
    assert read.text == Names("未使用禁用农药。", "No banned pesticides.")
    assert (read.side, read.edition, read.contact) == ("producer", "2026-11-26", "138****5678")


def test_a_public_line_stands_there_whole_and_nowhere_else() -> None:
    event = event_of(replace(ONE, shown=True, contact="0579-87000000"))
    assert "suyuan:phone" not in event
    read = read_issued(event)
    assert read is not None
    assert read.contact == "0579-87000000"


@given(st.builds(
    Certificate, st.text(ALPHABET, min_size=12, max_size=12), st.just("2026-000009"), st.just(LOT),
    TYPED, st.builds(Amount, st.decimals(1, 10**6, places=2), st.just("KGM")), TYPED,
    st.dates(date(2026, 2, 1), date(2030, 1, 1)), TYPED, st.from_regex(r"1\d{10}", fullmatch=True),
    st.booleans(), st.just(TEXT.ticks), st.sampled_from(["producer", "purchaser"]),
))  # fmt: skip
def test_whatever_is_typed_comes_back(one: Certificate) -> None:
    read = read_issued(event_of(one))
    assert read is not None
    assert (read.product, read.origin, read.subject) == (one.product, one.origin, one.subject)
    assert (read.code, read.issued, read.side) == (one.code, one.issued, one.side)
    assert read.quantity is not None
    assert Decimal(repr(read.quantity.amount)) == one.quantity.value
    assert read.text.zh == TEXT.of(one.side)
    assert (read.contact == one.contact) == one.shown


def test_a_void_names_what_it_takes_back() -> None:
    read = read_issued(event_of(ONE))
    assert read is not None
    event = void_event(
        read, base=BASE, when="2026-09-18T08:00:00.000Z", person="王会计", reason="写错了"
    )
    check_events([("", event)])
    assert voids(event) == event_id(BASE, CODE)
    assert read_issued(event) is None
    assert voids(event_of(ONE)) is None


@pytest.mark.parametrize(
    "event",
    [{}, {"eventID": "urn:x:1", "suyuan:certificate": 5}, {"suyuan:certificate": {"type": COMPLIANCE}},
     {"eventID": "urn:x:1", "suyuan:certificate": {"type": "有机"}},
     {**event_of(ONE), "errorDeclaration": {}}],
)  # fmt: skip
def test_other_events_are_no_certificates(event: dict[str, object]) -> None:
    assert read_issued(event) is None


def test_members_of_another_shape_are_not_there() -> None:
    odd = {
        "type": COMPLIANCE,
        "ticks": [5, {"text": 7}],
        "quantity": "much",
        "issued": "soon",
        "source": 3,
    }
    read = read_issued({"eventID": f"{BASE}certificate/{CODE}", "suyuan:certificate": odd})
    assert read is not None
    assert (read.ticks, read.quantity, read.issued, read.source, read.lot) == (
        (),
        None,
        None,
        None,
        "",
    )


@pytest.mark.parametrize(
    ("typed", "code"),
    [(CODE, CODE), (f"https://t.example/c/{CODE}", CODE), (f"HTTPS://T.EXAMPLE/C/{CODE}", CODE),
     (f" {CODE.lower()} ", CODE), ("0123-4567-89ab", CODE), ("O1234567B9AI", "01234567B9A1"),
     ("", None), ("0123", None), (LOT, None)],
)  # fmt: skip
def test_a_code_is_found_in_what_is_typed(typed: str, code: str | None) -> None:
    assert code_of(typed) == code


@given(st.from_regex(r"1\d{10}|0\d{2,3}-\d{7,8}|\d{7,8}", fullmatch=True))
def test_a_masked_number_keeps_its_length_and_never_all_of_it(number: str) -> None:
    shown = masked(number)
    assert len(shown) == len(number)
    assert shown.count("*") >= 1
    assert all(one in (other, "*") for one, other in zip(shown, number, strict=True))


def test_what_is_masked_of_usual_numbers() -> None:
    assert masked("13812345678") == "138****5678"
    assert masked("12") == "**"


def test_gaps_are_told_by_year() -> None:
    assert number_of(2026, 17) == "2026-000017"
    assert gaps(["2026-000001", "2026-000004", "2027-000001", "odd"]) == [
        "2026-000002", "2026-000003",
    ]  # fmt: skip
    assert gaps([]) == []
