"""Laboratories at the desk: each role its own side, and nobody another's."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import run
from desk import DeskWorld, inside, make_desk, send, token_in
from nodes import LOT, event
from starlette.testclient import TestClient

from suyuan.adapters.keys import FileSigner
from suyuan.core.attest import possession
from suyuan.core.encoding import b64url, parse_digest
from suyuan.flow.capture import key_value
from suyuan.web.templating import coded

KEY = FileSigner(b"\x07" * 32)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path / "node")
    made.with_password("liming", "李检测", "laboratory", who="lab")
    made.with_password("chen", "陈会计", "clerk", who="other")
    world = made.world
    assert world.client.post("/events", json=event(), headers=world.head("coop")).status_code == 201
    node = world.node
    admin = node.accounts.authenticate(world.tokens["admin"])
    node.signing.register(
        admin, organisation=world.org("lab"), zh="x", county="990101", contact="y"
    )
    node.capture.key(admin, key_value(KEY.public, world.org("lab"), "certifier"))
    yield made
    node.close()


def ask(desk: DeskWorld, client: TestClient) -> str:
    answer = send(
        client, f"/desk/laboratories/ask?of={LOT}", subject=LOT, purpose="test",
        laboratory=desk.world.org("lab"), items="铅", days="14", claim="green", sample="<b>7</b>",
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    found = re.search(r"/sign#([\w-]{43})", answer.text)
    assert found is not None
    return found[1]


def test_a_laboratory_with_an_account_sees_what_is_asked_of_it(desk: DeskWorld) -> None:
    clerk = inside(desk)
    ask(desk, clerk)
    assert LOT.rpartition("/")[2] in clerk.get("/desk/laboratories").text
    lab = inside(desk, "liming")
    page = lab.get("/desk/laboratories")
    assert "Answer it here" in page.text
    request = re.search(r"/desk/laboratories/request/([\w-]+)", page.text)
    assert request is not None
    path = request[0]
    fields = {"csrf": token_in(page.text), "do": "answer"}
    answer = lab.post(path, data=fields, follow_redirects=False)
    assert answer.headers["location"] == "/sign/answer"
    shown = lab.get("/sign/answer").text
    assert "&lt;b&gt;7&lt;/b&gt;" in shown
    other = inside(desk, "chen")
    csrf = token_in(other.get("/desk/laboratories").text)
    for do in ("answer", "renew", "revoke", "confirm"):
        refused = other.post(path, data={"csrf": csrf, "do": do}, follow_redirects=False)
        assert refused.status_code == 404
    for do in ("confirm", "refuse"):
        page = lab.get("/desk/laboratories")
        refused = lab.post(path, data={"csrf": token_in(page.text), "do": do})
        assert refused.status_code == 403


def test_a_link_is_the_only_way_in_and_a_new_one_voids_the_old(desk: DeskWorld) -> None:
    clerk = inside(desk)
    token = ask(desk, clerk)
    stranger = TestClient(desk.world.client.app, headers={"Accept-Language": "en"})
    assert stranger.get("/sign/answer").status_code == 401
    assert stranger.get("/sign/request.json").status_code == 401
    stranger.cookies.set("sign", "x.y")
    assert stranger.get("/sign/answer").status_code == 401
    visitor = TestClient(desk.world.client.app, headers={"Accept-Language": "en"})
    assert send(visitor, "/sign", token="x" * 43).status_code == 401
    assert send(visitor, "/sign", token=f"https://h/sign#{token}").status_code == 303
    told = visitor.get("/sign/request.json").json()
    assert (told["subject"], told["asked"]["items"]) == (LOT, ["铅"])
    assert token not in json.dumps(told)
    page = clerk.get("/desk/laboratories").text
    path = re.search(r"/desk/laboratories/request/[\w-]+", page)
    assert path is not None
    fields = {"csrf": token_in(page), "do": "renew"}
    assert "/sign#" in clerk.post(path[0], data=fields).text
    assert visitor.get("/sign/answer").status_code == 401


def test_only_the_administrator_registers_and_puts_a_key_in_the_log(desk: DeskWorld) -> None:
    clerk = inside(desk)
    page = clerk.get("/desk/laboratories")
    fields = {"csrf": token_in(page.text), "zh": "y", "county": "990101", "contact": "z"}
    assert clerk.post("/desk/laboratories", data=fields).status_code == 403
    admin = inside(desk, "zhou")
    assert send(admin, "/desk/laboratories", zh="y", county="99", contact="z").status_code == 422
    shown = send(admin, "/desk/laboratories", zh="新检测", county="990101", contact="z").text
    token = re.search(r"/sign#([\w-]{43})", shown)
    assert token is not None
    node = desk.world.node
    request = node.signing.opened(token[1], "test")
    other = FileSigner(b"\x0c" * 32)
    proof = other.sign(possession(node.settings.origin, other.kid, request.id))
    node.signing.bring_key(request, b64url(other.public), b64url(proof))
    page = admin.get("/desk/laboratories")
    path, csrf = f"/desk/laboratories/request/{request.id}", token_in(page.text)
    wrong = admin.post(path, data={"csrf": csrf, "do": "confirm", "kid": KEY.kid})
    assert wrong.status_code == 422
    right = {"csrf": csrf, "do": "confirm", "kid": other.kid}
    assert admin.post(path, data=right, follow_redirects=False).status_code == 303
    state = node.appender.ring().state(other.kid)
    assert state is not None
    assert state.role == "certifier"


def test_what_no_form_and_no_signer_of_ours_sends_is_refused_in_words(desk: DeskWorld) -> None:
    token = ask(desk, inside(desk))
    head = {"Accept-Language": "en"}
    client = TestClient(desk.world.client.app, raise_server_exceptions=False, headers=head)
    send(client, "/sign", token=token)
    wrong = send(client, "/sign/answer", **{f"items/{'9' * 5_000}/value": "1"})
    assert wrong.status_code == 422
    link = {"Suyuan-Link": token}
    kept = client.post(
        "/signing/report", content=b"%PDF-1", headers={**link, "Suyuan-Name": "a%00%0d%0ab.pdf"}
    )
    assert kept.json()["name"] == "ab.pdf"
    signing = desk.world.node.signing
    request = signing.opened(token, "192.0.2.9")
    row = {"value": "<0.01", "result": "pass"}
    (answer,) = signing.events(request, {"day": "2026-09-20", "items": [row]})
    for attached in ("x", [5], None):
        content = {"kind": "event", "event": {**answer, "suyuan:attachments": attached}}
        document = {"content": content, "disclosures": [], "kid": KEY.kid, "sig": "x"}
        refused = client.post("/signing", json=[document], headers=link)
        assert refused.status_code == 400
        assert "a list of objects belongs here" in refused.text


@pytest.mark.usefixtures("stopped")
def test_a_link_does_not_fill_the_store(desk: DeskWorld) -> None:
    token = ask(desk, inside(desk))
    client = TestClient(desk.world.client.app, raise_server_exceptions=False)
    head = {"Suyuan-Link": token}
    answers = [
        client.post("/signing/report", content=b"%PDF-" + bytes([number]), headers=head).status_code
        for number in range(33)
    ]
    assert answers[:30] == [201] * 30
    assert answers[-1] == 429


@pytest.mark.parametrize("by", ["page", "program"])
def test_what_was_signed_without_a_network_brings_its_report_along(
    desk: DeskWorld, tmp_path: Path, by: str
) -> None:
    token = ask(desk, inside(desk))
    head = {"Accept-Language": "en"}
    client = TestClient(desk.world.client.app, raise_server_exceptions=False, headers=head)
    send(client, "/sign", token=token)
    (tmp_path / "request.json").write_bytes(client.get("/sign/request.json").content)
    (tmp_path / "lab.key").write_text(b64url(b"\x07" * 32) + "\n")
    (tmp_path / "lab.key").chmod(0o600)
    row = {"value": "<0.01", "result": "pass"}
    (tmp_path / "answer.json").write_text(json.dumps({"day": "2026-09-20", "items": [row]}))
    report = tmp_path / "report.pdf"
    report.write_bytes(b"%PDF-1.4 what was measured")
    names = {name: str(tmp_path / name) for name in ("request.json", "lab.key", "answer.json")}
    run("sign", names["request.json"], "--key", names["lab.key"], "--answer", names["answer.json"],
        "--report", str(report), "--yes", "-o", str(tmp_path / "signed.json"))  # fmt: skip
    signed = json.loads((tmp_path / "signed.json").read_bytes())
    other = json.loads(json.dumps(signed))
    other["report"]["bytes"] = b64encode(b"%PDF-1.4 something else").decode()
    log = desk.world.node.database.log
    size = log.tail().size

    def brought(document: Any) -> int:
        if by == "program":
            link = {"Suyuan-Link": token}
            return client.post("/signing", json=document, headers=link).status_code
        csrf = token_in(client.get("/sign/answer").text)
        files = {"signed_file": ("signed.json", json.dumps(document).encode())}
        return client.post(
            "/sign/sent", data={"csrf": csrf}, files=files, follow_redirects=False
        ).status_code

    assert brought(other) == (400 if by == "program" else 422)
    assert log.tail().size == size
    assert brought(signed) == (201 if by == "program" else 303)
    stored = log.records([size])[size]
    assert stored.content is not None
    (named,) = json.loads(stored.content)["event"]["suyuan:attachments"]
    assert named["digest"] == f"sha-256:{hashlib.sha256(report.read_bytes()).hexdigest()}"
    kept = desk.world.node.database.attachments.get(parse_digest(named["digest"]))
    assert kept is not None
    assert kept.body == report.read_bytes()
    if by == "program":
        assert brought(signed) == 201
        assert log.tail().size == size + 1


def test_whom_to_call_is_on_the_administrator_s_page_alone(desk: DeskWorld) -> None:
    signing, world = desk.world.node.signing, desk.world
    admin = world.node.accounts.authenticate(world.tokens["admin"])
    signing.register(
        admin, organisation=world.org("lab"), zh="x", county="990101", contact="0571-990011"
    )
    pages = {who: inside(desk, who).get("/desk/laboratories").text
             for who in ("wang", "chen", "zhou", "liming")}  # fmt: skip
    assert {who for who, page in pages.items() if "0571-990011" in page} == {"zhou", "liming"}


def test_what_is_typed_is_shown_as_code(desk: DeskWorld) -> None:
    node = desk.world.node
    admin = node.accounts.authenticate(desk.world.tokens["admin"])
    token, _ = node.signing.ask_key(admin, desk.world.org("lab"))
    for language in ("zh", "en"):
        visitor = TestClient(desk.world.client.app, headers={"Accept-Language": language})
        assert send(visitor, "/sign", token=token).status_code == 303
        page = visitor.get("/sign/key").text
        assert page.count("<code>suyuan keygen</code>") == 3
        assert "`" not in page.partition("<script")[0]
    assert coded("<b> `a<b` & `c") == "&lt;b&gt; <code>a&lt;b</code> &amp; <code>c</code>"
