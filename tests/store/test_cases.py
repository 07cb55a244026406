"""Cases from the public in the store: found once, changed by one, overdue, erased."""

from __future__ import annotations

from dataclasses import replace

import pytest

from suyuan.adapters.sql import Database
from suyuan.core.errors import Conflict
from suyuan.ports.cases import Case, CaseFile, CaseQuery

US = "https://node.example/org/us"
LOT = "https://id.gs1.org/01/09521234000068/10/L-1"


def time(day: int) -> str:
    return f"2026-09-{day:02d}T08:00:00.000Z"


def case(number: str, **more: object) -> Case:
    made = Case(
        number, b"code", number.encode(), US, "990101", LOT, "", "fake", b"sealed", "received", "",
        time(1), time(2), time(8),
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


def test_the_same_form_makes_one_case(sql: Database) -> None:
    store, photo = sql.cases, CaseFile("a", "photo", "image/jpeg", b"\xff\x00")
    assert store.add(case("a"), [photo]) == case("a")
    again = case("b", once=b"a")
    assert store.add(again, [replace(photo, case="b")]) == case("a")
    assert store.get("a") == case("a")
    assert store.get("b") is None
    assert store.file("a", "photo") == photo
    assert store.file("b", "photo") is None
    assert store.files("a") == ["photo"]
    with pytest.raises(Conflict):
        store.add(case("a", once=b"other"), [])


def test_of_two_who_change_a_case_one_has_to_look_again(sql: Database) -> None:
    store = sql.cases
    store.add(case("a"), [])
    store.put(case("a", state="looking"))
    with pytest.raises(Conflict):
        store.put(case("a", state="closed"))
    assert store.get("a") == case("a", state="looking", version=2)


def test_lists_by_organisation_state_and_time_limit(sql: Database) -> None:
    store = sql.cases
    for one in (
        case("a"), case("b", at=time(2), state="looking"), case("c", organisation="them"),
        case("d", at=time(3), state="answered"), case("e", at=time(4), receive_by=time(9)),
    ):  # fmt: skip
        store.add(one, [])

    def found(**asked: object) -> str:
        query = CaseQuery(**asked)  # type: ignore[arg-type]
        listed = store.list(query)
        assert store.count(query) == len(listed)
        return "".join(one.number for one in listed)

    assert found() == "edbac"
    assert found(organisations=[US]) == "edba"
    assert found(organisations=[]) == ""
    assert found(states=["looking", "answered"]) == "db"
    assert found(overdue=time(3)) == "ac"
    assert found(overdue=time(9)) == "ebac"
    assert found(subject="other") == ""
    assert [one.number for one in store.list(CaseQuery(limit=2, skip=1))] == ["d", "b"]


def test_words_and_files_go_and_the_rest_stays(sql: Database) -> None:
    store = sql.cases
    store.add(case("a", state="closed", closed_at=time(5)), [CaseFile("a", "photo", "x", b"1")])
    store.add(case("b", state="closed", closed_at=time(7)), [])
    store.add(case("c"), [])
    assert store.closed_before(time(6)) == ["a"]
    assert store.closed_before(time(9)) == ["a", "b"]
    store.erase("a")
    assert store.closed_before(time(9)) == ["b"]
    kept = store.get("a")
    assert kept is not None
    assert (kept.words, kept.answer, kept.state, kept.at) == (b"", "", "closed", time(1))
    assert store.files("a") == []
