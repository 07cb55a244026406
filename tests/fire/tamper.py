"""Changing one thing in a database that is closed, with SQL, as somebody with access to it would."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, create_engine, text

from suyuan.core import jcs, merkle
from suyuan.core.content import content_digest
from suyuan.core.entry import Entry, parse_entry
from suyuan.core.strict_json import loads

Change = Callable[["Tampering", int], None]


@dataclass(slots=True)
class Tampering:
    """One transaction on the tables themselves."""

    connection: Connection

    def get(self, column: str, table: str, where: str, **names: Any) -> Any:
        value = self.connection.execute(
            text(f"SELECT {column} FROM {table} WHERE {where}"), names
        ).scalar_one()
        return bytes(value) if isinstance(value, memoryview) else value

    def run(self, statement: str, **names: Any) -> None:
        """Changes one row, or the test is wrong."""
        assert self.connection.execute(text(statement), names).rowcount == 1, statement

    def flip(self, column: str, table: str, where: str, at: int, **names: Any) -> None:
        """One byte, which stays a letter or digit if it was one."""
        value = self.get(column, table, where, **names)
        raw = bytearray(value.encode() if isinstance(value, str) else value)
        raw[at] = _other(raw[at])
        self.run(
            f"UPDATE {table} SET {column} = :value WHERE {where}",
            value=raw.decode() if isinstance(value, str) else bytes(raw),
            **names,
        )


@contextmanager
def tampering(url: str) -> Any:
    engine = create_engine(url)
    with engine.begin() as connection:
        yield Tampering(connection)
    engine.dispose()


def _other(byte: int) -> int:
    """Another byte of its class: hex digits and texts stay readable."""
    for alphabet in (b"0123456789", b"abcdef", b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        if byte in alphabet:
            return alphabet[(alphabet.index(byte) + 1) % len(alphabet)]
    return byte ^ 1


def of_record(column: str, at: int, table: str = "records") -> Change:
    """One byte of one column of the record's row."""
    return lambda t, index: t.flip(column, table, "idx = :idx", at, idx=index)


def of_tile(at: int) -> Change:
    """One byte of the tile over the record."""
    return lambda t, index: t.flip("nodes", "tiles", "spot = :spot", at, spot=index // 256)


def of_checkpoint(column: str) -> Change:
    """One byte of a checkpoint's row: of its note, in the root or the signature, or of its root."""
    return lambda t, size: t.flip(column, "checkpoints", "size = :size", -9, size=size)


def no_tile(t: Tampering, index: int) -> None:
    t.run("DELETE FROM tiles WHERE spot = :spot", spot=index // 256)


def no_record(t: Tampering, index: int) -> None:
    """The record and all that hangs on it."""
    for table in (
        "touches",
        "edges",
        "flows",
        "deeds",
        "deed_things",
        "marks",
        "season_days",
        "moves",
    ):
        t.connection.execute(text(f"DELETE FROM {table} WHERE idx = :idx"), {"idx": index})
    for table in ("contents", "events", "records"):
        t.run(f"DELETE FROM {table} WHERE idx = :idx", idx=index)


def no_content(t: Tampering, index: int) -> None:
    t.run("DELETE FROM contents WHERE idx = :idx", idx=index)


def replaced(t: Tampering, index: int) -> None:
    """Another content, with entry and leaf made anew for it; the signature cannot be."""
    content: Any = loads(t.get("content", "contents", where="idx = :idx", idx=index))
    content["event"]["suyuan:remark"] = "rewritten"
    encoded = jcs.dumps(content)
    old = parse_entry(t.get("entry", "records", where="idx = :idx", idx=index))
    digest = content_digest(encoded)
    entry = Entry(digest, old.after, old.kid, old.record_time, old.sig).encode()
    t.run("UPDATE contents SET content = :c WHERE idx = :idx", c=encoded, idx=index)
    t.run(
        "UPDATE records SET content_digest = :d, entry = :e, leaf_hash = :l WHERE idx = :idx",
        d=digest,
        e=entry,
        l=merkle.leaf_hash(entry),
        idx=index,
    )


def extended_no_more(t: Tampering, index: int) -> None:
    """What it made is said to be only used by it."""
    t.run(
        "UPDATE touches SET extends = 0 WHERE idx = :idx AND object = "
        "(SELECT max(object) FROM touches WHERE idx = :idx AND extends = 1)",
        idx=index,
    )


def no_touch(t: Tampering, index: int) -> None:
    """One of the objects that it rests on, of those that have a tip, is not said of it any more."""
    t.run(
        "DELETE FROM touches WHERE idx = :idx AND extends = 0 AND object = "
        "(SELECT max(object) FROM touches WHERE extends = 1 AND idx < :idx AND object IN "
        "(SELECT object FROM touches WHERE idx = :idx AND extends = 0))",
        idx=index,
    )


def one_touch_more(t: Tampering, index: int) -> None:
    """It is said to rest on the very first object."""
    t.run("INSERT INTO touches (object, extends, idx) VALUES (1, 0, :idx)", idx=index)


def no_edge(t: Tampering, index: int) -> None:
    """The way from it to one of the records that it rests on."""
    t.run(
        "DELETE FROM edges WHERE idx = :idx AND after_idx = "
        "(SELECT max(after_idx) FROM edges WHERE idx = :idx)",
        idx=index,
    )
