"""What the database says, in our own errors: nothing of SQLAlchemy or a driver leaves this package."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import exc

from suyuan.core.errors import Conflict, Damaged, Malformed, SuyuanError, Unavailable

_CORRUPTED = frozenset({"XX001", "XX002"})
"""SQLSTATE of data_corrupted and index_corrupted: PostgreSQL's driver loads only where it is used."""


@contextmanager
def translated() -> Iterator[None]:
    """Our errors pass; those of the database and its driver become ours; a wrong query stays a bug."""
    try:
        yield
    except (exc.StatementError, exc.TimeoutError, UnicodeEncodeError, OverflowError) as error:
        raise translation(error) from error


def translation(error: Exception) -> SuyuanError:
    """Conflict: a constraint. Malformed: a value that no column holds. Damaged: the file itself.

    All else is Unavailable: no connection, a lock not got in time, a full disk, a lost commit.
    """
    cause = getattr(error, "orig", None) or error
    reason = str(cause).strip().partition("\n")[0]
    match error:
        case exc.IntegrityError():
            return Conflict("this contradicts what is stored already: {reason}", reason=reason)
        case exc.DataError() | UnicodeEncodeError() | OverflowError():
            return Malformed("the database cannot hold this value: {reason}", reason=reason)
    if isinstance(cause, (UnicodeEncodeError, OverflowError)):
        return Malformed("the database cannot hold this value: {reason}", reason=reason)
    if getattr(cause, "sqlstate", None) in _CORRUPTED or (
        # Of the plain class: "malformed", "not a database". What passes by itself is a subclass.
        type(cause) is sqlite3.DatabaseError
    ):
        return Damaged("the database is damaged: {reason}", reason=reason)
    return Unavailable("the database does not answer: {reason}", reason=reason)
