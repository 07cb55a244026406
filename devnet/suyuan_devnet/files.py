"""The files of one devnet's folder, and how they are written so that a kill leaves old or new.

chain.json   what block 0 is made of, its hash, and the port: the chain's identity, written once
state.json   accounts, blocks and transactions, as ``anvil --load-state`` reads them
run.json     pid, anvilPid, rpcUrl, chainId, genesis; there while the chain is up
lock         held while the chain is up, by the keeper and by anvil
anvil.log    what both said
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from typing import Any

ALREADY_RUNNING = 75
"""The keeper's exit code where another holds the lock."""


def chain_file(folder: Path) -> Path:
    return folder / "chain.json"


def state_file(folder: Path) -> Path:
    return folder / "state.json"


def run_file(folder: Path) -> Path:
    return folder / "run.json"


def lock_file(folder: Path) -> Path:
    return folder / "lock"


def log_file(folder: Path) -> Path:
    return folder / "anvil.log"


def replace(path: Path, data: bytes) -> None:
    """Puts ``data`` on disk, then in the place of ``path``."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write(path: Path, value: dict[str, Any]) -> None:
    replace(path, json.dumps(value, indent=1).encode() + b"\n")


def is_locked(folder: Path) -> bool:
    """Whether a chain is up in this folder, or coming up, or going down."""
    try:
        lock = os.open(lock_file(folder), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def read_run(folder: Path) -> dict[str, Any] | None:
    """run.json, if its chain is up: one whose writer was killed is not believed."""
    if not is_locked(folder):
        return None
    try:
        found: dict[str, Any] = json.loads(run_file(folder).read_text())
    except FileNotFoundError:  # coming up, or going down
        return None
    return found


def tail(folder: Path, lines: int = 20) -> str:
    """The end of the log."""
    if not log_file(folder).exists():
        return ""
    with log_file(folder).open("rb") as log:
        log.seek(max(0, os.fstat(log.fileno()).st_size - 8192))
        return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])
