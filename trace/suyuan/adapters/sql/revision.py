"""Which version of the tables a database has, and bringing it up to date.

Alembic is imported only where tables are changed: every command opens a database, few change one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.engines import parse_url
from suyuan.adapters.sql.translate import translated
from suyuan.adapters.system import of_system
from suyuan.core.errors import Fatal, Unavailable

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0026"
"""The revision that tables.py is; a test holds it against migrations/."""


def current(connection: Connection) -> str | None:
    """The database's revision; None for one without tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return found


def require_newest(connections: Connections) -> None:
    """Fatal unless the tables are those of this program."""
    with connections.read() as connection:
        found = current(connection)
    if found is None:
        raise Fatal("the database has no tables yet: migrate it first")
    if found != HEAD:
        raise Fatal(
            "the database has tables of version {found}, this program those of {head}:"
            " migrate it, or use the program that made it",
            found=found,
            head=HEAD,
        )


def migrate(url: str, *, timeout: float = 60.0) -> bool:
    """Bring a database's tables up to date, all steps or none; True if anything was to be done.

    Makes the SQLite file, readable by its owner alone. Fatal for a database newer than this
    program. Two who migrate at once do it one after the other.
    """
    parsed = parse_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database is not None:
        make_private(Path(parsed.database))
    connections = Connections(parsed, timeout)
    try:
        with connections.write("migrate") as connection, translated():
            found = current(connection)
            if found == HEAD:
                return False
            require_known(found)
            upgrade(connection, "head")
            return True
    finally:
        connections.close()


def upgrade(connection: Connection, revision: str) -> None:
    """Bring the tables to a revision, in the transaction that is open."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def require_known(revision: str | None) -> None:
    """Fatal for a revision that this program has never heard of; None is a database without tables."""
    from alembic.script import ScriptDirectory

    script = ScriptDirectory.from_config(_config())
    if revision is not None and revision not in {s.revision for s in script.walk_revisions()}:
        raise Fatal(
            "the database has tables of version {found}, newer than this program's {head}:"
            " use the newer program",
            found=revision,
            head=HEAD,
        )


def _config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "suyuan.adapters.sql:migrations")
    return config


def make_private(path: Path) -> None:
    """Make a file that its owner alone reads; one that is there stays as it is."""
    # The log's secrets lie here: token digests, sealed keys, private fields. WAL files inherit it.
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise Unavailable(
            "cannot make {file}: {reason}", file=path, reason=of_system(error)
        ) from error
