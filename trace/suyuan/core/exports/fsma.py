"""Key data elements of each critical tracking event: FSMA 204, 21 CFR part 1 subpart S.

One sheet an event kind, one row a lot, from the events themselves: harvesting §1.1325(a), cooling
§1.1325(b), initial packing §1.1330(a), shipping §1.1340, receiving §1.1345, transformation §1.1350.
A row names what is missing. Not told: fishing vessels (§1.1335), containers of aquaculture, and what
§1.1330(b) asks of sprouts, which is named as missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from suyuan.core.exports.food import (
    Food,
    Part,
    Told,
    documents,
    here,
    is_transformation,
    lot_code,
    party,
)
from suyuan.core.exports.lineage import Deed, Lineage, Master
from suyuan.core.story_steps import step_of
from suyuan.core.story_values import Said, moment_of

Cell = str | float | date | None

RECORD = Said("Record")
LOT = Said("Traceability lot code")
PRODUCT, BRAND = Said("Product name"), Said("Brand name")
COMMODITY, VARIETY = Said("Commodity"), Said("Variety")
SIZE, STYLE = Said("Packaging size"), Said("Packaging style")
TAKEN_COMMODITY, TAKEN_VARIETY = Said("Commodity received"), Said("Variety received")
QUANTITY, UNIT = Said("Quantity"), Said("Unit of measure")
FARM, FIELD = Said("Farm where harvested"), Said("Field or growing area")
HARVESTED = Said("Date of harvesting")
RECIPIENT = Said("Immediate subsequent recipient")
PREVIOUS = Said("Immediate previous source")
COOLED_AT, COOLED = Said("Where cooled"), Said("Date of cooling")
TAKEN_IN = Said("Quantity received")
TAKEN_IN_UNIT = Said("Unit of measure received")
RECEIVED = Said("Date received")
RECEIVED_AT = Said("Where received")
HARVESTER = Said("Harvester and phone number")
PACKED_AT, PACKED = Said("Where initially packed"), Said("Date of initial packing")
USED_LOT = Said("Lot code of food used")
USED, USED_UNIT = Said("Quantity used"), Said("Unit of measure used")
USED_PRODUCT, USED_BRAND = Said("Product name of food used"), Said("Brand name of food used")
USED_COMMODITY, USED_VARIETY = Said("Commodity of food used"), Said("Variety of food used")
USED_SIZE, USED_STYLE = Said("Packaging size of food used"), Said("Packaging style of food used")
MADE_AT, MADE = Said("Where transformed"), Said("Date transformation was completed")
SHIPPED_FROM, SHIPPED = Said("Where shipped from"), Said("Date shipped")
SOURCE = Said("Traceability lot code source")
DOCUMENT = Said("Reference document type and number")
MISSING = Said("Missing")

_DESCRIBED = (PRODUCT, BRAND, COMMODITY, VARIETY, SIZE, STYLE)
"""A product description (§1.1310), part by part."""
_USED = (USED_PRODUCT, USED_BRAND, USED_COMMODITY, USED_VARIETY, USED_SIZE, USED_STYLE)
_IF_APPLICABLE = frozenset(
    {COOLED_AT, COOLED, BRAND, VARIETY, TAKEN_VARIETY, USED_BRAND, USED_VARIETY}
)

SPROUTS = (
    Said("Sprouts: grower of the seeds and date of their harvest"),
    Said("Sprouts: conditioner of the seeds, lot code and date of conditioning"),
    Said("Sprouts: packinghouse of the seeds, lot code and date of packing"),
    Said("Sprouts: supplier of the seeds and their lot codes"),
    Said("Sprouts: description and treatment of the seeds"),
    Said("Sprouts: date on which the seeds were received"),
    Said("Sprouts: reference document of the seeds"),
)
"""What §1.1330(b) asks for beside the rest where sprouts are packed first. No event tells of it here."""


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
                (LOT, *_DESCRIBED, QUANTITY, UNIT, PACKED_AT, PACKED, TAKEN_COMMODITY,
                 TAKEN_VARIETY, RECEIVED, TAKEN_IN, TAKEN_IN_UNIT,
                 FARM, FIELD, HARVESTER, HARVESTED, COOLED_AT, COOLED, DOCUMENT),
                _packing,
            ),
            (
                Said("Transformation"),
                (USED_LOT, *_USED, USED, USED_UNIT, LOT, *_DESCRIBED, QUANTITY, UNIT, MADE_AT,
                 MADE, DOCUMENT),
                _transformation,
            ),
            (
                Said("Shipping"),
                (LOT, *_DESCRIBED, QUANTITY, UNIT, RECIPIENT, SHIPPED_FROM, SHIPPED, SOURCE,
                 DOCUMENT),
                _shipping,
            ),
            (
                Said("Receiving"),
                (LOT, *_DESCRIBED, QUANTITY, UNIT, PREVIOUS, RECEIVED_AT, RECEIVED, SOURCE,
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
                if value is None and column not in _IF_APPLICABLE:
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
        **_described(food, part, _DESCRIBED),
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
    """Of what nothing was done to yet but cooling: each lot packed, by each lot taken and harvest."""
    if step_of(deed.event) != "packing" or deed.objects.type == "AggregationEvent":
        return
    taken = food.inputs(deed) or food.about(deed)
    if any(part.uri in food.transformed for part in taken):
        return
    for part in food.ours(food.outputs(deed) or food.about(deed)):
        for used in taken:
            about: Answers = {}
            for other in _before(food, deed, used):
                about |= _cooled(food, other) if _cools(other) else {}
                about |= {RECEIVED: _day(other)} if step_of(other.event) == "receiving" else {}
            harvests: list[Deed | None] = [*food.harvests_of(used.uri)]
            for harvest in harvests or [None]:
                yield {
                    **_part(food, part),
                    **about,
                    **(_field(food, harvest) if harvest else {}),
                    **_taken(food, used),
                    TAKEN_IN: used.quantity,
                    TAKEN_IN_UNIT: used.unit,
                    HARVESTER: food.location(harvest.owner, address=False) if harvest else None,
                    PACKED_AT: food.location(here(deed), deed.owner),
                    PACKED: _day(deed),
                    DOCUMENT: documents(deed),
                }


def _taken(food: Food, used: Part) -> Answers:
    product = food.product(used.uri)
    sprouts = list(SPROUTS) if product.sprouts else []
    return {
        TAKEN_COMMODITY: Told(product.commodity, sprouts),
        TAKEN_VARIETY: product.variety,
    }


def _transformation(food: Food, deed: Deed) -> Iterator[Answers]:
    """Each lot made by each lot used."""
    for part in food.ours(food.outputs(deed)) if is_transformation(deed) else ():
        for used in food.inputs(deed):
            yield {
                **_part(food, part),
                USED_LOT: lot_code(used.uri),
                **_described(food, used, _USED),
                USED: used.quantity,
                USED_UNIT: used.unit,
                MADE_AT: food.location(here(deed), deed.owner),
                MADE: _day(deed),
                DOCUMENT: documents(deed),
            }


def _shipping(food: Food, deed: Deed) -> Iterator[Answers]:
    for part in food.ours(food.about(deed)) if step_of(deed.event) == "shipping" else ():
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
    shipped = [one for one in _before(food, deed, part) if step_of(one.event) == "shipping"]
    return food.location(here(shipped[-1]), shipped[-1].owner) if shipped else Told()


def _before(food: Food, deed: Deed, part: Part) -> list[Deed]:
    """What was done with a lot until then, in the order of event times."""
    found = [(moment_of(one.event).utc, one.index, one) for one in food.handled.get(part.uri, ())]
    until = moment_of(deed.event).utc, deed.index
    return [one for *when, one in sorted(found) if tuple(when) < until]
