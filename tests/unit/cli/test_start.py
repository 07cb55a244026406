"""What a command does not need is not loaded: the start of each is paid every time it is called."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from nodes import make_world

CHAIN = {"web3", "eth_account", "py_ecc", "suyuan_devnet"}
SERVICE = {"fastapi", "starlette", "uvicorn", "prometheus_client", "websockets"}
FILES = {"openpyxl"}
NODE = {
    "sqlalchemy",
    "structlog",
    "pydantic_settings",
    "suyuan.bootstrap",
    "suyuan_labels",
    "PIL",
    "pydyf",
}
SELDOM = {"alembic", "psycopg", "requests"}
"""Changing tables, the other database, asking other machines."""
RUN = """
import sys
from suyuan.cli.main import app
try:
    app(sys.argv[1:])
finally:
    sys.stderr.write("loaded: " + " ".join(sys.modules))
"""


def loaded(*words: str, code: int, **environment: str) -> set[str]:
    """The modules that were loaded when the command ended, with this exit code."""
    done = subprocess.run(
        [sys.executable, "-c", RUN, *words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "SUYUAN_LANG": "zh", **environment},
    )
    assert done.returncode == code, done.stderr.partition("loaded: ")[0]
    return set(done.stderr.rpartition("loaded: ")[2].split())


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("--help", 0),
        ("--version", 0),
        ("person add --help", 0),
        ("nope", 2),
        ("dl parse https://id.gs1.org/01/09521234000068", 0),
        ("epcis hash nothing.json", 1),
        ("verify nothing.json --policy nothing.json", 2),
    ],
)
def test_without_a_node_nothing_of_one_is_loaded(line: str, code: int) -> None:
    found = loaded(*line.split(), code=code)
    assert "suyuan.cli.main" in found
    assert found & (CHAIN | SERVICE | FILES | NODE | SELDOM) == set()


def test_help_loads_no_command() -> None:
    found = loaded("--help", code=0)
    assert {one for one in found if one.startswith("suyuan.flow")} == set()
    assert found & {"suyuan.cli.record", "suyuan.cli.node", "suyuan.cli.prove"} == set()


def test_a_node_on_sqlite_is_opened_without_chain_and_service(tmp_path: Path) -> None:
    make_world(tmp_path / "node").node.close()
    folder = {"SUYUAN_DATA_DIR": str(tmp_path / "node")}
    whose = {"SUYUAN_ORIGIN": "node.example/log", "SUYUAN_URI_BASE": "https://node.example/"}
    found = loaded("status", code=0, **folder, **whose)
    assert "suyuan.bootstrap" in found
    assert found & (CHAIN | SERVICE | FILES | SELDOM) == set()
