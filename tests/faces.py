"""A node where every face of the public page can be met: which code shows which, by name."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nodes import BASE, GTIN, World, event, made_up_policy, make_world
from starlette.testclient import TestClient

from suyuan.core.errors import Unavailable
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Incoming
from suyuan.ports.anchors import AnchorRow

PRODUCT = f"https://id.gs1.org/01/{GTIN}"
RAW = "09521234000044"
FIELD = "https://id.gs1.org/414/9521234000112/254/P1"
HOUSE = "https://id.gs1.org/414/9521234000204"
"""A place with a name, where things were done, one of them trade."""
PLOT = "https://id.gs1.org/414/9521234000204/254/PLOT-9"
"""Master data that is not for the public."""
PARTY = "https://id.gs1.org/417/9521234000303"
CARTON = "https://id.gs1.org/00/395212340000000014"
CALLED_CARTON = "https://id.gs1.org/00/395212340000000021"
CRATE = "https://id.gs1.org/8003/09521234000013C7"
BLOCK_TIME = "2026-10-01T01:02:03.000Z"
SECRETS = ("张三丰", "13900000001", "惠农农资店", "4711.5", "30.1012")
"""Person, phone, seller, price and position: never on a page."""


_CHANGE = "UPDATE contents SET content = replace(content, 'KGM', 'GRM') WHERE idx = ?"


def lot(number: str, gtin: str = GTIN) -> str:
    return f"https://id.gs1.org/01/{gtin}/10/{number}"


@dataclass(slots=True)
class Faces:
    """``paths``: name of a face → path of a code that has it."""

    world: World
    paths: dict[str, str] = field(default_factory=dict)
    serial: str = ""

    @property
    def client(self) -> TestClient:
        return self.world.client

    def record(self, who: str, *events: dict[str, Any]) -> list[int]:
        """Record events as a party with a kept key."""
        role = {"coop": "recorder", "other": "recorder", "bureau": "regulator"}[who]
        caller = Caller(self.world.org(who), role, "990101", "test")  # type: ignore[arg-type]
        return list(self.world.node.capture.events(caller, [Incoming(e) for e in events]))

    def master(self, value: dict[str, Any], who: str = "coop") -> None:
        role = "administrator" if who == "admin" else "recorder"
        caller = Caller(self.world.org(who), role, "990101", "test")  # type: ignore[arg-type]
        self.world.node.masters.record(caller, [("", value)])

    def anchor(self) -> None:
        """Seal, and note an anchor of it as the worker would have."""
        node = self.world.node
        head = node.sealer.seal() or node.database.tree.latest()
        assert head is not None
        policy = node.database.anchors.policy()
        assert policy is not None
        row = AnchorRow(
            0, policy.version, 0, head.size, head.root, (), "final", BLOCK_TIME, (),
            "0x" + "3" * 64, 7, "0x" + "4" * 64, BLOCK_TIME, 60_000,
        )  # fmt: skip
        made = node.database.anchors.intend(row)
        assert made.state == "final"

    def silence(self) -> None:
        """The chain does not answer the anchoring worker any more."""
        workers = self.client.app.state.workers  # type: ignore[attr-defined]
        workers.troubles["anchor"] = Unavailable("the chain does not answer ({why})", why="test")

    def damage(self, number: str, how: str = _CHANGE) -> int:
        """Change what is stored of a lot's last record behind the service's back; its index."""
        database = self.world.node.settings.data_dir / "suyuan.db"
        index = self.world.node.database.log.tips_at([lot(number)], 1 << 40)[lot(number)].index
        with sqlite3.connect(database) as connection:
            connection.execute(how, [index])
        connection.close()
        return index


def made(number: str, *inputs: str, **members: Any) -> dict[str, Any]:
    """The event that makes a lot, out of others where they are named."""
    if not inputs:
        return event(
            quantityList=[{"epcClass": lot(number), "quantity": 12, "uom": "KGM"}], **members
        )
    return event(
        type="TransformationEvent",
        action=None,
        quantityList=None,
        bizStep=members.pop("bizStep", f"{BASE}voc/roasting"),
        inputQuantityList=[{"epcClass": name, "quantity": 5, "uom": "KGM"} for name in inputs],
        outputQuantityList=[{"epcClass": lot(number), "quantity": 4, "uom": "KGM"}],
        **members,
    )


def about(number: str, **members: Any) -> dict[str, Any]:
    """An event that observes a whole lot."""
    return event(
        **{
            "action": "OBSERVE",
            "bizStep": "inspecting",
            "quantityList": [{"epcClass": lot(number)}],
        }
        | members
    )


def check(item: str, value: str, limit: str, result: str) -> dict[str, Any]:
    return {
        "item": {"zh": item, "en": "Carbendazim"}, "value": value, "limit": limit, "unit": "mg/kg",
        "method": "GB 23200.121-2021", "result": result, "report": "R-1", "date": "2026-09-20",
    }  # fmt: skip


def _season() -> Iterable[dict[str, Any]]:
    season = f"{BASE}season/1"
    private = {
        "suyuan:person": {"name": SECRETS[0], "phone": SECRETS[1]},
        "suyuan:position": {"lat": 30.1012, "lon": 118.9, "datum": "WGS-84"},
    }
    yield event(
        type="TransformationEvent", action=None, quantityList=None, bizStep=f"{BASE}voc/applying",
        eventTime="2026-08-20T08:00:00.000+08:00", transformationID=season, readPoint={"id": FIELD},
        inputQuantityList=[{"epcClass": lot("KSJ", "09521234000020"), "quantity": 0.52, "uom": "LTR"}],
        **{"suyuan:area": {"value": 6.5, "unit": "亩"}, "suyuan:dilution": "1:800",
           "suyuan:purpose": {"zh": "防治蚜虫", "en": "Against aphids"},
           "suyuan:preHarvestInterval": {"days": 14}, **private},
    )  # fmt: skip
    yield event(
        type="TransformationEvent", action=None, quantityList=None,
        eventTime="2026-09-10T15:00:00.000+08:00", transformationID=season, readPoint={"id": FIELD},
        outputQuantityList=[{"epcClass": lot("RAW-1", RAW), "quantity": 860.5, "uom": "KGM"}],
        **private,
    )  # fmt: skip


def make_faces(folder: Path, **more: Any) -> Faces:
    """Every face but the damaged one, which spoils the node for others: see Faces.damage."""
    faces = Faces(make_world(folder, **more))
    node = faces.world.node
    node.database.anchors.add_policy(made_up_policy(node), node.clock.now())
    for who, zh, en in (
        ("coop", "云岭山核桃专业合作社", "Yunling Hickory Cooperative"),
        ("bureau", "云岭县农业农村局", "Yunling Bureau of Agriculture"),
        ("other", "东门批发市场", "East Gate Market"),
    ):
        faces.master(
            {"id": faces.world.org(who), "type": "Organization", "name": {"zh": zh, "en": en},
             "suyuan:county": {"zh": "云岭县", "en": "Yunling"}}, "admin",
        )  # fmt: skip
    for gtin, zh, en in (
        (GTIN, "手剥山核桃 250 克", "Roasted hickory nuts 250 g"),
        (RAW, "山核桃鲜蒲", "Hickory, fresh in the husk"),
        ("09521234000020", "苦参碱水剂", "Matrine solution"),
    ):
        faces.master(
            {"id": f"https://id.gs1.org/01/{gtin}", "type": "Product", "name": {"zh": zh, "en": en},
             "suyuan:netWeight": {"value": 250, "uom": "GRM"}, "suyuan:shelfLifeDays": 180,
             "suyuan:grade": {"zh": "一级", "en": "Grade 1"}},
        )  # fmt: skip
    faces.master(
        {"id": FIELD, "type": "Place", "name": {"zh": "前山坡一号地", "en": "Front slope 1"},
         "suyuan:village": {"zh": "石桥村", "en": "Shiqiao village"}},
    )  # fmt: skip
    _record_all(faces)
    return faces


def carton(sscc: str, pack: str, **members: Any) -> dict[str, Any]:
    """The event that puts a pack into a carton."""
    return event(
        type="AggregationEvent", bizStep="packing", quantityList=None, parentID=sscc,
        childEPCs=[pack], **members,
    )  # fmt: skip


def _record_others(faces: Faces) -> None:
    """What is no lot and no pack: a place, an organisation, cartons, a crate."""
    node = faces.world.node
    faces.master(
        {"id": HOUSE, "type": "Place", "name": {"zh": "云岭烘烤房", "en": "Yunling roasting house"},
         "suyuan:village": {"zh": "石桥村", "en": "Shiqiao village"}},
    )  # fmt: skip
    faces.master(
        {"id": PLOT, "type": "Plot", "name": {"zh": "秘密地块", "en": "Secret plot"},
         "suyuan:position": {"lat": 30.101201, "lon": 118.900101, "datum": "WGS-84"}},
    )  # fmt: skip
    here = {"readPoint": {"id": HOUSE}}
    faces.record(
        "coop",
        made("BOXED", **here),
        event(
            action="OBSERVE", bizStep="shipping", disposition="in_transit",
            quantityList=[{"epcClass": lot("BOXED"), "quantity": 2.625, "uom": "KGM"}],
            destinationList=[{"type": "owning_party", "destination": faces.world.org("other")}],
            **here,
        ),
        carton(CARTON, f"{lot('BOXED')}/21/B1"),
        carton(CALLED_CARTON, f"{lot('CALLED')}/21/C1"),
        event(
            action="OBSERVE", bizStep="inspecting", quantityList=None, epcList=[CRATE],
            eventTime="2026-09-18T08:30:00.000+08:00",
        ),
    )  # fmt: skip
    admin = node.accounts.authenticate(faces.world.tokens["admin"])
    node.accounts.add_organisation(PARTY, name_zh="联合社", name_en="Union", county="990101")
    node.capture.enrol_kept(admin, PARTY, "recorder", node.clock.now())
    union = Caller(PARTY, "recorder", "990101", "test")
    node.masters.record(
        union,
        [("", {"id": PARTY, "type": "Organization", "suyuan:creditCode": "93990101MA27XW2FXK",
               "name": {"zh": "云岭山核桃联合社", "en": "Yunling Hickory Union"}})],
    )  # fmt: skip
    node.capture.events(
        union,
        [Incoming(event(quantityList=[{"epcClass": lot("U1", "09521234000099"), "quantity": 3,
                                       "uom": "KGM"}]))],
    )  # fmt: skip
    for name, uri in {
        "place": HOUSE, "organisation": PARTY, "carton": CARTON, "called": CALLED_CARTON,
        "crate": CRATE, "plot": PLOT, "noplace": "https://id.gs1.org/414/9521234000907",
        "wrong": "https://id.gs1.org/414/9521234000908",
    }.items():  # fmt: skip
        faces.paths[name] = f"/p{uri.removeprefix('https://id.gs1.org')}"


def _record_all(faces: Faces) -> None:
    node, org = faces.world.node, faces.world.org

    def path(name: str, number: str, serial: str = "") -> None:
        faces.paths[name] = f"/p/01/{GTIN}/10/{number}" + (f"/21/{serial}" if serial else "")

    faces.record(
        "coop",
        about("KSJ", bizStep="receiving",
              quantityList=[{"epcClass": lot("KSJ", "09521234000020"), "quantity": 12, "uom": "LTR"}],
              **{"suyuan:seller": {"name": SECRETS[2]},
                 "suyuan:price": {"value": 4711.5, "currency": "CNY"}}),
        *_season(),
        made("OK", lot("RAW-1", RAW)),
        about("OK", **{"suyuan:test": check("多菌灵", "<0.01", "0.1", "pass")}),
    )  # fmt: skip
    coop = Caller(org("coop"), "recorder", "990101", "test")
    _, serials = node.issuer.issue(
        coop, gtin=GTIN, lot="OK", count=3, event_time="2026-09-21T08:00:00.000+08:00",
        time_zone="+08:00", key="serials",
    )  # fmt: skip
    faces.serial = serials[0].serial
    faces.record(
        "coop",
        event(
            type="TransformationEvent", action=None, bizStep="packing", quantityList=None,
            eventTime="2026-09-21T09:00:00.000+08:00",
            inputQuantityList=[{"epcClass": lot("OK"), "quantity": 1, "uom": "KGM"}],
            outputEPCList=[f"{lot('OK')}/21/{serials[1].serial}"],
        ),
    )  # fmt: skip
    path("issued", "OK")
    path("serial", "OK", faces.serial)
    path("pack", "OK", serials[1].serial)

    faces.record("coop", made("CALLED"))
    faces.record(
        "bureau",
        about("CALLED", bizStep="holding", disposition="recalled",
              **{"suyuan:reason": {"zh": "多菌灵残留超标", "en": "Too much carbendazim"},
                 "suyuan:advice": {"zh": "请勿食用，凭包装退回购买处。",
                                   "en": "Do not eat; take it back."}}),
    )  # fmt: skip
    path("recalled", "CALLED")

    raw_recall = [{"epcClass": lot("RAW-2", RAW)}]
    faces.record(
        "coop",
        event(quantityList=[{"epcClass": lot("RAW-2", RAW), "quantity": 9, "uom": "KGM"}]),
        made("MID", lot("RAW-2", RAW)),
        made("DOWN", lot("MID")),
    )
    faces.record(
        "bureau", about("", bizStep="holding", disposition="recalled", quantityList=raw_recall)
    )
    path("upstream", "DOWN")

    faces.record("coop", made("FAILED"))
    faces.record(
        "bureau", about("FAILED", **{"suyuan:test": check("多菌灵", "0.31", "0.1", "fail")})
    )
    path("failing", "FAILED")

    faces.record("coop", made("GONE"), about("GONE", bizStep="destroying", disposition="destroyed"))
    path("withdrawn", "GONE")

    old = "2024-03-01T08:00:00.000+08:00"
    faces.record("coop", made("OLD", eventTime=old), about("OLD", bizStep="packing", eventTime=old))
    path("expired", "OLD")

    (index,) = faces.record("coop", made("DELETED"))
    admin = Caller(org("admin"), "administrator", "990101", "test")
    node.capture.erase(admin, index, "asked for")
    path("erased", "DELETED")

    faces.record("coop", made("WHOLE"))
    faces.record(
        "coop",
        event(
            action="OBSERVE", bizStep="shipping", disposition="in_transit",
            quantityList=[{"epcClass": lot("WHOLE"), "quantity": 2.625, "uom": "KGM"}],
            destinationList=[{"type": "owning_party", "destination": org("other")}],
        ),
    )  # fmt: skip
    (looked, _) = faces.record("coop", about("WHOLE"), made("PART", lot("WHOLE")))
    node.capture.erase(admin, looked, "asked for")
    path("hidden", "PART")
    faces.record("coop", made("BROKEN"))
    _record_others(faces)

    faces.anchor()
    faces.record("coop", made("WAITING"))
    path("unanchored", "WAITING")
    node.sealer.seal()
    faces.record("coop", made("FRESH"))
    path("unsealed", "FRESH")

    path("unknown", "NOSUCHLOT")
    wrong = faces.serial[:-1] + ("0" if faces.serial[-1] != "0" else "1")
    path("invented", "OK", wrong)
    faces.paths["misread"] = "/p/01/09521234000069/10/OK"
    faces.paths["product"] = f"/p/01/{GTIN}"
