"""The public forms over HTTP: bounded, escaped, without a secret in an address."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from nodes import LOT, World, event, world
from starlette.testclient import TestClient

from suyuan.flow.cases import MOST_PHOTO

__all__ = ["world"]

AT = "/report/01/09521234000068/10/L-1"


@pytest.fixture
def reader(world: World) -> TestClient:
    head = world.head("coop")
    assert world.client.post("/events", json=event(), headers=head).status_code == 201
    headers = {"Accept-Language": "en", "Accept": "text/html"}
    return TestClient(world.client.app, headers=headers, raise_server_exceptions=False)


def test_the_code_s_page_leads_to_the_form_and_the_form_sets_no_cookie(reader: TestClient) -> None:
    assert f'href="{AT}"' in reader.get("/p/01/09521234000068/10/L-1").text
    page = reader.get(AT)
    assert page.status_code == 200
    assert "set-cookie" not in page.headers
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert reader.get(AT + "9").status_code == 404
    assert reader.get("/report/01/09521234000068").status_code in (400, 404)
    assert reader.get("/report/nonsense").status_code in (400, 404)


def test_what_is_too_large_is_refused_before_it_is_read(reader: TestClient) -> None:
    taken = 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        head = '--b\r\nContent-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
        yield head.encode()
        for _ in range(1_000):
            taken += 1 << 20
            yield b"\0" * (1 << 20)

    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    announced = reader.post(AT, content=b"", headers={**kind, "Content-Length": "50000000"})
    assert announced.status_code == 413
    assert "larger than 8 MB" in announced.text
    grown = reader.post(AT, content=endless(), headers=kind)
    assert grown.status_code == 413
    files = {"photo": ("a.jpg", b"\0" * (MOST_PHOTO + 100_000), "image/jpeg")}
    assert reader.post(AT, data={"text": "x"}, files=files).status_code == 413
    assert reader.post("/reports", content=b"[" * 20_000_000).status_code == 413


def test_a_script_in_the_text_is_text(world: World, reader: TestClient) -> None:
    fields = {"kind": "fake", "text": '"><script>alert(1)</script>', "contact": "<b>"}
    answer = reader.post(AT, data=fields)
    assert answer.status_code == 201
    number, word = re.findall(r'class="word">([^<]+)', answer.text)
    wrong = reader.post(AT, data={**fields, "kind": "x"})
    assert wrong.status_code == 400
    assert "<script>alert" not in wrong.text
    assert "&lt;script&gt;alert" in wrong.text
    found = reader.post("/report", data={"number": number, "code": word})
    assert "received" in found.text
    assert "alert(1)" not in found.text  # the words are for who answers
    assert reader.get("/report").status_code == 200
    assert reader.post("/report", data={"number": number, "code": "x" * 9_000}).status_code == 404
    told = world.client.get(f"/cases/{number}", headers=world.head("coop")).json()
    assert told["text"] == fields["text"]
    assert world.client.get(f"/cases/{number}").status_code == 401
    assert world.client.get(f"/cases/{number}", headers=world.head("other")).status_code == 404
    assert world.client.get(f"/cases/{number}", headers=world.head("lab")).status_code == 403


def test_mistakes_in_the_form_are_no_reports(reader: TestClient) -> None:
    for _ in range(8):
        assert reader.post(AT, data={"kind": "fake", "text": " "}).status_code == 400
    for _ in range(5):
        assert reader.post(AT, data={"kind": "fake", "text": "x"}).status_code == 201
    late = reader.post(AT, data={"kind": "fake", "text": "kept"})
    assert late.status_code == 429
    assert "kept" in late.text


def test_programs_report_too(world: World) -> None:
    body = {"subject": LOT + "/21/NOT-ISSUED", "serial": "NOT-ISSUED", "kind": "fake", "text": "x"}
    answer = world.client.post("/reports", json=body)
    assert answer.status_code == 404
    assert world.client.post("/reports", json={**body, "photo": "!"}).status_code == 400
    assert world.client.post("/reports", json={"subject": LOT}).status_code == 400
