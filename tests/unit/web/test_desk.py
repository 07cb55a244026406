"""The desk over HTTP: who gets where, forged forms, cookies, secrets that are shown once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from desk import PASSWORD, DeskWorld, make_desk, token_in
from fastapi.routing import APIRoute
from httpx2 import Response
from nodes import BASE
from starlette.testclient import TestClient

from suyuan.web.deps import asks
from suyuan.web.desk.deps import device_of, form_of
from suyuan.web.desk.places import places, routers


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path_factory.mktemp("desk") / "node")
    yield made
    made.world.node.close()


def visitor(desk: DeskWorld) -> TestClient:
    """Somebody with a browser of his own."""
    app = desk.world.client.app
    return TestClient(app, raise_server_exceptions=False, headers={"Accept-Language": "en"})


def send(client: TestClient, at: str, to: str = "", **fields: Any) -> Response:
    """Open a page, fill its form in and send it."""
    csrf = token_in(client.get(at).text)
    answer: Response = client.post(to or at, data={"csrf": csrf, **fields}, follow_redirects=False)
    return answer


def inside(desk: DeskWorld, account: str = "wang") -> TestClient:
    client = visitor(desk)
    answer = send(client, "/desk/log-in", account=account, password=PASSWORD)
    assert answer.status_code == 303, answer.text
    return client


def test_every_form_is_checked_for_where_it_came_from() -> None:
    posts = [
        route
        for router in routers()
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in (route.methods or ())
    ]
    assert len(posts) > 20
    assert [route.path for route in posts if not asks(route.dependant, form_of)] == []


@pytest.mark.parametrize("csrf", [{}, {"csrf": ""}, {"csrf": "x"}])
def test_a_forged_form_does_nothing(desk: DeskWorld, csrf: dict[str, str]) -> None:
    client = inside(desk)
    answer = client.post("/desk/members/new", data={"name": "伪造", **csrf})
    assert answer.status_code == 403
    assert "no longer good" in answer.text
    assert "伪造" not in client.get("/desk/members").text
    other = token_in(inside(desk).get("/desk/members/new").text)
    assert client.post("/desk/members/new", data={"name": "伪造", "csrf": other}).status_code == 403
    assert visitor(desk).post("/desk/log-in", data={"account": "wang"}).status_code == 403


def test_the_cookie_is_nobody_else_s(desk: DeskWorld) -> None:
    client = visitor(desk)
    before = client.get("/desk/log-in").headers["set-cookie"]
    assert "HttpOnly" in before
    assert "SameSite=lax" in before
    answer = send(client, "/desk/log-in", account="wang", password=PASSWORD)
    after = answer.headers["set-cookie"]
    assert after.split(";")[0] != before.split(";")[0]
    assert answer.headers["cache-control"] == "no-store"


def test_under_https_the_cookie_is_safe(tmp_path: Path) -> None:
    desk = make_desk(tmp_path / "node", public_url="https://desk.example")
    client = TestClient(desk.world.client.app, base_url="https://desk.example")
    cookie = client.get("/desk/log-in").headers["set-cookie"]
    assert cookie.startswith("__Host-desk=")
    assert "Secure" in cookie
    desk.world.node.close()


def test_the_page_asked_for_comes_after_the_log_in(desk: DeskWorld) -> None:
    client = visitor(desk)
    answer = client.get("/desk/members?village=x", follow_redirects=False)
    assert answer.headers["location"] == f"/desk/log-in?next={quote('/desk/members?village=x')}"
    at = answer.headers["location"]
    answer = send(client, at, "/desk/log-in", account="wang", password=PASSWORD,
                  next="/desk/members?village=x")  # fmt: skip
    assert answer.headers["location"] == "/desk/members?village=x"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example",
        "//evil.example",
        "/desk//evil.example",
        "/desk/../x\n",
        "/p/x",
        "/desk/%2F/x",
    ],
)
def test_and_nobody_is_sent_elsewhere(desk: DeskWorld, elsewhere: str) -> None:
    client = visitor(desk)
    answer = send(client, "/desk/log-in", account="wang", password=PASSWORD, next=elsewhere)
    assert answer.headers["location"] == "/desk"


def test_wrong_passwords_get_the_same_page_for_everybody(desk: DeskWorld) -> None:
    pages = []
    for account in ("zhou", "nobody"):
        client = visitor(desk)
        answer = send(client, "/desk/log-in", account=account, password="wrong")
        assert answer.status_code == 401
        pages.append(answer.text.replace(account, "").replace(token_in(answer.text), ""))
    assert pages[0] == pages[1]


def test_each_sees_the_places_of_the_role(desk: DeskWorld) -> None:
    clerk, regulator = inside(desk), inside(desk, "jian")
    assert clerk.get("/desk/members").status_code == 200
    assert regulator.get("/desk/members").status_code == 403
    assert "/desk/members" not in regulator.get("/desk/plots").text
    assert clerk.get("/desk", follow_redirects=False).headers["location"] == places()[0].path
    assert regulator.get("/desk/plots/new").status_code == 403
    assert inside(desk, "zhou").get("/desk/plots/new").status_code == 403


def test_a_page_belongs_to_its_place(desk: DeskWorld) -> None:
    client = inside(desk)
    for page, place in (("records", "record"), ("drafts", "record"), ("export", "import")):
        shown = client.get(f"/desk/{page}").text
        assert f'<a href="/desk/{place}" aria-current="page">' in shown, page


def test_a_member_sees_and_keeps_the_own_plots_alone(desk: DeskWorld) -> None:
    clerk = inside(desk)
    desk.with_password("nong", "农一", "member")
    other = desk.add("农二")
    uri = desk.world.node.people.uri(other)
    answer = send(clerk, "/desk/plots/new", name="别人的地", area="3", member=uri)
    where = answer.headers["location"]
    member = inside(desk, "nong")
    assert member.get(where).status_code == 404
    assert member.get(where.replace("one", "edit")).status_code == 404
    assert "别人的地" not in member.get("/desk/plots").text
    answer = send(member, "/desk/plots/new", name="自己的地", area="2.5 亩", member=uri)
    shown = member.get(answer.headers["location"]).text
    assert "农一" in shown
    assert "2.5 mu" in shown
    assert member.get("/desk/members").status_code == 403


def test_a_plot_is_recorded_with_who_typed_it(desk: DeskWorld) -> None:
    clerk = inside(desk)
    answer = send(clerk, "/desk/plots/new", name="记名地", area="3")
    where = answer.headers["location"]
    node = desk.world.node
    held = next(one for one in node.plots.seen_by(desk.administrator) if one.names.zh == "记名地")  # type: ignore[union-attr]
    assert held.master["type"] == "Plot"
    assert node.people.id_of(held.master["suyuan:recordedBy"]) is not None
    assert held.owner == f"{BASE}org/coop"
    size = node.database.log.tail().size
    edit = where.replace("one", "edit")
    send(clerk, edit, id=held.id, name="记名地", area="3.0")
    assert node.database.log.tail().size == size
    send(clerk, edit, id=held.id, name="记名地", area="4")
    assert node.database.log.tail().size == size + 1
    assert desk.world.client.get(f"/master/{quote(held.id, safe='')}").status_code == 404


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"name": "", "area": "1"}, "write what people call"),
        ({"name": "x", "area": "many"}, "is no amount"),
        ({"name": "x", "area": "-1"}, "below zero"),
        ({"name": "x", "area": "0"}, "above 0"),
        ({"name": "x", "area": "1", "place": "30.1, 118.9"}, "which datum"),
        (
            {
                "name": "x",
                "area": "1",
                "place": "30.1,118.9\n30.2,118.9\n30.2,119",
                "datum": "WGS-84",
            },
            "place-error",
        ),
        ({"name": "x", "area": "1", "place": "118.9, 30.1", "datum": "WGS-84"}, "no latitude"),
        ({"name": "x", "area": "1", "place": "1,2\n2,3", "datum": "WGS-84"}, "at least three"),
        ({"name": "x", "area": "1", "place": "{}", "datum": "WGS-84"}, "GeoJSON"),
        ({"name": "x", "area": "1", "member": "https://x.example/1"}, "not in the register"),
    ],
)
def test_a_bad_plot_is_explained_and_not_recorded(
    desk: DeskWorld, fields: dict[str, str], wrong: str
) -> None:
    clerk = inside(desk)
    size = desk.world.node.database.log.tail().size
    answer = send(clerk, "/desk/plots/new", **fields)
    assert answer.status_code == 422
    assert wrong in answer.text.replace("Write", "write")
    assert desk.world.node.database.log.tail().size == size


def test_a_point_off_a_phone_s_map_is_kept_in_wgs84_and_shown_as_given(desk: DeskWorld) -> None:
    clerk = inside(desk)
    given = {"name": "图上点", "area": "1", "place": "30.1, 118.9", "datum": "GCJ-02"}
    where = send(clerk, "/desk/plots/new", **given).headers["location"]
    node = desk.world.node
    (held,) = (
        one for one in node.plots.seen_by(desk.administrator) if one.master["name"] == "图上点"
    )
    assert held.master["suyuan:position"]["datum"] == "WGS-84"
    assert "30.1, 118.9 · GCJ-02" in clerk.get(where).text
    edit = where.replace("one", "edit")
    assert "30.1, 118.9</textarea>" in clerk.get(edit).text
    size = node.database.log.tail().size
    send(clerk, edit, id=held.id, **given)
    assert node.database.log.tail().size == size


def test_another_organisation_s_person_is_not_there(desk: DeskWorld) -> None:
    other = desk.add("外人", who="other")
    clerk = inside(desk)
    for path in ("", "/edit", "/erase"):
        assert clerk.get(f"/desk/members/{other}{path}").status_code == 404
    for path in ("/log-in", "/reset", "/card", "/disable", "/erase", "/edit"):
        answer = send(clerk, "/desk/members/new", f"/desk/members/{other}{path}", name="x")
        assert answer.status_code == 404
    foreign = f"/desk/members?where={quote(BASE + 'org/other')}"
    assert "外人" not in clerk.get(foreign).text
    assert "外人" in inside(desk, "zhou").get(foreign).text


def test_the_first_log_in_of_a_member(desk: DeskWorld) -> None:
    clerk = inside(desk)
    answer = send(
        clerk, "/desk/members/new", name="赵六", phone="139 0000 0066", roles="administrator"
    )
    where = answer.headers["location"]
    given = send(clerk, where, f"{where}/log-in", account="13900000066")
    code = given.text.split('class="secret code">')[1].split("<")[0]
    assert code not in clerk.get(where).text
    member = visitor(desk)
    answer = send(member, "/desk/code", account="13900000066", code=code)
    assert answer.headers["location"].startswith("/desk/renew")
    assert member.get("/desk/plots", follow_redirects=False).status_code == 303
    answer = send(member, "/desk/renew", new=PASSWORD, again=PASSWORD + "x")
    assert answer.status_code == 422
    answer = send(member, "/desk/renew", new=PASSWORD, again=PASSWORD)
    assert answer.text.count('<li class="code">') == 8
    assert member.get("/desk/members").status_code == 403  # a member, whatever the form said
    assert inside(desk, "13900000066").get("/desk/account").status_code == 200


def test_an_identity_number_is_never_shown_whole(desk: DeskWorld) -> None:
    clerk, number = inside(desk), "990101194910010021"
    where = send(clerk, "/desk/members/new", name="孙七", id_number=number).headers["location"]
    for path in (where, f"{where}/edit", "/desk/members"):
        assert number not in clerk.get(path).text
    assert "**************0021" in clerk.get(where).text
    send(clerk, f"{where}/edit", name="孙七")
    assert "0021" in clerk.get(where).text
    send(clerk, f"{where}/edit", name="孙七", forget_id="on")
    assert "0021" not in clerk.get(where).text


def test_an_administrator_gives_roles(desk: DeskWorld) -> None:
    admin = inside(desk, "zhou")
    where = f"{BASE}org/coop"
    answer = send(admin, f"/desk/members/new?where={quote(where)}", where=where, name="新文员",
                  roles=["clerk", "member"])  # fmt: skip
    person = answer.headers["location"].split("/")[-1]
    stored = desk.world.node.database.people.get(person)
    assert stored is not None
    assert stored.roles == {(where, "clerk"), (where, "member")}


def test_erased_is_erased(desk: DeskWorld) -> None:
    clerk = inside(desk)
    where = send(clerk, "/desk/members/new", name="周八").headers["location"]
    assert "周八" in clerk.get(f"{where}/erase").text
    send(clerk, f"{where}/erase")
    assert clerk.get(where).status_code == 404


def test_logged_out_is_out(desk: DeskWorld) -> None:
    client = inside(desk)
    cookie = dict(client.cookies)
    send(client, "/desk/account", "/desk/log-out")
    again = visitor(desk)
    for name, value in cookie.items():
        again.cookies.set(name, value)
    assert again.get("/desk/account", follow_redirects=False).status_code == 303
    csrf = token_in(again.get("/desk/log-in").text)
    late = again.post("/desk/members/new", data={"csrf": csrf, "name": "x"})
    assert late.status_code == 401
    assert "Nothing was saved" in late.text


def test_an_address_that_is_no_page_is_told_at_the_desk(desk: DeskWorld) -> None:
    answer = inside(desk).get("/desk/no-such-page")
    assert answer.status_code == 404
    assert "This page is not there" in answer.text
    assert 'href="/desk/today"' in answer.text


def test_who_works_on_no_plot_is_offered_the_daily_records(desk: DeskWorld) -> None:
    desk.with_password("deal", "钱经销", "dealer", who="other")
    client = inside(desk, "deal")
    today = client.get("/desk/today").text
    assert "/desk/record/form?form=sale_of_input" in today
    page = client.get("/desk/record").text
    assert "On which plot?" not in page
    assert page.index("form=sale_of_input") < page.index("form=processing")


def test_our_own_fault_is_told_without_its_trace(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = inside(desk)

    def broken(*_: object) -> None:
        raise RuntimeError("4711")

    monkeypatch.setattr(type(desk.world.node.plots), "seen_by", broken)
    answer = client.get("/desk/plots")
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "4711" not in answer.text


def test_programs_are_answered_as_before(desk: DeskWorld) -> None:
    answer = visitor(desk).get("/desk/nowhere", headers={"Accept": "application/json"})
    assert json.loads(answer.text)["status"] == 404


def test_devices_are_told_apart() -> None:
    assert (
        device_of("Mozilla/5.0 (Linux; Android 14) Chrome/120 MicroMessenger/8")
        == "WeChat · Android"
    )
    assert device_of("") == "? · ?"
