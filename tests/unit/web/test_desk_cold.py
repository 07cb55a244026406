"""Rule 12 from the logger to the pages: an excursion is one case, a silence too, late files come in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desk import DeskWorld, inside, make_desk
from nodes import BASE, CONTEXT
from starlette.testclient import TestClient

from suyuan.flow import cold
from suyuan.web.desk import regulator

PRODUCT = "https://id.gs1.org/01/09521234000068"
LOT = f"{PRODUCT}/10/MILK-1"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[DeskWorld]:
    opened = make_desk(tmp_path / "node")
    opened.with_password("yuan", "袁监管", "regulator", who="faraway")
    milk = {
        "id": PRODUCT, "type": "Product", "name": {"zh": "鲜奶", "en": "Milk"},
        "suyuan:storage": {"min": 0, "max": 4, "everyMinutes": 30},
    }  # fmt: skip
    head = opened.world.head("coop")
    assert opened.world.client.post("/master", json=milk, headers=head).status_code == 201
    yield opened
    opened.world.node.close()


def ago(desk: DeskWorld, minutes: int, now: str = "") -> str:
    """A time before the node's now, or before another one."""
    end = datetime.fromisoformat(now or desk.world.node.clock.now())
    return (end - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def logged(desk: DeskWorld, *readings: tuple[int, float], now: str = "") -> None:
    """One file of a logger: (minutes ago, °C), as one event over HTTP."""
    now = now or desk.world.node.clock.now()
    event: dict[str, Any] = {
        "@context": CONTEXT, "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "sensor_reporting",
        "eventTime": ago(desk, min(minutes for minutes, _ in readings), now),
        "eventTimeZoneOffset": "+00:00", "quantityList": [{"epcClass": LOT}],
        "sensorElementList": [{"sensorReport": [
            {"type": "Temperature", "value": value, "uom": "CEL", "time": ago(desk, minutes, now)}
            for minutes, value in readings]}],
    }  # fmt: skip
    answer = desk.world.client.post("/events", json=event, headers=desk.world.head("coop"))
    assert answer.status_code == 201, answer.text


def sent(desk: DeskWorld) -> None:
    event = {
        "@context": CONTEXT, "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping",
        "eventTime": ago(desk, 0), "eventTimeZoneOffset": "+00:00",
        "quantityList": [{"epcClass": LOT, "quantity": 1, "uom": "KGM"}],
    }  # fmt: skip
    answer = desk.world.client.post("/events", json=event, headers=desk.world.head("coop"))
    assert answer.status_code == 201, answer.text


def cases(client: TestClient) -> tuple[int, int]:
    """How many excursions and how many silences the page tells."""
    page = client.get("/desk/cold").text
    return page.count("out of its temperatures from"), page.count("no reading")


def test_one_excursion_is_one_case_a_silence_too_and_a_late_file_closes_it(desk: DeskWorld) -> None:
    clerk, office = inside(desk), inside(desk, "jian")
    assert "No case in these days." in clerk.get("/desk/cold").text
    # Four warm readings are one case; then the sensor says nothing for two hours and a half.
    warm = [(290, 7.0), (280, 8.5), (270, 9.0), (260, 6.0)]
    logged(desk, (310, 3.0), (300, 3.0), *warm, (250, 3.0))
    logged(desk, (100, 3.0), (80, 3.0), (60, 3.0), (40, 3.0), (20, 3.0), (0, 3.0))
    for reader in (clerk, office):
        assert cases(reader) == (1, 1)
        page = reader.get("/desk/cold").text
        assert "up to 9 °C" in page
        assert "2 cases" in page
        assert 'href="/desk/lots/01/09521234000068/10/MILK-1">Milk MILK-1<' in page
        assert "coop" in page
    glance = office.get("/desk/regulator").text
    assert "<b>2</b>Cold chain" in glance
    assert 'href="/desk/cold?' in glance
    # The logger's file of the silence comes hours late.
    logged(desk, *((minutes, 2.5) for minutes in range(240, 100, -20)))
    for reader in (clerk, office):
        assert cases(reader) == (1, 0)
    assert "<b>1</b>Cold chain" in office.get("/desk/regulator").text
    assert cases(inside(desk, "yuan")) == (0, 0)


def test_a_sensor_that_fell_silent_is_a_case_until_the_goods_left(desk: DeskWorld) -> None:
    clerk = inside(desk)
    logged(desk, (200, 3.0), (180, 3.0))
    assert cases(clerk) == (0, 1)
    sent(desk)
    assert cases(clerk) == (0, 0)


def test_what_rests_on_too_much_is_told_and_not_guessed(
    desk: DeskWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged(desk, (200, 9.0), (180, 3.0))
    logged(desk, (20, 3.0))
    monkeypatch.setattr(regulator, "AT_A_GLANCE", 1)
    assert "<b>…</b>Cold chain" in inside(desk, "jian").get("/desk/regulator").text
    monkeypatch.setattr(cold.cold_cases, "__kwdefaults__", {"most": 1})
    refused = inside(desk).get("/desk/cold")
    assert "more than 1 records" in refused.text
    far = inside(desk).get(f"/desk/cold?organisation={BASE}org/faraway")
    assert far.status_code == 404


def test_what_was_measured_behind_the_days_asked_about_is_no_silence_in_them(
    desk: DeskWorld,
) -> None:
    day, now = 24 * 60, desk.world.node.clock.now()
    every = range(3 * day, -30, -30)
    logged(
        desk,
        *((minutes, 9.0 if minutes <= 2 * day else 3.0) for minutes in every if minutes >= day),
        now=now,
    )
    logged(desk, *((minutes, 3.0) for minutes in every if minutes < day), now=now)
    until = (datetime.fromisoformat(ago(desk, day, now)) + timedelta(hours=8)).date()
    page = inside(desk).get(f"/desk/cold?to={until}").text
    assert "no reading" not in page
    assert page.count("out of its temperatures from") == 1
    before = until - timedelta(days=2)
    assert "No case in these days." in inside(desk).get(f"/desk/cold?to={before}").text
