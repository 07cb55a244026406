"""A hickory season in a county that does not exist: who, what, and every event, as plain data.

GTINs and GLNs are of GS1's sample prefix 952. Persons, prices and plot positions are invented; they
stand in members that the table of core/visibility.py makes private.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import cos, radians, sqrt
from typing import Any

GTIN_SEEDLING = "09521234000013"
GTIN_PESTICIDE = "09521234000020"
GTIN_FERTILISER = "09521234000037"
GTIN_RAW = "09521234000044"
GTIN_DRIED = "09521234000051"
GTIN_PACK = "09521234000068"
GTIN_BAGS = "09521234000075"

LOT_GOOD = "SHT-2026-1008"
LOT_RECALLED = "SHT-2026-1015"
PACKS, CARTONS = 240, 10
COUNTY = "990101"

STORE = "https://id.gs1.org/414/9521234000082"
WORKSHOP = "https://id.gs1.org/414/9521234000099"
MARKET_HALL = "https://id.gs1.org/414/9521234000105"

REACHED: dict[str, dict[str, Any]] = {
    "coop": {
        "suyuan:address": "1 Shiqiao village, Yunling county, Zhejiang, China",
        "suyuan:phone": "+86 571 0000 0001",
        "suyuan:country": "CN",
    },
    "market": {
        "suyuan:address": "8 East Gate Road, Yunling county, Zhejiang, China",
        "suyuan:phone": "+86 571 0000 0002",
        "suyuan:country": "CN",
    },
}
"""Invented, like the county."""
_VARIETY = {"zh": "浙林山 1 号", "en": "Zhelinshan 1"}
DESCRIBED = {
    GTIN_RAW: (_VARIETY, {"value": 50, "uom": "KGM"}, {"zh": "编织袋", "en": "Woven sack"}),
    GTIN_DRIED: (_VARIETY, {"value": 25, "uom": "KGM"}, {"zh": "编织袋", "en": "Woven sack"}),
    GTIN_PACK: (_VARIETY, {"value": 250, "uom": "GRM"}, {"zh": "罐装", "en": "Can"}),
}
"""Variety, packaging size and packaging style of what is food."""
METRES_A_DEGREE = 111_320
"""Of latitude, near enough for plots that do not exist."""

CBV = "https://ref.gs1.org/cbv/"
ZONE = "+08:00"


def lot(gtin: str, number: str) -> str:
    """Object id of a lot."""
    return f"https://id.gs1.org/01/{gtin}/10/{number}"


def sscc(number: int) -> str:
    """Object id of carton ``number`` (1…)."""
    from suyuan.core.digital_link import check_digit

    body = f"09521234{number:09d}"
    return f"https://id.gs1.org/00/{body}{check_digit(body)}"


def paper(kind: str, number: str) -> list[dict[str, str]]:
    """The document on paper beside an event: a bizTransactionList."""
    return [{"type": kind, "bizTransaction": f"urn:epcglobal:cbv:bt:9521234000112:{number}"}]


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation of the story. ``held_by``: service, or signer (the service never has the key)."""

    key: str
    id: str
    zh: str
    en: str
    role: str
    held_by: str = "service"


@dataclass(frozen=True, slots=True)
class Farmer:
    """A member with plots; ``number`` names the season and the harvest lot."""

    number: int
    zh: str
    phone: str
    plots: tuple[Plot, ...]


@dataclass(frozen=True, slots=True)
class Plot:
    gln_extension: str
    zh: str
    en: str
    mu: float
    position: tuple[float, float]

    @property
    def id(self) -> str:
        return f"https://id.gs1.org/414/9521234000112/254/{self.gln_extension}"

    def apart(self, base: str) -> str:
        """URI of the record that says where it lies."""
        return f"{base}plot/{self.gln_extension}"

    def outline(self) -> list[list[float]]:
        """A square of its area around its position, WGS-84, as a ring (RFC 7946 §3.1.6)."""
        latitude, longitude = self.position
        half = sqrt(self.mu * 10_000 / 15) / 2
        north = half / METRES_A_DEGREE
        east = north / cos(radians(latitude))
        return [
            [round(longitude + x * east, 6), round(latitude + y * north, 6)]
            for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
        ]


FARMERS = (
    Farmer(1, "张建国", "13900000001", (
        Plot("P1", "前山坡一号地", "Front slope 1", 6.5, (30.1012, 118.9001)),
        Plot("P2", "前山坡二号地", "Front slope 2", 4.0, (30.1021, 118.9013)),
    )),
    Farmer(2, "李秀英", "13900000002", (
        Plot("P3", "石桥湾", "Stone Bridge Bend", 5.2, (30.1107, 118.9122)),
        Plot("P4", "竹园边", "By the bamboo", 3.8, (30.1115, 118.9130)),
    )),
    Farmer(3, "王德福", "13900000003", (
        Plot("P5", "后山坪", "Back terrace", 7.0, (30.1203, 118.9235)),
    )),
)  # fmt: skip


def parties(base: str) -> dict[str, Party]:
    """All organisations, by their key in the story."""
    found = (
        Party("county", f"{base}org/county", "云岭县数字乡村中心", "Yunling Digital Villages Centre",
              "administrator"),
        Party("bureau", f"{base}org/bureau", "云岭县农业农村局",
              "Yunling Bureau of Agriculture and Rural Affairs", "regulator"),
        Party("coop", f"{base}org/coop", "云岭山核桃专业合作社", "Yunling Hickory Cooperative",
              "recorder"),
        Party("lab", f"{base}org/lab", "云岭县农产品质量检测站", "Yunling Food Testing Station",
              "certifier", "signer"),
        Party("market", f"{base}org/market", "东门农产品批发市场", "East Gate Wholesale Market",
              "recorder"),
    )  # fmt: skip
    return {party.key: party for party in found}


def masters(base: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Master data: (party that records it, object)."""
    for party in parties(base).values():
        who = party.key if party.held_by == "service" else "county"
        yield (
            who,
            {
                "id": party.id,
                "type": "Organization",
                "name": {"zh": party.zh, "en": party.en},
                **REACHED.get(party.key, {}),
                "suyuan:county": {
                    "code": COUNTY,
                    "zh": "云岭县（虚构）",
                    "en": "Yunling (made up)",
                },
            },
        )
    products = (
        (GTIN_SEEDLING, "山核桃嫁接苗", "Grafted hickory seedlings"),
        (GTIN_FERTILISER, "有机肥", "Organic fertiliser"),
        (GTIN_PESTICIDE, "苦参碱水剂", "Matrine aqueous solution"),
        (GTIN_RAW, "山核桃鲜蒲", "Hickory, fresh in the husk"),
        (GTIN_DRIED, "山核桃干籽", "Hickory nuts, dried"),
        (GTIN_PACK, "云岭手剥山核桃 250 克", "Yunling roasted hickory nuts 250 g"),
        (GTIN_BAGS, "农药空瓶", "Empty pesticide bottles"),
    )
    for gtin, zh, en in products:
        product: dict[str, Any] = {
            "id": f"https://id.gs1.org/01/{gtin}",
            "type": "Product",
            "name": {"zh": zh, "en": en},
        }
        if gtin in DESCRIBED:
            variety, size, style = DESCRIBED[gtin]
            product |= {
                "suyuan:commodity": {"zh": "山核桃", "en": "Hickory nuts"},
                "suyuan:variety": variety,
                "suyuan:netWeight": size,
                "suyuan:packaging": style,
            }
        if gtin == GTIN_PACK:
            product |= {
                "suyuan:brand": {"zh": "云岭", "en": "Yunling"},
                "suyuan:shelfLifeDays": 180,
                "suyuan:grade": {"zh": "一级", "en": "Grade 1"},
            }
        yield "coop", product
    for place, zh, en in (
        (STORE, "合作社农资仓库", "Cooperative store"),
        (WORKSHOP, "合作社加工车间", "Cooperative workshop"),
    ):
        yield "coop", {"id": place, "type": "Place", "name": {"zh": zh, "en": en},
                       "suyuan:village": {"zh": "石桥村", "en": "Shiqiao village"},
                       **REACHED["coop"]}  # fmt: skip
    yield "market", {"id": MARKET_HALL, "type": "Place",
                     "name": {"zh": "东门市场交易大厅", "en": "East Gate hall"},
                     **REACHED["market"]}  # fmt: skip
    for farmer in FARMERS:
        for plot in farmer.plots:
            yield (
                "coop",
                {
                    "id": plot.id,
                    "type": "Place",
                    "name": {"zh": plot.zh, "en": plot.en},
                    "suyuan:village": {"zh": "石桥村", "en": "Shiqiao village"},
                    "suyuan:area": {"value": plot.mu, "unit": "亩"},
                    "suyuan:plots": [plot.apart(base)],
                },
            )


def plots(base: str) -> Iterator[dict[str, Any]]:
    """Where each plot lies, apart from its place: only its owner and authorities see a Plot."""
    for farmer in FARMERS:
        for plot in farmer.plots:
            yield {
                "id": plot.apart(base),
                "type": "Plot",
                "name": {"zh": plot.zh, "en": plot.en},
                "suyuan:country": "CN",
                "suyuan:area": {"value": plot.mu, "unit": "亩"},
                "suyuan:outline": {"type": "Polygon", "coordinates": [plot.outline()]},
            }


@dataclass(frozen=True, slots=True)
class Season:
    """All events of the season, in the order in which they were done."""

    base: str

    def _event(self, kind: str, step: str, day: str, hour: str, **members: Any) -> dict[str, Any]:
        own = step in {"sowing", "applying", "hulling", "drying", "blending", "roasting"}
        event: dict[str, Any] = {
            "@context": [
                "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
                {"suyuan": f"{self.base}voc/"},
            ],
            "type": kind,
            "eventTime": f"{day}T{hour}:00.000{ZONE}",
            "eventTimeZoneOffset": ZONE,
            "bizStep": f"{self.base}voc/{step}" if own else step,
        }
        if kind != "TransformationEvent":
            event["action"] = members.pop("action", "OBSERVE")
        event.update(members)
        return event

    def season_id(self, farmer: Farmer) -> str:
        """The growing cycle: a transformationID."""
        return f"{self.base}season/2026-hickory-{farmer.number}"

    def purchases(self) -> Iterator[dict[str, Any]]:
        """Inputs bought; price and seller are private."""
        bought = (
            (GTIN_SEEDLING, "JM-26-03", 120, "H87", "2026-02-20", "山花苗圃", 3600),
            (GTIN_FERTILISER, "YJF-2601", 2000, "KGM", "2026-02-25", "惠农农资店", 5200),
            (GTIN_PESTICIDE, "KSJ-0512", 12, "LTR", "2026-05-12", "惠农农资店", 1080),
        )
        for gtin, number, quantity, uom, day, seller, price in bought:
            yield self._event(
                "ObjectEvent", "receiving", day, "09:30",
                quantityList=[{"epcClass": lot(gtin, number), "quantity": quantity, "uom": uom}],
                readPoint={"id": STORE},
                **{"suyuan:seller": {"name": seller},
                   "suyuan:price": {"value": price, "currency": "CNY"}},
            )  # fmt: skip

    def _work(self, farmer: Farmer, plot: Plot) -> dict[str, Any]:
        return {
            "readPoint": {"id": plot.id},
            "suyuan:area": {"value": plot.mu, "unit": "亩"},
            "suyuan:person": {"name": farmer.zh, "phone": farmer.phone},
            "suyuan:position": {
                "lat": plot.position[0],
                "lon": plot.position[1],
                "datum": "WGS-84",
            },
        }

    def field_work(self) -> Iterator[dict[str, Any]]:
        """Replanting, fertiliser, the one spray, scouting, empties: plot by plot."""
        for farmer in FARMERS:
            for number, plot in enumerate(farmer.plots):
                yield self._event(
                    "TransformationEvent", "sowing",
                    f"2026-03-0{2 + farmer.number}", f"0{8 + number}:10",
                    transformationID=self.season_id(farmer),
                    inputQuantityList=[{"epcClass": lot(GTIN_SEEDLING, "JM-26-03"), "quantity": 20,
                                        "uom": "H87"}],
                    **self._work(farmer, plot),
                )  # fmt: skip
        for farmer in FARMERS:
            for number, plot in enumerate(farmer.plots):
                yield self._event(
                    "TransformationEvent", "applying", f"2026-03-2{farmer.number}", f"0{8 + number}:20",
                    transformationID=self.season_id(farmer),
                    inputQuantityList=[{"epcClass": lot(GTIN_FERTILISER, "YJF-2601"),
                                        "quantity": round(plot.mu * 60, 1), "uom": "KGM"}],
                    **{"suyuan:purpose": {"zh": "春施基肥", "en": "Base dressing"}},
                    **self._work(farmer, plot),
                )  # fmt: skip
        for farmer in FARMERS:
            for number, plot in enumerate(farmer.plots):
                yield self._event(
                    "TransformationEvent", "applying", f"2026-07-1{farmer.number}", f"0{6 + number}:40",
                    transformationID=self.season_id(farmer),
                    inputQuantityList=[{"epcClass": lot(GTIN_PESTICIDE, "KSJ-0512"),
                                        "quantity": round(plot.mu * 0.08, 2), "uom": "LTR"}],
                    **{
                        "suyuan:purpose": {"zh": "防治蚜虫", "en": "Against aphids"},
                        "suyuan:dilution": "1:800",
                        "suyuan:preHarvestInterval": {"days": 14, "source": {
                            "zh": "产品标签", "en": "product label"}},
                    },
                    **self._work(farmer, plot),
                )  # fmt: skip
        for farmer in FARMERS:
            yield self._event(
                "ObjectEvent", "inspecting", f"2026-08-0{farmer.number}", "07:30",
                epcList=[self.season_id(farmer)],
                readPoint={"id": farmer.plots[0].id},
                **{"suyuan:observation": {"zh": "长势良好，未见病虫害", "en": "Healthy, no pests seen"}},
            )  # fmt: skip
        yield self._event(
            "ObjectEvent", "collecting", "2026-08-05", "16:00",
            epcList=[f"{self.base}returns/2026-08-05"],
            readPoint={"id": STORE},
            **{"suyuan:returned": {"what": {"zh": "苦参碱空瓶", "en": "Empty matrine bottles"},
                                   "count": 22, "weight": {"value": 1.1, "uom": "KGM"},
                                   "of": lot(GTIN_PESTICIDE, "KSJ-0512")}},
        )  # fmt: skip

    def harvest(self) -> Iterator[dict[str, Any]]:
        """One harvest lot a member, on White Dew's days."""
        for farmer, kilograms in zip(FARMERS, (860.5, 742, 615), strict=True):
            yield self._event(
                "TransformationEvent", "commissioning", f"2026-09-0{8 + farmer.number - 1}"
                if farmer.number < 3 else "2026-09-10", "15:20",
                transformationID=self.season_id(farmer),
                outputQuantityList=[{"epcClass": lot(GTIN_RAW, f"RAW-2026-{farmer.number}"),
                                     "quantity": kilograms, "uom": "KGM"}],
                readPoint={"id": farmer.plots[0].id},
                bizLocation={"id": WORKSHOP},
                bizTransactionList=paper("prodorder", f"HV-2026-{farmer.number}"),
                **{"suyuan:person": {"name": farmer.zh, "phone": farmer.phone}},
            )  # fmt: skip

    def _process(
        self, step: str, day: str, inputs: Sequence[tuple[str, float]],
        outputs: Sequence[tuple[str, float]], **members: Any,
    ) -> dict[str, Any]:  # fmt: skip
        return self._event(
            "TransformationEvent", step, day, "10:00",
            inputQuantityList=[{"epcClass": i, "quantity": q, "uom": "KGM"} for i, q in inputs],
            outputQuantityList=[{"epcClass": o, "quantity": q, "uom": "KGM"} for o, q in outputs],
            readPoint={"id": WORKSHOP},
            bizTransactionList=paper("prodorder", f"{step.upper()}-{day}"),
            **members,
        )  # fmt: skip

    def processing(self) -> Iterator[dict[str, Any]]:
        """Hulling, drying, blending of two lots, roasting; the third member's nuts go their own way."""
        raw = [lot(GTIN_RAW, f"RAW-2026-{n}") for n in (1, 2, 3)]
        hulled = [lot(GTIN_RAW, f"HULL-2026-{n}") for n in (1, 2, 3)]
        dried = [lot(GTIN_DRIED, f"DRY-2026-{n}") for n in (1, 2, 3)]
        blend = lot(GTIN_DRIED, "MIX-2026-1")
        masses = ((860.5, 301, 196), (742, 259, 169), (615, 214, 139.5))
        for number, (fresh, shelled, dry) in enumerate(masses):
            day = 11 + number
            yield self._process("hulling", f"2026-09-{day}", [(raw[number], fresh)],
                                [(hulled[number], shelled)])  # fmt: skip
            yield self._process("drying", f"2026-09-{day + 8}", [(hulled[number], shelled)],
                                [(dried[number], dry)],
                                **{"suyuan:drying": {"celsius": 55, "hours": 36}})  # fmt: skip
        yield self._process("blending", "2026-10-05", [(dried[0], 196), (dried[1], 169)],
                            [(blend, 364.5)])  # fmt: skip
        yield self._process("roasting", "2026-10-08", [(blend, 364.5)],
                            [(lot(GTIN_PACK, LOT_GOOD), 330)],
                            **{"suyuan:roasting": {"celsius": 130, "minutes": 45}})  # fmt: skip
        yield self._process("roasting", "2026-10-15", [(dried[2], 139.5)],
                            [(lot(GTIN_PACK, LOT_RECALLED), 126)])  # fmt: skip

    def tests(self) -> Iterator[dict[str, Any]]:
        """The laboratory's word on both roasted lots, signed with a key that the service never has."""
        for number, day, value, verdict, report in (
            (LOT_GOOD, "2026-10-10", "<0.01", "pass", "YL-2026-0412"),
            (LOT_RECALLED, "2026-10-17", "0.31", "fail", "YL-2026-0437"),
        ):
            yield self._event(
                "ObjectEvent", "inspecting", day, "14:00",
                quantityList=[{"epcClass": lot(GTIN_PACK, number)}],
                **{"suyuan:test": {
                    "item": {"zh": "多菌灵", "en": "Carbendazim"}, "value": value, "limit": "0.1",
                    "unit": "mg/kg", "method": "GB 23200.121-2021", "result": verdict,
                    "report": report, "date": day}},
            )  # fmt: skip

    def packing(self, serials: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Packs made from the lot, then cartons: one event of each a carton."""
        size = len(serials) // CARTONS
        for number in range(CARTONS):
            packs = [
                f"{lot(GTIN_PACK, LOT_GOOD)}/21/{serial}"
                for serial in serials[number * size : (number + 1) * size]
            ]
            yield self._event(
                "TransformationEvent", "packing", "2026-10-12", f"{8 + number:02d}:15",
                inputQuantityList=[{"epcClass": lot(GTIN_PACK, LOT_GOOD),
                                    "quantity": size * 0.25, "uom": "KGM"}],
                outputEPCList=packs,
                readPoint={"id": WORKSHOP},
            )  # fmt: skip
            yield self._event(
                "AggregationEvent", "packing", "2026-10-12", f"{8 + number:02d}:45",
                action="ADD", parentID=sscc(number + 1), childEPCs=packs,
                readPoint={"id": WORKSHOP},
            )  # fmt: skip

    def shipping(self, market: str) -> dict[str, Any]:
        """Ten cartons leave for the market; the receiver is named so that it may record on them."""
        return self._event(
            "ObjectEvent", "shipping", "2026-10-14", "07:00",
            disposition="in_transit",
            epcList=[sscc(number + 1) for number in range(CARTONS)],
            readPoint={"id": WORKSHOP},
            destinationList=[{"type": "possessing_party", "destination": market}],
            bizTransactionList=paper("desadv", "DN-2026-1014"),
        )  # fmt: skip

    def receiving(self) -> dict[str, Any]:
        """The market's own word that they came."""
        return self._event(
            "ObjectEvent", "receiving", "2026-10-14", "13:40",
            disposition="in_progress",
            epcList=[sscc(number + 1) for number in range(CARTONS)],
            readPoint={"id": MARKET_HALL},
            bizTransactionList=paper("recadv", "DN-2026-1014"),
        )  # fmt: skip

    def recall(self) -> dict[str, Any]:
        """The bureau calls the failed lot back."""
        return self._event(
            "ObjectEvent", "holding", "2026-10-18", "09:00",
            disposition="recalled",
            quantityList=[{"epcClass": lot(GTIN_PACK, LOT_RECALLED)}],
            **{"suyuan:reason": {"zh": "多菌灵残留超标：0.31 mg/kg，限量 0.1 mg/kg",
                                 "en": "Carbendazim 0.31 mg/kg, limit 0.1 mg/kg"},
               "suyuan:advice": {"zh": "请勿食用，凭包装退回购买处。",
                                 "en": "Do not eat; take it back to where you bought it."}},
        )  # fmt: skip
