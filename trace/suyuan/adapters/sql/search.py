"""Events by what their index says, in an order that a page can go on from."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Select, or_, select, tuple_

from suyuan.adapters.sql.objects import END
from suyuan.adapters.sql.tables import events, known, objects, touches
from suyuan.ports.log import EventSearch

_PLACES = ("readPoints", "bizLocations")


def searching(search: EventSearch) -> Select[Any]:
    """The statement whose rows are (event_time, idx)."""
    found = select(events.c.event_time, events.c.idx)
    for alternatives in search.touching:
        numbers = select(objects.c.id).where(objects.c.uri.in_(sorted(alternatives)))
        of_them = select(touches.c.idx).where(touches.c.object.in_(numbers))
        found = found.where(events.c.idx.in_(of_them))
    if search.biz_step is not None:
        found = found.where(events.c.biz_step == search.biz_step)
    if search.event_types is not None:
        found = found.where(events.c.event_type.in_(sorted(search.event_types)))
    if search.event_ids is not None:
        found = found.where(events.c.event_id.in_(sorted(search.event_ids)))
    if search.owners is not None:
        numbers = select(objects.c.id).where(objects.c.uri.in_(sorted(search.owners)))
        found = found.where(events.c.owner.in_(numbers))
    if search.place is not None:
        owners = select(known.c.owner).where(
            known.c.resource.in_(_PLACES), known.c.value == search.place
        )
        # The text of the column holds each pair as JSON writes it.
        pairs = (json.dumps([name, search.place], ensure_ascii=False) for name in _PLACES)
        named = or_(*(events.c.known.contains(pair, autoescape=True) for pair in pairs))
        found = found.where(events.c.owner.in_(owners), named)
    since, until = search.event_time
    if since is not None:
        found = found.where(events.c.event_time >= since)
    if until is not None:
        found = found.where(events.c.event_time < until)
    low, high = search.indices
    if low > 0:
        found = found.where(events.c.idx >= low)
    if high < END:
        found = found.where(events.c.idx < high)
    keys = (events.c.event_time, events.c.idx) if search.by_time else (events.c.idx,)
    if search.after is not None:
        place = tuple_(*keys)
        last = tuple_(*(search.after if search.by_time else search.after[1:]))
        found = found.where(place < last if search.descending else place > last)
    order = [key.desc() if search.descending else key.asc() for key in keys]
    return found.order_by(*order).limit(search.limit)
