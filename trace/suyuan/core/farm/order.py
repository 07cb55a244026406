"""What cannot have been in this order: a harvest before anything was sown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from suyuan.core.errors import Refused
from suyuan.core.farm.deed import Deed, Kind

_BEGINNINGS = frozenset({"sowing", "stocking"})


def out_of_order(kind: Kind, day: date, season: Iterable[Deed]) -> Refused | None:
    """Why a new deed of this kind and day does not fit to the deeds of its season; None if it does.

    A season without any sowing on record (an orchard, a field taken over) fits to every harvest.
    Deeds that a later record declares an error are the caller's to leave out.
    """
    known = list(season)
    begun = min((deed.day for deed in known if deed.kind in _BEGINNINGS), default=None)
    if kind == "harvest" and begun is not None and day < begun:
        return Refused(
            "the harvest would lie before the sowing of {day}", path="/day", day=begun.isoformat()
        )
    reaped = min((deed.day for deed in known if deed.kind == "harvest"), default=None)
    if kind in _BEGINNINGS and begun is None and reaped is not None and day > reaped:
        return Refused(
            "the season was harvested on {day} already", path="/day", day=reaped.isoformat()
        )
    return None
