"""What others' rules ask of a lot, written to a file; what is missing is said on standard error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.show import err, in_words, node, tell, words
from suyuan.core.exports.eudr import to_text
from suyuan.core.exports.lineage import Missing
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.export import Exporter

exports = typer.Typer(help="Exports for authorities abroad.", no_args_is_help=True)

Lot = Annotated[str, typer.Argument(help="Lot, pack or carton, as its URI")]
Output = Annotated[Path, typer.Option("--output", "-o", help="File to write")]
For = Annotated[str, typer.Option(help="Organisation to make it for; empty: the public")]
Role = Annotated[str, typer.Option(help="Role of that organisation")]


@exports.command()
@in_words
def eudr(lot: Lot, output: Output, viewer: For = "", role: Role = "recorder") -> None:
    """Write the plots of a lot's harvests as GeoJSON. Exit 3 where something is missing."""
    opened = node()
    who = PUBLIC
    if viewer:
        who = Viewer(viewer, role, opened.accounts.county_of(viewer))
    made = Exporter(opened.database.log, opened.prover).eudr(who, lot)
    output.write_text(to_text(made.collection) + "\n", encoding="utf-8")
    opened.close()
    _end(output, made.missing)


def _end(output: Path, missing: Sequence[Missing]) -> None:
    tell("{file} is written", file=str(output))
    for one in missing:
        err.print(words(one.said.template, **one.said.params), markup=False, style="red")
    raise typer.Exit(3 if missing else 0)
