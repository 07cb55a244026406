"""Named queries, the same in every store."""

from __future__ import annotations

import pytest
from store.appending import NOW, US, Stores

from suyuan.core.errors import Conflict
from suyuan.ports.queries import NamedQuery

THEM = "https://node.example/org/them"


def named(name: str, organisation: str = US) -> NamedQuery:
    return NamedQuery(organisation, name, b'{"EQ_bizStep":"shipping"}', NOW)


def test_each_organisation_has_its_own(stores: Stores) -> None:
    for one in (named("b"), named("a"), named("a", THEM), named("\u4e2d")):
        stores.queries.add(one)
    assert stores.queries.get(US, "a") == named("a")
    assert stores.queries.get(THEM, "b") is None
    assert stores.queries.list(US) == [named("a"), named("b"), named("\u4e2d")]
    assert stores.queries.list(US, after="a", limit=1) == [named("b")]
    assert stores.queries.list("nobody") == []


def test_a_name_is_taken_once(stores: Stores) -> None:
    stores.queries.add(named("a"))
    with pytest.raises(Conflict):
        stores.queries.add(named("a"))
    assert stores.queries.delete(US, "a") is True
    assert stores.queries.delete(US, "a") is False
    assert stores.queries.get(US, "a") is None
    stores.queries.add(named("a"))
