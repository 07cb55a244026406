"""Labels at the desk: files that printers read, who may see them, and mistakes at their fields."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import zxingcpp
from desk import DeskWorld, inside, make_desk, send
from nodes import GTIN, LOT, event
from PIL import Image
from starlette.testclient import TestClient
from unit.labels.printers import PRINTERS

from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming

COUNT = 12


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskWorld]:
    made = make_desk(tmp_path_factory.mktemp("labels") / "node", printer_hosts=["192.168.1.50"])
    made.with_password("deal", "钱经销", "dealer")
    made.with_password("pro", "孙加工", "processor", who="other")
    caller = Caller(made.world.org("coop"), "recorder", "990101", "test")
    node = made.world.node
    product = {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product",
               "name": {"zh": "山核桃仁", "en": "Hickory kernels"}}  # fmt: skip
    node.masters.record(caller, [("", product)])
    node.capture.events(caller, [Incoming(event())])
    node.issuer.issue(
        caller, gtin=GTIN, lot="L-1", count=COUNT, event_time="2026-09-18T08:00:00.000+08:00",
        time_zone="+08:00", key="packing",
    )  # fmt: skip
    yield made
    node.close()


def place(client: TestClient) -> str:
    """Where the packs of the lot are chosen."""
    found = re.search(
        r'href="(/desk/labels/new\?[^"]+record=\d+)"', client.get("/desk/labels").text
    )
    assert found is not None
    return found[1].replace("&amp;", "&")


def begun(client: TestClient, **given: str) -> str:
    at = place(client)
    lot, record = re.findall(r"lot=([^&]+)&record=(\d+)", at)[0]
    fields = {"stock": "60x40", "printer": "file", "first": "1", "last": str(COUNT), **given}
    answer = send(client, at, lot=LOT, record=record, **fields)
    assert answer.status_code == 303, answer.text
    assert lot
    return str(answer.headers["location"])


def test_a_file_of_each_language_is_read_back(desk: DeskWorld) -> None:
    client = inside(desk)
    job = begun(client, stock="50x30")
    serials = [one.serial for one in desk.world.node.database.log.serials_of(_record(client))]
    for language, ending in (("zpl", "zpl"), ("tspl", "tspl"), ("escpos", "bin")):
        for dpi, dots in ((203, 8.0), (300, 300 / 25.4)):
            answer = client.get(f"{job}/labels.{ending}?dpi={dpi}")
            assert answer.headers["cache-control"] == "no-store"
            size = round(50 * dots), round(30 * dots)
            read = [_read(one) for one in PRINTERS[language](answer.content, *size)]
            assert [text.rpartition("/21/")[2] for text in read] == serials
    assert client.get(f"{job}/labels.pdf").content.startswith(b"%PDF")
    assert client.get(f"{job}/labels.exe").status_code == 404


def _record(client: TestClient) -> int:
    return int(place(client).rpartition("=")[2])


def _read(image: Image.Image) -> str:
    return str(zxingcpp.read_barcodes(image)[0].text)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"last": "13"}, "last"),
        ({"last": "x"}, "last"),
        ({"first": "0"}, "last"),
        ({"first": "5", "last": "4"}, "last"),
        ({"printer": ""}, "printer"),
        ({"printer": "nobody"}, "printer"),
        ({"stock": "none"}, "stock"),
        ({}, "again"),
    ],
)
def test_mistakes_stand_at_their_fields(desk: DeskWorld, given: dict[str, str], field: str) -> None:
    client = inside(desk)
    at = place(client)
    fields = {"stock": "60x40", "printer": "file", "first": "1", "last": str(COUNT), **given}
    answer = send(client, at, lot=LOT, record=at.rpartition("=")[2], **fields)
    assert answer.status_code == 422, answer.text
    assert f'id="{field}-error"' in answer.text


def test_others_see_nothing_of_it(desk: DeskWorld) -> None:
    client = inside(desk)
    job = begun(client, again="1")
    at = place(client)
    stranger, dealer = inside(desk, "pro"), inside(desk, "deal")
    for path in (job, f"{job}/labels.zpl", f"{job}/print", f"{job}/print.css"):
        assert stranger.get(path).status_code == 404
        assert dealer.get(path).status_code == 403
    assert stranger.get(at).status_code == 403
    assert stranger.get(at.replace("/new?", "/preview.png?") + "&stock=60x40").status_code == 403
    assert "/desk/labels" not in dealer.get("/desk").text


def test_a_printer_that_nobody_allowed_is_refused(desk: DeskWorld) -> None:
    client = inside(desk)
    fields = {
        "name": "W",
        "language": "zpl",
        "dpi": "203",
        "right": "0",
        "down": "0",
        "answers": "1",
    }
    answer = send(client, "/desk/labels/printer", address="127.0.0.1:22", **fields)
    assert answer.status_code == 422
    assert 'id="address-error"' in answer.text
    answer = send(client, "/desk/labels/printer", address="192.168.1.50", **fields)
    assert answer.status_code == 303
    kept = answer.headers["location"]
    assert "192.168.1.50" in client.get(kept).text
    assert inside(desk, "pro").get(kept).status_code == 404
    answer = send(client, kept, do="page", stock="a4-3x8")
    assert 'id="stock-error"' in answer.text
    assert send(client, kept, do="drop").status_code == 303
    assert client.get(kept).status_code == 404


def test_stock_of_ones_own_is_kept_and_dropped(desk: DeskWorld) -> None:
    client = inside(desk)
    given = {
        "name": "罐装",
        "width": "80",
        "height": "50",
        "gap": "3",
        "x": "2",
        "y": "2",
        "media": "mark",
    }
    for name, wrong in (("width", "19"), ("gap", "21"), ("x", "11"), ("name", ""), ("height", "a")):
        answer = send(client, "/desk/labels/stock", **{**given, name: wrong})
        assert answer.status_code == 422
    assert send(client, "/desk/labels/stock", **given).status_code == 303
    page = client.get("/desk/labels/printers").text
    assert "罐装" in page
    found = re.search(r'name="id" value="([0-9a-f]{8})"', page)
    assert found is not None
    assert (
        client.get(f"/desk/labels/rulers.png?stock={found[1]}").headers["content-type"]
        == "image/png"
    )
    answer = send(client, "/desk/labels/printers", do="drop", id=found[1])
    assert answer.status_code == 405
    csrf = re.search(r'name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    gone = {"csrf": csrf[1], "do": "drop", "id": found[1]}
    assert client.post("/desk/labels/stock", data=gone, follow_redirects=False).status_code == 303
    assert "罐装" not in client.get("/desk/labels/printers").text


def test_the_style_says_the_very_size(desk: DeskWorld) -> None:
    client = inside(desk)
    job = begun(client, stock="40x30", printer="browser", again="1")
    answer = client.get(f"{job}/print.css")
    assert answer.headers["content-type"].startswith("text/css")
    assert "@page{size:40mm 30mm;margin:0}" in answer.text
    assert client.get(f"{job}/print?from=11").text.count("<li><svg") == 1
