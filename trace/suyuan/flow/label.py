"""Labels of a lot and of its packs, from what is recorded: product, dates, producer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from suyuan.core.errors import NotFound, Refused
from suyuan.core.identifiers import product_of
from suyuan.core.story_values import names_of, quantity_of
from suyuan.ports.log import LogStore, StoredRecord
from suyuan_labels import Label, LabelError, Link

_UNITS = {"GRM": "g", "KGM": "kg", "LTR": "L", "MLT": "mL"}


@dataclass(slots=True)
class Labeller:
    """Builds labels; ``public_url`` is where their code leads."""

    log: LogStore
    public_url: str

    def lot_label(self, lot: str) -> Label:
        """The label of a whole lot."""
        return self._label(lot, None)

    def pack_labels(self, lot: str, serials: Sequence[str]) -> list[Label]:
        """One label for each serial."""
        return self.more(self._label(lot, serials[0]), lot, serials) if serials else []

    def more(self, first: Label, lot: str, serials: Sequence[str]) -> list[Label]:
        """Labels like that of one pack of the lot, for other serials of it: nothing is looked up."""
        return [replace(first, link=self._link(lot, serial)) for serial in serials]

    def _link(self, lot: str, serial: str | None) -> Link:
        parts = urlsplit(self.public_url)
        gtin, number = lot.split("/01/")[1].split("/10/")
        try:
            return Link(parts.netloc, gtin, number, serial, parts.scheme)
        except LabelError as problem:
            raise refused(problem) from None

    def _label(self, lot: str, serial: str | None) -> Label:
        product_id = product_of(lot)
        if product_id is None or "/10/" not in lot:
            raise NotFound("{lot} is no lot of a product", lot=lot)
        size = self.log.tail().size
        history = self.log.touched([lot], size=size, extends_only=True).get(lot, [])
        if not history:
            raise NotFound("nothing is recorded of {lot}", lot=lot)
        records = self.log.records(history)
        product = self._master(product_id, size)
        name = names_of(product.get("name"))
        if name is None:
            raise NotFound("{product} has no master data with a name yet", product=product_id)
        packed = self._packed([records[i] for i in history])
        days = product.get("suyuan:shelfLifeDays")
        owner = records[history[0]].owner
        producer = names_of(self._master(owner, size).get("name"))
        net = quantity_of(product.get("suyuan:netWeight"))
        try:
            return Label(
                self._link(lot, serial),
                name.zh,
                name.en,
                f"{net.amount} {_UNITS.get(net.unit, net.unit)}" if net else "—",
                producer.zh if producer else owner,
                packed,
                packed + timedelta(days=days) if type(days) is int else None,
            )
        except LabelError as problem:
            raise refused(problem) from None

    def _master(self, thing: str, size: int) -> dict[str, Any]:
        name = f"{thing}#master"
        tip = self.log.tips_at([name], size).get(name)
        if tip is None:
            return {}
        content = self.log.records([tip.index])[tip.index].content
        found: dict[str, Any] = json.loads(content)["master"] if content else {}
        return found

    def _packed(self, records: Sequence[StoredRecord]) -> date:
        """The day of packing where it is recorded, else of the lot's first record."""
        days: list[tuple[bool, str]] = []
        for record in records:
            if record.content is None or record.kind != "event":
                continue
            event = json.loads(record.content)["event"]
            packing = str(event.get("bizStep", "")).endswith("packing")
            days.append((not packing, event["eventTime"][:10]))
        if not days:
            raise NotFound("the lot's records were erased; its dates are unknown")
        return date.fromisoformat(min(days)[1])


def refused(problem: LabelError) -> Refused:
    """A label's own error in our tree."""
    error = Refused(problem.message)
    error.params = problem.params
    return error
