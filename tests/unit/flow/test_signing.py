"""Laboratories sign by a link: who vouches, what is taken, and what is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from nodes import LOT, World, event, make_world

from suyuan.adapters.keys import FileSigner
from suyuan.core import entry, jcs
from suyuan.core.attest import possession
from suyuan.core.content import content_digest
from suyuan.core.encoding import b64url
from suyuan.core.errors import Conflict, Forbidden, NotFound, Refused, TooOften, Unauthenticated
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import key_value
from suyuan.flow.signing import Signing
from suyuan.ports.signing import SigningRequest

KEY = FileSigner(b"\x07" * 32)
HERE = "192.0.2.1"


@dataclass(slots=True)
class Lab:
    """A node with a lot, and a laboratory that has brought its key."""

    world: World
    signing: Signing
    admin: Caller
    coop: Caller

    def ask(self, *items: str, purpose: str = "test") -> SigningRequest:
        token, _ = self.signing.ask(self.coop, self.world.org("lab"), purpose, LOT, items)
        return self.signing.opened(token, HERE)

    def signed(self, events: list[dict[str, Any]], key: FileSigner = KEY) -> list[dict[str, Any]]:
        made = []
        for number, one in enumerate(events):
            content = {"kind": "event", "event": one, "salt": f"{number:021d}A"}
            digest = content_digest(jcs.dumps(content))
            origin = self.world.node.settings.origin
            sig = key.sign(entry.record_message(origin, key.kid, digest))
            made.append({"content": content, "disclosures": [], "kid": key.kid, "sig": b64url(sig)})
        return made

    def bring(self, key: FileSigner) -> tuple[str, str]:
        token, name = self.signing.ask_key(self.admin, self.world.org("lab"))
        request = self.signing.opened(token, HERE)
        proof = key.sign(possession(self.world.node.settings.origin, key.kid, name))
        return self.signing.bring_key(request, b64url(key.public), b64url(proof)), name


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    world = make_world(tmp_path / "node")
    node = world.node
    assert world.client.post("/events", json=event(), headers=world.head("coop")).status_code == 201
    made = Lab(
        world, node.signing, node.accounts.authenticate(world.tokens["admin"]),
        node.accounts.authenticate(world.tokens["coop"]),
    )  # fmt: skip
    made.signing.register(
        made.admin, organisation=world.org("lab"), zh="检测中心", county="990101", contact="李 123"
    )
    kid, name = made.bring(KEY)
    made.signing.confirm(made.admin, name, kid)
    yield made
    node.close()


ROWS = {"day": "2026-09-20", "items": [{"value": "<0.01", "result": "pass"}]}


def test_what_a_laboratory_signs_is_a_third_party_s_word(lab: Lab) -> None:
    request = lab.ask("毒死蜱")
    (index,) = lab.signing.answer(request, lab.signed(lab.signing.events(request, ROWS)))
    stored = lab.world.node.database.log.records([index])[index]
    assert (stored.owner, stored.kid) == (lab.world.org("lab"), KEY.kid)
    state = lab.world.node.appender.ring().state(KEY.kid)
    assert state is not None
    assert state.role == "certifier"
    found = lab.signing.one(lab.coop, request.id)
    assert (found.state, json.loads(found.answer)) == ("answered", [index])
    head = lab.world.head("coop")
    named = lab.world.client.get(f"/master/{lab.world.org('lab')}", headers=head)
    assert "lab 单位" in named.text


def test_a_link_is_answered_once_and_the_same_answer_is_the_same_records(lab: Lab) -> None:
    request = lab.ask("毒死蜱")
    documents = lab.signed(lab.signing.events(request, ROWS))
    first = lab.signing.answer(request, documents)
    request = lab.signing.one(lab.coop, request.id)
    assert lab.signing.answer(request, documents) == first
    with pytest.raises(Conflict):
        lab.signing.events(request, ROWS)
    other = {"day": "2026-09-20", "items": [{"value": "9", "result": "fail"}]}
    fresh = replace(request, state="open", until="2099-01-01T00:00:00.000Z")
    with pytest.raises(Conflict):
        lab.signing.answer(fresh, lab.signed(lab.signing.events(fresh, other)))


def test_what_was_not_asked_is_refused_and_nothing_is_recorded(lab: Lab) -> None:
    request = lab.ask("毒死蜱")
    (one,) = lab.signing.events(request, ROWS)
    size = lab.world.node.database.log.tail().size
    lot = {**one, "quantityList": [{"epcClass": LOT.replace("L-1", "L-2")}]}
    beside = {**one, "disposition": "recalled"}
    for wrong in ([lot], [beside], [], [one, one]):
        with pytest.raises(Refused):
            lab.signing.answer(request, lab.signed(wrong))
    (document,) = lab.signed([one])
    flipped = "A" if document["sig"][0] != "A" else "B"
    for wrong_document in (
        {**document, "sig": flipped + document["sig"][1:]},
        {**document, "disclosures": ["x"]},
        {"content": {"kind": "master", "master": {}, "salt": "A" * 22}},
        "text",
        None,
    ):
        with pytest.raises(Refused):
            lab.signing.answer(request, [wrong_document])
    assert lab.world.node.database.log.tail().size == size


def test_no_other_key_signs_for_a_laboratory(lab: Lab) -> None:
    request = lab.ask("毒死蜱")
    events = lab.signing.events(request, ROWS)
    stranger = FileSigner(b"\x09" * 32)
    with pytest.raises(Forbidden):
        lab.signing.answer(request, lab.signed(events, stranger))
    kid, _ = lab.bring(stranger)  # brought, and not compared yet
    with pytest.raises(Forbidden):
        lab.signing.answer(request, lab.signed(events, stranger))
    recorder = FileSigner(b"\x0a" * 32)
    lab.world.node.capture.key(
        lab.admin, key_value(recorder.public, lab.world.org("lab"), "recorder")
    )
    with pytest.raises(Forbidden):
        lab.signing.answer(request, lab.signed(events, recorder))
    revoked = key_value(KEY.public, lab.world.org("lab"), "certifier", "revoked")
    lab.world.node.capture.key(lab.admin, revoked)
    with pytest.raises(Forbidden):
        lab.signing.answer(request, lab.signed(events))
    with pytest.raises(Refused, match="no key"):
        lab.ask("铅")
    assert kid == stranger.kid


def test_a_key_counts_once_the_administrator_has_compared_it(lab: Lab) -> None:
    other = FileSigner(b"\x0b" * 32)
    kid, name = lab.bring(other)
    ring = lab.world.node.appender.ring()
    assert ring.state(kid) is None
    with pytest.raises(Forbidden):
        lab.signing.confirm(lab.coop, name, kid)
    with pytest.raises(Conflict):
        lab.signing.confirm(lab.admin, name, KEY.kid)
    lab.signing.refuse_key(lab.admin, name)
    with pytest.raises(Conflict):
        lab.signing.confirm(lab.admin, name, kid)
    token, name = lab.signing.ask_key(lab.admin, lab.world.org("lab"))
    request = lab.signing.opened(token, HERE)
    with pytest.raises(Forbidden):
        lab.signing.bring_key(request, b64url(other.public), b64url(KEY.sign(b"x")))
    proof = KEY.sign(possession(lab.world.node.settings.origin, KEY.kid, name))
    with pytest.raises(Conflict):
        lab.signing.bring_key(request, b64url(KEY.public), b64url(proof))


def test_days_are_told_as_in_china(lab: Lab) -> None:
    request = replace(lab.ask("铅"), until="2026-01-01T16:30:00.000Z")
    with pytest.raises(Conflict) as late:
        lab.signing.require_open(request)
    assert late.value.params["day"] == "2026-01-02"
    done = replace(request, state="answered", answered_at="2026-01-01T15:59:00.000Z")
    with pytest.raises(Conflict) as again:
        lab.signing.require_open(done)
    assert again.value.params["day"] == "2026-01-01"


@pytest.mark.usefixtures("stopped")
def test_links_are_guessed_by_nobody_and_can_be_taken_back(lab: Lab) -> None:
    token, name = lab.signing.ask(lab.coop, lab.world.org("lab"), "test", LOT, ["铅"])
    stored = lab.signing.store.get(name)
    assert stored is not None
    assert token.encode() not in stored.token
    again = lab.signing.renew(lab.coop, name)
    with pytest.raises(Unauthenticated):
        lab.signing.opened(token, HERE)
    request = lab.signing.opened(again, HERE)
    other = lab.world.node.accounts.authenticate(lab.world.tokens["other"])
    for act in (lab.signing.revoke, lab.signing.renew, lab.signing.one):
        with pytest.raises(NotFound):
            act(other, name)
    lab.signing.revoke(lab.coop, name)
    taken = lab.signing.one(lab.coop, name)
    with pytest.raises(Conflict):
        lab.signing.answer(taken, lab.signed(lab.signing.events(request, ROWS)))
    with pytest.raises(Conflict):
        lab.signing.require_open(replace(request, until="2026-01-01T00:00:00.000Z"))
    for _ in range(30):
        with pytest.raises(Unauthenticated):
            lab.signing.opened("x" * 43, "192.0.2.7")
    with pytest.raises(TooOften):
        lab.signing.opened("x" * 43, "192.0.2.7")


def test_only_who_asked_takes_a_link_back_and_as_a_recorder(lab: Lab) -> None:
    """The administrator may, too; who is asked, and another role of the same organisation, may not."""
    _, name = lab.signing.ask(lab.coop, lab.world.org("lab"), "test", LOT, ["铅"])
    asked = Caller(lab.world.org("lab"), "certifier", "990101", "t")
    as_recorder = replace(asked, role="recorder")
    same_house = replace(lab.coop, role="certifier")
    for caller in (asked, as_recorder, same_house, replace(lab.coop, role="regulator")):
        for act in (lab.signing.revoke, lab.signing.renew):
            with pytest.raises(Forbidden):
                act(caller, name)
    assert lab.signing.one(lab.coop, name).state == "open"
    lab.signing.revoke(lab.admin, name)


def test_whom_to_call_is_told_to_the_administrator_and_the_laboratory_alone(lab: Lab) -> None:
    own = Caller(lab.world.org("lab"), "certifier", "990101", "t")
    told = {who.organisation: lab.signing.registered(who)[0].contact
            for who in (lab.admin, lab.coop, own)}  # fmt: skip
    assert told == {
        lab.admin.organisation: "李 123", lab.coop.organisation: "", own.organisation: "李 123",
    }  # fmt: skip
    client = lab.world.client
    assert "contact" not in client.get("/laboratories", headers=lab.world.head("coop")).text
    assert "李 123" in client.get("/laboratories", headers=lab.world.head("admin")).text
    _, name = lab.signing.ask(lab.coop, own.organisation, "test", LOT, ["铅"])
    refused = client.delete(f"/signing/requests/{name}", headers=lab.world.head("lab"))
    assert refused.status_code == 403


def test_what_a_form_would_refuse_is_refused_signed(lab: Lab) -> None:
    request = lab.ask("毒死蜱")
    (one,) = lab.signing.events(request, ROWS)
    size = lab.world.node.database.log.tail().size
    test = one["suyuan:test"]
    bare = {**one, "suyuan:test": {key: test[key] for key in test if key != "result"}}
    late = {**one, "eventTime": "2999-01-01T00:00:00.000+08:00"}
    for wrong in (bare, late):
        with pytest.raises(Refused):
            lab.signing.answer(request, lab.signed([wrong]))
    assert lab.world.node.database.log.tail().size == size


def test_what_cannot_be_asked_is_told_at_its_field(lab: Lab) -> None:
    ask, org = lab.signing.ask, lab.world.org("lab")
    wrong: list[tuple[str, tuple[Any, ...]]] = [
        ("/laboratory", (lab.coop, lab.world.org("other"), "test", LOT, ["铅"])),
        ("/subject", (lab.coop, org, "test", LOT + "9", ["铅"])),
        ("/subject", (lab.coop, org, "test", "https://id.gs1.org/01/09521234000068", ["铅"])),
        ("/items", (lab.coop, org, "test", LOT, [" "])),
        ("/items", (lab.coop, org, "certificate", LOT, ["best"])),
        ("/purpose", (lab.coop, org, "key", LOT, ["铅"])),
    ]
    for path, given in wrong:
        with pytest.raises(Refused) as told:
            ask(*given)
        assert told.value.path == path
    with pytest.raises(Forbidden):
        ask(lab.admin, org, "test", LOT, ["铅"])
    with pytest.raises(Forbidden):
        lab.signing.register(lab.coop, zh="x", county="990101", contact="x")


def test_two_at_once_issue_no_more_than_a_certificate_covers(lab: Lab) -> None:
    node, head = lab.world.node, lab.world.head("coop")
    product = {
        "id": "https://id.gs1.org/01/09521234000068", "type": "Product",
        "name": {"zh": "山核桃", "en": "Hickory"}, "suyuan:claims": ["green"],
        "suyuan:netWeight": {"value": 250, "uom": "GRM"},
    }  # fmt: skip
    assert lab.world.client.post("/master", json=product, headers=head).status_code == 201
    request = lab.ask("green", purpose="certificate")
    given = {"day": "2026-09-20", "number": "LB-1", "until": "2099-12-31", "volume": "5 公斤"}
    lab.signing.answer(request, lab.signed(lab.signing.events(request, given)))
    ready, found = threading.Barrier(4), list[bool]()

    def issue(key: str) -> None:
        ready.wait()
        try:
            node.issuer.issue(
                lab.coop, gtin="09521234000068", lot="L-1", count=16, key=key,
                event_time="2026-09-21T08:00:00.000+08:00", time_zone="+08:00",
            )  # fmt: skip
            found.append(True)
        except Refused:
            found.append(False)

    threads = [threading.Thread(target=issue, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [False, False, False, True]


def test_labels_claim_what_a_certificate_covers(lab: Lab) -> None:
    node, head = lab.world.node, lab.world.head("coop")
    product = {
        "id": "https://id.gs1.org/01/09521234000068", "type": "Product",
        "name": {"zh": "山核桃", "en": "Hickory"}, "suyuan:claims": ["green"],
        "suyuan:netWeight": {"value": 250, "uom": "GRM"},
    }  # fmt: skip
    assert lab.world.client.post("/master", json=product, headers=head).status_code == 201

    def issue(count: int, key: str) -> Any:
        body = {
            "gtin": "09521234000068", "lot": "L-1", "count": count, "key": key,
            "eventTime": "2026-09-21T08:00:00.000+08:00", "eventTimeZoneOffset": "+08:00",
        }  # fmt: skip
        return lab.world.client.post(
            "/serials", json=body, headers={**head, "Accept-Language": "en"}
        )

    assert "no certificate" in issue(10, "a").json()["detail"]
    request = lab.ask("green", purpose="certificate")
    given = {"day": "2026-09-20", "number": "LB-1", "until": "2099-12-31", "volume": "5 公斤"}
    lab.signing.answer(request, lab.signed(lab.signing.events(request, given)))
    (found,) = node.claims.look(lab.coop.viewer, lab.coop.organisation, LOT, 10)
    assert found.verdict == "pass"
    answer = issue(10, "b")
    assert answer.status_code == 201
    assert answer.json()["claims"] == [
        {"claim": "green", "verdict": "pass", "text": "Green food: LB-1, 2.5 of 5 kg used",
         "certificate": "LB-1"}
    ]  # fmt: skip
    stored = node.database.log.records([answer.json()["index"]])[answer.json()["index"]]
    assert json.loads(stored.content or b"")["event"]["suyuan:claims"] == [
        {"claim": "green", "certificate": "LB-1", "by": lab.world.org("lab")}
    ]
    assert issue(10, "b").json() == answer.json()
    refused = issue(11, "c")  # 2.5 kg + 2.75 kg
    assert refused.status_code == 400
    assert "covers 5 kg" in refused.json()["detail"]
    assert "Its certifier can certify more" in refused.json()["detail"]
    warned = issue(10, "d")
    assert (warned.status_code, warned.json()["claims"][0]["verdict"]) == (201, "warn")
    # Its certifier withdraws it: nobody else does.
    (one,) = lab.signing.events(lab.ask("green", purpose="certificate"), given)
    named = node.database.log.records([found.certificate.index])  # type: ignore[union-attr]
    first = json.loads(named[found.certificate.index].content or b"")["event"]  # type: ignore[union-attr]
    void = {"type": "green", "number": "LB-1", "status": "void", "of": first["eventID"]}
    withdrawn = {**one, "suyuan:certificate": void}
    forged = {**withdrawn, "eventID": "urn:uuid:00000000-0000-4000-8000-000000000001"}
    assert lab.world.client.post("/events", json=forged, headers=head).status_code == 201
    assert node.claims.look(lab.coop.viewer, lab.coop.organisation, LOT, 0)[0].verdict == "warn"
    records = lab.world.client.post(
        "/records", json=lab.signed([withdrawn])[0], headers=lab.world.head("lab")
    )
    assert records.status_code == 201
    assert "was withdrawn" in issue(1, "f").json()["detail"]
    stolen = key_value(KEY.public, lab.world.org("lab"), "certifier", "revoked", 0)
    node.capture.key(lab.admin, stolen)
    assert "key of its own" in issue(1, "e").json()["detail"]
