"""The judge on a real node: lineage upstream, animals, versions, who sees what, and its bounds."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from brand_world import template
from farm_season import (
    BOTTLES,
    MADE,
    PICKED,
    PLOT,
    SEASON,
    begin,
    bought,
    declared,
    made,
    picked,
    record,
    sprayed,
)
from nodes import BASE, World

from suyuan.adapters.sheets import read_sheets
from suyuan.core.errors import NotFound, TooLarge
from suyuan.core.farm.read import read_deed
from suyuan.core.rules.finding import Finding
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow import judge as judging
from suyuan.flow import walks

COOP = Viewer(f"{BASE}org/coop", "recorder", "990101")
DRUG = "https://id.gs1.org/01/09521234000020"
PIGLETS, MEAT = (
    "https://id.gs1.org/01/09521234000044/10/Z1",
    "https://id.gs1.org/01/09521234000051/10/M1",
)
HERD = f"{BASE}season/pigs-1"


def codes(found: Any, verdict: str) -> set[str]:
    return {one.name for one in found if one.verdict == verdict}


def test_a_spray_behind_two_steps_stands_at_the_gate_of_the_last_lot(world: World) -> None:
    begin(world)
    again = {**made(number=5), "inputQuantityList": [{"epcClass": MADE, "quantity": 25, "uom": "KGM"}],
             "outputQuantityList": [{"epcClass": f"{MADE}B", "quantity": 24, "uom": "KGM"}],
             "bizStep": f"{BASE}voc/grading"}  # fmt: skip
    record(world, bought(), sprayed("2026-03-25"), picked(), made(), again)
    found = world.node.judge.release(COOP, f"{MADE}B")
    assert {"9/interval", "9/certificate"} <= codes(found, "block")
    assert codes(world.node.judge.standing(COOP, f"{MADE}B", [7]), "block") == set()


def test_a_declaration_of_an_error_counts_whatever_it_names_and_anothers_never(
    world: World,
) -> None:
    """Books, rules, stock and the balance mean the same (docs/decisions/0004)."""
    begin(world)
    spray = sprayed("2026-03-25")
    _, index, _ = record(world, bought(), spray, picked())

    def told() -> tuple[bool, bool, bool, bool, Decimal, Decimal]:
        node, organisation = world.node, f"{BASE}org/coop"
        (stock,) = [one for one in node.watch.stock(organisation) if one.item == BOTTLES]
        (line,) = node.balances.of(COOP, organisation, item=BOTTLES)
        return (
            not node.books.one(COOP, index).declared,
            "1/interval" in codes(node.judge.standing(COOP, SEASON), "block"),
            "9/interval" in codes(node.judge.release(COOP, PICKED), "block"),
            any("interval" in one.name for one in standing(world)),
            stock.sums.get("used", Decimal(0)), line.sums.get("used", Decimal(0)),
        )  # fmt: skip

    before = told()
    assert before[:4] == (True, True, True, True)
    assert before[4] == before[5] > 0
    record(world, declared(spray, "b"), who="other")
    assert told() == before
    record(world, declared(spray))
    assert told() == (False, False, False, False, Decimal(0), Decimal(0))


def standing(world: World) -> Sequence[Finding]:
    looked = world.node.standings.of(COOP, [SEASON], here=list)
    return looked.judged[SEASON].findings or ()


def test_who_may_not_see_the_season_s_template_is_told_that_it_is_not_stated(world: World) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-25"), picked())
    assert "1/interval" in codes(world.node.judge.standing(COOP, SEASON), "block")
    assert "1/interval" in codes(world.node.judge.standing(PUBLIC, SEASON), "unknown")


def test_a_template_named_in_the_record_counts_too(world: World) -> None:
    world.client.post("/master", json={
        "id": DRUG, "type": "Product",
        "suyuan:label": {"kind": "pesticide", "crops": [{"crop": "茶", "preHarvestDays": 30}]},
    }, headers=world.head("coop"))  # fmt: skip
    edition = world.node.rulebook.history("tea")[0]
    spray = {**sprayed(), "suyuan:template": {"id": edition.id, "digest": edition.digest}}
    record(world, spray, picked())
    assert "1/interval" in codes(world.node.judge.standing(PUBLIC, SEASON), "block")
    gone = {
        **sprayed(number=9),
        "suyuan:template": {"id": edition.id, "digest": "sha-256:" + "0" * 64},
    }
    assert world.node.rulebook.template(edition.id, gone["suyuan:template"]["digest"]) is None


def pigs(world: World) -> None:
    label = {"kind": "veterinary", "withdrawal": [{"animal": "猪", "product": "meat", "days": 28}]}
    masters = [
        {"id": DRUG, "type": "Product", "name": {"zh": "某兽药"}, "suyuan:label": label},
        {"id": HERD, "type": "suyuan:Season",
         "suyuan:template": {"id": f"{BASE}template/shaziling-pig"}},
    ]  # fmt: skip
    answer = world.client.post("/master", json=masters, headers=world.head("coop"))
    assert answer.status_code == 201


def file(world: World, form: str, status: int = 201, **values: Any) -> Any:
    body = {"form": form, "values": values}
    answer = world.client.post("/farm/deeds", json=body, headers=world.head("coop"))
    assert answer.status_code == status, answer.text
    return answer.json()


def test_pigs_from_the_forms(world: World) -> None:
    pigs(world)
    came: dict[str, Any] = {"day": "2026-06-01", "season": HERD, "plots": [PLOT],
            "items": [{"item": PIGLETS, "amount": "20 头"}]}  # fmt: skip
    told = file(world, "stocking", 400, **came)
    assert told["errors"][0]["path"] == "/quarantine"
    # Of a seller one buys: such animals are none of the farm's own, whatever is chosen.
    told = file(world, "stocking", 409, **came, origin="own", seller="某种猪场")
    assert [one["rule"] for one in told["findings"]] == ["8/quarantine"]
    told = file(world, "stocking", 400, **came, origin="outside")
    assert told["errors"][0]["path"] == "/quarantine"
    file(world, "stocking", **came, quarantine="4303260001")
    file(world, "treating", day="2026-08-20", season=HERD, plots=[PLOT], heads=20, purpose="呼吸道病",
         veterinarian="李医生", items=[{"item": BOTTLES, "amount": "50 毫升"}])  # fmt: skip
    slaughter: dict[str, Any] = {
        "step": "killing",
        "inputs": [{"item": HERD, "amount": "5 头"}],
        "outputs": [{"item": MEAT, "amount": "400 公斤"}],
        "quarantine": "4303260009",
    }
    told = file(world, "processing", 409, day="2026-09-10", **slaughter)
    assert [one["rule"] for one in told["findings"]] == ["1/withdrawal"]
    assert told["findings"][0]["facts"]["earliest"] == "2026-09-17"
    file(world, "processing", day="2026-09-17", **slaughter)
    file(world, "head_count", day="2026-09-18", season=HERD, plots=[PLOT], present=15)
    assert "8/count" in codes(world.node.judge.standing(COOP, HERD), "pass")
    file(world, "head_count", day="2026-09-19", season=HERD, plots=[PLOT], present=14)
    assert "8/count" in codes(world.node.judge.standing(COOP, HERD), "warn")


def test_animals_that_were_born_here_need_no_quarantine_certificate(world: World) -> None:
    """domain.md, rule 8: moving animals needs its number; nobody moves those that are born here."""
    pigs(world)
    came: dict[str, Any] = {"day": "2026-06-01", "season": HERD, "plots": [PLOT],
            "items": [{"item": PIGLETS, "amount": "20 头"}]}  # fmt: skip
    file(world, "stocking", **came, origin="own")
    found = world.node.judge.standing(COOP, HERD)
    assert not [one for one in found if one.code == "quarantine" and one.verdict != "pass"]
    rows = "进栏日期,圈舍,茬次,仔猪,数量,来源方式\n2026-06-01,{0},{1},{2},9头,{3}\n"
    importing, me = world.node.importing, world.node.accounts.authenticate(world.tokens["coop"])
    for origin, count in (("自繁", 0), ("外购", 1)):
        table = rows.format(PLOT, HERD, PIGLETS, origin).encode()
        seen = importing.look(me, read_sheets("进栏.csv", table), every=True)
        assert (len(seen.problems), seen.blocked) == (count, [])


def test_a_group_begins_by_a_birth_or_by_what_is_there_and_no_stock_misses_its_animals(
    world: World,
) -> None:
    pigs(world)
    file(world, "head_count", day="2026-06-01", season=HERD, plots=[PLOT], born=11, present=11)
    file(world, "head_count", day="2026-06-20", season=HERD, plots=[PLOT], dead=1, disposed=1,
         present=10)  # fmt: skip
    other = f"{BASE}season/pigs-2"
    master = {"id": other, "type": "suyuan:Season",
              "suyuan:template": {"id": f"{BASE}template/shaziling-pig"}}  # fmt: skip
    assert world.client.post("/master", json=master, headers=world.head("coop")).is_success
    file(world, "head_count", day="2026-06-01", season=other, plots=[PLOT], present=40)
    for name in (HERD, other):
        assert "8/count" in codes(world.node.judge.standing(COOP, name), "pass")
        assert "8/count" not in codes(world.node.judge.standing(COOP, name), "warn")
    file(world, "stocking", day="2026-06-21", season=HERD, plots=[PLOT], quarantine="4303260001",
         items=[{"item": PIGLETS, "amount": "3 头"}])  # fmt: skip
    assert world.node.watch.imbalances([f"{BASE}org/coop"]) == []


def test_an_input_that_is_used_often_is_balanced_by_its_sums(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin(world)
    record(world, bought(), sprayed("2026-03-10", 0.1), sprayed("2026-03-20", 0.1, number=7))
    monkeypatch.setattr(judging, "MOST_USES", 2)
    for amount, verdict in ((1.8, "pass"), (1.9, "warn")):
        spray = sprayed("2026-03-28", amount, number=8)
        found = world.node.judge.before_events(COOP, f"{BASE}org/coop", [spray])
        assert "5/balance" in codes(found, verdict)
    monkeypatch.setattr(walks, "MOST", 1)
    with pytest.raises(TooLarge):
        world.node.judge.standing(COOP, SEASON)


def test_nothing_is_recorded_of_it(world: World) -> None:
    for subject in (PICKED, f"{BASE}season/none"):
        with pytest.raises(NotFound):
            world.node.judge.standing(COOP, subject)


def test_a_table_signed_by_another_key_than_the_administrator_s_does_not_count(
    world: World,
) -> None:
    table = {"id": f"{BASE}table/bans", "type": "suyuan:RuleTable", "table": "bans", "edition": "x",
             "rows": []}  # fmt: skip
    capture, caller = world.node.capture, world.node.accounts.authenticate(world.tokens["coop"])
    from suyuan.flow.drafts import signed

    draft = signed("master", table, signer=capture.signer(caller), origin=capture.origin,
                   randomness=capture.randomness)  # fmt: skip
    capture.appender.append([draft])
    assert len(world.node.rulebook.history("bans")) == 1
    assert world.node.rulebook.tables().rows["bans"]


OTHER = "https://id.gs1.org/414/9521234000112/254/P2"


def hoed(number: int, *plots: str) -> dict[str, Any]:
    return {
        **bought(number=number), "bizStep": f"{BASE}voc/field_work", "readPoint": {"id": plots[0]},
        "epcList": [SEASON], "quantityList": [], "suyuan:plots": list(plots),
    }  # fmt: skip


def test_field_work_says_how_wide_a_season_is_that_does_not_say_it_itself(world: World) -> None:
    """The same before a record is saved as after it, and anew when the season states its area."""
    begin(world)
    judge, under = world.node.judge, template(world)["id"]

    def state(name: str, kind: str, **members: Any) -> None:
        answer = world.client.post(
            "/master", json={"id": name, "type": kind, **members}, headers=world.head("coop")
        )
        assert answer.status_code == 201, answer.text

    def most() -> Any:
        found = judge.before_events(COOP, f"{BASE}org/coop", [picked()])
        return next(one.facts["most"] for one in found if one.rule == 6)

    state(OTHER, "Place", **{"suyuan:area": {"value": 95, "unit": "亩"}})
    season = {"suyuan:template": {"id": under}}
    state(SEASON, "suyuan:Season", **season)
    record(world, bought(), hoed(20, PLOT), hoed(21, PLOT, OTHER))
    assert most() == 100 * (5 + 95)
    state(SEASON, "suyuan:Season", **season, **{"suyuan:area": {"value": 7, "unit": "亩"}})
    assert most() == 100 * 7
    state(SEASON, "suyuan:Season", **season)
    assert most() == 100 * (5 + 95)


def test_the_first_record_of_each_season_is_read_where_several_are_asked(world: World) -> None:
    """Its template may stand in it alone."""
    begin(world)
    season = {"id": SEASON, "type": "suyuan:Season", "suyuan:area": {"value": 7, "unit": "亩"}}
    assert world.client.post("/master", json=season, headers=world.head("coop")).is_success
    earlier = {**hoed(19, PLOT), "epcList": [f"{BASE}season/earlier"]}
    named = {**hoed(20, PLOT), "suyuan:template": f"{BASE}template/tea"}
    record(world, bought(), earlier, named, sprayed("2026-03-25"))
    also = {**earlier, "eventID": f"urn:uuid:00000000-0000-4000-8000-{21:012d}"}
    for drafts in ([picked()], [also, picked()]):
        found = world.node.judge.before_events(COOP, f"{BASE}org/coop", drafts)
        assert "1/interval" in codes(found, "block")


def test_of_field_work_only_as_much_is_read_as_names_all_its_plots(world: World) -> None:
    """But for what was declared an error; all of it where a plot states no area."""
    begin(world)
    judge = world.node.judge
    master = {"type": "Place", "suyuan:area": {"value": 95, "unit": "亩"}}
    head = world.head("coop")
    assert world.client.post("/master", json={"id": OTHER, **master}, headers=head).is_success
    season = {
        "id": SEASON,
        "type": "suyuan:Season",
        "suyuan:template": {"id": template(world)["id"]},
    }
    assert world.client.post("/master", json=season, headers=head).is_success

    def asked(*drafts: dict[str, Any]) -> tuple[Any, int]:
        found = judge.before_events(COOP, f"{BASE}org/coop", drafts or [picked()])
        deeds = [read_deed(one, f"{BASE}org/coop") for one in drafts or [picked()]]
        read = judge.walks.before_saving(COOP, frozenset({SEASON}), deeds, None)
        most = next(one.facts["most"] for one in found if one.rule == 6)
        return round(float(str(most))), sum(one.kind in walks.IDLE for one in read)

    wide = hoed(31, PLOT, OTHER)
    record(world, bought(), hoed(20, PLOT), *(hoed(n, PLOT) for n in range(21, 31)), wide)
    assert asked() == (100 * (5 + 95), 2)
    # It names both plots, and so do others from now on; then it did not happen.
    record(world, hoed(32, OTHER), hoed(33, OTHER), hoed(34, PLOT))
    error = {"declarationTime": "2026-04-02T00:00:00.000Z", "reason": "did_not_occur"}
    declared = {**wide, "errorDeclaration": error}
    assert asked(picked(), declared)[0] == 100 * (5 + 95)
    record(world, declared)
    assert asked()[0] == 100 * (5 + 95)
    record(world, *({**hoed(n, OTHER), "errorDeclaration": error} for n in (32, 33)))
    assert asked() == (100 * 5, 15)
    # A draft on a plot whose area nobody states: by what was worked, of all records.
    bare = f"{BASE}plot/bare"
    worked = {"suyuan:area": {"value": 40, "unit": "亩"}}
    record(world, {**hoed(35, PLOT), **worked}, hoed(36, PLOT))
    here = {**picked(), "suyuan:plots": [PLOT, bare]}
    assert asked(here) == (100 * 40, 17)
