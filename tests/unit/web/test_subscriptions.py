"""Standing queries, as those who subscribe meet them: who is told what, in order, at least once."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from epcis_asking import event
from nodes import World

from suyuan.bootstrap import Workers
from suyuan.core.epcis.reading import read_events
from suyuan.core.errors import Refused, Unavailable
from suyuan.flow import subscribe
from suyuan.web.api.subscriptions import deliveries

DEST = "https://hooks.example/epcis"


class Receivers:
    """Everybody out there: notes deliveries, and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes, dict[str, str]]] = []
        self.status: dict[str, int | Exception] = {}

    def allowed(self, url: str) -> None:
        if "hooks.example" not in url:
            raise Refused("not there", path="/dest")

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        answer = self.status.get(url, 204)
        if isinstance(answer, Exception):
            raise answer
        if answer < 300:
            self.got.append((url, body, headers))
        return answer

    def lots(self, url: str = DEST) -> list[str]:
        found = [read_events(body).events for dest, body, _ in self.got if dest == url]
        return [one["quantityList"][0]["epcClass"][-2:] for each in found for one in each]


@pytest.fixture
def out(world: World) -> Receivers:
    """Nobody is reached from here but these; each organisation has a query for everything."""
    receivers = Receivers()
    world.node.subscriptions.outgoing = receivers
    for who in ("coop", "other", "bureau"):
        ask = {"name": "all", "query": {}}
        assert world.client.post("/queries", json=ask, headers=world.head(who)).status_code == 201
    return receivers


def subscribed(world: World, who: str = "coop", **more: Any) -> dict[str, Any]:
    body = {"dest": DEST, "stream": True, **more}
    body = {name: value for name, value in body.items() if value is not None}
    answer = world.client.post("/queries/all/subscriptions", json=body, headers=world.head(who))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    place = answer.headers["location"]
    assert place == f"/queries/all/subscriptions/{told['subscriptionID']}"
    return {**told, "at": place}


def record(world: World, *lots: str, who: str = "coop", **more: Any) -> None:
    for lot in lots:
        answer = world.client.post("/events", json=event(lot, **more), headers=world.head(who))
        assert answer.status_code == 201, answer.text


def run(world: World) -> int:
    """Everything that is due now; how many times somebody was."""
    count = 0
    while world.node.subscriptions.run_one(deliveries(world.node)) is not None:
        count += 1
        assert count < 50
    return count


def at(world: World, seconds: float) -> None:
    """Time goes on."""
    moved = world.node.subscriptions._now() + seconds
    world.node.subscriptions.clock = type("At", (), {"now": staticmethod(lambda: _text(moved))})()


def _text(moment: float) -> str:
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
    return f"{whole}.{int(moment % 1 * 1000):03d}Z"


class TestStream:
    def test_each_event_once_and_in_order(self, world: World, out: Receivers) -> None:
        record(world, "A0")
        made = subscribed(world)
        assert made["nextRecord"] == world.node.database.log.tail().size
        assert run(world) == 0
        record(world, "A1", "A2")
        run(world)
        record(world, "A3")
        run(world)
        assert run(world) == 0
        assert out.lots() == ["A1", "A2", "A3"]
        (_, body, headers), _ = out.got
        document = json.loads(body)
        results = document["epcisBody"]["queryResults"]
        assert (results["queryName"], results["subscriptionID"]) == ("all", made["subscriptionID"])
        assert [told["proof"] for told in document["suyuan:records"]]
        assert headers["Content-Type"] == "application/json"
        assert headers["GS1-EPCIS-Version"] == "2.0.0"
        assert "GS1-Signature" not in headers
        told = world.client.get(made["at"], headers=world.head("coop")).json()
        assert told["lastNotifiedAt"] >= told["createdAt"]

    def test_from_a_time_on(self, world: World, out: Receivers) -> None:
        record(world, "A1")
        subscribed(world, initialRecordTime="2000-01-01T00:00:00Z")
        run(world)
        assert out.lots() == ["A1"]

    def test_only_what_the_query_finds(self, world: World, out: Receivers) -> None:
        ask = {"name": "packing", "query": {"EQ_bizStep": ["packing"]}}
        head = world.head("coop")
        world.client.post("/queries", json=ask, headers=head)
        body = {"dest": DEST, "stream": True}
        world.client.post("/queries/packing/subscriptions", json=body, headers=head)
        record(world, "A1")
        record(world, "A2", bizStep="packing", action="OBSERVE")
        run(world)
        assert out.lots() == ["A2"]

    def test_only_what_the_organisation_may_see(self, world: World, out: Receivers) -> None:
        dest = {who: f"https://hooks.example/{who}" for who in ("coop", "other", "bureau")}
        for who, url in dest.items():
            subscribed(world, who, dest=url)
        record(world, "A1")
        record(world, "A1", action="OBSERVE", bizStep="shipping")  # trade: not for everybody
        run(world)
        assert [out.lots(dest[who]) for who in ("coop", "other", "bureau")] == [
            ["A1", "A1"],
            ["A1"],
            ["A1", "A1"],
        ]

    def test_many_events_go_in_parts(
        self, world: World, out: Receivers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subscribe, "AT_ONCE", 2)
        subscribed(world)
        record(world, *(f"B{n}" for n in range(5)))
        assert run(world) == 3
        assert out.lots() == [f"B{n}" for n in range(5)]

    def test_signed_with_a_secret_that_is_not_told_again(
        self, world: World, out: Receivers
    ) -> None:
        made = subscribed(world, signatureToken="between us")
        record(world, "A1")
        run(world)
        ((_, body, headers),) = out.got
        digest = hmac.digest(b"between us", body, "sha256").hex()
        assert headers["GS1-Signature"] == f"sha256={digest}"
        told = world.client.get(made["at"], headers=world.head("coop"))
        assert told.json()["signed"]
        kept = world.node.database.subscriptions.get(made["subscriptionID"])
        assert kept is not None
        for text in (told.text, repr(kept)):
            assert "between us" not in text

    def test_in_the_form_that_was_asked_for(self, world: World, out: Receivers) -> None:
        head = world.head("coop", **{"GS1-EPC-Format": "Never_Translates"})
        body = {"dest": DEST, "stream": True}
        world.client.post("/queries/all/subscriptions", json=body, headers=head)
        urn = "urn:epc:id:sgtin:9521234.000006.A1"
        record(world, "A1", epcList=[urn])
        run(world)
        assert urn.encode() in out.got[0][1]
        assert out.got[0][2]["GS1-EPC-Format"] == "Never_Translates"


class TestTrouble:
    def test_nothing_is_lost_while_nobody_answers(self, world: World, out: Receivers) -> None:
        made = subscribed(world)
        troubles: list[tuple[int | Exception, str]] = [
            (Unavailable("nobody there"), "nobody there"),
            (500, "500"),
            (307, "307"),
        ]
        for number, (answer, why) in enumerate(troubles, 1):
            out.status[DEST] = answer
            record(world, f"C{number}")
            assert run(world) == 1
            told = world.client.get(made["at"], headers=world.head("coop")).json()
            assert told["failures"] == number
            if isinstance(answer, int):
                head = world.head("coop", **{"Accept-Language": "en"})
                english = world.client.get(made["at"], headers=head).json()["problem"]
                assert english.isascii()
                assert not told["problem"].isascii()
            assert why in told["problem"]
            assert "lastNotifiedAt" not in told
            at(world, 10_000)
        del out.status[DEST]
        run(world)
        assert out.lots() == ["C1", "C2", "C3"]
        told = world.client.get(made["at"], headers=world.head("coop")).json()
        assert "problem" not in told

    def test_tries_come_ever_more_rarely(self, world: World, out: Receivers) -> None:
        subscribed(world)
        out.status[DEST] = 503
        record(world, "C1")
        run(world)
        assert run(world) == 0
        at(world, 1.0)
        assert run(world) == 0
        at(world, 5.0)
        assert run(world) == 1
        pauses = [subscribe._pause(failures) for failures in range(40)]
        assert all(2.5 * 2**n <= pause <= 5 * 2**n for n, pause in enumerate(pauses[:9]))
        assert max(pauses) <= subscribe.LONGEST_WAIT

    def test_others_are_told_meanwhile(self, world: World, out: Receivers) -> None:
        dead = "https://hooks.example/dead"
        out.status[dead] = Unavailable("nobody there")
        subscribed(world, dest=dead)
        subscribed(world)
        record(world, "D1", "D2")
        run(world)
        assert out.lots() == ["D1", "D2"]

    def test_an_answer_that_was_lost_is_delivered_again(
        self, world: World, out: Receivers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Killed between the receiver's answer and noting it."""
        subscribed(world)
        record(world, "E1")
        store = world.node.subscriptions.store
        with monkeypatch.context() as broken:
            broken.setattr(type(store), "delivered", lambda *_, **__: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                run(world)
        assert run(world) == 0  # its lease has to run out
        at(world, subscribe.LEASE + 1)
        run(world)
        assert out.lots() == ["E1", "E1"]

    def test_a_revoked_token_ends_it(self, world: World, out: Receivers) -> None:
        made = subscribed(world)
        token = world.node.accounts.authenticate(world.tokens["coop"]).token
        record(world, "F1")
        world.node.accounts.revoke_token(token)
        run(world)
        assert out.got == []
        kept = world.node.database.subscriptions.get(made["subscriptionID"])
        assert kept is not None
        assert "revoked" in (kept.problem or "")

    def test_deleted_with_its_query(self, world: World, out: Receivers) -> None:
        made = subscribed(world)
        assert world.client.delete("/queries/all", headers=world.head("coop")).status_code == 204
        record(world, "G1")
        assert run(world) == 0
        assert world.node.database.subscriptions.get(made["subscriptionID"]) is None
        assert out.got == []


class TestSchedule:
    def test_at_its_time_all_that_came_since(self, world: World, out: Receivers) -> None:
        made = subscribed(world, stream=None, schedule={"minute": "[0-59]"})
        record(world, "H1", "H2")
        assert run(world) == 0
        at(world, 61)
        assert run(world) == 1
        assert out.lots() == ["H1", "H2"]
        at(world, 61)
        assert run(world) == 1
        assert len(out.got) == 1
        told = world.client.get(made["at"], headers=world.head("coop")).json()
        assert told["schedule"] == {"minute": "[0-59]"}

    def test_empty_reports_where_they_are_asked_for(self, world: World, out: Receivers) -> None:
        subscribed(world, stream=None, schedule={"minute": "[0-59]"}, reportIfEmpty=True)
        at(world, 61)
        run(world)
        assert [read_events(body).events for _, body, _ in out.got] == [[]]


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "path"),
        [
            ({"stream": True}, "/dest"),
            ({"dest": 5, "stream": True}, "/dest"),
            ({"dest": "https://elsewhere.example/", "stream": True}, "/dest"),
            ({"dest": DEST}, "/stream"),
            ({"dest": DEST, "stream": False}, "/stream"),
            ({"dest": DEST, "stream": True, "schedule": {"hour": "1"}}, "/stream"),
            ({"dest": DEST, "schedule": {"hour": "25"}}, "/schedule/hour"),
            ({"dest": DEST, "schedule": {"month": "2", "dayOfMonth": "30"}}, "/schedule"),
            ({"dest": DEST, "stream": True, "signatureToken": ""}, "/signatureToken"),
            ({"dest": DEST, "stream": True, "reportIfEmpty": 1}, "/reportIfEmpty"),
            ({"dest": DEST, "stream": True, "initialRecordTime": "now"}, "/initialRecordTime"),
            ({"dest": DEST, "stream": True, "initialRecordTime": 5}, "/initialRecordTime"),
            ({"dest": DEST, "stream": True, "secret": "x"}, "/secret"),
        ],
    )
    def test_at_the_member(
        self, world: World, out: Receivers, body: dict[str, Any], path: str
    ) -> None:
        answer = world.client.post(
            "/queries/all/subscriptions", json=body, headers=world.head("coop")
        )
        assert answer.status_code == 400, answer.text
        assert answer.json()["errors"][0]["path"] == path
        assert answer.json()["type"] == "epcisException:SubscriptionControlsException"
        assert world.node.database.subscriptions.list(None, None) == []
        assert out.got == []

    def test_of_others_there_is_nothing_here(self, world: World, out: Receivers) -> None:
        made = subscribed(world)
        for who, status in (("other", 404), ("admin", 404), ("coop", 200)):
            answer = world.client.get(made["at"], headers=world.head(who))
            assert answer.status_code == status
        assert world.client.get(made["at"]).status_code == 401
        assert world.client.delete(made["at"], headers=world.head("other")).status_code == 404
        listed = "/queries/all/subscriptions"
        assert world.client.get(listed, headers=world.head("other")).json() == []
        assert len(world.client.get(listed, headers=world.head("coop")).json()) == 1
        assert world.client.delete(made["at"], headers=world.head("coop")).status_code == 204
        assert world.client.get(listed, headers=world.head("coop")).json() == []
        assert (
            world.client.get("/queries/x/subscriptions", headers=world.head("coop")).json()["type"]
            == "epcisException:NoSuchSubscriptionException"
        )
        assert out.got == []

    def test_a_query_with_a_limit(self, world: World, out: Receivers) -> None:
        ask = {"name": "few", "query": {"maxEventCount": 3}}
        world.client.post("/queries", json=ask, headers=world.head("coop"))
        body = {"dest": DEST, "stream": True}
        answer = world.client.post(
            "/queries/few/subscriptions", json=body, headers=world.head("coop")
        )
        assert answer.status_code == 400
        assert out.got == []

    def test_not_without_end(
        self, world: World, out: Receivers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subscribe, "MOST", 2)
        subscribed(world)
        subscribed(world)
        body = {"dest": DEST, "stream": True}
        answer = world.client.post(
            "/queries/all/subscriptions", json=body, headers=world.head("coop")
        )
        assert answer.status_code == 400
        assert out.got == []


def test_workers_deliver_while_the_service_runs(world: World, out: Receivers) -> None:
    world.node.settings.outgoing_hosts = ["https://hooks.example"]
    for number in range(6):
        subscribed(world, dest=f"{DEST}/{number}")
    workers = Workers(world.node, write=deliveries(world.node))
    workers.start()
    try:
        record(world, "W1", "W2", "W3")
        until(lambda: all(len(out.lots(f"{DEST}/{n}")) == 3 for n in range(6)))
    finally:
        workers.stop()
    assert all(out.lots(f"{DEST}/{n}") == ["W1", "W2", "W3"] for n in range(6))
    assert workers.troubles == {}


def until(done: Callable[[], bool]) -> None:
    for _ in range(500):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("not within ten seconds")
