"""The public forms over HTTP: bounded, escaped, without a secret in an address."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import cast

import pytest
from nodes import LOT, World, event, world
from PIL import Image
from starlette.testclient import TestClient

from suyuan.flow.cases import MOST_PHOTO
from suyuan.web.desk.cases import _day as told_day
from suyuan.web.desk.deps import Desk
from suyuan.web.wording import wording

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
    assert "Something wrong here?" in reader.get("/p/01/09521234000068/10/L-1").text
    page = reader.get(AT)
    assert page.status_code == 200
    assert "Something wrong here?" not in page.text
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
    for page in (reader.get(AT), answer, wrong, reader.get("/report"), found):
        assert page.headers["cache-control"] == "no-store"
    assert "alert(1)" not in found.text  # the words are for who answers
    assert reader.get("/report").status_code == 200
    assert reader.post("/report", data={"number": number, "code": "x" * 9_000}).status_code == 404
    told = world.client.get(f"/cases/{number}", headers=world.head("coop")).json()
    assert told["text"] == fields["text"]
    assert world.client.get(f"/cases/{number}").status_code == 401
    assert world.client.get(f"/cases/{number}", headers=world.head("other")).status_code == 404
    assert world.client.get(f"/cases/{number}", headers=world.head("lab")).status_code == 403


@pytest.mark.usefixtures("stopped")
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


def test_a_serial_is_one_that_a_pack_can_have(world: World, reader: TestClient) -> None:
    for serial in ("a\0", "x" * 21, "</script>".replace("/", " ")):
        body = {"subject": LOT, "serial": serial, "kind": "fake", "text": "x"}
        answer = world.client.post("/reports", json=body)
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["path"] == "/serial"


def test_mistakes_of_one_keep_no_other_from_reporting(world: World, reader: TestClient) -> None:
    for _ in range(102):
        assert reader.post(AT, data={"kind": "fake", "text": " "}).status_code == 400
    for number in range(2):
        client = TestClient(world.client.app, client=(f"198.51.100.{number}", 1))
        assert client.post(AT, data={"kind": "fake", "text": "x"}).status_code == 201


@pytest.mark.usefixtures("stopped")
def test_nobody_has_pictures_decoded_again_and_again(world: World, reader: TestClient) -> None:
    made = io.BytesIO()
    Image.new("RGB", (8, 8)).save(made, "JPEG")
    files = {"photo": ("a.jpg", made.getvalue(), "image/jpeg")}
    blank = {"kind": "fake", "text": " "}
    answers = [reader.post(AT, data=blank, files=files).status_code for _ in range(7)]
    assert answers == [400] * 5 + [429] * 2
    client = TestClient(world.client.app, client=("198.51.100.9", 1))
    body = {"subject": LOT, "kind": "fake", "text": "x", "photo": "AAAA"}
    programs = [client.post("/reports", json=body).status_code for _ in range(7)]
    assert programs == [400] * 5 + [429] * 2


def test_half_a_character_is_none(world: World, reader: TestClient) -> None:
    part = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    body = part.format("kind", "fake") + part.format("text", "x+2AA-y") + "--b--\r\n"
    kind = {"Content-Type": "multipart/form-data; boundary=b; charset=utf-7"}
    answer = reader.post(AT, content=body.encode(), headers=kind)
    assert answer.status_code == 201


def test_a_time_limit_is_told_by_the_day_in_china() -> None:
    words = wording("en")
    desk = cast(Desk, SimpleNamespace(words=words))
    assert told_day(desk, "2026-01-01T16:30:00.000Z") == words.day(date(2026, 1, 2))
