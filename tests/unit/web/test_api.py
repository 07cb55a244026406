"""The API as its users meet it: what is taken, what is refused and how, who sees what."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from nodes import GTIN, LOT, World, document, event, made_up_policy

from suyuan.core.encoding import parse_digest
from suyuan.core.errors import Fatal, Unavailable
from suyuan.core.tiles import decode_entries
from suyuan.core.verify import verify_bundle


def size(world: World) -> int:
    return world.node.database.log.tail().size


def post(world: World, body: Any, who: str = "coop", path: str = "/events", **head: str) -> Any:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return world.client.post(path, content=content, headers=world.head(who, **head))


class TestEvents:
    def test_an_event_is_recorded_and_told_back_as_it_came(self, world: World) -> None:
        sent = event(**{"suyuan:note": "第一锅", "eventID": "https://node.example/e/1"})
        answer = post(world, sent)
        assert answer.status_code == 201
        index = answer.json()["index"]
        assert answer.headers["location"] == f"/events/{index}"
        told = world.client.get(f"/events/{index}").json()
        assert told["content"]["event"] == sent
        assert told["proof"] is None

    def test_the_same_event_again_answers_the_first_index(self, world: World) -> None:
        first = post(world, event()).json()["index"]
        before = size(world)
        assert post(world, event()).json()["index"] == first
        assert size(world) == before

    def test_the_same_event_of_another_organisation_is_another_record(self, world: World) -> None:
        season = event(
            quantityList=None, epcList=["https://node.example/crate/1"], action="OBSERVE"
        )
        assert post(world, season).status_code == 201
        answer = post(world, season, "other")
        assert answer.status_code == 403, answer.text

    def test_idempotency_key_answers_again_and_refuses_another_request(self, world: World) -> None:
        head = {"Idempotency-Key": "k1"}
        first = post(world, event(), **head).json()
        assert post(world, event(), **head).json() == first
        answer = post(world, event(bizStep="packing"), **head)
        assert answer.status_code == 409
        assert answer.headers["content-type"] == "application/problem+json"

    def test_an_event_id_is_taken_once_unless_corrected(self, world: World) -> None:
        known = {"eventID": "https://node.example/e/9"}
        post(world, event(**known))
        answer = post(world, event(**known, bizStep="packing"))
        assert answer.status_code == 409
        assert answer.json()["errors"][0]["path"] == "/eventID"
        corrected = event(
            **known,
            bizStep="packing",
            errorDeclaration={
                "declarationTime": "2026-09-18T08:00:00.000Z",
                "reason": "incorrect_data",
            },
        )
        assert post(world, corrected).status_code == 201

    def test_private_members_are_taken_out_and_shown_to_whom_they_concern(
        self, world: World
    ) -> None:
        sent = event(**{"suyuan:person": {"name": "张建国"}, "suyuan:note": "a"})
        index = post(world, sent, **{"Suyuan-Private": "/suyuan:note"}).json()["index"]
        public = world.client.get(f"/events/{index}").json()
        assert "张建国" not in json.dumps(public, ensure_ascii=False)
        assert "suyuan:note" not in public["content"]["event"]
        assert len(public["content"]["event"]["suyuan:sd"]) == 2
        assert public["disclosures"] == []
        for who, count in (("coop", 2), ("bureau", 2), ("admin", 2), ("other", 0), ("faraway", 0)):
            told = world.client.get(f"/events/{index}", headers=world.head(who)).json()
            assert len(told["disclosures"]) == count, who

    def test_a_private_member_inside_a_list_is_refused_by_name(self, world: World) -> None:
        answer = post(world, event(**{"suyuan:workers": [{"suyuan:phone": "139"}]}))
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"] == "/suyuan:workers/0/suyuan:phone"

    def test_trade_is_hidden_from_the_public(self, world: World) -> None:
        post(world, event())
        sold = event(
            action="OBSERVE",
            bizStep="shipping",
            destinationList=[{"type": "possessing_party", "destination": world.org("other")}],
        )
        index = post(world, sold).json()["index"]
        public = world.client.get(f"/events/{index}").json()
        assert public["hidden"]
        assert public["content"] is None
        for who, hidden in (
            ("other", False),
            ("coop", False),
            ("bureau", False),
            ("faraway", True),
        ):
            told = world.client.get(f"/events/{index}", headers=world.head(who)).json()
            assert told["hidden"] is hidden, who
        found = world.client.get("/events", params={"EQ_bizStep": "shipping"}).json()
        assert found["suyuan:records"] == []


class TestRefusals:
    @pytest.mark.parametrize(
        ("body", "place"),
        [
            (b'{"type": "ObjectEvent"', "line"),
            (b'{"type": "ObjectEvent", "type": "ObjectEvent"}', "成员 type"),
            (b'{"a": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", ""),
            (b'{"a": 9007199254740993}', "/a"),
            (b'{"a": "\\ud800"}', "/a"),
            (b"\xff\xfe", ""),
            (b"[]", ""),
            (b"", ""),
        ],
        ids=["syntax", "double", "deep", "number", "surrogate", "encoding", "array", "empty"],
    )
    def test_malformed_json_is_refused_with_its_place(
        self, world: World, body: bytes, place: str
    ) -> None:
        before = size(world)
        answer = post(world, body)
        assert answer.status_code == 400
        problem = answer.json()
        assert problem["type"] == "epcisException:ValidationException"
        assert place in json.dumps(problem, ensure_ascii=False)
        assert "Traceback" not in answer.text
        assert size(world) == before

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"eventTime": 7}, "/eventTime"),
            ({"eventTime": None}, "eventTime"),
            ({"colour": "red"}, "/colour"),
            ({"action": "TAKE"}, "/action"),
            ({"quantityList": [{"epcClass": LOT, "quantity": "many"}]}, "/quantityList/0/quantity"),
        ],
    )
    def test_an_invalid_event_is_refused_at_its_member(
        self, world: World, change: dict[str, Any], path: str
    ) -> None:
        before = size(world)
        answer = post(world, event(**change))
        assert answer.status_code == 400
        assert path in json.dumps(answer.json()["errors"])
        assert size(world) == before

    def test_a_body_over_the_limit_is_refused_before_it_is_read(self, world: World) -> None:
        answer = post(world, b"[" + b"0," * (50 * 1024 * 1024) + b"0]", path="/capture")
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"

    def test_an_event_too_deep_for_a_content_is_refused(self, world: World) -> None:
        deep: Any = 1
        for _ in range(31):
            deep = {"suyuan:x": deep}
        answer = post(world, event(**{"suyuan:deep": deep}))
        assert answer.status_code == 400

    def test_tokens_wrong_absent_or_revoked_are_401(self, world: World) -> None:
        for head in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
            answer = world.client.post("/events", json=event(), headers=head)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        listed = world.client.get("/tokens", headers=world.head("coop")).json()
        gone = world.client.delete(f"/tokens/{listed[0]['id']}", headers=world.head("coop"))
        assert gone.status_code == 204
        assert post(world, event()).status_code == 401

    def test_somebody_elses_lot_is_403_and_says_who_could(self, world: World) -> None:
        product = {
            "id": f"https://id.gs1.org/01/{GTIN}",
            "type": "Product",
            "name": {"zh": "山核桃"},
        }
        assert post(world, product, path="/master").status_code == 201
        answer = post(world, event(), "other")
        assert answer.status_code == 403
        assert "destinationList" in answer.json()["detail"]

    def test_chinese_readers_get_chinese(self, world: World) -> None:
        answer = post(world, event(), who="coop", **{"Accept-Language": "en"})
        assert answer.status_code == 201
        english = world.client.post("/events", json={}, headers={"Accept-Language": "en"}).json()
        chinese = world.client.post("/events", json={}, headers={"Accept-Language": "zh-CN"}).json()
        assert english["detail"] != chinese["detail"]


class TestCapture:
    def test_a_document_becomes_a_job_that_records_all(self, world: World) -> None:
        events = [event(quantityList=[{"epcClass": f"{LOT}{n}"}]) for n in range(5)]
        answer = post(world, document(events), path="/capture")
        assert answer.status_code == 202
        place = answer.headers["location"]
        waiting = world.client.get(place, headers=world.head("coop")).json()
        assert waiting["running"]
        assert world.node.jobs.run_one() is not None
        told = world.client.get(place, headers=world.head("coop")).json()
        assert told["success"]
        assert not told["running"]
        assert len(told["indices"]) == 5
        stranger = world.client.get(place, headers=world.head("other"))
        assert stranger.status_code == 403

    def test_one_bad_event_keeps_all_out_and_every_bad_one_is_named(self, world: World) -> None:
        events = [event(), event(action="TAKE"), event(eventTime="yesterday")]
        before = size(world)
        place = post(world, document(events), path="/capture").headers["location"]
        world.node.jobs.run_one()
        told = world.client.get(place, headers=world.head("coop")).json()
        assert not told["success"]
        paths = [error["path"] for error in told["errors"]]
        assert paths == ["/epcisBody/eventList/1/action", "/epcisBody/eventList/2/eventTime"]
        assert size(world) == before

    def test_malformed_documents_are_refused_at_once(self, world: World) -> None:
        assert post(world, b"{", path="/capture").status_code == 400
        assert post(world, {"type": "EPCISDocument"}, path="/capture").status_code == 400


class TestPublicLog:
    def test_checkpoint_tiles_and_entries(self, world: World) -> None:
        assert world.client.get("/log/checkpoint").status_code == 404
        world.node.sealer.seal()
        note = world.client.get("/log/checkpoint")
        assert note.headers["content-type"] == "text/plain; charset=utf-8"
        count = int(note.text.split("\n")[1])
        assert count == size(world)
        entries = world.client.get(f"/log/tile/entries/000.p/{count}")
        assert entries.headers["content-type"] == "application/octet-stream"
        assert len(decode_entries(entries.content)) == count
        hashes = world.client.get(f"/log/tile/0/000.p/{count}").content
        assert hashes == b"".join(world.node.database.tree.leaf_hashes(0, count))
        assert "immutable" in entries.headers["cache-control"]
        for missing in ("0/000", "0/001.p/1", f"0/000.p/{count + 1}", "entries/000", "1/000.p/1"):
            assert world.client.get(f"/log/tile/{missing}").status_code == 404, missing
        for wrong in ("0/1", "x/000", "0/000.p/0", "0/000.p/256", "64/000"):
            assert world.client.get(f"/log/tile/{wrong}").status_code in (400, 404), wrong


class TestBundles:
    def test_a_bundle_is_made_for_whom_it_is_for(self, world: World) -> None:
        sent = event(**{"suyuan:person": {"name": "张建国"}})
        post(world, sent)
        assert world.client.get("/bundle", params={"subject": LOT}).status_code == 503
        world.node.sealer.seal()
        public = world.client.get("/bundle", params={"subject": LOT})
        assert public.status_code == 200
        report = verify_bundle(public.content, world.policy(), subject=LOT)
        assert (report.verdict, report.complete) == ("logged", "yes"), report.text
        assert "张建国" not in public.text
        own = world.client.get("/bundle", params={"subject": LOT}, headers=world.head("bureau"))
        assert verify_bundle(own.content, world.policy()).verdict == "logged"
        assert own.json()["records"][-1]["disclosures"]

    def test_more_than_a_bundle_holds_is_refused_before_it_is_read(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number in range(4):
            assert post(world, event(**{"suyuan:note": str(number)})).status_code == 201
        world.node.sealer.seal()
        monkeypatch.setattr("suyuan.flow.prove.MAX_RECORDS", 3)
        answer = world.client.get("/bundle", params={"subject": LOT})
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"

    def test_unknown_subjects_are_404(self, world: World) -> None:
        world.node.sealer.seal()
        for subject in (f"{LOT}X", "https://id.gs1.org/01/09521234000068"):
            assert world.client.get("/bundle", params={"subject": subject}).status_code == 404


class TestAccounts:
    def test_only_an_administrator_makes_organisations_tokens_and_keys(self, world: World) -> None:
        body = {"id": "https://node.example/org/new", "name": {"zh": "新社"}, "county": "990101"}
        assert post(world, body, path="/organisations").status_code == 403
        assert post(world, body, "admin", "/organisations").status_code == 201
        for path, sent in (
            ("/tokens", {"organisation": body["id"], "role": "recorder"}),
            ("/keys", {"organisation": body["id"], "role": "recorder"}),
        ):
            assert post(world, sent, path=path).status_code == 403
            assert post(world, sent, "admin", path).status_code == 201
        seen = world.client.get("/organisations", headers=world.head("coop")).json()
        assert [o["id"] for o in seen] == [world.org("coop")]

    def test_a_recorder_revokes_no_administrators_token(self, world: World) -> None:
        made = {"organisation": world.org("admin"), "role": "recorder"}
        recorder = post(world, made, "admin", "/tokens").json()["token"]
        head = {"Authorization": f"Bearer {recorder}"}
        listed = world.client.get("/tokens", headers=head).json()
        roles = {token["role"]: token["id"] for token in listed}
        theirs = world.client.delete(f"/tokens/{roles['administrator']}", headers=head)
        assert theirs.status_code == 403
        assert world.client.get("/tokens", headers=world.head("admin")).status_code == 200
        own = world.client.delete(f"/tokens/{roles['recorder']}", headers=head)
        assert own.status_code == 204

    def test_an_erased_record_keeps_its_entry_and_loses_its_content(self, world: World) -> None:
        index = post(world, event(**{"suyuan:note": "to go"})).json()["index"]
        assert post(world, {"index": index, "reason": "x"}, path="/erasures").status_code == 403
        body = {"index": index, "reason": "asked for"}
        assert post(world, body, "admin", "/erasures").status_code == 201
        told = world.client.get(f"/events/{index}", headers=world.head("admin")).json()
        assert told["erased"]
        assert told["content"] is None
        world.node.sealer.seal()
        bundle = world.client.get("/bundle", params={"subject": LOT}).content
        report = verify_bundle(bundle, world.policy())
        assert (report.verdict, report.complete, report.erased) == ("logged", "unknown", 1)


class TestAttachments:
    def test_bytes_go_with_an_event_and_are_served_to_who_sees_it(self, world: World) -> None:
        head = world.head("coop", **{"Content-Type": "image/png", "Suyuan-Name": "a.png"})
        member = world.client.post("/attachments", content=b"picture", headers=head).json()
        place = f"/attachments/{member['digest'].removeprefix('sha-256:')}"
        assert world.client.get(place).status_code == 404
        missing = {**member, "digest": "sha-256:" + "0" * 64}
        refused = post(world, event(**{"suyuan:attachments": [missing]}))
        assert refused.status_code == 404
        assert post(world, event(**{"suyuan:attachments": [member]})).status_code == 201
        served = world.client.get(place)
        assert served.content == b"picture"
        assert served.headers["content-disposition"] == "attachment"

    def test_a_record_carries_its_attachments_from_the_moment_it_is_there(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What a crash just after the append leaves behind is whole."""
        member = world.client.post(
            "/attachments", content=b"picture", headers=world.head("coop")
        ).json()
        sent = event(**{"suyuan:attachments": [member]})
        digest = parse_digest(member["digest"])
        seen: list[list[int]] = []
        appended = world.node.appender.append

        def append(*args: Any, **more: Any) -> tuple[int, ...]:
            indices = appended(*args, **more)
            seen.append(world.node.database.attachments.records_of(digest))
            return indices

        monkeypatch.setattr(world.node.appender, "append", append)
        index = post(world, sent).json()["index"]
        assert seen == [[index]]

    def test_erasing_one_record_opens_no_attachment_of_another(self, world: World) -> None:
        head = world.head("coop", **{"Suyuan-Name": "收据.png".encode()})  # type: ignore[arg-type]
        made = world.client.post("/attachments", content=b"receipt", headers=head)
        assert made.json()["name"] == "收据.png"
        named = {"suyuan:attachments": [made.json()]}
        index = post(world, event(**named)).json()["index"]
        sold = event(action="OBSERVE", bizStep="shipping", **named)
        assert post(world, sold).status_code == 201
        gone = {"index": index, "reason": "asked for"}
        assert post(world, gone, "admin", "/erasures").status_code == 201
        place = made.headers["location"]
        assert world.client.get(place).status_code == 404
        assert world.client.get(place, headers=world.head("faraway")).status_code == 403
        assert world.client.get(place, headers=world.head("bureau")).status_code == 200


class TestAnswers:
    """What holds for all of them."""

    @pytest.mark.parametrize(
        "path",
        ["/events?perPage=0", "/records?start=-1", "/bundle", "/log/checkpoint/1e3"],
    )
    def test_a_parameter_of_the_wrong_kind_is_a_problem_too(self, world: World, path: str) -> None:
        answer = world.client.get(path)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        kind = "QueryParameter" if path.startswith("/events") else "Validation"
        assert answer.json()["type"] == f"epcisException:{kind}Exception"
        assert answer.json()["errors"][0]["path"] in {"perPage", "start", "subject", "size"}

    @pytest.mark.parametrize("path", ["/keys", "/events", "/nowhere", "/healthz"])
    def test_nothing_is_cached_sniffed_or_run_unless_it_says_so(
        self, world: World, path: str
    ) -> None:
        headers = world.client.get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")

    def test_what_an_endpoint_says_of_itself_stands(self, world: World) -> None:
        world.node.sealer.seal()
        assert "max-age=3" in world.client.get("/log/checkpoint").headers["cache-control"]

    def test_the_openapi_document_tells_tokens_bodies_and_problems(self, world: World) -> None:
        told = world.client.get("/openapi.json").json()
        (scheme,) = told["components"]["securitySchemes"].items()
        assert (scheme[1]["type"], scheme[1]["scheme"]) == ("http", "bearer")
        for path, methods in told["paths"].items():
            for method, operation in methods.items():
                assert "422" not in operation["responses"], path
                assert "default" in operation["responses"], path
                assert ("requestBody" in operation) == (method in {"patch", "post", "put"}), path
        for path, method in (("/events", "post"), ("/tokens", "get")):
            assert told["paths"][path][method]["security"] == [{scheme[0]: []}], path
        for path in ("/bundle", "/events"):  # the public is answered too, with less
            assert told["paths"][path]["get"]["security"] == [{scheme[0]: []}, {}], path
        assert "security" not in told["paths"]["/log/checkpoint"]["get"]
        wanted = told["paths"]["/serials"]["post"]["requestBody"]["content"]["application/json"]
        assert "eventTimeZoneOffset" in wanted["schema"]["required"]

    def test_readiness_says_what_is_wrong(self, world: World) -> None:
        workers = world.client.app.state.workers  # type: ignore[attr-defined]
        assert world.client.get("/readyz").status_code == 200
        workers.troubles["anchor"] = Unavailable("the chain does not answer")
        waiting = world.client.get("/readyz")
        assert (waiting.status_code, waiting.json()["troubles"]) == (
            200,
            {"anchor": "the chain does not answer"},
        )
        workers.troubles["anchor"] = Fatal("the past of one of them was rewritten")
        assert world.client.get("/readyz").status_code == 503


class TestSearch:
    def test_an_event_is_found_by_the_hash_it_is_told_with(self, world: World) -> None:
        index = post(world, event(**{"suyuan:person": "p"})).json()["index"]
        told = world.client.get(f"/events/{index}").json()
        assert told["eventHash"].startswith("ni:///sha-256;")
        found = world.client.get(f"/events/{quote(told['eventHash'])}").json()
        assert [one["index"] for one in found["suyuan:records"]] == [index]


class TestChain:
    def test_only_questions_of_a_verifier_are_passed_on(self, world: World) -> None:
        world.node.database.anchors.add_policy(made_up_policy(world.node), "2026-09-17T00:00:00Z")
        world.node.settings.rpc_urls.append("http://127.0.0.1:9")
        contract = "0x" + "2" * 40
        call = {"to": contract, "data": "0x"}
        for method, params in (
            ("eth_sendRawTransaction", ["0x"]),
            ("eth_getLogs", [{"address": contract, "fromBlock": "0x0"}]),
            ("eth_call", [{"to": "0x" + "3" * 40, "data": "0x"}, "latest"]),
            ("eth_call", [{**call, "gas": "0xffffffff"}, "latest"]),
            ("eth_call", [call, "latest", {contract: {"code": "0x5b600056"}}]),
            ("eth_getBlockByNumber", ["latest", True]),
            (["eth_chainId"], []),
            ({}, []),
        ):
            asked = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
            answer = world.client.post("/chain", json=asked)
            assert answer.status_code == 403, (method, params)
        good = {"jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [call, "latest"]}
        assert world.client.post("/chain", json=good).status_code == 503

    def test_anybodys_question_is_short(self, world: World) -> None:
        answer = world.client.post("/chain", content=b'{"id": "' + b"x" * 20_000 + b'"}')
        assert answer.status_code == 413
