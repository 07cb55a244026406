"""Key data elements of each critical tracking event: FSMA 204, 21 CFR part 1 subpart S.

One sheet an event kind, one row a lot, from the events themselves: harvesting §1.1325(a), cooling
§1.1325(b), initial packing §1.1330(a) and (c), shipping §1.1340(a), receiving §1.1345(a),
transformation §1.1350(a). A row names what is missing. Not told: fishing vessels (§1.1335),
containers of aquaculture, references in the place of a traceability lot code source, and what
§1.1330(b) asks of sprouts, which is named as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from suyuan.core.exports.elements import (
    COMMODITY,
    COOLED,
    COOLED_AT,
    DESCRIBED,
    DESCRIBED_USED,
    DOCUMENT,
    FARM,
    FIELD,
    HARVESTED,
    HARVESTER,
    IF_APPLICABLE,
    LOT,
    MADE,
    MADE_AT,
    PACKED,
    PACKED_AT,
    PREVIOUS,
    QUANTITY,
    RECEIVED,
    RECEIVED_AT,
    RECIPIENT,
    RECORD,
    SHIPPED,
    SHIPPED_FROM,
    SOURCE,
    SPROUTS,
    TAKEN_COMMODITY,
    TAKEN_FROM,
    TAKEN_IN,
    TAKEN_IN_UNIT,
    TAKEN_LOT,
    TAKEN_VARIETY,
    UNIT,
    USED,
    USED_LOT,
    USED_UNIT,
    VARIETY,
)
from suyuan.core.exports.food import Food, Part, Told, documents, here, lot_code, party
from suyuan.core.exports.lineage import Deed, Lineage, Master
from suyuan.core.exports.packing import (
    before,
    is_after_packing,
    is_before_packing,
    is_raw,
    packs_first,
)
from suyuan.core.story_steps import step_of
from suyuan.core.story_values import Said, moment_of

Cell = str | float | date | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row; ``missing`` names the data elements that it lacks."""

    cells: tuple[Cell, ...]
    missing: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """All events of one kind, in the order of the log."""

    title: Said
    columns: tuple[Said, ...]
    rows: tuple[Row, ...]


Answers = dict[Said, Cell | Told]


def sheets(traced: Lineage, food: frozenset[str], master: Master) -> tuple[Sheet, ...]:
    """The six sheets for what went into a subject and what became of it.

    ``food``: object ids of both. The lineage's deeds have to hold all events on these.
    """
    known = Food(tuple(deed for deed in traced.deeds if _is_about(deed, food)), food, master)
    return tuple(
        _sheet(known, title, columns, tell)
        for title, columns, tell in (
            (
                Said("Harvesting"),
                (LOT, COMMODITY, VARIETY, QUANTITY, UNIT, FARM, FIELD, HARVESTED, RECIPIENT,
                 DOCUMENT),
                _harvesting,
            ),
            (
                Said("Cooling"),
                (LOT, COMMODITY, VARIETY, QUANTITY, UNIT, COOLED_AT, COOLED, FARM, RECIPIENT,
                 DOCUMENT),
                _cooling,
            ),
            (
                Said("Initial packing"),
                (LOT, *DESCRIBED, QUANTITY, UNIT, PACKED_AT, PACKED, TAKEN_LOT, TAKEN_COMMODITY,
                 TAKEN_VARIETY, RECEIVED, TAKEN_FROM, TAKEN_IN, TAKEN_IN_UNIT,
                 FARM, FIELD, HARVESTER, HARVESTED, COOLED_AT, COOLED, DOCUMENT),
                _packing,
            ),
            (
                Said("Transformation"),
                (USED_LOT, *DESCRIBED_USED, USED, USED_UNIT, LOT, *DESCRIBED, QUANTITY, UNIT, MADE_AT,
                 MADE, DOCUMENT),
                _transformation,
            ),
            (
                Said("Shipping"),
                (LOT, *DESCRIBED, QUANTITY, UNIT, RECIPIENT, SHIPPED_FROM, SHIPPED, SOURCE,
                 DOCUMENT),
                _shipping,
            ),
            (
                Said("Receiving"),
                (LOT, *DESCRIBED, QUANTITY, UNIT, PREVIOUS, RECEIVED_AT, RECEIVED, SOURCE,
                 DOCUMENT),
                _receiving,
            ),
        )
    )  # fmt: skip


def _is_about(deed: Deed, food: frozenset[str]) -> bool:
    objects = deed.objects
    if not food.isdisjoint(objects.makes):
        return True
    if deed.harvests:
        return False  # of another lot of the same season
    about = [item.object for item in (*objects.epcs, *objects.quantities, *objects.children)]
    about += [objects.parent.object] if objects.parent else []
    return not food.isdisjoint((*about, *deed.uses))


def _sheet(
    food: Food,
    title: Said,
    columns: tuple[Said, ...],
    tell: Callable[[Food, Deed], Iterator[Answers]],
) -> Sheet:
    rows = []
    for deed in food.deeds:
        for told in tell(food, deed):
            cells: list[Cell] = [deed.index]
            missing: list[Said] = []
            for column in columns:
                value = told.get(column)
                also: list[Said] = []
                if isinstance(value, Told):
                    also, value = value.missing, value.text
                if value is None and column not in IF_APPLICABLE:
                    missing.append(column)
                missing += also
                cells.append(value)
            rows.append(Row(tuple(cells), tuple(dict.fromkeys(missing))))
    return Sheet(title, (RECORD, *columns), tuple(rows))


def _day(deed: Deed) -> date:
    return moment_of(deed.event).day


def _part(food: Food, part: Part) -> Answers:
    return {
        LOT: lot_code(part.uri),
        **_described(food, part, DESCRIBED),
        QUANTITY: part.quantity,
        UNIT: part.unit,
    }


def _described(food: Food, part: Part, columns: tuple[Said, ...]) -> Answers:
    return dict(zip(columns, food.product(part.uri), strict=False))  # its last part is no column


def _field(food: Food, deed: Deed) -> Answers:
    """The farm is who harvested, where; the field is the name of that place."""
    place = here(deed)
    return {
        FARM: food.location(place, deed.owner),
        FIELD: food.name_of(place) if place else None,
        HARVESTED: _day(deed),
    }


def _recipient(food: Food, deed: Deed) -> Told:
    """Who is named as destination, else where it went at once."""
    named = party(deed, "destinationList", "destination")
    after = deed.objects.biz_location
    if named is None and after is not None and after.uri != here(deed):
        named = after.uri
    return food.location(named)


def _harvesting(food: Food, deed: Deed) -> Iterator[Answers]:
    for part in food.ours(food.outputs(deed)) if deed.harvests else ():
        yield {
            **_part(food, part),
            **_field(food, deed),
            RECIPIENT: _recipient(food, deed),
            DOCUMENT: documents(deed),
        }


def _cooling(food: Food, deed: Deed) -> Iterator[Answers]:
    for part in food.ours(food.inputs(deed) + food.about(deed)) if _cools(deed) else ():
        if is_after_packing(food, part.uri, deed):
            continue  # only what is cooled before it is packed
        harvests = food.harvests_of(part.uri)
        yield {
            **_part(food, part),
            **(_field(food, harvests[-1]) if harvests else {}),
            **_cooled(food, deed),
            RECIPIENT: _recipient(food, deed),
            DOCUMENT: documents(deed),
        }


def _cools(deed: Deed) -> bool:
    return step_of(deed.event) in ("cooling", "chilling")


def _cooled(food: Food, deed: Deed) -> Answers:
    return {COOLED_AT: food.location(here(deed), deed.owner), COOLED: _day(deed)}


def _packing(food: Food, deed: Deed) -> Iterator[Answers]:
    """Each lot packed, by each lot taken and harvest; so also what is transformed without having
    been packed before (§1.1350(b))."""
    if food.transforms(deed):
        taken = [part for part in food.inputs(deed) if is_raw(food, part.uri, deed)]
    elif packs_first(food, deed):
        taken = food.inputs(deed) or food.about(deed)
    else:
        return
    for part in food.ours(food.outputs(deed) or food.about(deed)):
        for used in taken:
            about: Answers = {}
            for other in before(food, used.uri, deed):
                about |= _cooled(food, other) if _cools(other) else {}
                about |= _received(food, other, used) if step_of(other.event) == "receiving" else {}
            harvests: list[Deed | None] = [*food.harvests_of(used.uri)]
            for harvest in harvests or [None]:
                yield {
                    **_part(food, part),
                    **(_brought(harvest, deed) | _field(food, harvest) if harvest else {}),
                    **about,
                    **_taken(food, used),
                    HARVESTER: food.location(harvest.owner, address=False) if harvest else None,
                    PACKED_AT: food.location(here(deed), deed.owner),
                    PACKED: _day(deed),
                    DOCUMENT: documents(deed),
                }


def _brought(harvest: Deed, deed: Deed) -> Answers:
    """A harvest's bizLocation is where the food was from then on: with who packs it, perhaps."""
    there = harvest.objects.biz_location
    return {RECEIVED: _day(harvest)} if there is not None and there.uri == here(deed) else {}


def _received(food: Food, deed: Deed, part: Part) -> Answers:
    """From whom is asked only where the rule does not apply to them (§1.1330(c)): nothing of it is
    missing."""
    return {RECEIVED: _day(deed), TAKEN_FROM: _previous(food, deed, part).text}


def _taken(food: Food, used: Part) -> Answers:
    product = food.product(used.uri)
    sprouts = list(SPROUTS) if product.sprouts else []
    return {
        TAKEN_LOT: lot_code(used.uri),
        TAKEN_IN: used.quantity,
        TAKEN_IN_UNIT: used.unit,
        TAKEN_COMMODITY: Told(product.commodity, sprouts),
        TAKEN_VARIETY: product.variety,
    }


def _transformation(food: Food, deed: Deed) -> Iterator[Answers]:
    """Each lot made by each lot used, but those that were never packed (§1.1350(b))."""
    for part in food.ours(food.outputs(deed)) if food.transforms(deed) else ():
        for used in food.inputs(deed):
            if is_raw(food, used.uri, deed):
                continue
            yield {
                **_part(food, part),
                USED_LOT: lot_code(used.uri),
                **_described(food, used, DESCRIBED_USED),
                USED: used.quantity,
                USED_UNIT: used.unit,
                MADE_AT: food.location(here(deed), deed.owner),
                MADE: _day(deed),
                DOCUMENT: documents(deed),
            }


def _shipping(food: Food, deed: Deed) -> Iterator[Answers]:
    for part in food.ours(food.about(deed)) if step_of(deed.event) == "shipping" else ():
        if is_before_packing(food, part.uri, deed):
            continue
        yield {
            **_part(food, part),
            RECIPIENT: _recipient(food, deed),
            SHIPPED_FROM: food.location(here(deed), deed.owner),
            SHIPPED: _day(deed),
            SOURCE: food.source_of(part.uri),
            DOCUMENT: documents(deed),
        }


def _receiving(food: Food, deed: Deed) -> Iterator[Answers]:
    for part in food.ours(food.about(deed)) if step_of(deed.event) == "receiving" else ():
        if is_before_packing(food, part.uri, deed):
            continue
        yield {
            **_part(food, part),
            PREVIOUS: _previous(food, deed, part),
            RECEIVED_AT: food.location(here(deed), deed.owner),
            RECEIVED: _day(deed),
            SOURCE: food.source_of(part.uri),
            DOCUMENT: documents(deed),
        }


def _previous(food: Food, deed: Deed, part: Part) -> Told:
    """Who is named as source, else from where the lot was last shipped before."""
    named = party(deed, "sourceList", "source")
    if named is not None:
        return food.location(named)
    shipped = [one for one in before(food, part.uri, deed) if step_of(one.event) == "shipping"]
    return food.location(here(shipped[-1]), shipped[-1].owner) if shipped else Told()
