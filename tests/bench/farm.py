"""A cooperative with hundreds of members and a year of their records, made through capture itself.

Every record is filled in as a form is, signed and captured; the days pass as it is made, so that what is
late is late and what is in time is not. Kept for the next time, as the long log is.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from desk import DeskWorld, make_desk
from nodes import BASE, World, settings
from starlette.testclient import TestClient

import suyuan.adapters.sql
from suyuan.adapters.outside import SystemClock
from suyuan.bootstrap import Node, open_node
from suyuan.core.farm.fill import Ground, fill
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.write import write_event
from suyuan.core.people import Details
from suyuan.core.roles import PersonRole
from suyuan.core.rules.check import TEMPLATE
from suyuan.core.timestamps import from_datetime
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming
from suyuan.web.app import create_app

MEMBERS = 300
DAYS = 360
AT_ONCE = 1_000
_SQL = Path(suyuan.adapters.sql.__file__).parent
_VILLAGES = ("石桥村", "前山村", "柳溪村", "上坪村")
_INPUTS = (
    ("pesticide", "苦参碱"), ("pesticide", "吡虫啉"), ("pesticide", "印楝素"),
    ("pesticide", "阿维菌素"), ("fertiliser", "复合肥"), ("fertiliser", "尿素"),
    ("fertiliser", "有机肥"), ("fertiliser", "硫酸钾"),
)  # fmt: skip
_WORK = ("irrigating", "field_work", "field_work", "inspecting")


@dataclass(frozen=True, slots=True)
class Farm:
    """The node that is measured, and things in it to ask for."""

    desk: DeskWorld
    member: str
    """Id of a person."""
    plot: str
    season: str
    lot: str
    """Of an input."""
    records: int

    @property
    def node(self) -> Node:
        return self.desk.world.node

    def close(self) -> None:
        self.node.close()


def farm(folder: Path, size: int, **more: Any) -> Farm:
    """The data folder of such a node with ``size`` records, made if it is not there, and opened."""
    made = folder / f"farm-{size}-{_version()}"
    if not (made / "complete").exists():
        for old in folder.glob(f"farm-{size}-*"):
            shutil.rmtree(old)
        _make(made / "node", size, **more)
        (made / "complete").touch()
    node = open_node(settings(made / "node", **more))
    client = TestClient(create_app(node, workers=False), raise_server_exceptions=False)
    desk = DeskWorld(World(node, client, {}))
    people = node.people.store.of(f"{BASE}org/coop")
    member = next(one.id for one in people if one.roles_in(f"{BASE}org/coop") == {"member"})
    return Farm(desk, member, _plot(0), _season(0), f"{_product(0)}/10/L1", size)


def _version() -> str:
    told = hashlib.sha256(Path(__file__).read_bytes())
    for path in sorted((_SQL / "migrations").rglob("*.py")):
        told.update(path.read_bytes())
    return told.hexdigest()[:12]


@contextmanager
def _calendar() -> Iterator[list[datetime]]:
    """The clock stands where the list says, until the block ends."""
    at, real = [datetime.now(UTC)], SystemClock.now
    SystemClock.now = lambda _: from_datetime(at[0])  # type: ignore[method-assign,assignment]
    try:
        yield at
    finally:
        SystemClock.now = real  # type: ignore[method-assign]


_MEMBER: tuple[PersonRole, ...] = ("member",)


def _make(folder: Path, size: int, **more: Any) -> None:
    with _calendar() as now:
        end = now[0]
        now[0] = end - timedelta(days=DAYS + 1)
        desk = make_desk(folder, **more)
        node = desk.world.node
        desk.with_password("deal", "钱经销", "dealer", who="other")
        desk.with_password("lab", "李检测", "laboratory", who="coop")
        desk.with_password("mill", "马加工", "processor", who="coop")
        desk.with_password("member", "张一", "member")
        persons = [
            node.people.uri(
                node.people.add(
                    desk.administrator,
                    Details(f"张{n:03}", f"139{n:08}", _VILLAGES[n % len(_VILLAGES)]),
                    _MEMBER,
                    f"{BASE}org/coop",
                ).id
            )
            for n in range(MEMBERS)
        ]
        caller = Caller(f"{BASE}org/coop", "recorder", "990101", "bench")
        masters = list(_masters(node, persons, (end - timedelta(days=DAYS)).date()))
        for start in range(0, len(masters), 500):
            node.masters.record(caller, [("", one) for one in masters[start : start + 500]])
        ground = node.books.grounds.of(caller.organisation)
        batch: list[Incoming] = []
        for place, (day, form, given) in enumerate(_records(size, persons, end.date())):
            at = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
            if at > now[0] and at <= end:
                if batch:
                    node.capture.events(caller, batch)
                batch, now[0] = [], at
            batch.append(_event(form, given, place, ground, day))
            if len(batch) == AT_ONCE:
                node.capture.events(caller, batch)
                batch = []
        node.capture.events(caller, batch)
        now[0] = end
        node.sealer.seal()
        node.close()


def _event(form: str, given: dict[str, Any], place: int, ground: Ground, day: date) -> Incoming:
    there = Ground(day, ground.base, ground.plots, ground.seasons, ground.things, net=ground.net)
    written = write_event(
        FORMS[form],
        fill(FORMS[form], given, there),
        base=BASE,
        event_id=f"urn:uuid:{hashlib.sha256(str(place).encode()).hexdigest()[:8]}"
        f"-0000-4000-8000-{place:012d}",
        recorded_by=f"{BASE}person/typist",
    )
    return Incoming(written.event, "", written.private)


def _plot(number: int) -> str:
    return f"{BASE}plot/p{number}"


def _season(number: int) -> str:
    return f"{BASE}season/s{number}"


def _product(number: int) -> str:
    return f"https://id.gs1.org/01/095212340{number:04}{_check(f'095212340{number:04}')}"


def _check(digits: str) -> int:
    total = sum(int(d) * (3 if i % 2 == 0 else 1) for i, d in enumerate(digits))
    return -total % 10


def _masters(node: Node, persons: list[str], day: date) -> Iterator[dict[str, Any]]:
    """Inputs, and of each member two plots and the season on them."""
    templates = [one for one in node.rulebook.all(TEMPLATE) if one.document.get("kind") != "animal"]
    for number, (kind, name) in enumerate(_INPUTS):
        label: dict[str, Any] = {"kind": kind, "registration": f"PD2026{number:04}"}
        if kind == "pesticide":
            label |= {"ingredients": [name], "crops": [
                {"crop": "茶树", "preHarvestDays": 7, "mostPerSeason": 9}]}  # fmt: skip
        yield {"id": _product(number), "type": "Product", "name": {"zh": name, "en": f"Input {number}"},
               "suyuan:label": label}  # fmt: skip
    yield {"id": _product(9000), "type": "Product", "name": {"zh": "茶青", "en": "Leaves"}}
    for number, person in enumerate(persons):
        for side in (0, 1):
            plot = 2 * number + side
            yield {
                "id": _plot(plot), "type": "Plot", "name": f"地块{plot:03}",
                "suyuan:village": _VILLAGES[number % len(_VILLAGES)],
                "suyuan:area": {"value": 1 + plot % 7, "unit": "亩"},
                "suyuan:member": person,
            }  # fmt: skip
        template = templates[number % len(templates)]
        yield {
            "id": _season(number), "type": "suyuan:Season", "name": f"第{number:03}季",
            "suyuan:plots": [_plot(2 * number), _plot(2 * number + 1)],
            "suyuan:template": {"id": template.id, "digest": template.digest},
            "suyuan:from": day.isoformat(),
        }  # fmt: skip


def _records(
    size: int, persons: list[str], last: date
) -> Iterator[tuple[date, str, dict[str, Any]]]:
    """(day, form, what was filled in): each day's, some of them of days before."""
    random = Random(7)
    a_day = max(size // DAYS, 1)
    for number in range(size):
        today = last - timedelta(days=max(DAYS - 1 - number // a_day, 0))
        late = 0 if random.random() < 0.95 else random.randrange(1, 12)
        day = (today - timedelta(days=late)).isoformat()
        who = random.randrange(len(persons))
        member, plots = persons[who], [_plot(2 * who + random.randrange(2))]
        common: dict[str, Any] = {
            "day": day, "season": _season(who), "plots": plots, "member": member,
        }  # fmt: skip
        kind, month = random.randrange(len(_INPUTS)), number * 12 // size
        item = f"{_product(kind)}/10/L{1 + month // 2}"
        chance = random.random()
        if number % 100 == 0:
            yield today, "purchase", {"day": day, "items": [{"item": item, "amount": "80 公斤"}]}
        elif number % 997 == 0:
            yield today, "stock_count", {"day": day, "items": [{"item": item, "amount": "3 公斤"}]}
        elif number % 499 == 0:
            leaves = f"{_product(9000)}/10/{number}"
            yield today, "test", {"day": day, "subject": [leaves], "item": "联苯菊酯",
                                  "result": "fail" if number % 3 == 0 else "pass"}  # fmt: skip
        elif chance < 0.25:
            yield today, "spraying", {**common, "purpose": "蚜虫", "area": "2 亩",
                "items": [{"item": item, "amount": f"{random.randrange(20, 90)} 克"}]}  # fmt: skip
        elif chance < 0.45:
            yield today, "fertilising", {**common,
                "items": [{"item": item, "amount": f"{random.randrange(1, 30)} 斤"}]}  # fmt: skip
        elif chance < 0.6:
            leaves = f"{_product(9000)}/10/H{number}"
            yield today, "harvest", {**common,
                "items": [{"item": leaves, "amount": f"{random.randrange(5, 60)} 斤"}]}  # fmt: skip
        else:
            form = random.choice(_WORK)
            more = {
                "field_work": {"work": next(iter(_works()))},
                "inspecting": {"observation": "长势正常"},
            }
            yield today, form, {**common, **more.get(form, {})}


def _works() -> list[str]:
    field = FORMS["field_work"].field("work")
    assert field is not None
    return list(field.choices)
