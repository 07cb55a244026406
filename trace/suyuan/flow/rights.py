"""What decides who may record on what, looked up once for a whole append (formats.md §3)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from suyuan.core.content import decode_content
from suyuan.core.identifiers import product_of
from suyuan.core.touches import master_id, touches
from suyuan.flow.may import Rights
from suyuan.flow.newest import newest_masters
from suyuan.ports.log import LogStore, Sequencer, StoredRecord


def rights_in(
    seq: Sequencer, store: LogStore, extended: Collection[str], places: Collection[str] = ()
) -> Rights:
    """Rights on these objects, and on those of ``places`` (canonical ids) that are plots, as they stand
    at the beginning of this append."""
    size = seq.tail().size

    def shipped_inside(object_id: str) -> set[str]:
        """Named receivers of whatever it was packed into: a carton's contents go with it."""
        named: set[str] = set()
        history = store.touched([object_id], size=size, extends_only=True)
        for record in store.records(history.get(object_id, [])).values():
            if record.kind != "event" or record.content is None:
                continue
            event = decode_content(record.content).value
            if event["type"] != "AggregationEvent" or "parentID" not in event:
                continue
            parent = touches("event", event, kid=record.kid, owner=record.owner).extends
            named.update(*seq.parties(parent).values())
        return named

    return Rights(
        extenders={name: set(found) for name, found in seq.extenders(extended).items()},
        parties={name: set(found) for name, found in seq.parties(extended).items()},
        product_owner=_product_owners(seq, store, extended, size),
        plot_owner=_plot_owners(seq, store, places, size),
        shipped_inside=shipped_inside,
    )


def _masters(
    seq: Sequencer, store: LogStore, names: Collection[str], size: int
) -> dict[str, StoredRecord]:
    """The newest master data of each that stands, by its object id."""
    return newest_masters(store, seq.tips(names), size, standing=True) if names else {}


def _product_owners(
    seq: Sequencer, store: LogStore, extended: Collection[str], size: int
) -> Mapping[str, str]:
    products = {product for product in map(product_of, extended) if product is not None}
    masters = _masters(seq, store, [master_id(product) for product in products], size)
    return {name.removesuffix("#master"): _product_owner(one) for name, one in masters.items()}


def _plot_owners(
    seq: Sequencer, store: LogStore, places: Collection[str], size: int
) -> dict[str, str]:
    """By the newest record of each it is told that it is a plot, by the first one whose it is."""
    newest = {master_id(place): place for place in places}
    masters = _masters(seq, store, newest, size)
    plots = [name for name, record in masters.items() if _is_plot(record)]
    found: dict[str, str] = {}
    if plots:
        first = {n: i[0] for n, i in store.touched(plots, size=size, extends_only=True).items()}
        known = store.records(first.values())
        found = {newest[name]: known[index].owner for name, index in first.items()}
    return found


def _is_plot(record: StoredRecord) -> bool:
    """Of one that was erased nobody can tell."""
    if record.content is None or b'"Plot"' not in record.content:
        return False
    return bool(decode_content(record.content).value.get("type") == "Plot")


def _product_owner(record: StoredRecord) -> str:
    """``owner`` of a product's master data if it names one, else the organisation that recorded it."""
    if record.content is not None:
        owner = decode_content(record.content).value.get("owner")
        if isinstance(owner, str):
            return owner
    return record.owner
