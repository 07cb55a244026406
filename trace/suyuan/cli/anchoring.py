"""Anchoring by hand: how it stands, the next step, another key, another chain."""

from __future__ import annotations

import time
from typing import Annotated

import typer

from suyuan.cli.show import in_words, node, out, tell, words, write_json
from suyuan.core.errors import Refused
from suyuan.core.said import Said
from suyuan.flow.anchor import State
from suyuan.web.standing import leases_told, told

anchoring = typer.Typer(help="Anchor the log in its contract", invoke_without_command=True)


_STATES: dict[State, Said] = {
    "idle": Said("there is nothing to anchor"),
    "sent": Said("a transaction was sent"),
    "waiting": Said("a transaction waits for its block"),
    "refused": Said("the chain refused the transaction; suyuan anchor status says why"),
    "mined": Said("the newest anchor is in a block"),
    "safe": Said("the newest anchor is in a block, and half as deep as it has to be"),
    "final": Said("the newest anchor is final"),
    "elsewhere": Said("another process anchors"),
}


@anchoring.callback()
@in_words
def anchor(
    context: typer.Context,
    wait: Annotated[bool, typer.Option(help="Until the newest checkpoint is final")] = False,
) -> None:
    """Do the next thing towards anchoring the newest checkpoint."""
    if context.invoked_subcommand is not None:
        return
    opened = node()
    worker = opened.anchorer()
    deadline = time.monotonic() + 600
    while True:
        step = worker.step()
        if not wait or step.state in {"final", "idle", "elsewhere"}:
            break
        if time.monotonic() > deadline:
            raise Refused(
                "not final after ten minutes; it goes on in the background of `suyuan serve`"
            )
        time.sleep(min(1.0, opened.settings.poll_seconds))
    worker.release()
    tell(_STATES[step.state].template)
    if step.state == "elsewhere":
        out.print("\n".join(leases_told(opened.database.anchors.leases(), words)), markup=False)
    else:
        tell("the contract holds {size} records", size=step.anchored)
    opened.close()


@anchoring.command("status")
@in_words
def status(
    as_json: Annotated[bool, typer.Option("--json", help="For scripts; amounts in wei")] = False,
) -> None:
    """What waits for the chain, why, since when, at what cost, and how many anchors are paid for."""
    opened = node()
    found = opened.standing()
    if as_json:
        wallet = found.wallet
        write_json(
            {
                "records": found.records,
                "sealed": found.sealed,
                "anchored": found.anchored,
                "state": found.state,
                "waiting": found.waiting,
                "since": found.since,
                "why": found.why.template.format(**found.why.params),
                "costsAtMost": found.at_most,
                "operator": wallet.operator if wallet else None,
                "balance": wallet.balance if wallet else None,
                "gasPrice": wallet.price if wallet else None,
                "anchorsLeft": wallet.anchors_left if wallet else None,
                "chain": str(found.silent) if found.silent else None,
                "leases": {
                    one.name: {"holder": one.holder, "seconds": round(one.seconds, 1)}
                    for one in found.leases
                },
            }
        )
    else:
        out.print("\n".join(told(found, words)), markup=False)
    opened.close()


@anchoring.command("rotate")
@in_words
def rotate() -> None:
    """Make a new operator's key, and have the contract's owner name it. Safe to repeat."""
    from suyuan.found import rotate_operator

    opened = node()
    before, after = rotate_operator(opened)
    tell("the contract took {after} as operator in place of {before}", before=before, after=after)
    tell("fund it before the next anchor, and empty the old one")
    opened.close()


@anchoring.command("rotate-owner")
@in_words
def rotate_contract_owner() -> None:
    """Make a new owner's key, and hand the log over to it in the contract. Safe to repeat.

    The new address pays for accepting: where it holds nothing yet, this says so, and goes on later.
    """
    from suyuan.found import rotate_owner

    opened = node()
    before, after = rotate_owner(opened)
    tell("the contract took {after} as owner in place of {before}", before=before, after=after)
    tell("make a new backup of the keys, and keep the owner's off this machine")
    opened.close()


@anchoring.command("new-chain")
@in_words
def new_chain(
    rpc: Annotated[str, typer.Argument(help="RPC URL of the chain to go on with")],
    sure: Annotated[
        bool, typer.Option("--yes", help="The operator's word: old anchors stay on the old chain")
    ] = False,
    contract: Annotated[str, typer.Option(help="Address of a contract that is there")] = "",
) -> None:
    """Go on in a contract of another chain, under a new policy version that verifiers need."""
    from suyuan.found import found_chain

    if not sure:
        raise Refused(
            "this puts a new policy in force, which every verifier has to be given; if that is meant, "
            "say --yes"
        )
    opened = node()
    policy = found_chain(opened, rpc, contract=contract or None)
    tell(
        "policy {fingerprint}: contract {contract} on chain {chain}",
        fingerprint=policy.fingerprint(),
        contract=policy.contract,
        chain=policy.chain_id,
    )
    opened.close()
