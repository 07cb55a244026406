"""Make a folder a node, asking for what is not given."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from suyuan.cli.show import in_words, settings, tell, words
from suyuan.core.errors import Refused


@in_words
def init(
    administrator: Annotated[
        str, typer.Option(help="URI of the organisation that runs the log")
    ] = "",
    zh: Annotated[str, typer.Option(help="Its Chinese name")] = "",
    county: Annotated[str, typer.Option(help="Its GB/T 2260 code, six digits")] = "",
    en: Annotated[str, typer.Option(help="Its English name")] = "",
    public_url: Annotated[
        str, typer.Option(help="Where the public pages will be reached; written into suyuan.toml")
    ] = "",
    rpc: Annotated[str, typer.Option(help="RPC URL of the chain to deploy the contract on")] = "",
    contract: Annotated[str, typer.Option(help="Address of a contract that is there")] = "",
    successor_of: Annotated[
        Path | None, typer.Option(help="Folder of the log that this one goes on from")
    ] = None,
    origin: Annotated[
        str, typer.Option(help="Name of the log, written into suyuan.toml; else HOST/log")
    ] = "",
) -> None:
    """Make this folder a node: settings, keys, database, administrator and, with --rpc, the contract.

    At a terminal it asks for what is not given. Safe to repeat; what is there stays.
    """
    from suyuan.bootstrap import create_node
    from suyuan.closing import carry_label_key, carry_over, predecessor
    from suyuan.found import Founder, found_chain, found_log, operator_address, owner_address

    file = settings().data_dir / "suyuan.toml"
    if not file.exists() and (public_url or _at_terminal()):
        public_url = public_url or _ask("Where will the public pages be reached?", "https://")
        rpc = rpc or (_ask("RPC URL of the chain (empty: later)", "") if _at_terminal() else "")
        _write_settings(file, public_url.rstrip("/"), rpc, origin, successor_of)
        tell("settings are in {file}: read them before the first record", file=str(file))
    old = None
    if successor_of is not None:
        old, founder = predecessor(successor_of, settings())
        carry_label_key(old, settings())
    else:
        founder = Founder(
            administrator
            or _ask("URI of the organisation that runs the log", f"{_base()}org/county"),
            zh or _ask("Its Chinese name"),
            en or zh,
            county or _ask("Its GB/T 2260 code, six digits"),
        )
    opened = create_node(settings())
    kid = found_log(opened, founder)
    tell("administrator's key: {kid}", kid=kid)
    if old is not None:
        carried = carry_over(opened, old)
        tell(
            "carried over: {organisations} organisations, {tokens} tokens; {keys} keys are new",
            organisations=carried.organisations,
            tokens=carried.tokens,
            keys=carried.keys,
        )
        tell(
            "who signs with a key of their own makes another, and every verifier needs the new policy"
        )
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


def _ask(question: str, default: str = "") -> str:
    """Of the person; Refused where nobody sits at a terminal."""
    if not _at_terminal():
        raise Refused(
            "{what}: give it as an option, see `suyuan init --help`", what=words(question)
        )
    answer: str = typer.prompt(words(question), default=default or None, err=True)
    return answer.strip()


def _at_terminal() -> bool:
    return sys.stdin.isatty()


def _base() -> str:
    return settings().uri_base


def _write_settings(
    file: Path, public_url: str, rpc: str, origin: str, before: Path | None
) -> None:
    """The names that can never change again, and what a node needs to be reached and to anchor."""
    from suyuan.adapters.keys import write_private

    parts = urlsplit(public_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
        raise Refused(
            "{url} is no address of a site; write it as https://trace.example.cn", url=public_url
        )
    base = f"https://{parts.hostname}/"
    if before is not None:
        from suyuan.settings import Settings

        base = Settings.of(before).uri_base
    lines = [
        "# All settings: docs/settings.md. The two names below stand in every record, for ever.",
        f'origin = "{origin or f"{parts.hostname}/log"}"',
        f'uri_base = "{base}"',
        f'public_url = "{public_url}"',
        f"rpc_urls = {json.dumps([rpc] if rpc else [])}",
        'contact = ""',
        'filing_number = ""',
    ]
    write_private(file, ("\n".join(lines) + "\n").encode())
