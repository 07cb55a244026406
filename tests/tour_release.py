"""Brands, codes, claims, gates, certificates and check-ins, for the tour of the desk."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import tour_world as made
from desk import DeskWorld
from nodes import BASE

from suyuan.core.brand.authorisation import Terms
from suyuan.flow.accounts import Caller
from suyuan.flow.books import Entry
from suyuan.flow.capture import Incoming

BRAND = f"{BASE}brand/hickory"
BRANDED, GREENS = (f"https://id.gs1.org/01/{n}" for n in ("09521234000051", "09521234000075"))
LOT, CLAIMING = f"{BRANDED}/10/LA-1", f"{GREENS}/10/XBC-1"
MARKET = "城东农贸市场"

Pages = dict[str, list[tuple[str, str, str]]]


def pages(desk: DeskWorld) -> Pages:
    """Route → (name, account, address), of what was filled in before."""
    seen = _fill(desk)
    w, j = "wang", "jian"
    lot, other = quote(CLAIMING, safe=""), quote(LOT, safe="")
    certificate = "/desk/certificates/{code}"
    return {
        "/desk/brands": [("brands", w, "/desk/brands"), ("brands-regulator", j, "/desk/brands")],
        "/desk/brands/new": [("brand-new", w, "/desk/brands/new")],
        "/desk/brands/apply": [("brand-apply", w, "/desk/brands/apply")],
        "/desk/brands/one": [
            (f"brand-right-{name}-{who}", who, f"/desk/brands/one?id={quote(seen[name], safe='')}")
            for name, who in (("granted", w), ("granted", j), ("applied", j), ("suspended", w))],
        "/desk/codes/new": [
            ("codes-new", w, f"/desk/codes/new?product={quote(BRANDED, safe='')}&lot=LA-1")],
        "/desk/codes/{record}": [("codes-one", w, f"/desk/codes/{seen['ahead']}")],
        "/desk/lots/claims": [("lot-claims", w, f"/desk/lots/{CLAIMING.partition('.org/')[2]}")],
        "/desk/labels/ahead": [
            ("labels-ahead", w, f"/desk/labels/new?lot={other}&record={seen['bare']}")],
        "/desk/gates": [("gates", w, f"/desk/gates?of={lot}"),
                        ("gates-held", w, f"/desk/gates?of={other}")],
        "/desk/certificates": [("certificates", w, "/desk/certificates")],
        "/desk/certificates/new": [("certificate-new", w, f"/desk/certificates/new?of={lot}"),
                                   ("certificate-held", w, f"/desk/certificates/new?of={other}")],
        certificate: [(f"certificate-{name}", w, f"/desk/certificates/{seen[name]}")
                      for name in ("draft", "issued", "voided")],
        f"{certificate}/paper": [
            ("certificate-paper", w, f"/desk/certificates/{seen['issued']}/paper?copy=1")],
        "/desk/check-in/links": [("check-in-links", w, "/desk/check-in/links")],
        # The visitor without an account has the market's link from here on.
        "/desk/check-in/link/{token}": [("check-in-by-link", "", seen["link"])],
        "/desk/check-in": [("check-in", "", "/desk/check-in")],
        "/desk/check-in/lot": [("check-in-open", "", f"/desk/check-in/lot?code={lot}"),
                               ("check-in-held", "", f"/desk/check-in/lot?code={other}")],
        "/c/{code}": [(f"public-certificate-{name}", "", f"/c/{seen[name]}")
                      for name in ("issued", "voided")],
        "/desk/regulator/{what}/release": [
            (f"list-{what}", j, f"/desk/regulator/{what}")
            for what in ("certificates", "voided", "refused", "left")],
    }  # fmt: skip


WRONG = (
    ("brand-new", ""), ("brand-apply", ""), ("codes-new", ""), ("codes-one", ""),
    ("certificate-new", ""), ("check-in-open", ""), ("check-in", ""), ("check-in-links", ""),
)  # fmt: skip
"""Pages whose form is sent as it is."""


def _fill(desk: DeskWorld) -> dict[str, str]:
    """What the addresses need: names, records, codes."""
    node, coop = desk.world.node, made.clerk(desk).caller
    bureau = Caller(desk.world.org("bureau"), "regulator", "990101", "test")
    brand = {"id": BRAND, "type": "Brand", "name": {"zh": "临安山核桃", "en": "Lin'an hickory"}}
    node.masters.record(bureau, [("", brand)])
    weight = {"value": 250, "uom": "GRM"}
    products: list[dict[str, Any]] = [
        {"id": BRANDED, "type": "Product", "suyuan:indication": BRAND, "suyuan:netWeight": weight,
         "name": {"zh": "临安山核桃（手剥）", "en": "Lin'an hickory nuts"}, "suyuan:shelfLifeDays": 180},
        {"id": GREENS, "type": "Product", "suyuan:claims": ["green", "gi"], "suyuan:netWeight": weight,
         "name": {"zh": "小白菜", "en": "Pak choi"}},
    ]  # fmt: skip
    node.masters.record(coop, [("", one) for one in products])
    seen = _rights(desk, coop, bureau) | _certificates(desk, coop)
    given = node.check_ins.give(coop, MARKET, days=30, person="王会计")
    node.check_ins.record(
        given.link, CLAIMING, verdict="refused", quantity="20 公斤", reason="标签不全", person="陈"
    )
    node.recalling.act(coop, "hold", [LOT], person="王会计", reason="包装漏气，复检中")
    # As who keeps no books here, or an older version, recorded it: it left all the same.
    node.capture.events(coop, [Incoming({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "ObjectEvent", "eventID": "urn:uuid:00000000-0000-4000-9000-000000000001",
        "eventTime": node.clock.now(), "eventTimeZoneOffset": "+08:00", "action": "OBSERVE",
        "bizStep": "shipping", "quantityList": [{"epcClass": LOT, "quantity": 5, "uom": "KGM"}],
    })])  # fmt: skip
    return seen | {"link": f"/desk/check-in/link/{given.token}"}


def _rights(desk: DeskWorld, coop: Caller, bureau: Caller) -> dict[str, str]:
    node, today = desk.world.node, desk.world.node.brands.today
    seen: dict[str, str] = {}
    for name, state in (("suspended", "suspended"), ("granted", "granted"), ("applied", "applied")):
        terms = Terms(
            BRAND, coop.organisation, BRANDED, date(today.year - 1, 1, 1),
            date(today.year + 1, 12, 31), area={"value": 10, "unit": "亩"},
            volume={"value": 300, "uom": "KGM"},
        )  # fmt: skip
        seen[name] = node.brands.apply(coop, terms, person="王会计")
        if state != "applied":
            node.brands.turn(bureau, seen[name], "granted", person="简监管")
        if state == "suspended":
            node.brands.turn(
                bureau, seen[name], "suspended", person="简监管", reason="抽检发现外地原料"
            )
    issued: dict[str, Any] = {"gtin": BRANDED.rpartition("/")[2], "lot": "LA-1", "time_zone": "+08:00",
              "event_time": node.clock.now(), "ahead": True, "reason": "第一批试销"}  # fmt: skip
    ahead, _ = node.issuer.issue(
        coop, count=400, key="ahead", planned=f"{today + timedelta(days=5)}", **issued
    )
    bare, _ = node.issuer.issue(coop, count=20, key="bare", **issued)
    node.codes.act(coop, "activate", ahead, ((0, 199),), person="王会计")
    node.codes.act(coop, "void", ahead, ((3, 9), (40, 40)), person="王会计", reason="印坏了")
    node.codes.act(coop, "return", ahead, ((380, 399),), person="王会计", reason="没有用完")
    return seen | {"ahead": str(ahead), "bare": str(bare)}


def _certificates(desk: DeskWorld, coop: Caller) -> dict[str, str]:
    node, today = desk.world.node, desk.world.node.watch.today()
    greens = next(
        s for s in node.seasons.seen_by(made.clerk(desk)) if str(s.master["name"]) == "秋小白菜"
    )
    node.books.record(coop, [Entry("harvest", {
        "day": today.isoformat(), "season": greens.id, "plots": [f"{BASE}plot/p2"],
        "items": [{"item": CLAIMING, "amount": "600 斤"}]})])  # fmt: skip
    seen: dict[str, str] = {}
    for name in ("voided", "issued", "draft"):
        kept = node.certificates.begin(coop, CLAIMING)
        seen[name] = kept.code
        values = {"contact": "13812345678", "origin": "杭州市临安区石桥村", "quantity": "100 公斤"}
        node.certificates.save(coop, kept.code, values)
        if name == "draft":
            break
        node.certificates.issue(coop, kept.code, person="王会计")
        if name == "voided":
            node.certificates.void(coop, kept.code, person="王会计", reason="重量写错了")
    node.certificates.print(coop, seen["issued"], way="label", person="x")
    return seen
