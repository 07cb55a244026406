"""Of which lots and issues packs are by their codes, whatever the records of the packs name."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, select

from suyuan.adapters.sql.lookup import Lookup
from suyuan.adapters.sql.tables import serials
from suyuan.core.identifiers import pack_named

_LOTS = Lookup(select(serials.c.serial, serials.c.lot), serials.c.serial)


_ISSUES = Lookup(
    select(serials.c.serial, serials.c.lot, serials.c.record, serials.c.position), serials.c.serial
)


def issues_of(
    connection: Connection, packs: Collection[str]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """ports.codes.CodeStore.named."""
    wanted = _wanted(packs)
    found: dict[str, set[tuple[int, int]]] = {}
    for serial, lot, record, position in _ISSUES.rows(connection, wanted):
        for pack, begins in wanted[serial]:
            if lot.startswith(begins):
                found.setdefault(pack, set()).add((record, position))
    return {pack: tuple(sorted(issues)) for pack, issues in found.items()}


def _wanted(packs: Collection[str]) -> dict[str, list[tuple[str, str]]]:
    """Serial → (pack, how the id of its lot begins)."""
    wanted: dict[str, list[tuple[str, str]]] = {}
    for pack in packs:
        if (named := pack_named(pack)) is not None:
            wanted.setdefault(named[1], []).append((pack, f"{named[0]}/10/"))
    return wanted


def lots_of(connection: Connection, packs: Collection[str]) -> dict[str, tuple[str, ...]]:
    """ports.log.LogStore.lots_of."""
    wanted = _wanted(packs)
    found: dict[str, set[str]] = {}
    for serial, lot in _LOTS.rows(connection, wanted):
        for pack, begins in wanted[serial]:
            if lot.startswith(begins):
                found.setdefault(pack, set()).add(lot)
    return {pack: tuple(sorted(lots)) for pack, lots in found.items()}
