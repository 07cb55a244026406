"""Crop and livestock templates: listed, shown, copied and changed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import in_words, node, read, write_json
from suyuan.core.errors import Malformed
from suyuan.core.rules.check import TEMPLATE
from suyuan.core.strict_json import loads

templates = typer.Typer(help="Crop and livestock templates.", no_args_is_help=True)


@templates.command("list")
@in_words
def list_templates() -> None:
    """All templates, a JSON object each."""
    opened = node()
    for one in opened.rulebook.all(TEMPLATE):
        known = {name: one.document.get(name) for name in ("name", "kind", "edition")}
        write_json({"id": one.id, **known, "digest": one.digest, "index": one.index})
    opened.close()


@templates.command("show")
@in_words
def show_template(
    name: Annotated[str, typer.Argument(help="Its id, or the last part of it: tea")],
    history: Annotated[bool, typer.Option("--history", help="All versions, newest first")] = False,
) -> None:
    """One template as JSON, with the digest by which a season names its version."""
    opened = node()
    editions = opened.rulebook.history(name)
    opened.close()
    for one in editions if history else editions[:1]:
        write_json({"index": one.index, "digest": one.digest, **one.document})


@templates.command("copy")
@in_words
def copy_template(
    source: Annotated[str, typer.Argument(help="Template to begin from")],
    new_id: Annotated[str, typer.Argument(help="Id of one's own: a URI, or a last part")],
    organisation: As,
    role: RoleOption = "recorder",
    changes: Annotated[
        Path | None, typer.Option("--changes", help="JSON: members that are to be otherwise")
    ] = None,
) -> None:
    """Copy a template, with changes; the same id again makes its next version."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    given: Any = loads(read(changes), max_depth=40) if changes is not None else {}
    if not isinstance(given, dict):
        raise Malformed("send a JSON object")
    index = opened.rulebook.copy_template(caller, source, new_id, given)
    opened.close()
    write_json({"index": index, "id": new_id})
