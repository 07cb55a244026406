"""The balance of inputs from the command line."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import in_words, language, node, tell, write_json
from suyuan.core.errors import Malformed
from suyuan.core.rules.told import line_told
from suyuan.web.wording import wording


@in_words
def balance(
    organisation: As,
    role: RoleOption = "recorder",
    until: Annotated[str, typer.Option(help="Up to this day, for example 2026-09-30")] = "",
    item: Annotated[str, typer.Option(help="Of one input: a lot or a product")] = "",
    member: Annotated[str, typer.Option(help="Of one member, by its URI")] = "",
    by_member: Annotated[bool, typer.Option("--by-member", help="A line for each member")] = False,
    open_only: Annotated[bool, typer.Option("--open", help="Only what does not balance")] = False,
) -> None:
    """What was bought, used, sold on, given back and should be in stock, a JSON object for each input.

    Exit 1 where something does not balance.
    """
    opened = node()
    viewer = caller_for(opened, organisation, role).viewer
    day = day_of_option(until)
    found = opened.balances.of(
        viewer, organisation, until=day, item=item or None, member=member or None,
        by_member=by_member,
    )  # fmt: skip
    names = opened.judge.masters(viewer, {line.product for line in found})
    opened.close()
    show = wording(language()).show
    for line in found:
        if not (open_only and line.balances):
            write_json(line_told(line, names, show))
    wrong = sum(not line.balances for line in found)
    if wrong:
        tell("{count} lines do not balance", count=wrong)
    raise typer.Exit(1 if wrong else 0)


def day_of_option(text: str) -> date | None:
    """A day, or None for an empty text; Malformed for anything else."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Malformed("{value} is no day; write it as 2026-09-17", value=text[:40]) from None
