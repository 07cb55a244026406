"""Subscriptions against the schemas of GS1's own OpenAPI document, where that is at hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from epcis_asking import event
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from nodes import World
from shared import shared
from starlette.testclient import WebSocketDenialResponse

from suyuan.core.epcis.schedule import RANGES
from suyuan.core.errors import Forbidden
from suyuan.ports.subscriptions import Answer
from suyuan.web.api.subscriptions import Deliveries

POST = "/queries/{queryName}/subscriptions"
ONE = "/queries/{queryName}/subscriptions/{subscriptionID}"
DEST = "https://client.example.com/queryCallback"


@pytest.fixture(scope="module")
def official() -> dict[str, Any]:
    path = shared("vectors", "gs1-epcis-official", "REST Bindings", "openapi.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


Fits = Callable[[dict[str, Any], Any], None]


@pytest.fixture
def fits(official: dict[str, Any]) -> Fits:
    """Fails unless the value is as a schema of the document says, formats included."""

    def check(schema: dict[str, Any], value: Any) -> None:
        whole = {
            **_without_patterns(schema),
            "components": _without_patterns(official["components"]),
        }
        checker = Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER)
        checker.validate(value)

    return check


def _without_patterns(schema: Any) -> Any:
    """The patterns of schedules are written for another engine (recursive groups)."""
    if isinstance(schema, dict):
        return {
            name: _without_patterns(value)
            for name, value in schema.items()
            if not (name == "pattern" and isinstance(value, str) and r"\g<" in value)
        }
    return [_without_patterns(each) for each in schema] if isinstance(schema, list) else schema


class Receiver:
    def __init__(self) -> None:
        self.got: list[Any] = []

    def allowed(self, url: str) -> None:
        assert url == DEST

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        self.got.append(json.loads(body))
        return Answer(200)


@pytest.fixture
def asking(world: World) -> Receiver:
    receiver = Receiver()
    world.node.subscriptions.outgoing = receiver
    body = {"name": "MyQuery", "query": {}}
    world.client.post("/queries", json=body, headers=world.head("coop"))
    return receiver


def answer_schema(official: dict[str, Any], path: str, method: str, status: str) -> Any:
    answer = official["paths"][path][method]["responses"][status]
    return answer["content"]["application/json"]["schema"]


@pytest.mark.parametrize(
    "how",
    [
        {"stream": True},
        {"schedule": {"hour": "1", "minute": "5"}, "reportIfEmpty": True},
        {"stream": True, "initialRecordTime": "2020-04-04T20:33:31.116-06:00"},
    ],
)
def test_answers_are_as_the_binding_says(
    world: World, asking: Receiver, official: dict[str, Any], fits: Fits, how: dict[str, Any]
) -> None:
    head, where = world.head("coop"), "/queries/MyQuery/subscriptions"
    body = {"dest": DEST, "signatureToken": "13df38d8275b13f0", **how}
    answer = world.client.post(where, json=body, headers=head)
    assert answer.status_code == 201
    made = answer.json()
    fits(answer_schema(official, POST, "post", "201"), made)
    assert {name: made[name] for name in how if name != "initialRecordTime"} == {
        name: how[name] for name in how if name != "initialRecordTime"
    }
    at = answer.headers["location"]
    fits(answer_schema(official, ONE, "get", "200"), world.client.get(at, headers=head).json())
    listed = world.client.get(where, headers=head).json()
    fits(answer_schema(official, POST, "get", "200"), listed)
    # "its value is set initially to initialRecordTime"
    assert made["minRecordTime"] == made["initialRecordTime"]
    if "initialRecordTime" in how:
        assert made["initialRecordTime"] == "2020-04-05T02:33:31.116Z"
    assert world.client.options(at).headers["gs1-epcis-version"] == "2.0.0"


@pytest.mark.parametrize(
    "how", [{}, {"stream": False}, {"stream": True, "schedule": {"hour": "1"}}]
)
def test_what_the_binding_refuses_is_refused_in_its_form(
    world: World, asking: Receiver, official: dict[str, Any], fits: Fits, how: dict[str, Any]
) -> None:
    body = {"dest": DEST, **how}
    head = world.head("coop")
    answer = world.client.post("/queries/MyQuery/subscriptions", json=body, headers=head)
    assert answer.status_code == 400
    refusal = official["components"]["responses"]["400SubscriptionIssues"]
    fits(refusal["content"]["application/json"]["schema"], answer.json())


def test_callbacks_are_documents_or_problems(
    world: World, asking: Receiver, official: dict[str, Any], fits: Fits
) -> None:
    head = world.head("coop")
    body = {"dest": DEST, "stream": True}
    world.client.post("/queries/MyQuery/subscriptions", json=body, headers=head)
    world.client.post("/events", json=event("A1"), headers=head)
    turn = world.node.deliveries.next_turn()
    assert turn is not None
    writer = Deliveries(world.node)
    world.node.deliveries.run(turn, writer)
    (document,) = asking.got
    assert document["type"] == "EPCISQueryDocument"
    callbacks = official["paths"][POST]["post"]["callbacks"]["querySubscriptionResults"]
    (callback,) = callbacks.values()
    problem, _ = writer.problem(
        Forbidden("the token that subscribed was revoked"), turn.subscription
    )
    either = callback["post"]["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    fits(either[1], json.loads(problem))


def test_the_parameters_of_a_websocket_are_those_of_the_binding(
    world: World, asking: Receiver, official: dict[str, Any]
) -> None:
    """Each is known, and what it has as an example is taken or refused as one of its kind."""
    parameters = official["components"]["parameters"]
    names = {
        one["name"]: official["components"]["schemas"][one["schema"]["$ref"].rpartition("/")[2]]
        for key, one in parameters.items()
        if key.startswith("GS1-Query-")
    }
    assert names.keys() == {*RANGES, "stream", "reportIfEmpty", "initialRecordTime"}
    for name, schema in names.items():
        example = schema.get("example", True)
        value = example if isinstance(example, str) else json.dumps(example)
        query = {name: value} if name in RANGES else {"stream": "true", name: value}
        where = "/queries/MyQuery/events"
        with world.client.websocket_connect(
            f"{where}?{'&'.join(f'{k}={v}' for k, v in query.items())}", headers=world.head("coop")
        ):
            pass
    with (
        pytest.raises(WebSocketDenialResponse) as caught,
        world.client.websocket_connect(f"{where}?nothing=1", headers=world.head("coop")),
    ):
        pass
    assert caught.value.status_code == 400
