"""Laboratories and their links in the store: found by digest, answered once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from suyuan.adapters.sql import Database
from suyuan.core.errors import Conflict
from suyuan.ports.signing import Laboratory, SigningRequest

US, LAB = "https://node.example/org/us", "https://node.example/org/lab"
LOT = "https://id.gs1.org/01/09521234000068/10/L-1"
NOW, LATER = "2026-09-18T08:00:00.000Z", "2026-09-19T08:00:00.000Z"


def request(name: str, **more: object) -> SigningRequest:
    made = SigningRequest(name, name.encode(), US, LAB, "test", LOT, "{}", "urn:x:who", NOW, LATER)
    return replace(made, **more)  # type: ignore[arg-type]


def test_a_link_is_found_by_its_digest_and_listed(sql: Database) -> None:
    store = sql.signing
    for one in (
        request("a"),
        request("b", created_at=LATER, laboratory="other"),
        request("c", organisation="them", subject=""),
    ):
        store.add(one)
    assert store.get("a") == store.by_token(b"a") == request("a")
    assert store.get("x") is store.by_token(b"x") is None
    assert [one.id for one in store.list(organisation=US)] == ["b", "a"]
    assert [one.id for one in store.list(laboratory=LAB)] == ["a", "c"]
    assert [one.id for one in store.list(subject=LOT, limit=1)] == ["b"]
    with pytest.raises(Conflict):
        store.add(request("d", token=b"a"))


def test_a_link_is_answered_once(sql: Database) -> None:
    store = sql.signing
    store.add(request("a"))
    assert store.renew("a", b"new", "2026-10-01T00:00:00.000Z")
    assert store.by_token(b"a") is None
    assert store.move("a", "open", "answered", at=LATER, answer="[5]")
    assert not store.move("a", "open", "revoked")
    assert not store.renew("a", b"newer", LATER)
    found = store.by_token(b"new")
    assert found is not None
    assert (found.state, found.answered_at, found.answer) == ("answered", LATER, "[5]")


def test_a_laboratory_is_written_over(sql: Database) -> None:
    store = sql.signing
    store.put_laboratory(Laboratory(LAB, "CNAS L1", b"sealed", NOW))
    store.put_laboratory(Laboratory(LAB, "CNAS L2", b"sealed anew", LATER))
    assert store.laboratories() == [Laboratory(LAB, "CNAS L2", b"sealed anew", LATER)]
