"""A desk with something on every page of it, and one with nothing but its people: for a tour."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from desk import DeskWorld, make_desk
from lineage_world import GTIN, boxed, kg, lot, made, moved, record, sent
from nodes import BASE, made_up_policy

from suyuan.core.people import Details
from suyuan.core.roles import PersonRole
from suyuan.core.rules.override import Overriding
from suyuan.flow.accounts import Caller
from suyuan.flow.actors import Actor
from suyuan.flow.books import Entry
from suyuan.ports.anchors import AnchorRow

ACCOUNTS = {
    "wang": "clerk", "zhou": "administrator", "jian": "regulator", "zhang": "member",
    "deal": "dealer", "mill": "processor", "lab": "laboratory",
}  # fmt: skip
"""Who logs in, and as what."""

PESTICIDE, FERTILISER = (f"https://id.gs1.org/01/{n}" for n in ("09521234000020", "09521234000037"))
KSJ, FHF = f"{PESTICIDE}/10/KSJ-1", f"{FERTILISER}/10/FHF-1"
NUTS = "https://id.gs1.org/01/09521234000044"
CHAIN_TIME = "2026-10-01T01:02:03.000Z"


def empty(folder: Path) -> DeskWorld:
    """Everybody can log in, and nothing was ever recorded."""
    desk = make_desk(folder, printer_hosts=["192.0.2.9"])
    desk.with_password("zhang", "张三", "member")
    desk.with_password("deal", "钱经销", "dealer", who="other")
    desk.with_password("mill", "孙师傅", "processor")
    desk.with_password("lab", "李检测", "laboratory")
    return desk


def filled(folder: Path) -> DeskWorld:
    """Members, plots, seasons with records of every state, stock, lots, labels, drafts, findings."""
    desk = empty(folder)
    node = desk.world.node
    node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
    _masters(desk)
    _season(desk)
    _anchor(desk)
    _lots(desk)
    node.sealer.seal()
    _stock(desk)
    _drafts(desk)
    _upload(desk)
    node.supplies.keep_printer(desk.world.org("coop"), {
        "name": "靠窗的标签机", "address": "192.0.2.9", "language": "tspl", "dpi": "203"})  # fmt: skip
    while node.standings.work():
        pass
    return desk


def clerk(desk: DeskWorld) -> Actor:
    people = desk.world.node.people.list(desk.administrator, desk.world.org("coop"))
    known = next(one for one in people if one.account == "wang")
    return Actor(
        known.id, desk.world.node.people.uri(known.id), "王会计", desk.world.org("coop"), "990101",
        frozenset({"clerk"}),
    )  # fmt: skip


def member(desk: DeskWorld) -> str:
    people = desk.world.node.people.list(desk.administrator, desk.world.org("coop"))
    return next(one.id for one in people if one.account == "zhang")


def _day(desk: DeskWorld, ago: int) -> date:
    return desk.world.node.watch.today() - timedelta(days=ago)


def _masters(desk: DeskWorld) -> None:
    node, actor = desk.world.node, clerk(desk)
    crops = [{"crop": "山核桃", "preHarvestDays": 14, "mostPerSeason": 3}]
    products: list[dict[str, Any]] = [
        {"id": PESTICIDE, "type": "Product", "name": {"zh": "苦参碱水剂", "en": "Matrine"},
         "suyuan:label": {"kind": "pesticide", "registration": "PD20101234",
                          "ingredients": ["苦参碱"], "toxicity": "低毒",
                          "crops": crops}},
        {"id": FERTILISER, "type": "Product", "name": {"zh": "复合肥", "en": "Compound fertiliser"},
         "suyuan:label": {"kind": "fertiliser"}},
        {"id": NUTS, "type": "Product", "name": {"zh": "山核桃青果", "en": "Hickory in the husk"}},
        {"id": f"https://id.gs1.org/01/{GTIN}", "type": "Product",
         "name": {"zh": "山核桃仁（原味）", "en": "Hickory kernels, roasted"},
         "suyuan:netWeight": {"value": 180, "uom": "GRM"}, "suyuan:shelfLifeDays": 180},
    ]  # fmt: skip
    node.masters.record(actor.caller, [("", one) for one in products])
    roles: tuple[PersonRole, ...] = ("member",)
    names = ("李四妹", "欧阳建国", "赵大爷", "司马青")
    persons = [node.people.uri(member(desk))]
    for number, name in enumerate(names):
        details = Details(name, f"1390000010{number}", "前山村" if number % 2 else "石桥村")
        added = node.people.add(desk.administrator, details, roles, desk.world.org("coop"))
        persons.append(node.people.uri(added.id))
    fields = (
        ("前山坡", 6.5, "山核桃"), ("后山", 4, "山核桃"), ("河边地", 1.2, "小白菜"),
        ("一号栏", 0.5, "沙子岭猪"), ("千工垄水库上边那块老梯田", 12.25, "山核桃"),
        ("园地", 2, "小白菜"),
    )  # fmt: skip
    for number, (name, mu, crop) in enumerate(fields):
        here = 118.9 + number / 500
        ring = [[here, 30.1], [here + 0.0007, 30.1], [here + 0.0007, 30.1006], [here, 30.1006]]
        plot: dict[str, Any] = {
            "id": f"{BASE}plot/p{number}", "type": "Plot", "name": name, "suyuan:crop": crop,
            "suyuan:village": "石桥村", "suyuan:area": {"value": mu, "unit": "亩"},
            "suyuan:member": persons[number % len(persons)],
        }  # fmt: skip
        if number == 0:
            plot["suyuan:outline"] = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
            plot["suyuan:datum"] = "WGS-84"
        node.plots.record(actor, plot)


def _season(desk: DeskWorld) -> None:
    node, actor = desk.world.node, clerk(desk)
    seasons = node.seasons
    begun = _day(desk, 120)
    one = seasons.open(actor, name="2026 山核桃", plots=[f"{BASE}plot/p0", f"{BASE}plot/p1"],
                       template=f"{BASE}template/hickory", day=begun)  # fmt: skip
    greens = seasons.open(actor, name="秋小白菜", plots=[f"{BASE}plot/p2"],
                          template=f"{BASE}template/leafy-vegetables", day=_day(desk, 30))  # fmt: skip
    pigs = seasons.open(actor, name="2026 第二批沙子岭猪", plots=[f"{BASE}plot/p3"],
                        template=f"{BASE}template/shaziling-pig", day=begun)  # fmt: skip
    seasons.close(actor, seasons.open(
        actor, name="2025 山核桃", plots=[f"{BASE}plot/p0"],
        template=f"{BASE}template/hickory", day=_day(desk, 119)).id, _day(desk, 3))  # fmt: skip

    def on(season: str, plot: int, ago: int, **more: Any) -> dict[str, Any]:
        return {"day": _day(desk, ago).isoformat(), "season": season,
                "plots": [f"{BASE}plot/p{plot}"], "member": node.people.uri(member(desk)),
                **more}  # fmt: skip

    spray = {"purpose": "蚜虫", "interval": "14", "area": "6 亩",
             "items": [{"item": KSJ, "amount": "2 升"}]}  # fmt: skip
    _file(desk, "purchase", day=_day(desk, 110).isoformat(), seller="县农资公司", price="1280",
          items=[{"item": KSJ, "amount": "12 瓶"}, {"item": FHF, "amount": "20 袋"}])  # fmt: skip
    _file(desk, "field_work", **on(one.id, 0, 100, work="weeding", note="请了两个小工"))
    _file(
        desk,
        "fertilising",
        **on(one.id, 0, 90, area="6 亩", items=[{"item": FHF, "amount": "120 斤"}]),
    )
    _file(desk, "spraying", **on(one.id, 0, 60, **spray))
    _file(desk, "spraying", **on(one.id, 1, 12, **spray))
    _file(desk, "inspecting", **on(one.id, 0, 5, observation="果实长势正常，个别枝条有蚜虫"))
    _file(desk, "harvest", **on(one.id, 0, 2, items=[{"item": f"{NUTS}/10/QG-1", "amount": "860 斤"}]),
          letting=(Overriding("1/interval", "王会计", "台风将至，抢收"),))  # fmt: skip
    _file(desk, "irrigating", **on(greens.id, 2, 4))
    _file(desk, "stocking", **on(pigs.id, 3, 118, quarantine="4303001234567", age="60",
                                 items=[{"item": pigs.id, "amount": "30 头"}]))  # fmt: skip
    _file(desk, "test", day=_day(desk, 1).isoformat(), subject=[f"{NUTS}/10/QG-1"], item="毒死蜱",
          value="0.4", limit="0.1", unit="mg/kg", result="fail", laboratory="云岭县检测站")  # fmt: skip


def _file(desk: DeskWorld, form: str, letting: tuple[Overriding, ...] = (), **given: Any) -> None:
    """Recorded by the clerk, with the overrides that it takes."""
    actor = clerk(desk)
    desk.world.node.books.record(
        actor.caller, [Entry(form, given)], typed_by=actor.uri, overrides=letting
    )


def _anchor(desk: DeskWorld) -> None:
    """Sealed, and in a block that is final: as the worker would have noted it."""
    node = desk.world.node
    head = node.sealer.seal() or node.database.tree.latest()
    policy = node.database.anchors.policy()
    assert head is not None
    assert policy is not None
    node.database.anchors.intend(AnchorRow(
        0, policy.version, 0, head.size, head.root, (), "final", CHAIN_TIME, (),
        "0x" + "3" * 64, 7, "0x" + "4" * 64, CHAIN_TIME, 60_000,
    ))  # fmt: skip


def _lots(desk: DeskWorld) -> None:
    world = desk.world
    record(
        world,
        made(11, "splitting", [kg("H", 100)], [kg("A", 60), kg("B", 38)]),
        made(12, "roasting", [kg("A", 60)], [kg("R", 50)]),
        made(13, "blending", [kg("B", 38), kg("X", 10)], [kg("M", 48)]),
        boxed(14, [kg("R", 20)]),
        sent(16, [kg("R", 20)]),
        moved(17, "retail_selling", [kg("M", 5)], disposition="retail_sold"),
    )
    caller = Caller(world.org("coop"), "recorder", "990101", "test")
    world.node.issuer.issue(
        caller, gtin=GTIN, lot="R", count=12, key="tour",
        event_time="2026-09-18T08:00:00.000+08:00", time_zone="+08:00",
    )  # fmt: skip
    actor = clerk(desk)
    world.node.recalling.act(
        actor.caller, "hold", [lot("M")], person="王会计", reason="包装漏气，复检中", advice="",
        typed_by=actor.uri,
    )  # fmt: skip


def _stock(desk: DeskWorld) -> None:
    _file(desk, "stock_count", day=_day(desk, 0).isoformat(),
          items=[{"item": KSJ, "amount": "3 瓶"}])  # fmt: skip


def _upload(desk: DeskWorld) -> None:
    """A table with a row that is right, and one whose plot and amount are not."""
    day = _day(desk, 1).isoformat()
    table = f"日期,地块,生产季,面积(亩),肥料名称,用量\n{day},前山坡,2026 山核桃,3,复合肥,60 斤\n"
    table += f"{day},没有的地,2026 山核桃,3,复合肥,很多\n"
    desk.world.node.importing.open(clerk(desk).caller, "施肥.csv", table.encode())


def _drafts(desk: DeskWorld) -> None:
    node, actor = desk.world.node, clerk(desk)
    season = next(s for s in node.seasons.seen_by(actor) if s.closed is None)
    for plot in (0, 1):
        node.drafts.save(actor.caller, "fertilising", {
            "day": _day(desk, 0).isoformat(), "season": season.id, "plots": [f"{BASE}plot/p{plot}"],
            "items": [{"item": FHF, "amount": "50 斤"}]})  # fmt: skip
    node.drafts.save(actor.caller, "purchase", {
        "day": _day(desk, 0).isoformat(), "seller": "县农资公司",
        "items": [{"item": FHF, "amount": "10 袋"}]})  # fmt: skip
