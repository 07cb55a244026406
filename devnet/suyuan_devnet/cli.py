"""``suyuan-devnet``: start, stop, status and deploy, for people and scripts."""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from suyuan_devnet import devnet
from suyuan_devnet.anvil import CHAIN_ID
from suyuan_devnet.errors import DevnetError
from suyuan_devnet.rpc import call

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="A test chain on this machine (anvil, chain id 31337). It proves nothing to strangers.",
)

Data = Annotated[
    Path, typer.Option(help="The chain's folder.", file_okay=False, envvar="SUYUAN_DEVNET_DATA")
]
DEFAULT = Path(".suyuan/devnet")


@app.command()
def start(
    data: Data = DEFAULT,
    port: Annotated[int, typer.Option(help="0: a free one, kept over restarts.", min=0)] = 0,
    block_time: Annotated[
        int, typer.Option(help="Seconds between blocks; 0: one for each transaction.", min=0)
    ] = 0,
    state_interval: Annotated[
        float, typer.Option(help="Seconds of blocks that a kill may lose.", min=0.1)
    ] = 1.0,
    epoch: Annotated[
        int, typer.Option(help="Depth of `safe`, half that of `finalized`.", min=0)
    ] = 0,
    *,
    consortium: Annotated[
        bool, typer.Option(help="Gas costs nothing, legacy transactions, nobody holds ether.")
    ] = False,
    detach: Annotated[bool, typer.Option(help="Leave it running until `stop`.")] = False,
) -> None:
    """Start the chain, or go on with the one in the folder, until Ctrl-C or `stop`."""
    chain = devnet.Devnet(
        data,
        port=port,
        block_time=block_time,
        state_interval=state_interval,
        epoch=epoch,
        consortium=consortium,
    )
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    chain.start(detach=detach)
    try:
        typer.echo(f"{chain.rpc_url}  chain {CHAIN_ID}  genesis {chain.genesis}")
        if detach:
            return
        while chain.running and not ended.wait(0.2):
            pass
    finally:
        if not detach:
            chain.stop()


@app.command()
def stop(data: Data = DEFAULT) -> None:
    """Save and stop the chain of the folder."""
    typer.echo("stopped" if devnet.stop(data) else "it was not running")


@app.command()
def status(data: Data = DEFAULT) -> None:
    """Print where the chain is, as JSON; exit 3 if it is not running."""
    found = devnet.status(data)
    if found is None:
        typer.echo("not running", err=True)
        raise typer.Exit(3)
    typer.echo(json.dumps(asdict(found), indent=1))


@app.command()
def deploy(
    origin: Annotated[str, typer.Argument(help="The log's name, as in its checkpoints.")],
    data: Data = DEFAULT,
    rpc: Annotated[str, typer.Option(help="Another chain than the folder's.")] = "",
    operator: Annotated[str, typer.Option(help="Address of the key that extends.")] = "",
    owner_key: Annotated[
        Path | None, typer.Option(help="File with the owner's private key in hex.", exists=True)
    ] = None,
    contract: Annotated[str, typer.Option(help="One that is deployed already.")] = "",
    gas_price: Annotated[
        int, typer.Option(help="Wei, for chains of legacy transactions; -1: the chain's fees.")
    ] = -1,
) -> None:
    """Deploy LogAnchor, open a log in it, and print what a policy says of the chain, as JSON.

    On the devnet, owner and operator default to the first two published development accounts.
    """
    # Imported here, because what signs takes a second to load, and the other verbs do not sign.
    from suyuan_devnet.accounts import dev_accounts
    from suyuan_devnet.deploy import deploy as deploy_contract

    url = rpc
    if not url:
        found = devnet.status(data)
        if found is None:
            raise DevnetError(f"no chain is running in {data}: start it, or name one with --rpc")
        url = found.rpc_url
    if not (operator and owner_key) and int(call(url, "eth_chainId"), 16) != CHAIN_ID:
        raise DevnetError("--operator and --owner-key have defaults on the devnet only")
    done = deploy_contract(
        url,
        origin,
        owner_key=owner_key.read_text().strip() if owner_key else dev_accounts()[0].key,
        operator=operator or dev_accounts()[1].address,
        contract=contract or None,
        gas_price=None if gas_price < 0 else gas_price,
    )
    typer.echo(json.dumps(asdict(done) | {"policy": done.policy()}, indent=1))


def main() -> None:
    """The program: a DevnetError is one line on stderr and exit 1."""
    try:
        app()
    except DevnetError as error:
        typer.echo(f"suyuan-devnet: {error}", err=True)
        sys.exit(1)
