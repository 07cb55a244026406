"""A form of the desk that is pressed twice makes one record, whichever form it is."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio.to_thread
import pytest
from desk import DeskWorld, buy, inside, make_desk, token_in
from nodes import BASE
from starlette.testclient import TestClient

from suyuan.flow.master import MasterData
from suyuan.web.desk import sent


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path_factory.mktemp("once") / "node")
    yield made
    made.world.node.close()


def size(desk: DeskWorld) -> int:
    return desk.world.node.database.log.tail().size


def press(client: TestClient, at: str, **fields: Any) -> list[Any]:
    """The same form twice, as two clicks send it."""
    given = {"csrf": token_in(client.get(at).text), **fields}
    path = at.partition("?")[0]
    return [client.post(path, data=given, follow_redirects=False) for _ in range(2)]


def test_a_new_brand_pressed_twice_is_one(desk: DeskWorld) -> None:
    clerk, before = inside(desk), size(desk)
    first, second = press(clerk, "/desk/brands/new", zh="两连按牌")
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.headers["location"] == second.headers["location"]
    assert size(desk) == before + 1
    assert "is recorded" in clerk.get("/desk/brands").text


FORMS: list[tuple[str, str, dict[str, Any]]] = [
    ("wang", "/desk/plots/new", {"name": "两连按地", "area": "2"}),
    ("wang", "/desk/seasons/new", {"name": "两连按季", "template": f"{BASE}template/tea"}),
    ("wang", "/desk/stock/buy?typed=1",
     {"item": "new", "new_name": "两连按肥", "new_kind": "fertiliser", "amount": "3 袋"}),
    ("wang", "/desk/members/new", {"name": "两连按", "village": "桥头村"}),
    ("wang", "/desk/record/form?form=purchase",
     {"form": "purchase", "do": "draft", "note": "两连按"}),
    ("jian", "/desk/regulator/inspect",
     {"type": "inspection", "finding": "两连按", "result": "in_order"}),
]  # fmt: skip


@pytest.mark.parametrize(("who", "at", "fields"), FORMS, ids=[at for _, at, _ in FORMS])
def test_whatever_is_pressed_twice_is_done_once(
    desk: DeskWorld, who: str, at: str, fields: dict[str, Any]
) -> None:
    node, client = desk.world.node, inside(desk, who)
    given = dict(fields)
    if who == "jian":
        given |= {"of": desk.world.org("coop"), "person": "简监管"}
    if "seasons" in at:
        plots = re.findall(r'name="plots" value="([^"]+)"', client.get(at).text)
        given["plots"] = plots[0]
    if "record/form" not in at:
        given.setdefault("day", node.watch.today().isoformat())
    clerk = node.accounts.authenticate(desk.world.tokens["coop"])

    def there() -> tuple[int, int, int]:
        return size(desk), len(node.drafts.list(clerk)), len(node.people.names(clerk.organisation))

    before = there()
    first, second = press(client, at, **given)
    assert first.status_code == 303, first.text
    assert second.headers["location"] == first.headers["location"]
    after = there()
    assert sum(after) > sum(before)
    once = after
    # Opened anew it is another form, and does the same again.
    third = client.post(
        at.partition("?")[0], data={**given, "csrf": token_in(client.get(at).text)},
        follow_redirects=False,
    )  # fmt: skip
    assert third.status_code in (303, 422), third.text
    if third.status_code == 303:
        assert there() != once


def test_who_presses_while_it_is_worked_on_waits_for_the_answer(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerks = [inside(desk), inside(desk)]
    clerks[1].cookies = clerks[0].cookies
    given = {"csrf": token_in(clerks[0].get("/desk/brands/new").text), "zh": "同时按牌"}
    begun, record = threading.Event(), MasterData.record

    def slow(self: MasterData, *args: Any, **more: Any) -> Any:
        begun.set()
        waiting.wait(10)
        return record(self, *args, **more)

    waiting, begin = threading.Event(), type(desk.world.node.forms).begin

    def looked(self: Any, key: bytes) -> Any:
        if begun.is_set():
            waiting.set()
        return begin(self, key)

    monkeypatch.setattr(MasterData, "record", slow)
    monkeypatch.setattr(type(desk.world.node.forms), "begin", looked)
    before = size(desk)

    def send(client: TestClient) -> Any:
        return client.post("/desk/brands/new", data=given, follow_redirects=False)

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(send, clerks[0])
        assert begun.wait(10)
        second = pool.submit(send, clerks[1])
        assert first.result().headers["location"] == second.result().headers["location"]
    assert size(desk) == before + 1


def test_copies_of_a_slow_form_keep_nobody_out(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times as many wait as there are threads; other pages are answered meanwhile."""
    threads, copies = 3, 30
    release, begun, record = threading.Event(), threading.Event(), MasterData.record

    def slow(self: MasterData, *args: Any, **more: Any) -> Any:
        begun.set()
        assert release.wait(300)
        return record(self, *args, **more)

    waiting, begin = threading.Semaphore(0), type(desk.world.node.forms).begin

    def looked(self: Any, key: bytes) -> Any:
        answer = begin(self, key)
        if answer is not None and not answer.path:
            waiting.release()
        return answer

    entered = inside(desk)
    cookies = entered.cookies
    app, head = desk.world.client.app, {"Accept-Language": "en"}
    with TestClient(app, headers=head, cookies=cookies) as client:
        assert client.portal is not None
        client.portal.call(_threads, threads)
        given = {"csrf": token_in(client.get("/desk/brands/new").text), "zh": "慢牌"}
        monkeypatch.setattr(sent, "_LOOKS", 100_000)
        monkeypatch.setattr(MasterData, "record", slow)
        monkeypatch.setattr(type(desk.world.node.forms), "begin", looked)
        before = size(desk)

        def send(_: int) -> Any:
            return client.post("/desk/brands/new", data=given, follow_redirects=False)

        with ThreadPoolExecutor(copies + 2) as pool:
            first = pool.submit(send, 0)
            assert begun.wait(60)
            others = [pool.submit(send, n) for n in range(copies)]
            try:
                for _ in range(threads):
                    assert waiting.acquire(timeout=60)
                page = pool.submit(client.get, "/desk/brands")
                assert page.result(timeout=60).status_code == 200
                assert not first.done()
            finally:
                monkeypatch.setattr(sent, "_LOOKS", 40)
                release.set()
            told = {one.result(timeout=60).headers["location"] for one in (first, *others)}
        client.portal.call(_threads, 40)
    assert len(told) == 1
    assert size(desk) == before + 1


async def _threads(count: int) -> None:
    anyio.to_thread.current_default_thread_limiter().total_tokens = count


@pytest.mark.usefixtures("stopped")
def test_one_that_hangs_is_told_and_one_that_was_refused_may_be_sent_again(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, node = inside(desk), desk.world.node
    page = clerk.get("/desk/brands/new").text
    wrong = {"csrf": token_in(page), "zh": ""}
    for _ in range(2):
        assert clerk.post("/desk/brands/new", data=wrong).status_code == 422
    monkeypatch.setattr(sent, "_BETWEEN", 0.0)
    with monkeypatch.context() as patch:
        patch.setattr(type(node.forms), "drop", lambda *_: None)
        clerk.post("/desk/brands/new", data=wrong)
    hangs = clerk.post("/desk/brands/new", data=wrong)
    assert hangs.status_code == 409
    assert "still worked on" in hangs.text
    json = clerk.post("/desk/brands/new", data=wrong, headers={"Accept": "application/json"})
    assert json.status_code == 409


def test_the_answer_lies_sealed_and_only_who_sent_it_gets_it(desk: DeskWorld) -> None:
    clerk, node = inside(desk), desk.world.node
    given = {"csrf": token_in(clerk.get("/desk/stock/buy?typed=1").text), "item": "new",
             "new_name": "密封肥", "new_kind": "fertiliser", "amount": "3 袋",
             "day": node.watch.today().isoformat()}  # fmt: skip
    first = clerk.post("/desk/stock/buy", data=given, follow_redirects=False)
    assert first.status_code == 303
    assert "密封肥".encode() not in node.settings.data_dir.joinpath("suyuan.db").read_bytes()
    assert buy(desk, clerk, new_name="又一种", amount="1 袋").status_code == 303


def test_a_file_that_was_put_right_is_another_though_it_is_as_long_as_before(
    desk: DeskWorld,
) -> None:
    clerk = inside(desk)
    csrf = token_in(clerk.get("/desk/import").text)
    led = []
    for amount in ("100", "100", "180"):
        table = f"采收日期,地块,产量(公斤)\n2026-04-01,石桥湾,{amount}\n".encode()
        answer = clerk.post(
            "/desk/import", data={"csrf": csrf}, files={"file": ("采收.csv", table, "text/csv")},
            follow_redirects=False,
        )  # fmt: skip
        led.append(answer.headers["location"])
    assert led[0] == led[1] != led[2]
