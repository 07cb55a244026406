"""Units of measure that can be told from each other by a factor (UNECE Recommendation 20).

Only those that farms, kitchens, lorries and their sensors use; any other unit is its own measure
and equals itself alone. Factors are exact, by the units' definitions.
"""

from __future__ import annotations

from decimal import Decimal

_FACTORS: dict[str, dict[str, str]] = {
    "KGM": {
        "KGM": "1",
        "GRM": "0.001",
        "MGM": "0.000001",
        "TNE": "1000",
        "DTN": "100",
        "LBR": "0.45359237",
        "ONZ": "0.028349523125",
    },
    "MTR": {
        "MTR": "1",
        "KMT": "1000",
        "DMT": "0.1",
        "CMT": "0.01",
        "MMT": "0.001",
        "INH": "0.0254",
        "FOT": "0.3048",
    },
    "MTK": {"MTK": "1", "HAR": "10000", "ARE": "100", "KMK": "1000000", "CMK": "0.0001"},
    "MTQ": {
        "MTQ": "1",
        "LTR": "0.001",
        "HLT": "0.1",
        "DLT": "0.0001",
        "CLT": "0.00001",
        "MLT": "0.000001",
    },
    "PAL": {
        "PAL": "1",
        "KPA": "1000",
        "A97": "100",
        "BAR": "100000",
        "MBR": "100",
        "MPA": "1000000",
    },
    "SEC": {"SEC": "1", "MIN": "60", "HUR": "3600", "DAY": "86400"},
    "JOU": {"JOU": "1", "KJO": "1000", "KWH": "3600000"},
    "C62": {"C62": "1", "EA": "1", "H87": "1", "DZN": "12"},
    "P1": {"P1": "1", "E40": "0.0001"},
}
_UNITS = {
    unit: (Decimal(factor), base)
    for base, units in _FACTORS.items()
    for unit, factor in units.items()
}


def in_base_unit(amount: Decimal, unit: str) -> tuple[Decimal, str]:
    """The amount in the base unit of its dimension, and that unit; unknown units stay themselves."""
    if unit == "CEL":
        return amount + Decimal("273.15"), "KEL"
    if unit == "FAH":
        return ((amount + Decimal("459.67")) * 5 / 9).quantize(Decimal("1e-9")).normalize(), "KEL"
    factor, base = _UNITS.get(unit, (Decimal(1), unit))
    return amount * factor, base
