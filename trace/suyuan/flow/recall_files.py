"""What goes out with a recall: who got what, as a table; only for who may see each record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from suyuan.core import private
from suyuan.core.identifiers import product_of
from suyuan.core.lineage.reach import Recipient
from suyuan.core.sheets.lists import Cell, Table
from suyuan.core.story_values import Names, Said, names_of, text_of
from suyuan.core.visibility import Viewer
from suyuan.flow.ground import HERE
from suyuan.flow.judge import Judge
from suyuan.flow.prove import Prover
from suyuan.flow.recall import Reach
from suyuan.flow.tracing import Tracing

Pick = Callable[[Names], str]
"""The name in the reader's language."""

HEADINGS = (
    Said("To whom"), Said("Name in the record"), Said("Phone"), Said("Product"), Said("Lot or pack"),
    Said("Quantity"), Said("Unit of measure"), Said("Sent or sold"), Said("Receipt recorded"),
    Said("Day"), Said("From"), Said("Record"),
)  # fmt: skip
_UNITS = {"KGM": Said("kg"), "GRM": Said("g"), "TNE": Said("t"), "LTR": Said("L"), "MLT": Said("mL"),
          "MTQ": Said("m³"), "H87": Said("pieces"), "C62": Said("pieces")}  # fmt: skip
"""A list is read by people; a unit without a word here stays as it was said."""
_SENT, _SOLD, _YES, _NO = Said("Sent off"), Said("Sold"), Said("yes"), Said("no")


def customers(
    tracing: Tracing, judge: Judge, prover: Prover, viewer: Viewer, reach: Reach, pick: Pick
) -> Table:
    """A row for each handing over. Names and phones of buyers are private fields: they stand where the
    viewer gets them, else the cell is empty."""
    buyers = _buyers(prover, viewer, {one.index for one in reach.recipients})
    names = _names(tracing, judge, viewer, reach.recipients, pick)
    return Table(
        "recall-customers",
        Said("Who got it"),
        HEADINGS,
        _rows(reach.recipients, buyers, names),
    )


def _rows(
    recipients: Sequence[Recipient],
    buyers: Mapping[int, Mapping[str, Any]],
    names: Mapping[str, str],
) -> Iterator[Sequence[Cell]]:
    for one in recipients:
        buyer = buyers.get(one.index, {})
        product = product_of(one.thing) or ""
        yield (
            names.get(one.party, one.party) if one.party else None,
            text_of(buyer.get("name")),
            text_of(buyer.get("phone")),
            names.get(product, product.rsplit("/", 1)[-1]),
            unquote(one.thing.rsplit("/", 1)[-1]),
            None if one.amount is None else float(Decimal(one.amount)),
            _UNITS.get(one.unit or "", one.unit),
            _SOLD if one.sold else _SENT,
            _YES if one.confirmed else _NO,
            _day(one.time),
            names.get(one.holder, one.holder),
            one.index,
        )


def _day(time: str) -> str:
    """As the page of the recall has it: what was sent off at seven in the morning was sent that day."""
    return (datetime.fromisoformat(time) + HERE).date().isoformat()


def _buyers(prover: Prover, viewer: Viewer, indices: set[int]) -> dict[int, Mapping[str, Any]]:
    found: dict[int, Mapping[str, Any]] = {}
    wanted = sorted(indices)
    for start in range(0, len(wanted), 500):
        for view in prover.records(viewer, wanted[start : start + 500]):
            if view.content is None or not view.disclosures:
                continue
            event = private.reveal(view.content["event"], view.disclosures)
            buyer = event.get("suyuan:buyer")
            if isinstance(buyer, Mapping):
                found[view.index] = buyer
    return found


def _names(
    tracing: Tracing,
    judge: Judge,
    viewer: Viewer,
    recipients: Sequence[Recipient],
    pick: Pick,
) -> dict[str, str]:
    parties = {name for one in recipients for name in (one.party, one.holder) if name}
    products = {product for one in recipients if (product := product_of(one.thing)) is not None}
    masters = judge.masters(viewer, parties | products) if recipients else {}
    found = {name: pick(said) for name, master in masters.items()
             if (said := names_of(master.get("name"))) is not None}  # fmt: skip
    for known in tracing.accounts.store.organisations():
        if known.id in parties:
            found[known.id] = pick(Names(known.name_zh, known.name_en))
    return found


__all__ = ["Pick", "customers"]
