"""What others' rules ask of a lot, written to a file; what is missing is said on standard error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.show import err, in_words, node, tell, words
from suyuan.core.exports.eudr import to_text
from suyuan.core.exports.lineage import Missing
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.export import Exporter

if TYPE_CHECKING:
    from suyuan.bootstrap import Node

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
    made = Exporter(opened.database.log, opened.prover).eudr(_viewer(opened, viewer, role), lot)
    output.write_text(to_text(made.collection) + "\n", encoding="utf-8")
    opened.close()
    _end(output, made.missing)
    raise typer.Exit(3 if made.missing else 0)


@exports.command()
@in_words
def fsma(lot: Lot, output: Output, viewer: For = "", role: Role = "recorder") -> None:
    """Write the FSMA 204 sheets of a lot (.xlsx). Exit 3 where something is missing."""
    # Loaded when it is needed: few commands write a workbook.
    from suyuan.adapters.workbook import workbook

    opened = node()
    made = Exporter(opened.database.log, opened.prover).fsma(_viewer(opened, viewer, role), lot)
    output.write_bytes(workbook(made.tables(words)))
    opened.close()
    _end(output, made.missing)
    for sheet in made.sheets:
        if short := sum(bool(row.missing) for row in sheet.rows):
            title = words(sheet.title.template)
            tell("{sheet}: {count} rows name what they lack", sheet=title, count=short)
    raise typer.Exit(3 if made.short else 0)


def _viewer(opened: Node, organisation: str, role: str) -> Viewer:
    if not organisation:
        return PUBLIC
    return Viewer(organisation, role, opened.accounts.county_of(organisation))


def _end(output: Path, missing: Sequence[Missing]) -> None:
    tell("{file} is written", file=str(output))
    for one in missing:
        err.print(words(one.said.template, **one.said.params), markup=False, style="red")
