"""Who may read answers in a browser, and who is asked first: every path, every status."""

from __future__ import annotations

from typing import Any

import pytest
from nodes import GTIN, World, document, event

from suyuan.core.resolver.linkset import DEFAULT, GS1
from suyuan.flow.prove import Prover
from suyuan.web import cors

ELSEWHERE = "https://app.example"
PRODUCT = f"https://id.gs1.org/01/{GTIN}"


def assert_readable(answer: Any) -> None:
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in answer.headers
    shown = {n.strip().lower() for n in answer.headers["access-control-expose-headers"].split(",")}
    assert {"link", "location", "etag", "gs1-epcis-version", "gs1-epc-format"} <= shown


@pytest.mark.parametrize(
    ("method", "path", "status", "more"),
    [
        ("GET", f"/01/{GTIN}", 307, {}),
        ("GET", f"/01/{GTIN}?linkType=gs1:pip", 300, {}),
        ("GET", f"/01/{GTIN}?linkType=linkset", 200, {}),
        ("GET", f"/p/01/{GTIN}", 200, {"Accept": "text/html"}),
        ("GET", "/01/09521234000051", 404, {}),
        ("GET", "/01/09521234000051", 404, {"Accept": "text/html"}),
        ("GET", "/01/abc", 400, {}),
        ("GET", "/nothing", 404, {}),
        ("GET", "/events", 200, {}),
        ("GET", "/events", 406, {"Accept": "image/png"}),
        ("GET", "/events?EQ_nothing=1", 400, {}),
        ("GET", "/events/99999", 404, {}),
        ("GET", "/events", 401, {"Authorization": "Bearer wrong"}),
        ("GET", "/master", 401, {}),
        ("DELETE", "/events", 405, {}),
        ("GET", "/.well-known/gs1resolver", 200, {}),
        ("GET", "/openapi.json", 200, {}),
        ("GET", "/healthz", 200, {}),
        ("GET", "/log/checkpoint", 404, {}),
        ("POST", "/capture", 401, {}),
        ("OPTIONS", "/events", 204, {}),
    ],
)
def test_every_answer_may_be_read_elsewhere(
    world: World, method: str, path: str, status: int, more: dict[str, str]
) -> None:
    links = [{"href": f"https://shop.example/{n}", "title": "Shop"} for n in range(2)]
    master = {"id": PRODUCT, "type": "Product", "name": {"en": "Nuts"},
              "links": {f"{GS1}pip": links, DEFAULT: links[:1]}}  # fmt: skip
    assert world.client.post("/master", json=master, headers=world.head("coop")).status_code == 201
    headers = {"Origin": ELSEWHERE, "Accept": "application/json", **more}
    answer = world.client.request(method, path, headers=headers, follow_redirects=False)
    assert answer.status_code == status, answer.text
    assert_readable(answer)


def test_answers_to_post_and_what_is_refused_for_its_size(world: World) -> None:
    head = world.head("coop", Origin=ELSEWHERE)
    answer = world.client.post("/capture", json=document([event()]), headers=head)
    assert answer.status_code == 202
    assert_readable(answer)
    assert "location" in answer.headers
    announced = {**head, "Content-Length": "99999999999"}
    answer = world.client.post("/capture", content=b"{", headers=announced)
    assert answer.status_code == 413
    assert_readable(answer)


def test_our_own_faults(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("for the test")

    monkeypatch.setattr(Prover, "record", broken)
    answer = world.client.get("/events/0", headers={"Origin": ELSEWHERE})
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert_readable(answer)


@pytest.mark.parametrize(
    "path", ["/capture", "/events", "/master", f"/01/{GTIN}", "/00/395212340000000014", "/bundle"]
)
def test_preflights(world: World, path: str) -> None:
    headers = {
        "Origin": ELSEWHERE,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, gs1-epc-format",
    }
    answer = world.client.options(path, headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    assert_readable(answer)
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert {"authorization", "content-type", "gs1-epc-format", "idempotency-key"} <= set(allowed)
    assert "*" not in allowed  # which would not stand for Authorization


def test_options_tells_what_can_be_done(world: World) -> None:
    answer = world.client.options("/capture")
    assert answer.headers["access-control-allow-methods"] == answer.headers["allow"]
    assert "GS1-EPCIS-Capture-Limit" in answer.headers


@pytest.mark.parametrize("path", ["/admin/anchors", "/metrics", "/tokens", "/organisations"])
def test_what_is_the_administrators_stays_closed(world: World, path: str) -> None:
    for head in ({}, world.head("admin")):
        answer = world.client.get(path, headers={"Origin": ELSEWHERE, **head})
        assert answer.status_code == (200 if head else 401)
        assert not [name for name in answer.headers if name.startswith("access-control")]
    preflight = {"Origin": ELSEWHERE, "Access-Control-Request-Method": "GET"}
    answer = world.client.options(path, headers=preflight)
    assert "access-control-allow-origin" not in answer.headers


def test_the_way_to_the_chain_is_for_our_own_pages(world: World) -> None:
    answer = world.client.post("/chain", json={}, headers={"Origin": ELSEWHERE})
    assert "access-control-allow-origin" not in answer.headers


def test_a_closed_path_is_one_whole_segment() -> None:
    assert not cors.is_open("/tokens")
    assert not cors.is_open("/tokens/x")
    assert cors.is_open("/tokensmith")
