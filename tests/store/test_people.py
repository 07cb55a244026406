"""Persons, sessions and tries to log in: the same on memory, SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from store.appending import NOW, Stores, digest

from suyuan.core.errors import Conflict, NotFound
from suyuan.ports.accounts import Organisation
from suyuan.ports.people import Person, Session

US = "https://id.gs1.org/417/9521234567890"
THEM = "https://id.gs1.org/417/9521234567906"


def person(name: str, **more: object) -> Person:
    made = Person(
        name, b"details", b"secrets", frozenset({digest(name)}), frozenset({(US, "member")}), NOW
    )
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def both(stores: Stores) -> Stores:
    for uri in (US, THEM):
        stores.accounts.add_organisation(Organisation(uri, "甲", "A", "330112", NOW))
    return stores


def test_persons_are_found_by_id_name_and_organisation(both: Stores) -> None:
    store = both.people
    clerk = person("b", roles=frozenset({(US, "clerk"), (US, "member"), (THEM, "clerk")}))
    people = [
        person("a"),
        clerk,
        person("c", roles=frozenset({(THEM, "dealer")}), names=frozenset()),
    ]
    for one in reversed(people):
        store.add(one)
    assert store.get("b") == clerk
    assert store.get("x") is None
    assert store.find(digest("b")) == clerk
    assert store.find(digest("c")) is None
    assert store.of(None) == people
    assert store.of(US) == people[:2]
    assert store.of(THEM) == people[1:]
    assert store.of("nobody") == []
    assert store.details(US) == [(one.id, one.details) for one in people[:2]]
    assert store.details("nobody") == []


def test_a_name_leads_to_one_person(both: Stores) -> None:
    both.people.add(person("a"))
    with pytest.raises(Conflict):
        both.people.add(person("b", names=frozenset({digest("a"), digest("b")})))
    both.people.add(person("b"))
    with pytest.raises(Conflict):
        both.people.put(person("b", names=frozenset({digest("a")})))
    with pytest.raises(Conflict):
        both.people.add(person("a", names=frozenset()))
    assert both.people.of(None) == [person("a"), person("b")]


def test_an_organisation_has_to_be_there(both: Stores) -> None:
    nowhere = person("a", roles=frozenset({("https://x.example/none", "member")}))
    with pytest.raises(NotFound):
        both.people.add(nowhere)
    both.people.add(person("a"))
    with pytest.raises(NotFound):
        both.people.put(nowhere)
    assert both.people.of(None) == [person("a")]


def test_a_person_is_written_over_what_was_read_only(both: Stores) -> None:
    both.people.add(person("a"))
    changed = person(
        "a",
        details=b"d2",
        secrets=b"s2",
        names=frozenset({digest("n"), digest("m")}),
        roles=frozenset({(THEM, "clerk")}),
        disabled_at=NOW,
    )
    both.people.put(changed)
    with pytest.raises(Conflict):
        both.people.put(replace(changed, details=b"late"))
    assert both.people.get("a") == replace(changed, version=2)
    assert both.people.find(digest("a")) is None
    with pytest.raises(NotFound):
        both.people.put(person("b"))


def session(name: str, seen: float = 10.0, of: str = "a") -> Session:
    return Session(digest(name), of, US, "full", "password", 5.0, seen, 100.0, "Firefox · Android")


def test_sessions(both: Stores) -> None:
    store = both.sessions
    for one in (session("1"), session("2", 20.0), session("3", of="b")):
        store.add(one)
    assert store.get(digest("1")) == session("1")
    assert store.get(digest("x")) is None
    assert store.of("a") == [session("2", 20.0), session("1")]
    store.put(replace(session("1"), stage="second", seen=30.0))
    store.put(session("gone"))
    assert store.get(digest("gone")) is None
    assert [one.stage for one in store.of("a")] == ["second", "full"]
    store.saw({digest("1"): 25.0, digest("2"): 50.0, digest("gone"): 50.0})
    assert [one.seen for one in store.of("a")] == [50.0, 30.0]
    assert store.get(digest("gone")) is None
    assert store.end_all("a", digest("1")) == 1
    assert store.end(digest("1"))
    assert not store.end(digest("1"))
    assert store.of("a") == []
    assert store.get(digest("3")) == session("3", of="b")


def test_sessions_that_are_over_are_swept(both: Stores) -> None:
    for name, seen in (("1", 10.0), ("2", 40.0)):
        both.sessions.add(session(name, seen))
    assert both.sessions.sweep(50.0, 45.0) == 0
    assert both.sessions.sweep(50.0, 40.0) == 1
    assert both.sessions.sweep(100.0, 1000.0) == 1
    assert both.sessions.of("a") == []


def test_a_deleted_person_leaves_nothing(both: Stores) -> None:
    both.people.add(person("a"))
    both.people.add(person("b"))
    both.sessions.add(session("1"))
    assert both.people.delete("a")
    assert not both.people.delete("a")
    assert both.people.of(None) == [person("b")]
    assert both.people.find(digest("a")) is None
    assert both.sessions.of("a") == []
    both.people.add(person("a"))


def begin(stores: Stores, now: float, key: bytes = b"k") -> float:
    return stores.attempts.begin(key, now, free=3, longest=4.0, forget=100.0)


def test_each_try_waits_longer_than_the_last(stores: Stores) -> None:
    assert [begin(stores, 10.0) for _ in range(3)] == [0, 0, 0]
    assert begin(stores, 10.5) == pytest.approx(0.5)
    assert begin(stores, 11.0) == 0
    assert begin(stores, 11.0) == pytest.approx(2.0)
    assert begin(stores, 11.0, b"other") == 0
    assert begin(stores, 13.0) == 0
    assert begin(stores, 17.0) == 0  # after 4
    assert begin(stores, 17.0) == pytest.approx(4.0)  # and no longer than 4
    assert begin(stores, 117.0) == 0
    assert [begin(stores, 117.0) for _ in range(2)] == [0, 0]


def test_what_one_key_forgets_another_remembers(stores: Stores) -> None:
    for _ in range(3):
        begin(stores, 10.0)
    assert stores.attempts.begin(b"other", 50.0, free=3, longest=4.0, forget=1.0) == 0
    assert begin(stores, 50.0) == 0
    assert begin(stores, 50.0) > 0


def test_a_right_try_is_forgiven(stores: Stores) -> None:
    for _ in range(3):
        begin(stores, 10.0)
    stores.attempts.forgive(b"k", 1)
    assert begin(stores, 10.0) == 0
    assert begin(stores, 10.0) > 0
    stores.attempts.forgive(b"k")
    assert [begin(stores, 10.0) for _ in range(3)] == [0, 0, 0]
    stores.attempts.forgive(b"k", 3)
    assert [begin(stores, 10.0) for _ in range(3)] == [0, 0, 0]
    stores.attempts.forgive(b"nobody", 1)
    stores.attempts.forgive(b"nobody")


def test_tries_in_one_moment_do_not_slip_past_each_other(stores: Stores) -> None:
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: begin(stores, 10.0), range(16)))
    assert waits.count(0) == 3


def test_of_several_persons_all_are_entered_or_none(both: Stores) -> None:
    store = both.people
    store.add(person("a"), person("b"), person("c"))
    assert [one.id for one in store.of(US)] == ["a", "b", "c"]
    with pytest.raises(Conflict):
        store.add(person("d"), person("a", names=frozenset()))
    with pytest.raises(Conflict):
        store.add(person("e"), person("f", names=frozenset({digest("b")})))
    with pytest.raises(NotFound):
        store.add(person("g"), person("h", roles=frozenset({("a:nobody", "member")})))
    assert [one.id for one in store.of(US)] == ["a", "b", "c"]
