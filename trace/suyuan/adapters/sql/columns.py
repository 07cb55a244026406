"""The kinds of columns and tables that tables.py is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Dialect,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    func,
    literal_column,
)
from sqlalchemy.dialects import postgresql

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "ix": "%(table_name)s_by_%(column_0_N_name)s",
        "uq": "%(table_name)s_%(column_0_N_name)s_once",
        "ck": "%(table_name)s_%(constraint_name)s",
        "fk": "%(table_name)s_%(column_0_name)s_of_%(referred_table_name)s",
    }
)

NUMBER = BigInteger().with_variant(Integer, "sqlite")
"""64 bits. SQLite makes only an INTEGER primary key the key of the table itself."""
HASH_START = 8
WORDS = Text().with_variant(postgresql.TEXT(collation="C"), "postgresql")


class Bytes(LargeBinary):
    """Bytes, also where somebody put text into the column with a tool of his own.

    SQLite keeps what it is given; a tampered value must arrive and be found out by its hash.
    """

    cache_ok = True

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[Any], bytes | None] | None:
        return as_bytes


def as_bytes(value: Any) -> bytes | None:
    """What Bytes does, for rows that came straight from the driver."""
    if value is None or type(value) is bytes:
        return value
    return value.encode() if isinstance(value, str) else bytes(str(value), "ascii")


def table(name: str, *items: Any, clustered: bool = False) -> Table:
    """``clustered``: rows live in the primary key's own tree (SQLite's WITHOUT ROWID)."""
    return Table(name, metadata, *items, sqlite_with_rowid=not clustered)


def number(name: str, *items: Any, **more: Any) -> Column[int]:
    return Column(name, NUMBER, *items, autoincrement=more.pop("autoincrement", False), **more)


def words(name: str, **more: Any) -> Column[str]:
    return Column(name, WORDS, nullable=more.pop("nullable", False), **more)


def octets(name: str, **more: Any) -> Column[bytes]:
    return Column(name, Bytes(), nullable=more.pop("nullable", False), **more)


def start_of(column: Column[Any], skip: int = 0, length: int = HASH_START) -> ColumnElement[Any]:
    """A short part of a hash, for its index: such an index is written at random places, and the
    shorter its rows, the fewer pages each append makes dirty. Whoever looks up by it compares the
    whole hash; where it is unique, two hashes that begin alike would need 2^32 rows.
    """
    return func.substr(
        column, literal_column(str(skip + 1)), literal_column(str(length)), type_=column.type
    )
