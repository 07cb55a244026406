"""Laboratories, scans, reports from the public, cold chains, recalls, for the tour (tests/tour.py)."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import tour_world as made
from desk import DeskWorld
from lineage_world import GTIN, lot
from nodes import CONTEXT
from PIL import Image

from suyuan.adapters.keys import FileSigner
from suyuan.adapters.picture import evidence
from suyuan.flow.capture import Incoming, key_value
from suyuan.flow.scans import Pack

KEY = FileSigner(b"\x07" * 32)
CARTON = "/desk/lots/00/395212340000000014"


def pages(desk: DeskWorld) -> dict[str, list[tuple[str, str, str]]]:
    """Something of each, and what is to be seen of it: as tests/tour.py has its own."""
    links = _laboratory(desk)
    number = _reports(desk)
    odd = _scans(desk)
    _cold(desk)
    drill = _recalls(desk)
    w, j, z = "wang", "jian", "zhou"
    recalled = quote(lot("A"), safe="")
    return {
        "/desk/laboratories": [("laboratories", w, "/desk/laboratories"),
                               ("laboratories-admin", z, "/desk/laboratories"),
                               ("laboratories-lab", "lab", "/desk/laboratories")],
        "/desk/laboratories/ask": [
            ("laboratory-ask", w, f"/desk/laboratories/ask?of={quote(lot('R'), safe='')}")],
        "/sign": [("sign-open", "", "/sign")],
        "/sign/key": [("sign-key", "", f"/sign#{links[0]}")],
        "/sign/answer": [("sign-answer", "", f"/sign#{links[1]}"),
                         ("sign-certificate", "", f"/sign#{links[2]}")],
        "/desk/cases": [("cases", w, "/desk/cases"), ("cases-regulator", j, "/desk/cases"),
                        ("cases-none", w, "/desk/cases?state=answered")],
        "/desk/cases/{number}": [("case", w, f"/desk/cases/{number}"),
                                 ("case-regulator", j, f"/desk/cases/{number}")],
        "/desk/scans": [("scans", w, "/desk/scans"), ("scans-regulator", j, "/desk/scans")],
        "/desk/scans/{case_id}": [("scan-case", w, f"/desk/scans/{odd}")],
        "/desk/cold": [("cold", w, "/desk/cold"), ("cold-regulator", j, "/desk/cold")],
        "/desk/lots": [("lots-regulator", j, "/desk/lots")],
        "/desk/lots/{path:path}": [("lot-carton", w, CARTON), ("lot-regulator", j, made_lot("A"))],
        "/desk/recall": [("recall-regulator", j, "/desk/recall"),
                         ("recall-recalled", w, f"/desk/recall?of={recalled}&act=lift")],
        "/desk/recall/notice": [("recall-notice-recalled", w, f"/desk/recall/notice?of={recalled}")],
        "/desk/recall/drills/{drill_id}": [("recall-drill", w, f"/desk/recall/drills/{drill}")],
        "/desk/regulator/{what}": [(f"list-{what}", j, f"/desk/regulator/{what}")
                                   for what in ("held", "certificates", "voided", "refused")],
        "/report": [("report-look-up", "", "/report"),
                    ("report-form", "", f"/report/01/{GTIN}/10/R")],
        "": [("public-recalled", "", f"/p/01/{GTIN}/10/A"), ("public-lot", "", f"/p/01/{GTIN}/10/R")],
    }  # fmt: skip


def made_lot(name: str) -> str:
    return f"/desk/lots/01/{GTIN}/10/{name}"


def _laboratory(desk: DeskWorld) -> list[str]:
    """Registered, with a key; three links: a key, a test of two items, a certificate."""
    node, world = desk.world.node, desk.world
    admin = node.accounts.authenticate(world.tokens["admin"])
    node.signing.register(
        admin, organisation=world.org("lab"), zh="x", county="990101", number="CMA 181112340001",
        contact="李主任 0571-1234",
    )  # fmt: skip
    node.capture.key(admin, key_value(KEY.public, world.org("lab"), "certifier"))
    coop = made.clerk(desk).caller
    key, _ = node.signing.ask_key(admin, world.org("lab"))
    test, _ = node.signing.ask(
        coop, world.org("lab"), "test", lot("R"), ["毒死蜱", "铅"], sample="封样 7"
    )
    green, _ = node.signing.ask(coop, world.org("lab"), "certificate", lot("R"), ["green"])
    node.signing.ask(coop, world.org("lab"), "test", lot("M"), ["镉"], days=1)
    return [key, test, green]


def _reports(desk: DeskWorld) -> str:
    """One with a photo and a script in its words, and a second one; the number of the first."""
    cases = desk.world.node.cases
    drawn = io.BytesIO()
    Image.effect_noise((1200, 900), 60).convert("RGB").save(drawn, "JPEG")
    one, _ = cases.report(
        subject=lot("R"), kind="fake", contact="13800001111", photo=evidence(drawn.getvalue()),
        text="<script>alert(1)</script>\n袋口像是重新封过，和上次买的不一样。",
    )  # fmt: skip
    cases.report(subject=lot("M"), kind="quality", text="有哈喇味")
    return one.number


def _scans(desk: DeskWorld) -> str:
    """A code that is read far too often; its case."""
    node = desk.world.node
    code = f"https://id.gs1.org/01/{GTIN}"
    # The same key again is the same codes (tests/tour_world.py).
    _, issued = node.issuer.issue(
        made.clerk(desk).caller, gtin=GTIN, lot="R", count=12, key="tour",
        event_time="2026-09-18T08:00:00.000+08:00", time_zone="+08:00",
    )  # fmt: skip
    serial = issued[0].serial
    pack = Pack(f"{code}/21/{serial}", lot("R"), serial, "")
    for _ in range(300):
        node.scans.told(pack, counted=True)
    node.scans.flush()
    found = node.scans.store.cases([desk.world.org("coop")], limit=1)
    return found[0].id if found else "none"


def _cold(desk: DeskWorld) -> None:
    node, actor = desk.world.node, made.clerk(desk)
    milk = "https://id.gs1.org/01/09521234000082"
    node.masters.record(actor.caller, [("", {
        "id": milk, "type": "Product", "name": {"zh": "冷藏鲜笋", "en": "Chilled bamboo shoots"},
        "suyuan:storage": {"min": 0, "max": 4, "everyMinutes": 30}})])  # fmt: skip
    now = datetime.now(UTC)
    readings = [(300, 3.0), (270, 7.5), (250, 9.0), (230, 3.0), (120, 3.0), (110, 2.5)]

    def at(minutes: int) -> str:
        return (now - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    event: dict[str, Any] = {
        "@context": CONTEXT, "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "sensor_reporting",
        "eventTime": at(110), "eventTimeZoneOffset": "+00:00",
        "quantityList": [{"epcClass": f"{milk}/10/S-1"}],
        "sensorElementList": [{"sensorReport": [
            {"type": "Temperature", "value": value, "uom": "CEL", "time": at(minutes)}
            for minutes, value in readings]}],
    }  # fmt: skip
    node.capture.events(actor.caller, [Incoming(event)])


def _recalls(desk: DeskWorld) -> str:
    """A recall, and a drill's id."""
    from suyuan.flow.recall import Scope
    from suyuan.web.api.lineage import drilled

    node, actor = desk.world.node, made.clerk(desk)
    node.recalling.act(
        actor.caller, "recall", [lot("A")], person="王会计", reason="多菌灵残留超标",
        advice="停止食用，退回购买处", typed_by=actor.uri,
    )  # fmt: skip
    drill, _ = node.recalling.drill(
        actor.viewer, actor.organisation, Scope((lot("H"),)), person="王会计",
        files=lambda found: drilled(node, actor.viewer, "zh", found),
    )  # fmt: skip
    node.sealer.seal()
    return drill.id
