"""Names of the key data elements of 21 CFR 1.1325 to 1.1350, as the sheets' columns."""

from __future__ import annotations

from suyuan.core.story_values import Said

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
TAKEN_LOT = Said("Lot code of food received")
TAKEN_FROM = Said("From whom received")
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

DESCRIBED = (PRODUCT, BRAND, COMMODITY, VARIETY, SIZE, STYLE)
"""A product description (§1.1310), part by part."""
DESCRIBED_USED = (USED_PRODUCT, USED_BRAND, USED_COMMODITY, USED_VARIETY, USED_SIZE, USED_STYLE)
IF_APPLICABLE = frozenset(
    {
        COOLED_AT, COOLED, BRAND, VARIETY, TAKEN_VARIETY, USED_BRAND, USED_VARIETY, TAKEN_LOT,
        TAKEN_FROM,
    }
)  # fmt: skip
"""Not missing where nothing is said: not asked of every food, or not by the rule at all."""

SPROUTS = (
    Said("Sprouts: grower of the seeds and date of their harvest, if either is available"),
    Said("Sprouts: conditioner or processor of the seeds, their lot code there, date"),
    Said("Sprouts: packinghouse and repackers of the seeds, dates, lot codes given there"),
    Said("Sprouts: supplier of the seeds, its lot codes, and those that the sprouter gave"),
    Said("Sprouts: kind, growing specifications, packaging and treatment of the seeds"),
    Said("Sprouts: date on which the seeds were received"),
    Said("Sprouts: type and number of the reference document of the seeds"),
)
"""What §1.1330(b)(1) to (7) ask for beside the rest where sprouts are packed first. No event tells of
it here."""
