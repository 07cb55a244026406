"""A PostgreSQL server for the tests: the one given, else a private one that ends with the run."""

from __future__ import annotations

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from parts import absent

_PR_SET_PDEATHSIG = 1


def binaries() -> Path | None:
    """The folder of ``initdb`` and ``postgres``: on the PATH, else the newest of Debian's."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: float(path.parts[-3]), default=None)
    return newest.parent if newest else None


def _end_with_parent() -> None:
    """Linux: a test run that is killed takes its server along (SIGINT is PostgreSQL's fast stop)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def start(binaries: Path, folder: Path) -> subprocess.Popen[bytes]:
    """A cluster in ``folder``, new or as it was left, on a socket there and on no port."""
    as_user: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses root; Debian's package brings this user.
        owner = pwd.getpwnam("postgres")
        as_user = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    data, log = folder / "data", folder / "log"
    log.touch()
    with log.open("ab") as output:
        how: dict[str, Any] = {
            "cwd": folder,
            "stdin": subprocess.DEVNULL,
            "stdout": output,
            "stderr": output,
            **as_user,
        }
        if not data.exists():
            initdb = [f"{binaries}/initdb", f"--pgdata={data}", "--username=suyuan", "--auth=trust"]
            locale = ["--encoding=UTF8", "--locale=C"]
            made = subprocess.run(initdb + locale, check=False, **how)
            assert made.returncode == 0, log.read_text()
        postgres = [f"{binaries}/postgres", "-D", str(data), "-k", str(folder)]
        no_port = ["-c", "listen_addresses="]
        server: subprocess.Popen[bytes] = subprocess.Popen(
            postgres + no_port, preexec_fn=_end_with_parent, **how
        )
    until = time.monotonic() + 60
    ready = [f"{binaries}/pg_isready", "-q", "-h", str(folder), "-d", "postgres"]
    while subprocess.run(ready, check=False).returncode:
        assert server.poll() is None, log.read_text()
        assert time.monotonic() < until, f"PostgreSQL did not start:\n{log.read_text()}"
        time.sleep(0.05)
    return server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of a server's empty database whose user may create more of them."""
    if given := os.environ.get("SUYUAN_TEST_POSTGRES_URL"):
        yield given
        return
    found = binaries()
    if found is None:
        absent("PostgreSQL")
    with tempfile.TemporaryDirectory(prefix="suyuan-pg-") as name:
        server = start(found, Path(name))
        try:
            yield f"postgresql+psycopg://suyuan@/postgres?host={name}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)


@pytest.fixture(scope="session")
def new_postgres_database(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Call it for the URL of another empty database; all are dropped at the end of the run."""
    from sqlalchemy import create_engine, make_url, text

    server = make_url(postgres_url)
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    made: list[str] = []

    def create() -> str:
        name = f"suyuan_test_{uuid4().hex}"
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        made.append(name)
        return server.set(database=name).render_as_string(hide_password=False)

    yield create
    with engine.connect() as connection:
        for name in made:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()
