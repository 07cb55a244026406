"""Reports from the public, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import err, in_words, node, words, write_json

cases = typer.Typer(help="Reports from the public", no_args_is_help=True)

Number = Annotated[str, typer.Argument(help="As in 20261126-7K3MQ")]


@cases.command("list")
@in_words
def listed(
    organisation: As,
    role: RoleOption = "recorder",
    overdue: Annotated[
        bool, typer.Option("--overdue", help="Only those past a time limit")
    ] = False,
) -> None:
    """Cases of an organisation, or of a regulator's area: a JSON object each, without their words."""
    from suyuan.web.api.cases import looker_of, told

    opened = node()
    looker = looker_of(caller_for(opened, organisation, role))
    _, found = opened.cases.list(looker, overdue=overdue, limit=1_000)
    opened.close()
    for one in found:
        write_json(told(one))


@cases.command()
@in_words
def show(
    number: Number,
    organisation: As,
    role: RoleOption = "recorder",
    photo: Annotated[Path | None, typer.Option(help="Write the photo to this file")] = None,
    bundle: Annotated[Path | None, typer.Option(help="Write the bundle to this file")] = None,
) -> None:
    """One case with what was written, as JSON."""
    from suyuan.web.api.cases import looker_of, whole

    opened = node()
    looker = looker_of(caller_for(opened, organisation, role))
    found = opened.cases.get(looker, number)
    for name, path in (("photo", photo), ("bundle", bundle)):
        if path is not None:
            path.write_bytes(opened.cases.file(looker, number, name).body)
            err.print(words("{file} is written", file=str(path)), markup=False)
    opened.close()
    write_json(whole(found))


@cases.command()
@in_words
def answer(
    number: Number,
    organisation: As,
    role: RoleOption = "recorder",
    text: Annotated[str, typer.Option(help="What who reported it reads")] = "",
    state: Annotated[str, typer.Option(help="looking, answered or closed")] = "answered",
    outcome: Annotated[str, typer.Option(help="Of a closed one: unfounded, resolved, recall")] = "",
    record: Annotated[
        list[int] | None, typer.Option(help="A hold or recall that it led to, by its index")
    ] = None,
) -> None:
    """Take a case one step on, and write it as JSON."""
    from suyuan.web.api.cases import looker_of, whole

    opened = node()
    looker = looker_of(caller_for(opened, organisation, role))
    opened.cases.move(looker, number, state, answer=text, outcome=outcome, records=record or ())
    found = opened.cases.get(looker, number)
    opened.close()
    write_json(whole(found))
