"""What an organisation prints labels on and with: stock, sheets, printers; ours, and its own."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass
from typing import Any, get_args

from suyuan.core.errors import NotFound, Refused
from suyuan.flow.label import refused
from suyuan.ports.printing import SupplyStore, Wire
from suyuan_labels import (
    A4_3X8,
    A4_4X10,
    DOTS_203,
    DOTS_300,
    ROLL_40X30,
    ROLL_50X30,
    ROLL_60X40,
    SPEECH,
    Head,
    LabelError,
    Language,
    Media,
    Sheet,
    Stock,
    custom,
    single,
)

DOTS = {203: DOTS_203, 300: DOTS_300}
_ROLLS = {"60x40": ROLL_60X40, "50x30": ROLL_50X30, "40x30": ROLL_40X30}
_SHEETS = {"a4-3x8": A4_3X8, "a4-4x10": A4_4X10}
MOST = 50
"""Of each kind in one organisation."""


@dataclass(frozen=True, slots=True)
class Paper:
    """Stock as a job has it. ``sheet``: it comes on A4, for office printers alone."""

    id: str
    stock: Stock
    gap: float = 2.0
    media: Media = "gap"
    sheet: Sheet | None = None

    @property
    def name(self) -> str:
        return self.sheet.name if self.sheet else self.stock.name

    @property
    def pages(self) -> Sheet:
        """As pages of a PDF."""
        return self.sheet or single(self.stock)


@dataclass(frozen=True, slots=True)
class Printer:
    """``address``: host or host:port. ``right`` and ``down``: millimetres by which its labels are moved.

    ``answers``: it says how it is; otherwise what is sent counts as printed.
    """

    id: str
    name: str
    language: Language
    dpi: int
    address: str
    darkness: int | None = None
    speed: int | None = None
    right: float = 0.0
    down: float = 0.0
    answers: bool = True

    @property
    def dots(self) -> float:
        """Per millimetre."""
        return DOTS[self.dpi]

    @property
    def shift(self) -> tuple[int, int]:
        return round(self.right * self.dots), round(self.down * self.dots)

    def head(self, paper: Paper) -> Head:
        return Head(
            paper.stock.width, paper.stock.height, self.dots, paper.gap, paper.media,
            self.darkness, self.speed,
        )  # fmt: skip


@dataclass(slots=True)
class Supplies:
    """Verbs on stock and printers."""

    store: SupplyStore
    wire: Wire

    def papers(self, organisation: str) -> list[Paper]:
        """Ours first."""
        own = [
            paper_of(found, json.loads(text))
            for found, text in self.store.list("stock", organisation)
        ]
        return [
            *(Paper(name, stock) for name, stock in _ROLLS.items()),
            *(Paper(name, sheet.stock, sheet=sheet) for name, sheet in _SHEETS.items()),
            *own,
        ]

    def paper(self, organisation: str, paper_id: str) -> Paper:
        for paper in self.papers(organisation):
            if paper.id == paper_id:
                return paper
        raise NotFound("there is no stock {name} here", path="/stock", name=paper_id[:80])

    def keep_paper(self, organisation: str, document: dict[str, Any]) -> Paper:
        """Keep a stock of one's own: name, width, height, gap, margins in mm, media."""
        name = str(document.get("name", "")).strip()
        if not 1 <= len(name) <= 60:
            raise Refused("a name of 1 to 60 characters belongs here", path="/name")
        kept = {
            "name": name,
            "media": _one_of(document, "media", get_args(Media)),
            **{part: _number(document, part) for part in ("width", "height", "gap", "x", "y")},
        }
        paper = paper_of(secrets.token_hex(4), kept)
        self._room("stock", organisation)
        self.store.put("stock", organisation, paper.id, json.dumps(kept, ensure_ascii=False))
        return paper

    def printers(self, organisation: str) -> list[Printer]:
        return [
            printer_of(found, json.loads(text))
            for found, text in self.store.list("printer", organisation)
        ]

    def printer(self, organisation: str, printer_id: str) -> Printer:
        text = self.store.get("printer", organisation, printer_id)
        if text is None:
            raise NotFound("there is no printer {name} here", path="/printer", name=printer_id[:80])
        return printer_of(printer_id, json.loads(text))

    def keep_printer(
        self, organisation: str, document: dict[str, Any], printer_id: str | None = None
    ) -> Printer:
        """Keep a printer, a new one or changed. Refused at its field, and where nobody allowed it."""
        if printer_id is not None:
            self.printer(organisation, printer_id)
        else:
            self._room("printer", organisation)
        name = str(document.get("name", "")).strip()
        if not 1 <= len(name) <= 60:
            raise Refused("a name of 1 to 60 characters belongs here", path="/name")
        address = str(document.get("address", "")).strip()
        self.wire.allowed(address)
        kept = {
            "name": name,
            "address": address,
            "language": _one_of(document, "language", tuple(SPEECH)),
            "dpi": int(_one_of(document, "dpi", tuple(str(dpi) for dpi in DOTS))),
            "darkness": _whole(document, "darkness", 0, 15),
            "speed": _whole(document, "speed", 1, 14),
            "right": _number(document, "right", -5, 5),
            "down": _number(document, "down", -5, 5),
            "answers": bool(document.get("answers", True)),
        }
        found = printer_id or secrets.token_hex(4)
        self.store.put("printer", organisation, found, json.dumps(kept, ensure_ascii=False))
        return printer_of(found, kept)

    def drop(self, kind: str, organisation: str, supply_id: str) -> None:
        if not self.store.delete(
            "stock" if kind == "stock" else "printer", organisation, supply_id
        ):
            raise NotFound("it is gone already")

    def _room(self, kind: Any, organisation: str) -> None:
        if len(self.store.list(kind, organisation)) >= MOST:
            raise Refused("at most {most} can be kept; delete one first", most=MOST)


def paper_of(paper_id: str, kept: dict[str, Any]) -> Paper:
    """A stock of one's own out of what is kept of it. Refused where none can be so."""
    try:
        stock = custom(kept["name"], kept["width"], kept["height"], kept["x"], kept["y"])
        Head(stock.width, stock.height, DOTS_203, kept["gap"], kept["media"])
    except LabelError as problem:
        error = refused(problem)
        error.path = (
            "/gap"
            if "gap" in problem.message
            else "/x"
            if "margin" in problem.message
            else "/width"
        )
        raise error from None
    return Paper(paper_id, stock, kept["gap"], kept["media"])


def printer_of(printer_id: str, kept: dict[str, Any]) -> Printer:
    return Printer(printer_id, **kept)


def kept_paper(paper: Paper) -> str:
    """A stock as a job keeps it: by name where it is ours, whole where it is the organisation's."""
    if paper.id in _ROLLS or paper.id in _SHEETS:
        return json.dumps({"id": paper.id})
    stock = paper.stock
    document = {
        "name": stock.name, "media": paper.media, "width": stock.width, "height": stock.height,
        "gap": paper.gap, "x": stock.margin_x, "y": stock.margin_y,
    }  # fmt: skip
    return json.dumps({"id": paper.id, "own": document}, ensure_ascii=False)


def read_paper(text: str) -> Paper:
    """The other way round."""
    kept = json.loads(text)
    if own := kept.get("own"):
        return paper_of(kept["id"], own)
    if sheet := _SHEETS.get(kept["id"]):
        return Paper(kept["id"], sheet.stock, sheet=sheet)
    return Paper(kept["id"], _ROLLS[kept["id"]])


def kept_printer(printer: Printer) -> str:
    return json.dumps(asdict(printer), ensure_ascii=False)


def read_printer(text: str) -> Printer:
    return Printer(**json.loads(text))


def _number(document: dict[str, Any], name: str, least: float = 0, most: float = 200) -> float:
    text = str(document.get(name, "")).strip().replace(",", ".")
    try:
        value = float(text) if text else 0.0
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise Refused(
            "a number of millimetres from {least} to {most} belongs here",
            path=f"/{name}",
            least=f"{least:g}",
            most=f"{most:g}",
        )
    return value


def _whole(document: dict[str, Any], name: str, least: int, most: int) -> int | None:
    text = str(document.get(name) or "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise Refused(
            "a whole number from {least} to {most} belongs here, or nothing",
            path=f"/{name}",
            least=least,
            most=most,
        )
    return int(text)


def _one_of(document: dict[str, Any], name: str, choices: tuple[str, ...]) -> str:
    value = str(document.get(name, ""))
    if value not in choices:
        raise Refused("choose one of {choices}", path=f"/{name}", choices=" / ".join(choices))
    return value
