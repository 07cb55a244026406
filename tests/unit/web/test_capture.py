"""Capture as EPCIS 2.0 binds it to HTTP: jobs, what they do with errors, limits, forms, discovery."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from nodes import World, document, event, make_world


def crate(number: int, **more: Any) -> dict[str, Any]:
    return event(quantityList=None, epcList=[f"https://node.example/crate/{number}"], **more)


def send(world: World, events: list[dict[str, Any]], **head: str) -> Any:
    """What became of a document, when its job is done."""
    answer = world.client.post(
        "/capture", json=document(events), headers=world.head("coop", **head)
    )
    assert answer.status_code == 202, answer.text
    assert answer.headers["gs1-epcis-version"] == "2.0.0"
    world.node.jobs.run_one()
    return world.client.get(answer.headers["location"], headers=world.head("coop")).json()


class TestErrors:
    bad = (crate(1), crate(2, action="TAKE"), crate(3))

    def test_rollback_is_what_happens_unless_told(self, world: World) -> None:
        before = world.node.database.log.tail().size
        for head in ({}, {"GS1-Capture-Error-Behaviour": "rollback"}):
            job = send(world, list(self.bad), **head)
            assert job["captureErrorBehaviour"] == "rollback"
            assert (job["running"], job["success"], job["recorded"]) == (False, False, 0)
            assert [e["path"] for e in job["errors"]] == ["/epcisBody/eventList/1/action"]
        assert world.node.database.log.tail().size == before

    def test_proceed_records_the_others(self, world: World) -> None:
        job = send(world, list(self.bad), **{"GS1-Capture-Error-Behaviour": "proceed"})
        assert job["captureErrorBehaviour"] == "proceed"
        assert (job["running"], job["success"], job["recorded"]) == (False, False, 2)
        assert job["indices"][1] is None
        (error,) = job["errors"]
        assert error["type"] == "epcisException:ValidationException"
        assert error["path"] == "/epcisBody/eventList/1/action"
        assert error["status"] == 400
        assert job["createdAt"] <= job["finishedAt"]
        for index in (job["indices"][0], job["indices"][2]):
            assert world.client.get(f"/events/{index}").status_code == 200

    def test_proceed_without_errors_is_a_success(self, world: World) -> None:
        job = send(world, [crate(1)], **{"GS1-Capture-Error-Behaviour": "proceed"})
        assert (job["success"], job["recorded"], job["errors"]) == (True, 1, [])

    def test_a_repeat_ends_after_it_began(self, world: World) -> None:
        first, again = send(world, [crate(1)]), send(world, [crate(1)])
        assert again["indices"] == first["indices"]
        assert first["finishedAt"] <= again["createdAt"] <= again["finishedAt"]

    def test_who_speaks_xml_alone_captures_and_follows_the_job(self, world: World) -> None:
        head = world.head("coop", Accept="application/xml", **{"Accept-Language": "en"})
        head["GS1-Capture-Error-Behaviour"] = "proceed"
        answer = world.client.post("/capture", json=document(list(self.bad)), headers=head)
        assert (answer.status_code, answer.headers["content-type"]) == (202, "application/xml")
        assert ET.fromstring(answer.content).get("running") == "true"
        world.node.jobs.run_one()
        told = world.client.get(answer.headers["location"], headers=head)
        assert (told.status_code, told.headers["content-type"]) == (200, "application/xml")
        job = ET.fromstring(told.content)
        assert job.tag == "{urn:epcglobal:epcis:xsd:2}EPCISCaptureJob"
        assert (job.get("running"), job.get("success")) == ("false", "false")
        assert answer.headers["location"] == f"/capture/{job.get('captureID')}"
        assert job.findtext("captureErrorBehaviour") == "proceed"
        assert job.findtext("createdAt", "") <= job.findtext("finishedAt", "")
        assert job.findtext("errors/error/type") == "epcisException:ValidationException"
        assert job.findtext("errors/error/path") == "/epcisBody/eventList/1/action"

    def test_another_behaviour_is_refused(self, world: World) -> None:
        head = world.head("coop", **{"GS1-Capture-Error-Behaviour": "perhaps"})
        answer = world.client.post("/capture", json=document([crate(1)]), headers=head)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"] == "GS1-Capture-Error-Behaviour"


class TestJobs:
    def test_they_are_listed_page_by_page_the_newest_first(self, world: World) -> None:
        made = [send(world, [crate(n)])["captureID"] for n in range(5)]
        seen: list[str] = []
        answer = world.client.get("/capture", params={"perPage": 2}, headers=world.head("coop"))
        while True:
            seen += [job["captureID"] for job in answer.json()]
            if "next" not in answer.links:
                break
            answer = world.client.get(answer.links["next"]["url"], headers=world.head("coop"))
        assert seen == made[::-1]
        assert world.client.get("/capture", headers=world.head("other")).json() == []

    def test_a_query_document_is_captured_too(self, world: World) -> None:
        send(world, [crate(1)])
        found = world.client.get("/events", headers=world.head("coop")).json()
        found.pop("suyuan:records")
        answer = world.client.post("/capture", json=found, headers=world.head("coop"))
        assert answer.status_code == 202, answer.text
        world.node.jobs.run_one()
        job = world.client.get(answer.headers["location"], headers=world.head("coop")).json()
        assert (job["success"], job["recorded"]) == (True, 1)


class TestLimits:
    @pytest.fixture
    def narrow(self, tmp_path: Path) -> World:
        return make_world(tmp_path / "narrow", max_events=3, max_body=20_000)

    def test_too_many_events(self, narrow: World) -> None:
        answer = narrow.client.post(
            "/capture", json=document([crate(n) for n in range(4)]), headers=narrow.head("coop")
        )
        assert answer.status_code == 413
        assert answer.json()["type"] == "epcisException:CaptureLimitExceededException"
        assert "最多 3 条事件" in answer.json()["detail"]
        assert narrow.node.database.jobs.list(narrow.org("coop")) == []
        told = narrow.client.options("/capture").headers
        assert told["gs1-epcis-capture-limit"] == "3"
        assert told["gs1-epcis-capture-file-size-limit"] == "20000"

    def test_too_many_bytes(self, narrow: World) -> None:
        answer = narrow.client.post("/capture", content=b" " * 20_001, headers=narrow.head("coop"))
        assert answer.status_code == 413
        assert answer.json()["type"] == "epcisException:CaptureLimitExceededException"


class TestForms:
    def test_other_media_types_are_not_read(self, world: World) -> None:
        for path in ("/capture", "/events", "/queries"):
            answer = world.client.post(
                path,
                content=b"a,b",
                headers=world.head("coop", **{"Content-Type": "text/csv; charset=utf-8"}),
            )
            assert answer.status_code == 415, path
            assert answer.json()["type"] == "epcisException:UnsupportedMediaTypeException"
        for media in ("application/json", "application/ld+json; charset=utf-8"):
            head = world.head("coop", **{"Content-Type": media})
            body = json.dumps(document([crate(1)]))
            assert world.client.post("/capture", content=body, headers=head).status_code == 202

    def test_what_cannot_be_answered_is_said_before_anything_is_done(self, world: World) -> None:
        for name, value in {
            "Accept": "text/csv",
            "GS1-EPCIS-Version": "1.2",
            "GS1-CBV-Version": "1.2.1",
            "GS1-EPCIS-Min": "2.1.0",
            "GS1-CBV-Max": "1.9",
        }.items():
            answer = world.client.post(
                "/capture", json=document([crate(1)]), headers=world.head("coop", **{name: value})
            )
            assert answer.status_code == 406, name
            assert answer.json()["type"] == "epcisException:NotAcceptableException"
        assert world.node.database.jobs.list(world.org("coop")) == []
        for name, value in {
            "GS1-EPCIS-Version": "2.0",
            "GS1-EPCIS-Min": "1.0.0",
            "GS1-EPCIS-Max": "2.0.0",
            "Accept": "text/html, application/*;q=0.1",
        }.items():
            head = world.head("coop", **{name: value})
            assert world.client.get("/capture", headers=head).status_code == 200, name
        head = world.head("coop", **{"GS1-EPCIS-Min": "two"})
        assert world.client.get("/capture", headers=head).status_code == 400


class TestDiscovery:
    def test_every_path_says_what_can_be_done(self, world: World) -> None:
        for path, allowed in {
            "/": "GET, OPTIONS",
            "/capture": "GET, OPTIONS, POST",
            "/capture/x": "GET, OPTIONS",
            "/events": "GET, OPTIONS, POST",
            "/events/x": "GET, OPTIONS",
            "/queries": "GET, OPTIONS, POST",
            "/queries/x": "DELETE, GET, OPTIONS",
            "/queries/x/events": "GET, OPTIONS",
            "/eventTypes": "GET, OPTIONS",
            "/epcs/urn:epc:id:sgtin:9521234.000006.1": "GET, OPTIONS",
            "/bizSteps/shipping/events": "GET, OPTIONS",
        }.items():
            answer = world.client.options(path)
            assert (answer.status_code, answer.headers["allow"]) == (204, allowed), path
            assert answer.headers["gs1-epcis-min"] == answer.headers["gs1-epcis-max"] == "2.0.0"
            assert answer.headers["gs1-cbv-version"] == "2.0.0"
            assert "Always_EPC_URN" in answer.headers["gs1-epc-format"]
        assert world.client.options("/capture").headers["gs1-capture-error-behaviour"] == (
            "rollback, proceed"
        )

    def test_the_top_names_the_resources(self, world: World) -> None:
        told = world.client.get("/").json()
        assert told["type"] == "Collection"
        assert sorted(told["member"]) == sorted(
            [
                "queries",
                "capture",
                "events",
                "eventTypes",
                "epcs",
                "readPoints",
                "bizLocations",
                "dispositions",
                "bizSteps",
            ]
        )


def test_who_they_are_comes_before_what_they_want(world: World) -> None:
    for head in ({"GS1-EPCIS-Version": "1.2"}, {"Accept": "text/csv"}):
        assert world.client.get("/capture", headers=head).status_code == 401


def test_all_methods_of_a_path_are_named_where_another_was_tried(world: World) -> None:
    for path, methods in (("/keys", "GET, POST"), ("/capture", "GET, OPTIONS, POST")):
        answer = world.client.patch(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, methods)
