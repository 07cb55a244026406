"""Certificates and links in the store: numbers without gaps, drafts in versions, prints counted."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from suyuan.adapters.sql import Database
from suyuan.core.errors import Conflict
from suyuan.ports.certificates import Kept, Link

US, THEM = "https://node.example/org/us", "https://node.example/org/them"
NOW = "2026-09-18T08:00:00.000Z"


def kept(code: str, organisation: str = US, lot: str = "urn:x:lot") -> Kept:
    return Kept(code, organisation, lot, "draft", "{}", "", None, None, NOW, NOW)


def link(name: str, organisation: str = US) -> Link:
    return Link(name, name.encode() * 32, organisation, "城东", "urn:x:who", NOW, NOW)


def test_drafts_are_kept_in_versions(sql: Database) -> None:
    store = sql.certificates
    store.add(kept("A"))
    assert store.get("A") == kept("A")
    assert store.get("B") is None
    changed = replace(kept("A"), values='{"x":1}', changed_at=NOW)
    assert store.save(changed)
    assert not store.save(changed), "somebody else was faster"
    assert store.get("A") == replace(changed, version=2)
    with pytest.raises(Conflict):
        store.add(kept("A"))


def test_numbers_run_by_organisation_and_year(sql: Database) -> None:
    store = sql.certificates
    for code, organisation in (("A", US), ("B", US), ("C", THEM), ("D", US)):
        store.add(kept(code, organisation))
    assert store.number("A", 2026) == "2026-000001"
    assert store.number("A", 2026) == "2026-000001", "it has one"
    assert store.number("C", 2026) == "2026-000001"
    assert store.number("B", 2026) == "2026-000002"
    assert store.number("D", 2027) == "2027-000001"
    assert store.number("nothing", 2026) is None
    assert store.numbers(US) == ["2026-000001", "2026-000002", "2027-000001"]
    store.issued("A", 7, NOW)
    found = store.get("A")
    assert found is not None
    assert (found.state, found.record, found.values) == ("issued", 7, "")
    assert store.number("A", 2026) is None, "it is no draft"
    assert not store.save(found)
    assert not store.discard("A", NOW)
    store.voided("A", 9, NOW)
    found = store.get("A")
    assert found is not None
    assert (found.state, found.voided) == ("voided", 9)


def test_a_number_once_given_is_never_given_again(sql: Database) -> None:
    store = sql.certificates
    for code in "AB":
        store.add(kept(code))
    store.number("A", 2026)
    assert store.discard("A", NOW)
    assert store.discard("B", NOW)
    found = store.get("A")
    assert found is not None
    assert found.state == "unused"
    assert store.get("B") is None
    store.add(kept("C"))
    assert store.number("C", 2026) == "2026-000002"


def test_many_at_once_get_a_number_each(sql: Database) -> None:
    store, found = sql.certificates, list[str | None]()
    codes = [f"C{number}" for number in range(12)]
    for code in codes:
        store.add(kept(code))
    threads = [
        threading.Thread(target=lambda one=code: found.append(store.number(one, 2026)))
        for code in codes
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, found)) == [f"2026-{number:06d}" for number in range(1, 13)]


def test_lists_are_cut_by_place_state_and_lot(sql: Database) -> None:
    store = sql.certificates
    for code in "ABC":
        store.add(kept(code, lot="urn:x:1" if code == "B" else "urn:x:2"))
    store.add(kept("T", THEM))
    store.issued("B", 3, NOW)
    every = store.list([US])
    assert [one.code for _, one in every] == ["C", "B", "A"]
    assert [one.code for _, one in store.list([US], before=every[1][0])] == ["A"]
    assert [one.code for _, one in store.list([US, THEM], ["draft"], limit=2)] == ["T", "C"]
    assert [one.code for _, one in store.list([US], lot="urn:x:1")] == ["B"]
    assert store.count([US, THEM], ["draft"]) == 3


def test_prints_are_counted_from_one(sql: Database) -> None:
    store = sql.certificates
    assert [store.print("A", NOW, "p", way) for way in ("a4", "label", "a4")] == [1, 2, 3]
    assert store.print("B", NOW, "p", "a4") == 1
    assert [(one.copy, one.way) for one in store.prints("A")] == [
        (1, "a4"),
        (2, "label"),
        (3, "a4"),
    ]


def test_links_are_found_by_their_digest_and_end(sql: Database) -> None:
    store = sql.links
    for name in "ab":
        store.add(link(name))
    store.add(link("c", THEM))
    assert store.find(b"a" * 32) == link("a")
    assert store.find(b"x" * 32) is None
    assert {one.id for one in store.list(US)} == {"a", "b"}
    store.use("a", NOW)
    store.use("a", NOW)
    assert store.get("a") == replace(link("a"), used=2, used_at=NOW)
    assert store.revoke("a", NOW)
    assert not store.revoke("a", NOW)
    found = store.get("a")
    assert found is not None
    assert found.revoked_at == NOW
    with pytest.raises(Conflict):
        store.add(replace(link("d"), digest=b"b" * 32))
