"""The books out again, to files (docs/sheets.md)."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import in_words, language, node, read, tell
from suyuan.core.archive_check import check_archive
from suyuan.core.epcis.known import canonical
from suyuan.core.errors import Malformed, ProofError
from suyuan.core.policy import parse_policy
from suyuan.core.sheets.written import csv_of
from suyuan.flow.exporting import LISTS
from suyuan.ports.books import DeedQuery
from suyuan.words import say

Output = Annotated[Path, typer.Option("--output", "-o", help="File to write")]
Things = Annotated[
    list[str] | None, typer.Option("--thing", help="Of this season, plot, lot, product or member")
]


@in_words
def export(
    what: Annotated[
        str,
        typer.Argument(help=f"{', '.join(LISTS)}, record-book or archive"),
    ],
    organisation: As,
    output: Output,
    role: RoleOption = "recorder",
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="Only these")] = None,
    things: Things = None,
    since: Annotated[str | None, typer.Option("--from", help="First day")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day")] = None,
    text: Annotated[str, typer.Option("--text", help="With these words")] = "",
    year: Annotated[int | None, typer.Option("--year", help="Of the record book")] = None,
) -> None:
    """Write a list (.csv or .xlsx), the production record book (.xlsx), or everything (.zip)."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    word = say(language())
    query = DeedQuery(
        organisation,
        frozenset(kinds) if kinds else None,
        tuple(map(canonical, things or ())),
        (since, until),
        text,
    )
    wanted = {"record-book": ".xlsx", "archive": ".zip"}.get(what)
    if output.suffix not in ([wanted] if wanted else [".csv", ".xlsx"]):
        raise Malformed(
            "{file} has to end in {endings}", file=str(output), endings=wanted or ".csv / .xlsx"
        )
    if what == "archive":
        parts = opened.archiving.stream(caller.viewer, organisation, opened.clock.now(), word)
    elif what == "record-book":
        from suyuan.adapters.book import record_book_of

        known = opened.database.accounts.organisation(organisation)
        name = organisation
        if known is not None:
            name = known.name_zh if language() == "zh" else known.name_en
        seasons = opened.exporting.record_book(caller.viewer, query, name, year=year)
        parts = iter([record_book_of(seasons, word)])
    else:
        table = opened.exporting.table(caller.viewer, what, query)
        if output.suffix == ".csv":
            parts = csv_of(table, word)
        else:
            from suyuan.adapters.book import workbook_of

            parts = iter([workbook_of([table], word)])
    with output.open("wb") as file:
        for part in parts:
            file.write(part)
    opened.close()
    tell("{file} is written", file=str(output))


@in_words
def check_archive_file(
    file: Annotated[
        Path, typer.Argument(help="An archive that `suyuan farm export archive` wrote")
    ],
    policy: Annotated[
        Path, typer.Option("--policy", help="The policy, got by another way that you trust")
    ],
) -> None:
    """Check every record of an archive against the log's checkpoint; needs no node."""
    known = parse_policy(read(policy))
    try:
        with zipfile.ZipFile(file) as packed:
            lines = packed.read("records.ndjson").split(b"\n")
            note = packed.read("log/checkpoint").decode()
            found = check_archive(lines, note, known)
            attached = [n for n in packed.namelist() if n.startswith("attachments/")]
            for name in attached:
                digest = hashlib.sha256(packed.read(name)).hexdigest()
                if Path(name).stem != digest:
                    raise ProofError("the bytes are not those of the name", path=name)
    except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
        raise Malformed("{file} is no archive of this kind", file=str(file)) from None
    tell(
        "{records} records hold, {hidden} of them without content; checkpoint of {size} records; "
        "{attached} attachments hold",
        records=found.records,
        hidden=found.hidden,
        size=found.size,
        attached=len(attached),
    )
