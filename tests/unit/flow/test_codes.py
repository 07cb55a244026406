"""The ledger of codes: what may be issued, and what becomes of it."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from brand_world import BRAND, OWNER, branded, caller, granted, issue, template
from nodes import BASE, GTIN, LOT, World, event

from suyuan.core.brand.authorisation import State
from suyuan.core.brand.codes import act_event
from suyuan.core.errors import Forbidden, NotFound, Refused
from suyuan.flow.capture import Incoming
from suyuan.flow.codes import Account, NeedsReason


def opened(world: World, **more: Any) -> str:
    branded(world)
    return granted(world, template=template(world), **more)


def account(world: World, name: str) -> Account:
    return world.node.codes.account(world.node.brands.one(name))


def act(world: World, what: str, record: int, *parts: tuple[int, int], **more: Any) -> int:
    given = {"reason": "because"} if what != "activate" else {}
    return world.node.codes.act(caller(world, "coop"), what, record, parts, **{**given, **more})


def pack(world: World, record: int, place: int) -> str:
    serial = world.node.database.log.serials_of(record)[place].serial
    return f"https://id.gs1.org/01/{GTIN}/10/L-1/21/{serial}"


def record(world: World, **members: Any) -> None:
    given = event(action="OBSERVE", eventTime=world.node.clock.now(), **members)
    world.node.capture.events(caller(world, "coop"), [Incoming(given)])


def test_above_the_ceiling_asks_and_far_above_is_refused(world: World) -> None:
    name = opened(world)
    assert account(world, name).ceiling.packs == 1000
    issue(world, 1000)
    with pytest.raises(NeedsReason) as asked:
        issue(world, 50, "k2")
    assert asked.value.path == "/reason"
    index = issue(world, 50, "k2", reason="a roll was misprinted")
    stored = world.node.database.log.records([index])[index].content
    assert stored is not None
    assert b'"suyuan:reason":"a roll was misprinted"' in stored
    with pytest.raises(Refused, match="is not issued") as refused:
        issue(world, 100, "k3", reason="a roll was misprinted")
    assert refused.value.path == "/count"
    found = account(world, name)
    assert (found.sums.issued, found.left, found.judged()) == (1050, 0, "warn")


def test_no_right_is_granted_for_a_plot_outside(world: World) -> None:
    """Whatever way the grant comes in."""
    branded(world)
    brand = {"id": BRAND, "type": "Brand", "name": {"zh": "临安山核桃", "en": "Lin'an hickory"},
             "suyuan:counties": ["330112"]}  # fmt: skip
    world.node.masters.record(caller(world, OWNER), [("", brand)])
    plots = {}
    for county in ("330112", "440303"):
        plots[county] = f"{BASE}plot/{county}"
        place = {"id": plots[county], "type": "Place", "suyuan:county": {"code": county}}
        world.node.masters.record(caller(world, "coop"), [("", place)])
    granted(world, plots=(plots["330112"], f"{BASE}plot/unknown"))
    with pytest.raises(Refused, match="lies outside") as refused:
        granted(world, plots=tuple(plots.values()))
    assert refused.value.path == "/suyuan:authorisation/plots"


def test_a_ceiling_that_is_not_stated_asks_each_time(world: World) -> None:
    branded(world)
    name = granted(world)
    with pytest.raises(NeedsReason, match="is not stated"):
        issue(world, 1)
    issue(world, 1, reason="the first of them")
    assert account(world, name).left is None


def test_what_is_dated_ahead_gets_no_codes_before_the_first_day(world: World) -> None:
    branded(world)
    today = world.node.brands.today
    granted(world, since=date(today.year + 1, 1, 1), until=date(today.year + 1, 12, 31))
    for when in (world.node.clock.now(), f"{today.year + 1}-05-01T08:00:00.000+08:00"):
        with pytest.raises(Refused, match="begins later"):
            issue(world, 1, reason="for next year", event_time=when)


def test_a_packing_dated_back_into_a_right_that_ended_gets_no_codes(world: World) -> None:
    """Codes are made today: the right has to stand today and on the day of the packing."""
    branded(world)
    today = world.node.brands.today
    yesterday = today - timedelta(days=1)
    name = granted(world, template=template(world), until=yesterday)
    then = f"{yesterday}T08:00:00.000+08:00"
    for when in (world.node.clock.now(), then):
        with pytest.raises(Refused, match="has expired"):
            issue(world, 1, event_time=when)
    fresh = granted(world, template=world.node.brands.one(name).terms.template)
    ends: list[tuple[State, str]] = [
        ("suspended", "is suspended"), ("withdrawn", "was withdrawn")
    ]  # fmt: skip
    for step, said in ends:
        issue(world, 1, step, event_time=then)
        world.node.brands.turn(
            caller(world, OWNER), fresh, step, person="简监管", reason="grown elsewhere"
        )
        with pytest.raises(Refused, match=said):
            issue(world, 1, f"{step} since", event_time=then)
        if step == "suspended":
            world.node.brands.turn(caller(world, OWNER), fresh, "granted", person="简监管")


def test_given_back_and_voided_codes_count_no_more(world: World) -> None:
    name = opened(world)
    made = issue(world, 1000, ahead=True)
    act(world, "activate", made, (0, 499))
    act(world, "return", made, (800, 999))
    act(world, "void", made, (0, 9), (700, 709))
    sums = account(world, name).sums
    assert tuple(sums) == (1000, 290, 490, 200, 20)
    assert account(world, name).left == 220
    with pytest.raises(Refused, match="not given back"):
        act(world, "return", made, (10, 20))
    with pytest.raises(NeedsReason):
        issue(world, 221, "k2")
    assert issue(world, 220, "k2")


def test_codes_issued_at_packing_are_active(world: World) -> None:
    made = issue(world, 3)
    found = world.node.codes.issue(made)
    assert found.active == ((0, 2),)
    with pytest.raises(Refused, match="active already"):
        act(world, "activate", made, (0, 0))


def test_a_name_is_no_book(world: World) -> None:
    made = issue(world, 3)
    with pytest.raises(Refused) as refused:
        act(world, "void", made, (0, 0), person="王" * 201)
    assert refused.value.path == "/person"


def test_by_serials(world: World) -> None:
    made = issue(world, 5)
    serials = [one.serial for one in world.node.database.log.serials_of(made)]
    codes = world.node.codes
    assert codes.of_serials(made, [serials[4], serials[0], serials[1]]) == ((0, 1), (4, 4))
    with pytest.raises(Refused, match="was not issued"):
        codes.of_serials(made, [serials[0], "NOPE"])


def test_only_who_issued_them_says_what_becomes_of_them(world: World) -> None:
    made = issue(world, 3)
    with pytest.raises(Forbidden):
        world.node.codes.act(caller(world, "other"), "void", made, ((0, 0),), reason="because")
    leaf = world.node.database.log.records([made])[made].leaf_hash
    forged = act_event("void", leaf, ((0, 0),), lot=f"{LOT}X", time=world.node.clock.now(), base=BASE,
                       event_id="urn:x:1")  # fmt: skip
    with pytest.raises(Forbidden):
        world.node.capture.events(caller(world, "other"), [Incoming(forged)])
    with pytest.raises(NotFound):
        act(world, "void", 0, (0, 0))


def test_an_event_of_somebody_elses_making_is_held_to_the_same(world: World) -> None:
    made = issue(world, 3)
    leaf = world.node.database.log.records([made])[made].leaf_hash
    coop, capture = caller(world, "coop"), world.node.capture

    def own(act: Any, first: int, last: int, name: str) -> Incoming:
        return Incoming(act_event(act, leaf, ((first, last),), lot=LOT, time=world.node.clock.now(),
                                  base=BASE, event_id=name))  # fmt: skip

    with pytest.raises(Refused, match="were not issued") as refused:
        capture.events(coop, [own("void", 2, 3, "urn:x:1")])
    assert refused.value.path == "/suyuan:codes/ranges"
    with pytest.raises(Refused, match="voided already"):
        capture.events(coop, [own("void", 0, 1, "urn:x:2"), own("void", 1, 2, "urn:x:3")])
    assert world.node.codes.issue(made).voided == ()
    capture.events(coop, [own("void", 0, 1, "urn:x:2")])
    assert world.node.codes.issue(made).voided == ((0, 1),)


@pytest.mark.parametrize("step", ["retail_selling", "shipping", "destroying"])
def test_what_has_left_is_not_voided(world: World, step: str) -> None:
    made = issue(world, 5)
    record(world, bizStep=step, quantityList=None, epcList=[pack(world, made, 3)])
    with pytest.raises(Refused, match=r"codes 4 are on packs that were sold"):
        act(world, "void", made, (0, 4))
    act(world, "void", made, (0, 2), (4, 4))


def test_what_was_sold_is_not_given_back_though_nobody_activated_it(world: World) -> None:
    name = opened(world)
    made = issue(world, 1000, ahead=True)
    record(world, bizStep="retail_selling", quantityList=None, epcList=[pack(world, made, 3)])
    with pytest.raises(Refused, match=r"codes 4 are on packs .* not given back"):
        act(world, "return", made, (0, 9))
    act(world, "return", made, (0, 2), (4, 9))
    assert account(world, name).left == 9


def test_what_left_in_a_carton_on_a_pallet_is_not_voided(world: World) -> None:
    made = issue(world, 5)
    carton, pallet = "https://id.gs1.org/00/395212340000000014", f"{BASE}pallet"
    for parent, child in ((carton, pack(world, made, 2)), (pallet, carton)):
        boxed = event(type="AggregationEvent", bizStep="packing", quantityList=None, parentID=parent,
                      childEPCs=[child], eventTime=world.node.clock.now())  # fmt: skip
        world.node.capture.events(caller(world, "coop"), [Incoming(boxed)])
    act(world, "void", made, (0, 0))
    record(world, bizStep="shipping", quantityList=None, epcList=[pallet])
    with pytest.raises(Refused, match="codes 3 are on packs"):
        act(world, "void", made, (1, 4))


def test_what_left_without_its_serials_bounds_what_is_voided(world: World) -> None:
    branded(world, net=0.5)
    granted(world, template=template(world))
    made = issue(world, 10)
    record(world, bizStep="shipping", quantityList=[{"epcClass": LOT, "quantity": 4}],
           destinationList=[{"type": "owning_party", "destination": world.org("other")}])  # fmt: skip
    record(
        world,
        bizStep="retail_selling",
        quantityList=[{"epcClass": LOT, "quantity": 1, "uom": "KGM"}],
    )
    with pytest.raises(Refused, match="6 packs of this lot were sent off or sold"):
        act(world, "void", made, (0, 4))
    act(world, "void", made, (0, 3))


def test_two_at_once_do_not_both_get_the_last_codes(world: World) -> None:
    name = opened(world)
    issue(world, 900)
    answers: list[object] = []

    def ask(key: str) -> None:
        try:
            answers.append(issue(world, 100, key))
        except Refused as problem:
            answers.append(type(problem))

    threads = [threading.Thread(target=ask, args=(f"t{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(NeedsReason) == 3
    assert account(world, name).sums.issued == 1000


def test_an_erased_issue_gives_no_codes_back(world: World) -> None:
    name = opened(world)
    made = issue(world, 700)
    world.node.capture.erase(caller(world, "admin"), made, "on request")
    assert account(world, name).sums.issued == 700


def sent(world: World, given: dict[str, Any], who: str = "coop") -> Any:
    head = {**world.head(who), "Accept-Language": "en"}
    return world.client.post("/events", json=given, headers=head)


def made_up(number: int = 1) -> str:
    return f"https://id.gs1.org/01/{GTIN}/21/FAKE{number:06d}"


@pytest.mark.parametrize(
    "more",
    [
        {"type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "epcList": [made_up()]},
        {"type": "ObjectEvent", "action": "OBSERVE", "bizStep": "packing", "epcList": [made_up()]},
        {"type": "TransformationEvent", "action": None, "bizStep": "packing",
         "inputQuantityList": [{"epcClass": LOT, "quantity": 5, "uom": "KGM"}],
         "outputEPCList": [made_up()]},
        {"type": "AggregationEvent", "action": "ADD", "bizStep": "packing",
         "parentID": "urn:epc:id:sscc:9521234.0000000001", "childEPCs": [made_up()]},
    ],
)  # fmt: skip
def test_packs_of_a_brand_begin_with_codes_that_were_issued_alone(
    world: World, more: dict[str, Any]
) -> None:
    members = {"quantityList": None, "eventTime": world.node.clock.now(), **more}
    given = {name: value for name, value in event(**members).items() if value is not None}
    assert sent(world, {**given, "eventID": "urn:x:before"}).status_code == 201, "of no brand"
    opened(world)
    (where,) = [name for name in ("epcList", "outputEPCList", "childEPCs") if name in more]
    refused = sent(world, {**given, "eventID": "urn:x:after", where: [made_up(2)]})
    assert refused.status_code == 400
    assert "Lin'an hickory" in refused.json()["detail"]
    assert refused.json()["errors"][0]["path"] == f"/{where}/0"
    own = pack(world, issue(world, 1), 0)
    assert sent(world, {**given, "eventID": "urn:x:own", where: [own]}).status_code == 201


def test_a_brand_that_is_left_out_for_a_moment_still_counts(world: World) -> None:
    name = opened(world)
    bare = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": {"zh": "山核桃"},
            "suyuan:netWeight": {"value": 0.5, "uom": "KGM"}}  # fmt: skip
    head = world.head("coop")
    assert world.client.post("/master", json=[bare], headers=head).status_code == 201
    body = {"gtin": GTIN, "lot": "L-1", "count": 5000, "eventTime": world.node.clock.now(),
            "eventTimeZoneOffset": "+08:00", "key": "k"}  # fmt: skip
    refused = world.client.post("/serials", json=body, headers=head)
    assert refused.status_code == 400, "5000 of 1000"
    made = world.client.post("/serials", json={**body, "count": 10}, headers=head)
    assert (made.status_code, made.json()["authorisation"]) == (201, name)
    assert account(world, name).sums.issued == 10


def test_codes_of_before_the_brand_do_not_become_the_brands(world: World) -> None:
    product = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": {"zh": "山核桃"}}
    head = {**world.head("coop"), "Accept-Language": "en"}
    assert world.client.post("/master", json=[product], headers=head).status_code == 201
    made = issue(world, 5)
    named = [{**product, "suyuan:indication": BRAND}]
    refused = world.client.post("/master", json=named, headers=head)
    assert refused.status_code == 400
    assert "5 codes of this product were issued under no brand" in refused.json()["detail"]
    other = [{**named[0], "id": "https://id.gs1.org/01/09521234000044"}]
    assert world.client.post("/master", json=other, headers=head).status_code == 201
    act(world, "void", made, (0, 4))
    assert world.client.post("/master", json=named, headers=head).status_code == 201


@pytest.mark.parametrize("what", ["void", "return"])
@pytest.mark.parametrize("boxed", [False, True])
def test_what_was_taken_back_neither_leaves_nor_begins(
    world: World, what: str, *, boxed: bool
) -> None:
    made = issue(world, 5, ahead=True)
    thing = first = pack(world, made, 0)
    if boxed:
        thing = f"{BASE}carton"
        carton = event(type="AggregationEvent", action="ADD", bizStep="packing", quantityList=None,
                       parentID=thing, childEPCs=[first], eventTime=world.node.clock.now())  # fmt: skip
        assert sent(world, {**carton, "eventID": "urn:x:c"}).status_code == 201
    act(world, what, made, (0, 0))
    now = {"quantityList": None, "eventTime": world.node.clock.now(), "action": "OBSERVE"}
    said = "was voided" if what == "void" else "was given back"
    ways: list[dict[str, Any]] = [
        {"bizStep": "shipping", "epcList": [thing]}, {"bizStep": "retail_selling", "epcList": [thing]},
        {"bizStep": "commissioning", "action": "ADD", "epcList": [first]},
        {"bizStep": "departing", "epcList": [thing], "destinationList": _to("shop")},
    ]  # fmt: skip
    for number, more in enumerate(ways):
        refused = sent(world, event(**{**now, **more}, eventID=f"urn:x:{number}"))
        assert (refused.status_code, said in refused.json()["detail"]) == (400, True)
        assert refused.json()["errors"][0]["path"] == "/epcList/0"
    other = event(**now, bizStep="shipping", epcList=[pack(world, made, 1)], eventID="urn:x:9")
    assert sent(world, other).status_code == 201
    home = {"bizStep": "departing", "epcList": [thing], "destinationList": _to("coop")}
    assert sent(world, event(**now, **home, eventID="urn:x:home")).status_code == 201


def _to(who: str) -> list[dict[str, str]]:
    return [{"type": "owning_party", "destination": f"{BASE}org/{who}"}]


def test_what_goes_out_in_the_same_document_is_not_given_back(world: World) -> None:
    made = issue(world, 5, ahead=True)
    leaf = world.node.database.log.records([made])[made].leaf_hash
    out = event(quantityList=None, action="OBSERVE", bizStep="retail_selling", eventID="urn:x:1",
                epcList=[pack(world, made, 0)], eventTime=world.node.clock.now())  # fmt: skip
    back = act_event("return", leaf, ((0, 2),), lot=LOT, time=world.node.clock.now(), base=BASE,
                     event_id="urn:x:2", reason="left over")  # fmt: skip
    with pytest.raises(Refused, match="codes 1 are on packs"):
        world.node.capture.events(caller(world, "coop"), [Incoming(out), Incoming(back)])


def test_of_two_rights_the_one_with_room_is_taken_and_named(world: World) -> None:
    older = opened(world)
    newer = granted(world, template=world.node.brands.one(older).terms.template,
                    area={"value": 1, "unit": "亩"})  # fmt: skip
    body = {"gtin": GTIN, "lot": "L-1", "eventTime": world.node.clock.now(),
            "eventTimeZoneOffset": "+08:00"}  # fmt: skip
    named = []
    for key, count in (("a", 60), ("b", 60), ("c", 40), ("d", 900)):
        made = world.client.post(
            "/serials", json={**body, "count": count, "key": key}, headers=world.head("coop")
        )
        assert made.status_code == 201, made.text
        named.append(made.json()["authorisation"])
    assert named == [newer, older, newer, older]
    assert [account(world, one).left for one in (newer, older)] == [0, 40]


def test_of_two_rights_the_one_of_the_lots_plots_is_taken(world: World) -> None:
    here, there = f"{BASE}plot/1", f"{BASE}plot/2"
    first = opened(world, plots=(here,))
    granted(world, template=world.node.brands.one(first).terms.template, plots=(there,))
    picked = event(type="TransformationEvent", action=None, quantityList=None, bizStep="commissioning",
                   transformationID=f"{BASE}season/1", outputQuantityList=[
                       {"epcClass": LOT, "quantity": 900, "uom": "KGM"}],
                   eventTime=world.node.clock.now(), **{"suyuan:plots": [here]})  # fmt: skip
    made = sent(world, {name: value for name, value in picked.items() if value is not None})
    assert made.status_code == 201, made.text
    issue(world, 10)
    assert account(world, first).sums.issued == 10


@pytest.mark.parametrize("begun", [False, True])
@pytest.mark.parametrize(("made", "left", "went"), [
    ({"quantity": 40, "uom": "KGM"}, (32.5, "KGM"), 7.5), ({"quantity": 80}, (65, "C62"), 15),
])  # fmt: skip
def test_packs_that_go_one_by_one_leave_the_account_of_their_lot(
    world: World, made: dict[str, Any], left: tuple[float, str], went: float, *, begun: bool
) -> None:
    product = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product", "name": {"zh": "山核桃"},
               "suyuan:netWeight": {"value": 0.5, "uom": "KGM"}}  # fmt: skip
    world.node.masters.record(caller(world, "coop"), [("", product)])
    other, now = world.org("other"), {"eventTime": world.node.clock.now()}
    lot = event(**now, action="ADD", bizStep="commissioning", eventID="urn:x:lot",
                quantityList=[{"epcClass": LOT, **made}])  # fmt: skip
    assert sent(world, lot).status_code == 201
    index = issue(world, 20)
    packs = [pack(world, index, place) for place in range(15)]
    if begun:
        own = event(**now, action="ADD", bizStep="commissioning", quantityList=None, epcList=packs,
                    eventID="urn:x:begun")  # fmt: skip
        assert sent(world, own).status_code == 201
    to = [{"type": "owning_party", "destination": other}]
    out = event(**now, action="OBSERVE", bizStep="shipping", quantityList=None, epcList=packs,
                destinationList=to, eventID="urn:x:out")  # fmt: skip
    assert sent(world, out).status_code == 201
    came = event(**now, action="OBSERVE", bizStep="receiving", quantityList=None, epcList=packs,
                 eventID="urn:x:in")  # fmt: skip
    assert sent(world, came, "other").status_code == 201
    answer = world.client.get("/lineage", params={"subject": LOT}, headers=world.head("coop"))
    told = {one["holder"]: (one.get("left"), one.get("uom")) for one in answer.json()["accounts"]}
    assert told[world.org("coop")] == left
    (handed,) = answer.json()["handed"]
    assert handed["party"] == other
    assert handed["amount"]["sums"] == [{"quantity": went, "uom": left[1]}]
    found = world.node.recalling.reach(caller(world, "admin").viewer, [LOT]).stocks
    assert {one.holder: (float(one.left[left[1]]), one.things) for one in found if one.left} == {
        world.org("coop"): (left[0], 1), other: (went, 1),
    }  # fmt: skip
