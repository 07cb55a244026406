"""Parts of the benchmark that need a process of their own: `python -m bench.served WHAT …`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from bench import world
from bench.timing import Stopwatch, peak_memory, pin


def audit(folder: str, rpc: str, checked: str) -> None:
    """Replay a log as `suyuan audit` does; prints what came of it as JSON."""
    from nodes import made_up_policy

    from suyuan.adapters.chain_view import AuditedChain
    from suyuan.bootstrap import open_node
    from suyuan.core.policy import parse_policy
    from suyuan.flow.audit import StoreSource
    from suyuan.flow.audit import audit as run_audit

    node = open_node(world.settings(Path(folder)))
    policy = node.policy() or parse_policy(made_up_policy(node))
    stores = node.database
    with Stopwatch() as watch:
        report = run_audit(
            StoreSource(stores.log, stores.tree, stores.anchors),
            policy,
            chain=AuditedChain(rpc, policy.contract, policy.log_id) if rpc else None,
            signatures=checked == "signatures",
        )
    node.close()
    told = {
        "ok": report.ok,
        "size": report.size,
        "difference": report.difference and report.difference.text,
        "chain": report.chain,
        "own": watch.own,
        "wall": watch.wall,
        "memory": peak_memory(),
    }
    print(json.dumps(told))


def serve(core: str) -> None:
    """`suyuan serve` on one core, with the settings of the environment."""
    from suyuan.cli.main import app

    pin(int(core))
    app(["serve"])


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["audit", log, rpc_url, what]:
            audit(log, rpc_url, what)
        case ["serve", where]:
            serve(where)
        case other:
            sys.exit(f"nothing to do for {other}")
