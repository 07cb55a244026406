"""Nodes that were founded once in a run, and are copied for whoever wants one.

Founding takes longer than most of what is tried on a node. The copies' keys are the same: whoever
needs two logs, or a chain, founds a new one.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.testclient import TestClient

from suyuan.bootstrap import open_node
from suyuan.web.app import create_app

if TYPE_CHECKING:
    from nodes import World

OF_ITS_OWN = frozenset({"database_url", "origin", "rpc_urls", "secret_file", "uri_base"})
"""Settings that a node has from its founding on, or that lead out of its folder."""


@dataclass(frozen=True, slots=True)
class _Kept:
    folder: Path
    tokens: dict[str, str]


def founded(make: Callable[[Path], World], folder: Path, **more: Any) -> World:
    """What ``make`` makes in a folder, opened with these settings. Those of OF_ITS_OWN are refused."""
    from nodes import World, settings

    if more.keys() & OF_ITS_OWN:
        raise ValueError(f"a copy cannot have {sorted(more.keys() & OF_ITS_OWN)} of its own")
    kept = _kept(make)
    shutil.copytree(kept.folder, folder, dirs_exist_ok=True)
    node = open_node(settings(folder, **more))
    client = TestClient(create_app(node, workers=False), raise_server_exceptions=False)
    return World(node, client, dict(kept.tokens))


@cache
def _kept(make: Callable[[Path], World]) -> _Kept:
    folder = Path(tempfile.mkdtemp(prefix="suyuan-ready-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = make(folder / "node")
    made.node.close()
    return _Kept(folder / "node", made.tokens)
