"""The long log on PostgreSQL, in a cluster of the benchmark's own that is kept for the next time."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import postgres
from bench import long_log, world
from bench.context import FOLDER

from suyuan.bootstrap import Node, open_node


@contextmanager
def opened(folder: Path, size: int) -> Iterator[Node | str]:
    """A node over ``size`` records, or why there is none."""
    binaries = postgres.binaries()
    if binaries is None:
        yield "PostgreSQL is not here"
        return
    # Under /tmp, too: PostgreSQL's own user has to get there, and a socket's path is short.
    with tempfile.TemporaryDirectory(prefix="suyuan-pg-") as short:
        kept = folder if folder == FOLDER else Path(short)
        Path(short).chmod(0o755)
        with _node(binaries, kept / f"postgres-{size}-{long_log.version()}", size) as node:
            yield node


@contextmanager
def _node(binaries: Path, made: Path, size: int) -> Iterator[Node]:
    complete = made / "complete"
    if not complete.exists():
        for old in made.parent.glob(f"postgres-{size}-*"):
            shutil.rmtree(old)
        (made / "cluster").mkdir(parents=True)
    server = postgres.start(binaries, made / "cluster")
    url = f"postgresql+psycopg://suyuan@/postgres?host={made / 'cluster'}"
    try:
        if not complete.exists():
            new = world.found(made / "node", database_url=url)
            long_log.append(new, size)
            new.close()
            _vacuum(binaries, made / "cluster")
            complete.touch()
        node = open_node(world.settings(made / "node", database_url=url))
        try:
            yield node
        finally:
            node.close()
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=120)


def _vacuum(binaries: Path, cluster: Path) -> None:
    """What autovacuum does within minutes of a load, done at once."""
    command = [f"{binaries}/vacuumdb", "-q", "--analyze", "-U", "suyuan", "-h", str(cluster)]
    subprocess.run([*command, "postgres"], check=True, **_as_owner())


def _as_owner() -> dict[str, Any]:
    if os.geteuid():
        return {}
    owner = pwd.getpwnam("postgres")
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
