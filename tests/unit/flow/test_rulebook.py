"""Whose tables and templates count, and for whom."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from nodes import World

from suyuan.flow.accounts import Caller


def caller(world: World, who: str) -> Caller:
    return world.node.accounts.authenticate(world.tokens[who])


def of_step(ratio: float) -> dict[str, Any]:
    return {"step": "splitting", "ratio": {"value": ratio, "source": {"zh": "自定", "en": "own"}}}


def test_what_the_node_began_with_is_replaced_by_the_administrator_alone(world: World) -> None:
    book = world.node.rulebook
    begun = book.history("tea")[0]
    weaker = {**begun.document, "edition": "weaker", "tests": []}
    for who, newest in (("coop", begun.document["edition"]), ("admin", "weaker")):
        answer = world.client.post("/master", json=weaker, headers=world.head(who))
        assert (who, answer.status_code in (201, 403)) == (who, True), answer.text
        assert book.history("tea")[0].document["edition"] == newest


def test_another_s_ratio_binds_nobody_who_does_not_name_it(world: World) -> None:
    book = world.node.rulebook
    steps = [
        *(one for one in book.history("tea")[0].document["steps"] if one["step"] != "splitting"),
        of_step(9),
    ]
    book.copy_template(caller(world, "coop"), "tea", "own-tea", {"steps": steps})
    coop, other = world.org("coop"), world.org("other")
    assert book.ratio({}, "splitting", coop) == Decimal(9)
    assert book.ratio({}, "splitting", other) is None
    named = {"suyuan:template": {"id": "https://node.example/template/own-tea"}}
    assert book.ratio(named, "splitting", other) == Decimal(9)
