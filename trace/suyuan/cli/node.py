"""Make a node, run it, seal and anchor by hand, say how it is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.show import in_words, node, settings, tell, write_json
from suyuan.core.errors import Refused
from suyuan.ports.anchors import MINED


@in_words
def init(
    administrator: Annotated[str, typer.Option(help="URI of the organisation that runs the log")],
    zh: Annotated[str, typer.Option(help="Its Chinese name")],
    county: Annotated[str, typer.Option(help="Its GB/T 2260 code, six digits")],
    en: Annotated[str, typer.Option(help="Its English name")] = "",
    rpc: Annotated[str, typer.Option(help="RPC URL of the chain to deploy the contract on")] = "",
    contract: Annotated[str, typer.Option(help="Address of a contract that is there")] = "",
) -> None:
    """Make this folder a node: keys, database, administrator and, with --rpc, the contract.

    Safe to repeat; what is there stays.
    """
    from suyuan.bootstrap import create_node
    from suyuan.found import Founder, found_chain, found_log, operator_address, owner_address

    opened = create_node(settings())
    kid = found_log(opened, Founder(administrator, zh, en or zh, county))
    tell("administrator's key: {kid}", kid=kid)
    tell(
        "owner of the contract (cold; fund it to deploy): {address}", address=owner_address(opened)
    )
    tell("operator (hot; pays for anchors): {address}", address=operator_address(opened))
    if rpc:
        policy = found_chain(opened, rpc, contract=contract or None)
        tell(
            "policy {fingerprint}: contract {contract} on chain {chain}",
            fingerprint=policy.fingerprint(),
            contract=policy.contract,
            chain=policy.chain_id,
        )
    opened.close()


@in_words
def serve() -> None:
    """Serve API, public log and pages, and run the workers, until Ctrl-C."""
    import uvicorn

    from suyuan.web.app import create_app

    opened = node()
    uvicorn.run(
        create_app(opened),
        host=opened.settings.host,
        port=opened.settings.port,
        log_level="warning",
        timeout_graceful_shutdown=10,
        server_header=False,
    )


@in_words
def status() -> None:
    """How the node is, as JSON."""
    opened = node()
    tail = opened.database.log.tail()
    head = opened.database.tree.latest()
    damage = opened.database.tree.damage()
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
        tell("all {size} records are whole", size=opened.sealer.mend())
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
