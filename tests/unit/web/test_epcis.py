"""The EPCIS 2.0 REST binding, over HTTP."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from epcis_asking import GTIN, ask, event, indices, record
from nodes import World

from suyuan.flow import query


class TestMatching:
    def test_in_whatever_form_either_side_wrote_it(self, world: World) -> None:
        digital = event("A1")
        urn = event(
            "A2",
            quantityList=[
                {"epcClass": "urn:epc:class:lgtin:9521234.000006.A1", "quantity": 1, "uom": "KGM"}
            ],
            action="OBSERVE",
        )
        made = record(world, digital, urn)
        for lot in (f"{GTIN}/10/A1", "urn:epc:class:lgtin:9521234.000006.A1"):
            assert indices(ask(world, MATCH_anyEPCClass=lot)) == made
        web = "https://ref.gs1.org/cbv/BizStep-commissioning"
        for step in ("commissioning", "urn:epcglobal:cbv:bizstep:commissioning", web):
            assert indices(ask(world, EQ_bizStep=step)) == made
        assert indices(ask(world, EQ_bizStep="shipping|receiving")) == []
        assert indices(ask(world, path="/bizSteps/commissioning/events")) == made
        assert indices(ask(world, path=f"/epcs/{GTIN}/21/S/events")) == []

    def test_a_class_is_no_object_and_is_found_all_the_same(self, world: World) -> None:
        urn = "urn:epc:idpat:sgtin:9521234.000006.*"
        made = record(
            world,
            event("", quantityList=[{"epcClass": GTIN, "quantity": 1}]),
            event("", quantityList=[{"epcClass": urn, "quantity": 2}]),
        )
        assert indices(ask(world, MATCH_epcClass=GTIN)) == made
        assert indices(ask(world, MATCH_epcClass=f"{GTIN}|{GTIN}/10/A1")) == made
        assert indices(ask(world, MATCH_anyEPCClass=urn)) == made

    def test_an_identifier_however_it_is_encoded(self, world: World) -> None:
        urn = "urn:epc:id:sgtin:9521234.000006.A%2FB"
        made = record(
            world,
            event("", quantityList=None, epcList=[f"{GTIN}/21/A%2fB"]),
            event("", quantityList=None, epcList=[urn], action="OBSERVE"),
            event("", quantityList=None, epcList=[f"{GTIN}/21/%41%2FB"], action="OBSERVE"),
        )
        for way in (urn, f"{GTIN}/21/A%2fB", f"{GTIN}/21/%41%2FB"):
            assert indices(ask(world, MATCH_anyEPC=way)) == made, way

    def test_a_step_however_the_event_has_it(self, world: World) -> None:
        ways = ("packing", "cbv:BizStep-packing", "https://ref.gs1.org/cbv/BizStep-packing")
        made = record(world, *(event(f"W{number}", bizStep=way) for number, way in enumerate(ways)))
        for way in (*ways, "urn:epcglobal:cbv:bizstep:packing"):
            assert indices(ask(world, EQ_bizStep=way)) == made
        newest: dict[str, Any] = {"orderBy": "recordTime", "perPage": 2}
        answer = ask(world, EQ_bizStep="packing", **newest)
        rest = world.client.get(answer.links["next"]["url"])
        assert indices(answer) + indices(rest) == made[::-1]

    def test_an_extension_by_its_namespace(self, world: World) -> None:
        made = record(
            world, event("E1", **{"example:grade": 3}), event("E2", **{"example:grade": 9})
        )
        assert indices(ask(world, **{"GT_my:grade": "5"})) == made[1:]
        assert indices(ask(world, **{"EXISTS_my:grade": ""})) == made
        ordered = ask(world, **{"orderBy": "my:grade", "orderDirection": "DESC"})
        assert indices(ordered) == made[::-1]

    def test_times(self, world: World) -> None:
        late = "2026-09-11T08:00:00.000+08:00"
        made = record(world, event("T1"), event("T2", eventTime=late))
        assert indices(ask(world, GE_eventTime="2026-09-11T00:00:00Z")) == made[1:]
        assert indices(ask(world, LT_eventTime="2026-09-11T00:00:00Z")) == made[:1]
        assert indices(ask(world, LT_recordTime="2100-01-01T00:00:00Z")) == made
        assert indices(ask(world, GE_recordTime="2100-01-01T00:00:00Z")) == []
        newest: dict[str, Any] = {"orderBy": "eventTime", "eventCountLimit": 1}
        assert indices(ask(world, **newest)) == made[1:]

    def test_of_a_thousand_steps_those_in_use_are_looked_for(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = record(
            world,
            event("S1"),
            event("S2", bizStep="https://node.example/voc/drying", action="OBSERVE"),
        )
        asked: list[str | None] = []
        search = type(world.node.database.log).search

        def counted(log: Any, wanted: Any) -> Any:
            asked.append(wanted.biz_step)
            return search(log, wanted)

        monkeypatch.setattr(type(world.node.database.log), "search", counted)
        many = [f"https://node.example/voc/{number}" for number in range(900)]
        steps = [*many, "https://node.example/voc/drying", "commissioning"]
        kept = {"name": "many", "query": {"EQ_bizStep": steps}}
        head = world.head("coop")
        assert world.client.post("/queries", json=kept, headers=head).status_code == 201
        answer = world.client.get("/queries/many/events", headers=head)
        assert indices(answer) == made
        assert sorted(asked, key=str) == [
            "cbv:BizStep-commissioning",
            "commissioning",
            "https://node.example/voc/drying",
            "https://ref.gs1.org/cbv/BizStep-commissioning",
        ]


class TestPages:
    def test_they_follow_one_another_to_the_end(self, world: World) -> None:
        made = record(world, *(event(f"P{number}") for number in range(7)))
        orders: list[dict[str, Any]] = [{}, {"orderBy": "recordTime", "orderDirection": "ASC"}]
        for order in orders:
            seen: list[int] = []
            answer = ask(world, perPage=3, EQ_bizStep="commissioning", **order)
            while True:
                seen += indices(answer)
                if "next" not in answer.links:
                    break
                answer = world.client.get(answer.links["next"]["url"])
            assert seen == made

    def test_a_limit_on_the_whole_holds_over_pages(self, world: World) -> None:
        made = record(world, *(event(f"L{number}") for number in range(5)))
        first = ask(world, perPage=2, orderBy="recordTime", orderDirection="ASC", eventCountLimit=3)
        second = world.client.get(first.links["next"]["url"])
        assert indices(first) + indices(second) == made[:3]
        assert "next" not in second.links

    def test_more_than_wanted_is_an_error(self, world: World) -> None:
        record(world, event("M1"), event("M2"))
        head = world.head("coop")
        answer = world.client.get("/events", params={"maxEventCount": 1}, headers=head)
        assert answer.status_code == 413
        assert indices(ask(world, maxEventCount=2)) != []

    def test_who_asks_much_is_answered_little_by_little(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A query that fits little ends a page early, and goes on where it ended."""
        monkeypatch.setattr(query, "MOST_FOR_PUBLIC", 3)
        made = record(world, *(event(f"Q{number}") for number in range(7)))
        wanted = record(world, event("LAST", action="OBSERVE", eventID="https://node.example/e/9"))
        answer, seen, pages = ask(world, EQ_eventID="https://node.example/e/9|x:y"), [], 0
        assert indices(answer) == wanted
        answer = ask(world, EQ_action="OBSERVE")
        while True:
            seen += indices(answer)
            pages += 1
            if "next" not in answer.links:
                break
            answer = world.client.get(answer.links["next"]["url"])
        assert (seen, pages) == (wanted, len(made + wanted) // 3 + 1)
        answer = world.client.get("/events?orderBy=suyuan:x&EQ_bizStep=commissioning")
        assert answer.status_code == 413

    def test_hidden_events_leave_no_trace(self, world: World) -> None:
        made = record(world, event("H1"))
        sold = event("H1", action="OBSERVE", bizStep="shipping", eventID="https://node.example/e/1")
        (index,) = record(world, sold)
        assert indices(ask(world)) == made
        assert indices(ask(world, EQ_bizStep="shipping")) == []
        assert indices(ask(world, "coop", EQ_bizStep="shipping")) == [index]
        assert world.client.get("/events/https://node.example/e/1").status_code == 404
        own = world.client.get("/events/https://node.example/e/1", headers=world.head("coop"))
        assert indices(own) == [index]


class TestOne:
    def test_by_hash_and_by_index(self, world: World) -> None:
        (index,) = record(world, event("O1"))
        (told,) = ask(world).json()["suyuan:records"]
        assert told["eventID"].startswith("ni:///sha-256;")
        assert indices(ask(world, path=f"/events/{quote(told['eventID'])}")) == [index]
        proof = world.client.get(told["proof"]).json()
        assert (proof["index"], proof["eventHash"]) == (index, told["eventID"])


class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "path"),
        [
            ("EQ_colour=red", "/EQ_colour"),
            ("perPage=0", "perPage"),
            ("nextPageToken=x", "/nextPageToken"),
            ("nextPageToken=WzEsMiwzXQ", "/nextPageToken"),
            ("EQ_action=ADD&EQ_action=DELETE", "/EQ_action"),
            ("GE_eventTime=soon", "/GE_eventTime"),
            ("eventCountLimit=1", "/eventCountLimit"),
            ("eventCountLimit=-1&orderBy=eventTime", "/eventCountLimit"),
            ("EQ_action=SHIPPED", "/EQ_action"),
            ("eventType=Nope", "/eventType"),
            ("EQ_bizStep=Shiping", "/EQ_bizStep"),
            ("GE_value_celsius=3", "/GE_value_celsius"),
            ("WD_disposition=active", "/WD_disposition"),
            ("EQ_foo:bar=1", "/EQ_foo:bar"),
        ],
    )
    def test_each_is_named(self, world: World, query: str, path: str) -> None:
        answer = world.client.get(f"/events?{query}")
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"] == path
        assert answer.json()["type"] == "epcisException:QueryParameterException"

    def test_no_such_resource(self, world: World) -> None:
        assert world.client.get("/colours/red/events").status_code == 404
