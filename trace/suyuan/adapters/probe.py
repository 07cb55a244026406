"""What a doctor asks of a machine: is the file whole, the chain the right one, the service up?"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import requests

from suyuan.adapters.sql.engines import parse_url
from suyuan.core.errors import SuyuanError
from suyuan.core.policy import Policy


def sqlite_trouble(url: str) -> str | None:
    """What SQLite itself finds wrong with its file; None for nothing, no file, or PostgreSQL."""
    parsed = parse_url(url)
    if parsed.get_backend_name() != "sqlite" or not Path(str(parsed.database)).exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{parsed.database}?mode=ro", uri=True)) as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as problem:
        return str(problem)
    return None if found == ("ok",) else str(found[0]).partition("\n")[0]


def chain_trouble(url: str, timeout: float, policy: Policy) -> str | None:
    """Why an RPC URL is of no use to this log; None where it is."""
    # web3 takes a second to load, and a node without a contract asks no chain.
    from suyuan.adapters.rpc import Rpc

    try:
        chain, genesis = Rpc([url], timeout).identity()
    except SuyuanError as problem:
        return str(problem)
    if (chain, genesis) != (policy.chain_id, policy.genesis):
        return f"chain {chain}, genesis {genesis}; policy: {policy.chain_id}, {policy.genesis}"
    return None


def service_state(url: str) -> dict[str, str] | None:
    """Workers in trouble, by name, as a service on this machine tells; None where none answers."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy has no business between a machine and itself
        try:
            told = session.get(url, timeout=5).json()
        except (requests.RequestException, ValueError):
            return None
    troubles = told.get("troubles") if isinstance(told, dict) else None
    return {str(k): str(v) for k, v in troubles.items()} if isinstance(troubles, dict) else None
