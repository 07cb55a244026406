"""Queries by a list of values, as fast as the driver: their text is made once, not each time.

Building and compiling a SQLAlchemy statement costs several times what SQLite needs to answer it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Select, bindparam

from suyuan.adapters.sql.columns import HASH_START
from suyuan.adapters.sql.dialects import positional

T = TypeVar("T")

_LENGTHS = (1, 4, 16, 64, 256, 1024)
"""Lists are filled up to one of these, so that few texts are prepared and kept by the drivers."""


def chunks(values: Collection[T], size: int = _LENGTHS[-1]) -> Iterator[list[T]]:
    """Without doubles, cut so that a statement can take them."""
    rest = iter(dict.fromkeys(values))
    while part := list(islice(rest, size)):
        yield part


def starts(hashes: Collection[bytes]) -> list[bytes]:
    """What tables.start_of indexes of each hash."""
    return [value[:HASH_START] for value in hashes]


def _rows(connection: Connection, text: str, arguments: tuple[Any, ...]) -> Sequence[Any]:
    """All rows as the driver's own tuples: a Row around each costs more than fetching it."""
    result = connection.exec_driver_sql(text, arguments)
    rows: Sequence[Any] = result.cursor.fetchall()
    result.close()
    return rows


class Prepared:
    """A query whose parameters are named binds, and values that stand in it. Rows come as the driver
    gives them."""

    def __init__(self, query: Select[Any]) -> None:
        self._query = query
        self._texts: dict[str, tuple[str, list[str], dict[str, Any]]] = {}

    def rows(self, connection: Connection, **parameters: object) -> Sequence[Any]:
        """All rows."""
        dialect = connection.dialect.name
        made = self._texts.get(dialect)
        if made is None:
            compiled = self._query.compile(dialect=positional(dialect))
            names = list(compiled.positiontup or ())
            made = self._texts[dialect] = str(compiled), names, dict(compiled.params)
        text, names, standing = made
        given = {**standing, **parameters}
        return _rows(connection, text, tuple(given[name] for name in names))


class Lookup:
    """A query and the column whose values are given; all other parameters are named binds in it.

    Rows come as the driver gives them: integers, text and bytes.
    """

    def __init__(self, query: Select[Any], column: ColumnElement[Any]) -> None:
        self._query = query
        self._column = column
        self._texts: dict[tuple[str, int], tuple[str, list[str], list[str]]] = {}

    def rows(
        self, connection: Connection, values: Collection[Any], **more: object
    ) -> Iterator[Any]:
        """All rows for all values, in no order that spans more than one chunk of them."""
        for part in chunks(values):
            length = next(n for n in _LENGTHS if n >= len(part))
            text, before, after = self._text(connection.dialect.name, length)
            part.extend(part[-1:] * (length - len(part)))
            arguments = (
                *(more[name] for name in before), *part, *(more[name] for name in after),
            )  # fmt: skip
            yield from _rows(connection, text, arguments)

    def text(self, dialect: str, length: int) -> str:
        """The statement by so many values, where it has no other parameters."""
        text, before, after = self._text(dialect, length)
        assert [*before, *after] == []
        return text

    def _with(self, values: list[Any]) -> Select[Any]:
        """The query for these values."""
        return self._query.where(self._column.in_(values))

    def _text(self, dialect: str, length: int) -> tuple[str, list[str], list[str]]:
        """The statement, and the names of its parameters before and after the values."""
        made = self._texts.get((dialect, length))
        if made is None:
            values = [bindparam(f"value_{i}", type_=self._column.type) for i in range(length)]
            compiled = self._with(values).compile(dialect=positional(dialect))
            names = list(compiled.positiontup or ())
            first = names.index("value_0")
            made = str(compiled), names[:first], names[first + length :]
            self._texts[dialect, length] = made
        return made


class Together:
    """Several lookups by the same values as one question. Their rows have the same columns, the first
    one's of known types; none has parameters of its own."""

    def __init__(self, *parts: Lookup) -> None:
        self._parts = parts
        self._texts: dict[tuple[str, int], str] = {}

    def rows(self, connection: Connection, values: Collection[Any]) -> Iterator[Any]:
        """All rows of all of them, in no order."""
        dialect = connection.dialect.name
        for part in chunks(values):
            length = next(n for n in _LENGTHS if n >= len(part))
            if (dialect, length) not in self._texts:
                texts = [one.text(dialect, length) for one in self._parts]
                self._texts[dialect, length] = " UNION ALL ".join(texts)
            part.extend(part[-1:] * (length - len(part)))
            text, arguments = self._texts[dialect, length], tuple(part) * len(self._parts)
            yield from _rows(connection, text, arguments)
