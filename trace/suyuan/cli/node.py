"""Run a node, seal by hand, say how it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.show import in_words, node, tell, write_json
from suyuan.core.errors import Refused
from suyuan.ports.anchors import MINED


@in_words
def serve() -> None:
    """Serve API, public log and pages, and run the workers, until Ctrl-C."""
    import uvicorn

    from suyuan.bootstrap import settle
    from suyuan.web.app import create_app
    from suyuan.web.sockets import MOST_TAKEN, Protocol

    opened = node()
    app = create_app(opened)
    settle()
    uvicorn.run(
        app,
        host=opened.settings.host,
        port=opened.settings.port,
        log_level="warning",
        timeout_graceful_shutdown=10,
        server_header=False,
        ws=Protocol,
        ws_max_size=MOST_TAKEN,
        ws_ping_interval=20.0,
        ws_ping_timeout=20.0,
    )


@in_words
def status() -> None:
    """How the node is, as JSON."""
    opened = node()
    tail = opened.database.log.tail()
    head = opened.database.tree.latest()
    damage = opened.database.tree.damage()
    scrub = opened.database.tree.scrubbed()
    closing = opened.database.log.closing()
    policy = opened.database.anchors.policy()
    anchored = opened.database.anchors.latest(policy.version, MINED) if policy else None
    write_json(
        {
            "records": tail.size,
            "newest": tail.record_time,
            "sealed": head.size if head else 0,
            "anchored": anchored.size if anchored else 0,
            "state": anchored.state if anchored else None,
            "policy": policy.version if policy else None,
            "damage": {"index": damage.index, "what": damage.what} if damage else None,
            "closed": {"at": closing.at, "successor": closing.successor or None}
            if closing
            else None,
            "scrub": {
                "index": scrub.index,
                "beganAt": scrub.began_at or None,
                "endedAt": scrub.ended_at or None,
                "found": scrub.last_found if scrub.ended_at else None,
            },
        }
    )
    opened.close()
    if damage:
        raise typer.Exit(1)


@in_words
def seal(
    repaired: Annotated[
        bool,
        typer.Option("--repaired", help="Re-read the whole log first, and clear damage on record"),
    ] = False,
) -> None:
    """Sign a checkpoint over everything recorded, now."""
    opened = node()
    if repaired:
        tell("all {size} records are whole", size=opened.scrubber.mend())
    head = opened.sealer.seal()
    if head is None:
        tell("nothing new to seal")
    else:
        tell("sealed {size} records", size=head.size)
    opened.close()


@in_words
def policy(output: Annotated[Path | None, typer.Option("--output", "-o")] = None) -> None:
    """The policy in force, for verifiers: hand it on by a way other than this server."""
    opened = node()
    row = opened.database.anchors.policy()
    if row is None:
        raise Refused("no contract is set up for this log yet")
    if output is None:
        typer.echo(row.policy.decode())
    else:
        output.write_bytes(row.policy)
    opened.close()
