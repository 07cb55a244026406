"""``suyuan close``: the end of a log, which is served and proved for ever."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.show import in_words, node, read, tell
from suyuan.core.errors import Malformed, Refused
from suyuan.core.policy import parse_policy

_LOG_ID = re.compile("0x[0-9a-f]{64}")


@in_words
def close(
    successor: Annotated[
        str,
        typer.Option(help="Policy file, or logId, of the log that goes on; told to all who ask"),
    ] = "",
    at_once: Annotated[
        bool,
        typer.Option("--at-once", help="Anchor nothing more: the contract holds a false head"),
    ] = False,
    sure: Annotated[
        bool, typer.Option("--yes", help="It is meant: a log that was closed is never opened again")
    ] = False,
) -> None:
    """Close the log for good: seal and anchor the last records, close in the contract.

    New records are refused from the first moment; erasing and revoking go on. Safe to repeat.
    """
    from suyuan.closing import close_log

    name = _log_id(successor)
    opened = node()
    if not sure:
        raise Refused(
            "this ends the log {origin}, for ever: nothing new is recorded in it, all that is stays "
            "provable; if that is meant, say --yes",
            origin=opened.settings.origin,
        )
    done = close_log(opened, name, at_once=at_once, on_wait=_waiting())
    tell("the log is closed at {size} records", size=done.size)
    if done.contract is not None:
        tell("the contract {address} takes no more of it", address=done.contract)
    tell("go on serving it: its codes and bundles lead here")
    opened.close()


def _waiting() -> Callable[[str], None]:
    told: list[str] = []

    def on_wait(state: str) -> None:
        if not told:
            tell("waiting until the last records are final on the chain")
            told.append(state)

    return on_wait


def _log_id(text: str) -> str:
    if not text or _LOG_ID.fullmatch(text):
        return text
    if Path(text).exists():
        return parse_policy(read(Path(text))).log_id
    raise Malformed("{text} is neither a policy file nor a logId", text=text)
