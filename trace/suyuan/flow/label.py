"""Labels of a lot and of its packs, from what is recorded: product, dates, producer."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

from suyuan.core.brand.codes import AHEAD, PLANNED, code_acts_of
from suyuan.core.errors import NotFound, Refused
from suyuan.core.identifiers import product_of
from suyuan.core.story_steps import step_of
from suyuan.core.story_values import day_of, moment_of, names_of, quantity_of
from suyuan.flow.newest import newest_masters
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

    def pack_labels(self, lot: str, serials: Sequence[str], record: int) -> list[Label]:
        """One label for each serial, all of them issued by one record."""
        if not serials:
            return []
        return self.more(self._label(lot, serials[0], record), lot, serials)

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

    def _label(self, lot: str, serial: str | None, record: int | None = None) -> Label:
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
        # What was declared an error packed nothing.
        wrong = self.log.declarations_of(history).keys() - {record}
        packed = packed_on([records[i] for i in history if i not in wrong], record)
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
                packed + timedelta(days=days) if packed and type(days) is int else None,
            )
        except LabelError as problem:
            raise refused(problem) from None

    def _master(self, thing: str, size: int) -> dict[str, Any]:
        name = f"{thing}#master"
        newest = newest_masters(self.log, self.log.tips_at([name], size), size).get(name)
        content = newest.content if newest is not None else None
        found: dict[str, Any] = json.loads(content)["master"] if content else {}
        return found


def packed_on(history: Sequence[StoredRecord], record: int | None) -> date | None:
    """The day of packing that a label may tell: of the packs of one issue, or of a whole lot.

    Of codes that were issued ahead of packing it is the day on which they were first put on packs, else
    the one that was planned. None where nothing says it; NotFound where what said it was erased.
    """
    events = {
        one.index: event
        for one in history
        if one.content is not None
        and one.kind == "event"
        and "errorDeclaration" not in (event := json.loads(one.content)["event"])
    }
    if not events or (record is not None and record not in events):
        raise NotFound("the lot's records were erased; its dates are unknown")
    if record is None:
        return min(
            (_day(one) for one in events.values() if step_of(one) == "packing"), default=None
        )
    issue = events[record]
    if step_of(issue) != AHEAD:
        return _day(issue)
    leaf = next(one.leaf_hash for one in history if one.index == record)
    filled = [
        _day(one)
        for one in events.values()
        for act in code_acts_of(one)
        if (act.act, act.of) == ("activate", leaf)
    ]
    return min(filled, default=None) or day_of(issue.get(PLANNED))


def _day(event: Mapping[str, Any]) -> date:
    """By the event's own clock: what was packed at 7 in China was not packed the day before."""
    return moment_of(event).day


def refused(problem: LabelError) -> Refused:
    """A label's own error in our tree."""
    error = Refused(problem.message)
    error.params = problem.params
    return error
