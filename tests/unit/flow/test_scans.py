"""Readings of codes: counted once for each person who reads, kept together, looked at."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from brand_world import caller, issue
from nodes import GTIN, LOT, World, event, make_world

from suyuan.core.errors import Forbidden, NotFound, Refused, Unavailable
from suyuan.flow.capture import Incoming
from suyuan.flow.scans import Pack, Scans

READER = {"Accept": "text/html", "Accept-Language": "en", "User-Agent": "Mozilla/5.0 (Phone)"}


def pack(world: World, record: int, place: int = 0) -> Pack:
    serial = world.node.database.log.serials_of(record)[place].serial
    code = f"https://id.gs1.org/01/{GTIN}/21/{serial}"
    return Pack(code, LOT, serial, world.org("coop"))


def page(world: World, one: Pack, path: str = "", **headers: str) -> Any:
    address = f"/p/01/{GTIN}/10/L-1/21/{one.serial}{path}"
    return world.client.get(address, headers={**READER, **headers})


def seen(world: World, one: Pack) -> int:
    return world.node.scans.told(one, counted=False).seen


def test_the_page_says_when_first_and_how_often(world: World) -> None:
    one = pack(world, issue(world, 1))
    assert "seen once so far" in page(world, one).text
    told = page(world, one).text
    assert "seen 2 times so far" in told
    assert "issued this code" in told
    world.node.scans.flush()
    assert "seen 3 times so far" in page(world, one).text
    found = world.node.database.scans.seen(one.code)
    assert found is not None
    assert found.seen == 2


@pytest.mark.parametrize(
    "headers",
    [{"User-Agent": "Googlebot/2.1"}, {"User-Agent": "curl/8"}, {"User-Agent": ""},
     {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"Sec-Fetch-Dest": "image"},
     {"Sec-Fetch-Site": "same-origin"}, {"If-None-Match": '"x"'}, {"Accept": "application/json"}],
)  # fmt: skip
def test_what_is_no_person_reading_is_not_counted(world: World, headers: dict[str, str]) -> None:
    one = pack(world, issue(world, 1))
    page(world, one, **headers)
    page(world, one, "?lang=en")
    world.client.head(f"/p/01/{GTIN}/10/L-1/21/{one.serial}", headers=READER)
    assert seen(world, one) == 0
    page(world, one, **{"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"})
    assert seen(world, one) == 1


def test_nothing_of_the_reader_is_kept(world: World) -> None:
    one = pack(world, issue(world, 1))
    page(world, one, **{"X-Forwarded-For": "203.0.113.9", "Cookie": "who=me"})
    world.node.scans.flush()
    file = Path(world.node.settings.data_dir) / "suyuan.db"
    kept = b"".join(part.read_bytes() for part in file.parent.glob("suyuan.db*"))
    assert one.serial.encode() in kept
    for told in (b"203.0.113.9", b"who=me", b"Mozilla", b"Phone"):
        assert told not in kept


def test_a_county_is_told_once_with_the_pages_own_mark(world: World) -> None:
    scans, one = world.node.scans, pack(world, issue(world, 1))
    told = scans.told(one, counted=True)
    with pytest.raises(Refused, match="choose"):
        scans.place(one.code, told.token, "999999")
    with pytest.raises(Forbidden):
        scans.place(f"{one.code}X", told.token, "330112")
    for forged in ("", "AAAA", told.token[:-2] + "AA", "!"):
        with pytest.raises(Forbidden):
            scans.place(one.code, forged, "330112")
    scans.place(one.code, told.token, "330112")
    with pytest.raises(Refused, match="already"):
        scans.place(one.code, told.token, "330112")
    scans.flush()
    days = world.node.database.scans.days(one.code)
    assert [(day.county, day.seen) for day in days] == [("330112", 1)]
    assert seen(world, one) == 1


def test_a_county_can_be_told_after_the_reading_was_written(world: World) -> None:
    scans, one = world.node.scans, pack(world, issue(world, 1))
    told = scans.told(one, counted=True)
    scans.flush()
    body = {"code": one.code, "token": told.token, "county": "440000"}
    assert world.client.post("/scans/county", json=body).status_code == 204
    assert world.client.post("/scans/county", json=body).status_code == 400
    assert world.client.post("/scans/county", content=b"x" * 20_000).status_code == 413
    scans.flush()
    days = world.node.database.scans.days(one.code)
    assert [(day.county, day.seen) for day in days] == [("440000", 1)]


class At:
    """A clock that stands."""

    def __init__(self, now: str) -> None:
        self._now = now

    def now(self) -> str:
        return self._now


def test_a_county_told_after_midnight_is_of_the_readings_day(world: World) -> None:
    """Read at 23:59 in China, told at 00:01: one reading on one day, and none on the next."""
    scans, one = world.node.scans, pack(world, issue(world, 1))
    scans.clock = At("2026-11-26T15:59:30.000Z")
    told = scans.told(one, counted=True)
    scans.clock = At("2026-11-26T16:01:00.000Z")
    scans.place(one.code, told.token, "330112")
    scans.flush()
    days = world.node.database.scans.days(one.code)
    assert [(day.day, day.county, day.seen) for day in days] == [("2026-11-26", "330112", 1)]
    scans.clock = At("2026-11-27T16:01:00.000Z")
    with pytest.raises(Forbidden):
        scans.place(one.code, scans._token(one.code, "2026-11-26T15:00:00.000Z"), "330112")


def test_a_flood_is_one_row_and_one_case(world: World) -> None:
    scans, one = world.node.scans, pack(world, issue(world, 1, ahead=True))

    def read() -> None:
        for _ in range(2_500):
            scans.told(one, counted=True)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        scans.flush()
    for thread in threads:
        thread.join()
    scans.flush()
    store = world.node.database.scans
    found = store.seen(one.code)
    assert found is not None
    assert found.seen == seen(world, one) == 10_000
    assert len(store.days(one.code)) == 1
    assert store.count_cases([world.org("coop")]) == 1
    assert scans.told(one, counted=False).odd


def test_early_late_voided_and_far_raise_a_case(world: World) -> None:
    scans, store = world.node.scans, world.node.database.scans
    coop, first = caller(world, "coop"), issue(world, 4, ahead=True)
    early, voided, gone, far = (pack(world, first, place) for place in range(4))
    codes = world.node.codes
    codes.act(coop, "activate", first, ((1, 3),))
    codes.act(coop, "void", first, ((1, 1),), reason="misprint")
    burnt = event(action="OBSERVE", bizStep="destroying", quantityList=None, disposition="destroyed",
                  epcList=[f"{LOT}/21/{gone.serial}"], eventTime="2026-01-02T08:00:00.000Z")  # fmt: skip
    world.node.capture.events(coop, [Incoming(burnt)])
    for one in (early, voided, gone):
        scans.told(one, counted=True)
    for county in ("330112", "440000"):
        scans.place(far.code, scans.told(far, counted=True).token, county)
    scans.flush()
    found = {one.code: one.reasons for one in store.cases([world.org("coop")])}
    assert found == {
        early.code: ("early",), voided.code: ("voided",), gone.code: ("late",), far.code: ("far",)
    }  # fmt: skip
    told = {
        early: "before its packing was recorded", voided: "after it was taken out of use",
        gone: "after it was destroyed", far: "in places far apart",
    }  # fmt: skip
    for one, said in told.items():
        text = page(world, one).text
        assert [other for other in told.values() if other in text] == [said]
    softly = page(world, far).text
    assert "Compare seal, label and pack" in softly
    assert "copied" not in softly.split("Where this code was read")[1].split("<form")[0]


def test_a_code_that_was_only_read_often_was_in_no_wrong_place(world: World) -> None:
    scans, one = world.node.scans, pack(world, issue(world, 1))
    for _ in range(1_000):
        scans.told(one, counted=True)
    scans.flush()
    assert scans.told(one, counted=False).odd == ("often",)
    text = page(world, one).text
    assert "unusually often on one day" in text
    assert "far apart" not in text
    chinese = page(world, one, **{"Accept-Language": "zh"}).text
    assert "这个码有一天被扫的次数特别多。 原因可能无关紧要" in chinese
    assert "不该出现" not in chinese


def test_a_closed_case_leaves_the_page(world: World) -> None:
    scans, one = world.node.scans, pack(world, issue(world, 1, ahead=True))
    scans.told(one, counted=True)
    scans.flush()
    own = [world.org("coop")]
    (case,) = world.node.database.scans.cases(own)
    with pytest.raises(NotFound):
        scans.close(case.id, [world.org("other")], person="x", note="a trial")
    for given in ({"person": "", "note": "a trial"}, {"person": "x", "note": ""},
                  {"person": "x" * 201, "note": "a trial"}):  # fmt: skip
        with pytest.raises(Refused):
            scans.close(case.id, own, **given)
    scans.close(case.id, own, person="王会计", note="we tried it ourselves")
    assert not scans.told(one, counted=True).odd
    scans.flush()
    assert world.node.database.scans.count_cases(own, state="open") == 0


def test_what_could_not_be_written_is_written_later(world: World) -> None:
    scans, one = world.node.scans, pack(world, issue(world, 1))

    class Failing:
        def add(self, readings: Any) -> None:
            raise Unavailable("the database does not answer")

    scans.told(one, counted=True)
    store = scans.store
    scans.store = Failing()  # type: ignore[assignment]
    with pytest.raises(Unavailable):
        scans.flush()
    scans.store = store
    assert seen(world, one) == 1
    scans.flush()
    assert seen(world, one) == 1


def test_the_first_day_survives_another_service(world: World, tmp_path: Path) -> None:
    one = pack(world, issue(world, 1))
    world.node.scans.told(one, counted=True)
    world.node.scans.flush()
    again: Scans = make_again(world)
    assert again.told(one, counted=True).seen == 2
    assert again.told(one, counted=False).first == world.node.brands.today


def make_again(world: World) -> Scans:
    own = world.node.scans
    return Scans(own.store, own.issued, own.codes, own.book, own.clock, own.digest, own.scoring)


def test_own_figures_from_a_file(tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    row = dict.fromkeys(("early", "voided", "late", "far"), 0)
    row |= {"lateDays": 1, "farHours": 1, "often": 1, "oftenADay": 3, "opens": 1}
    figures.write_text(json.dumps({"rows": [{"from": "2020-01-01", **row}]}), encoding="utf-8")
    world = make_world(tmp_path / "node", scan_scoring=figures)
    one = pack(world, issue(world, 1, ahead=True))
    for _ in range(3):
        world.node.scans.told(one, counted=True)
    world.node.scans.flush()
    (case,) = world.node.database.scans.cases([world.org("coop")])
    assert case.reasons == ("often",)
    world.node.close()
