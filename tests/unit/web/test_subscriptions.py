"""Standing queries, as those who subscribe meet them: who is told what, in order, at least once."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from epcis_asking import event
from nodes import Stopped, World

from suyuan.core.epcis.reading import read_events
from suyuan.core.errors import Refused, Unavailable
from suyuan.flow import deliver, subscribe
from suyuan.ports.subscriptions import Answer
from suyuan.web.api.subscriptions import Deliveries
from suyuan.workers import Workers

pytestmark = pytest.mark.usefixtures("stopped")

DEST = "https://hooks.example/epcis"


class Receivers:
    """Everybody out there: notes deliveries, and answers what it is told to."""

    def __init__(self) -> None:
        self.got: list[tuple[str, bytes, dict[str, str]]] = []
        self.problems: list[dict[str, Any]] = []
        self.status: dict[str, int | Exception] = {}
        self.retry_after: str | None = None
        self.tried: list[tuple[str, str, int | Exception]] = []
        self.takes: Callable[[str, bytes], bool] = lambda *_: True

    def allowed(self, url: str) -> None:
        if "hooks.example" not in url:
            raise Refused("not there", path="/dest")

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if headers["Content-Type"] == "application/problem+json":
            self.problems.append(json.loads(body))
            return Answer(200)
        answer = self.status.get(url, 204)
        if not self.takes(url, body):
            answer = 413
        self.tried.append((url, headers["Idempotency-Key"], answer))
        if isinstance(answer, Exception):
            raise answer
        if answer < 300:
            self.got.append((url, body, headers))
        return Answer(answer, self.retry_after)

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
    count, deliveries, writer = 0, world.node.deliveries, Deliveries(world.node)
    while (turn := deliveries.next_turn()) is not None:
        deliveries.run(turn, writer)
        count += 1
        assert count < 200
    return count


def at(world: World, seconds: float) -> None:
    """Time goes on."""
    moved = world.node.deliveries.now() + seconds
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
        for module in (subscribe, deliver):
            monkeypatch.setattr(module, "AT_ONCE", 2)
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
        pauses = [deliver._pause(failures) for failures in range(40)]
        assert all(2.5 * 2**n <= pause <= 5 * 2**n for n, pause in enumerate(pauses[:9]))
        assert max(pauses) <= deliver.LONGEST_WAIT

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
        record(world, "E2")
        assert run(world) == 0  # its turn has to run out
        at(world, world.node.deliveries.timeout + deliver.MARGIN + 1)
        assert run(world) == 2
        assert out.lots() == ["E1", "E1", "E2"]
        first, again, second = out.got
        assert first[2]["Idempotency-Key"] == again[2]["Idempotency-Key"]
        assert second[2]["Idempotency-Key"] != again[2]["Idempotency-Key"]
        for _, body, headers in out.got:
            assert json.loads(body)["suyuan:delivery"] == headers["Idempotency-Key"]

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
        at(world, 10_000)
        run(world)
        (told,) = out.problems  # in the form that the binding has for it, and once
        assert (told["type"], told["status"]) == ("epcisException:SecurityException", 403)
        assert told["subscriptionID"] == made["subscriptionID"]

    def test_deleted_with_its_query(self, world: World, out: Receivers) -> None:
        made = subscribed(world)
        assert world.client.delete("/queries/all", headers=world.head("coop")).status_code == 204
        record(world, "G1")
        assert run(world) == 0
        assert world.node.database.subscriptions.get(made["subscriptionID"]) is None
        assert out.got == []


class TestRetryAfter:
    """A receiver that says when it wants to be asked again is believed, within bounds."""

    @pytest.mark.parametrize(
        ("text", "least", "most"),
        [
            ("120", 120, 121),
            ("0", 2.4, 5.1),
            ("999999999999", 3600, 3601),
            ("soon", 2.4, 5.1),
            ("-5", 2.4, 5.1),
            ("Wed, 21 Oct 2015 07:28:00 GMT", 2.4, 5.1),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 3600, 3601),
        ],
    )
    def test_waits(
        self, world: World, out: Receivers, text: str, least: float, most: float
    ) -> None:
        made = subscribed(world)
        out.status[DEST], out.retry_after = 503, text
        record(world, "R1")
        at(world, 0)  # the clock stands still
        run(world)
        kept = world.node.database.subscriptions.get(made["subscriptionID"])
        assert kept is not None
        assert least <= kept.due - world.node.deliveries.now() <= most
        told = world.client.get(made["at"], headers=world.head("coop")).json()
        assert told["nextTryAt"] > told["createdAt"]


class TestTooLarge:
    """413 is no trouble but a wish (EPCIS 2.0: "send EPCIS events in smaller batches")."""

    def test_batches_grow_smaller_until_they_are_taken(self, world: World, out: Receivers) -> None:
        out.takes = lambda _, body: len(read_events(body).events) <= 3
        subscribed(world)
        record(world, *(f"K{n}" for n in range(9)))
        run(world)
        assert out.lots() == [f"K{n}" for n in range(9)]
        sizes = [len(read_events(body).events) for _, body, _ in out.got]
        assert max(sizes) <= 3
        assert [status for _, _, status in out.tried[:3]] == [413, 413, 204]
        numbers = [key for _, key, status in out.tried]
        assert len(numbers) == len(set(numbers)), "another delivery has another number"

    def test_they_grow_again(
        self, world: World, out: Receivers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(subscribe, "AT_ONCE", 8)
        monkeypatch.setattr(deliver, "AT_ONCE", 8)
        made = subscribed(world)
        record(world, *(f"L{n}" for n in range(8)))
        out.takes = lambda _, body: len(read_events(body).events) <= 1
        run(world)
        out.takes = lambda *_: True
        record(world, *(f"M{n}" for n in range(9)), *(f"N{n}" for n in range(9)))
        run(world)
        sizes = [len(read_events(body).events) for _, body, _ in out.got]
        assert max(sizes) > 2
        kept = world.node.database.subscriptions.get(made["subscriptionID"])
        assert kept is not None
        assert kept.batch <= 8

    def test_one_that_is_too_large_alone_is_told_of_and_the_others_arrive(
        self, world: World, out: Receivers
    ) -> None:
        out.takes = lambda _, body: b"P1" not in body
        made = subscribed(world)
        record(world, "P0", "P1", "P2")
        for turn in range(deliver.MOST_ALONE):
            assert out.lots() == ["P0"] * (turn > 0)
            run(world)
            told = world.client.get(made["at"], headers=world.head("coop")).json()
            if turn < deliver.MOST_ALONE - 1:
                assert "单独发送" in told["problem"]
                assert told["skipped"] == []
            at(world, 10_000)
        assert out.lots() == ["P0", "P2"]
        told = world.client.get(made["at"], headers=world.head("coop")).json()
        (skipped,) = told["skipped"]
        record_of = world.client.get(f"/events/{skipped['index']}", headers=world.head("coop"))
        assert "P1" in record_of.text
        assert skipped["eventID"].startswith("ni:///sha-256;")
        assert "problem" not in told

    def test_not_all_are_passed_over(
        self, world: World, out: Receivers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A receiver that takes nothing at all is one that fails; nothing more is passed over."""
        monkeypatch.setattr(deliver, "MOST_SKIPPED", 2)
        out.takes = lambda *_: False
        made = subscribed(world)
        record(world, "Q1", "Q2", "Q3")
        for _ in range(4 * deliver.MOST_ALONE):
            run(world)
            at(world, 10_000)
        told = world.client.get(made["at"], headers=world.head("coop")).json()
        assert len(told["skipped"]) == 2
        assert "先等着" in told["problem"]
        out.takes = lambda *_: True
        run(world)
        assert out.lots() == ["Q3"]


class TestTurns:
    """One organisation's dead receivers keep nobody waiting: who may be delivered to, and when."""

    def fail(self, world: World, out: Receivers, who: str, count: int) -> None:
        for number in range(count):
            dest = f"{DEST}/dead/{who}/{number}"
            out.status[dest] = 503
            subscribed(world, who, dest=dest)
        record(world, f"{who[0]}0")
        run(world)
        at(world, 10_000)

    def test_of_those_that_failed_one_for_each_organisation(
        self, world: World, out: Receivers
    ) -> None:
        for who in ("coop", "other", "bureau"):
            self.fail(world, out, who, 3)
        turns: list[Any] = []
        while (turn := world.node.deliveries.next_turn(turns)) is not None:
            turns.append(turn)
        assert all(turn.failing for turn in turns)
        assert sorted(turn.subscription.organisation for turn in turns) == sorted(
            world.org(who) for who in ("coop", "other", "bureau")
        )

    def test_the_others_have_places_of_their_own(self, world: World, out: Receivers) -> None:
        self.fail(world, out, "coop", 5)
        for number in range(5):
            subscribed(world, "coop", dest=f"{DEST}/{number}")
        made = subscribed(world, "other")
        record(world, "T1")
        turns: list[Any] = []
        while (turn := world.node.deliveries.next_turn(turns)) is not None:
            turns.append(turn)
        told = [(turn.subscription.organisation, turn.failing) for turn in turns]
        assert told.count((world.org("coop"), False)) == 3
        assert told.count((world.org("coop"), True)) == 1
        assert told.count((world.org("other"), False)) == 1
        assert made["subscriptionID"] in {turn.subscription.id for turn in turns}

    def test_no_more_than_there_are_places(
        self, world: World, out: Receivers, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(deliver, "TURNS", ((False, 2, 2), (True, 1, 1)))
        for number in range(4):
            subscribed(world, "coop", dest=f"{DEST}/{number}")
        record(world, "T1")
        turns: list[Any] = []
        while (turn := world.node.deliveries.next_turn(turns)) is not None:
            turns.append(turn)
        assert len(turns) == 2
        assert world.node.deliveries.next_turn(turns) is None
        assert world.node.deliveries.next_turn(turns[:1]) is not None


class TestRotation:
    def test_another_secret_from_now_on(self, world: World, out: Receivers) -> None:
        made = subscribed(world, signatureToken="the first one")
        out.status[DEST] = 403
        record(world, "S1")
        run(world)
        del out.status[DEST]
        head = world.head("coop")
        change = {"signatureToken": "the second one"}
        answer = world.client.patch(made["at"], json=change, headers=head)
        assert answer.status_code == 200
        assert answer.json()["signed"]
        assert "second" not in answer.text
        run(world)  # what failed is tried at once
        ((_, body, headers),) = out.got
        digest = hmac.digest(b"the second one", body, "sha256").hex()
        assert headers["GS1-Signature"] == f"sha256={digest}"
        kept = world.node.database.subscriptions.get(made["subscriptionID"])
        assert "second" not in repr(kept)
        answer = world.client.patch(made["at"], json={"signatureToken": None}, headers=head)
        assert not answer.json()["signed"]
        record(world, "S2")
        run(world)
        assert "GS1-Signature" not in out.got[1][2]

    def test_nothing_but_that_and_only_ones_own(self, world: World, out: Receivers) -> None:
        made = subscribed(world, signatureToken="the first one")
        before = world.node.database.subscriptions.get(made["subscriptionID"])
        head = world.head("coop")
        for body in ({"dest": DEST}, {"signatureToken": ""}, {"signatureToken": 5}):
            answer = world.client.patch(made["at"], json=body, headers=head)
            assert answer.status_code == 400
        change = {"signatureToken": "mine"}
        assert world.client.patch(made["at"], json=change).status_code == 401
        answer = world.client.patch(made["at"], json=change, headers=world.head("other"))
        assert answer.status_code == 404
        assert world.client.patch(made["at"], json={}, headers=head).status_code == 200
        assert world.node.database.subscriptions.get(made["subscriptionID"]) == before

    def test_no_secret_in_the_logs(
        self, world: World, out: Receivers, capfd: pytest.CaptureFixture[str]
    ) -> None:
        subscribed(world, signatureToken="hush-hush")
        record(world, "S1")
        out.status[DEST] = 500
        run(world)
        told = capfd.readouterr()
        assert "hush-hush" not in told.out + told.err


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
        # "set initially to initialRecordTime and then updated to the most recent execution"
        assert made["minRecordTime"] == made["initialRecordTime"]
        assert told["minRecordTime"] > told["lastNotifiedAt"] >= made["minRecordTime"]

    def test_sent_again_it_ends_where_it_ended(self, world: World, out: Receivers) -> None:
        """What came after the time of the schedule is for the next time."""
        subscribed(world, stream=None, schedule={"minute": "[0-59]"}, reportIfEmpty=True)
        record(world, "H1")
        at(world, 61)
        out.status[DEST] = 500
        run(world)
        record(world, "H2")
        del out.status[DEST]
        at(world, 10)
        run(world)
        assert [out.lots(), len(out.got)] == [["H1"], 1]
        at(world, 61)
        run(world)
        assert [out.lots(), len(out.got)] == [["H1", "H2"], 2]

    def test_not_before_a_time_that_lies_ahead(
        self, world: World, out: Receivers, stopped: Stopped
    ) -> None:
        soon = world.node.deliveries.now() + 1.5
        subscribed(world, initialRecordTime=_text(soon))
        record(world, "J1")
        run(world)
        stopped.later(1.5)
        record(world, "J2")
        run(world)
        assert out.lots() == ["J2"]

    def test_a_stream_tells_of_events_alone(self, world: World, out: Receivers) -> None:
        """It runs when an event is found; of what it does not find it gives no sign."""
        ask = {"name": "none", "query": {"EQ_bizStep": ["packing"]}}
        head = world.head("coop")
        world.client.post("/queries", json=ask, headers=head)
        body = {"dest": DEST, "stream": True, "reportIfEmpty": True}
        answer = world.client.post("/queries/none/subscriptions", json=body, headers=head)
        assert answer.status_code == 201
        record(world, "H1")
        run(world)
        assert out.got == []

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
    workers = Workers(world.node, writer=Deliveries(world.node))
    workers.start()
    try:
        record(world, "W1", "W2", "W3")
        until(lambda: all(len(out.lots(f"{DEST}/{n}")) == 3 for n in range(6)))
    finally:
        workers.stop()
    assert all(out.lots(f"{DEST}/{n}") == ["W1", "W2", "W3"] for n in range(6))
    assert workers.troubles == {}


def until(done: Callable[[], bool]) -> None:
    for _ in range(3000):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("not within a minute")
