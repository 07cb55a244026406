"""The rules from the command line: judge a season, lot or draft; tables in and out; overrides."""

from __future__ import annotations

import csv
import io
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli.record import As, RoleOption, caller_for, incoming_file
from suyuan.cli.show import err, in_words, language, node, out, read, tell, words, write_json
from suyuan.core.errors import Malformed, Refused
from suyuan.core.rules.check import TABLE
from suyuan.core.rules.finding import Finding, worst
from suyuan.core.rules.rows import rows_of_table, table_of_rows
from suyuan.core.rules.told import OVERRIDDEN, VERDICT_WORDS, all_told
from suyuan.core.strict_json import loads
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.drafts import check_events
from suyuan.web.wording import wording

if TYPE_CHECKING:
    from suyuan.bootstrap import Node

rules = typer.Typer(help="What the rules of farming say.", no_args_is_help=True)
table = typer.Typer(help="Dated tables: bans, limits, quotas …", no_args_is_help=True)
rules.add_typer(table, name="table")

Json = Annotated[bool, typer.Option("--json", help="As JSON, for programs")]
Check = Annotated[
    bool, typer.Option("--check", help="Only say what would be recorded, and what is wrong")
]
_STYLES = {"block": "red", "warn": "yellow", "unknown": "cyan", "pass": "green"}


@rules.command()
@in_words
def check(
    subject: Annotated[
        str,
        typer.Argument(help="A season, lot or pack by its URI, or a file of events not filed yet"),
    ],
    organisation: Annotated[
        str, typer.Option("--as", help="Organisation that asks; empty: the public")
    ] = "",
    role: RoleOption = "recorder",
    release: Annotated[
        bool, typer.Option("--release", help="Whether a lot may be released today")
    ] = False,
    rule: Annotated[list[int] | None, typer.Option(help="Only these rules, by number")] = None,
    json: Json = False,
) -> None:
    """Judge a season, a lot or a file of drafts. Exit 1 where something blocks, 3 where something is
    not stated or warned of."""
    opened = node()
    viewer = caller_for(opened, organisation, role).viewer if organisation else PUBLIC
    if Path(subject).is_file():
        found = _drafts(opened, viewer, Path(subject))
    elif release:
        found = opened.judge.release(viewer, subject)
    else:
        found = opened.judge.standing(viewer, subject, rule or ())
    opened.close()
    if json:
        write_json(all_told(found, wording(language()).show))
    else:
        say_findings(found)
    blocks = any(one.open for one in found)
    raise typer.Exit(1 if blocks else 0 if worst(found) == "pass" else 3)


@rules.command()
@in_words
def override(
    subject: Annotated[str, typer.Argument(help="The lot or season that is blocked, by its URI")],
    rule: Annotated[str, typer.Argument(help="The rule that blocks it, for example 9/interval")],
    organisation: As,
    person: Annotated[str, typer.Option(help="Who answers for it, by name")],
    reason: Annotated[str, typer.Option(help="Why, in a sentence")],
    role: RoleOption = "recorder",
) -> None:
    """Let a block not hold, by name and with a reason: this is a record of its own."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    found = opened.judge.blocking(caller.viewer, subject, rule)
    event_id = f"urn:uuid:{uuid.uuid4()}"
    index = opened.judge.override(caller, found, person=person, reason=reason, event_id=event_id)
    opened.close()
    write_json({"index": index, "rule": found.name, "of": found.of})


@table.command("list")
@in_words
def list_tables() -> None:
    """All tables in force, a JSON object each."""
    opened = node()
    for one in opened.rulebook.all(TABLE):
        document = one.document
        write_json(
            {
                "table": document.get("table"),
                "name": document.get("name"),
                "edition": document.get("edition"),
                "rows": len(document.get("rows", ())),
                "index": one.index,
                "id": one.id,
            }
        )
    opened.close()


@table.command("show")
@in_words
def show_table(
    name: Annotated[str, typer.Argument(help="For example bans")],
    history: Annotated[bool, typer.Option("--history", help="All editions, newest first")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="As a sheet, to edit and import")] = False,
) -> None:
    """One table, as JSON or as a sheet."""
    opened = node()
    editions = opened.rulebook.history(name)
    opened.close()
    if as_csv:
        made = io.StringIO()
        csv.writer(made, lineterminator="\n").writerows(rows_of_table(editions[0].document))
        sys.stdout.write(made.getvalue())
        return
    for one in editions if history else editions[:1]:
        write_json({"index": one.index, "digest": one.digest, **one.document})


@table.command("import")
@in_words
def import_table(
    path: Annotated[Path, typer.Argument(help="JSON, CSV or XLSX: the whole table")],
    organisation: As,
    name: Annotated[
        str, typer.Option("--table", help="Which one; a JSON file says it itself")
    ] = "",
    edition: Annotated[str, typer.Option(help="Its edition; empty: today's date")] = "",
    role: RoleOption = "administrator",
    instead_of: Annotated[
        str,
        typer.Option(
            "--instead-of",
            help="Digest of the edition that was changed (`show`); a JSON file says it itself",
        ),
    ] = "",
    check: Check = False,
) -> None:
    """Put a table in place of the one in force: the administrator's act, and a record."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    document = _table_of(path, name, edition or opened.clock.now()[:10])
    # As `show` wrote them.
    instead_of, _ = instead_of or document.pop("digest", ""), document.pop("index", None)
    if not check and not instead_of:
        raise opened.rulebook.unsaid(str(document.get("table", "")), "--instead-of")
    index = opened.rulebook.replace_table(caller, document, check=check, instead_of=instead_of)
    opened.close()
    if check:
        tell("{file}: {count} rows could be recorded", file=path.name, count=len(document["rows"]))
    else:
        write_json({"file": path.name, "index": index, "rows": len(document["rows"])})


def _table_of(path: Path, name: str, edition: str) -> dict[str, Any]:
    form = path.suffix.lower()
    if form not in (".csv", ".xlsx"):
        document = loads(read(path), max_depth=40)
        if not isinstance(document, dict):
            raise Malformed("send a JSON object")
        return {**document, **({"table": name} if name else {})}
    if not name:
        raise Refused("{file} is a sheet: say with --table which table it is", file=path.name)
    return table_of_rows(name, _rows_of(path), edition=edition)


def _rows_of(path: Path) -> list[list[Any]]:
    if path.suffix.lower() == ".xlsx":
        # Loaded when it is needed.
        from suyuan.adapters.workbook import rows_of_workbook

        return rows_of_workbook(read(path))
    try:
        text = read(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Malformed("{file} is not UTF-8; save it as «CSV UTF-8»", file=path.name) from None
    return [list(row) for row in csv.reader(text.splitlines(keepends=True))]


def _drafts(opened: Node, viewer: Viewer, path: Path) -> tuple[Finding, ...]:
    """Findings on the events of a file, as if they were filed now."""
    if viewer.organisation is None:
        raise Refused("say with --as whose records these would be")
    events = [(one.where, one.event) for one in incoming_file(path, None)]
    checked = [one.event for one in check_events(events)]
    return opened.judge.before_events(viewer, viewer.organisation, checked)


def say_findings(found: Sequence[Finding]) -> None:
    """A line for each finding, the worst first, and its source below it."""
    in_this = wording(language())
    for one in found:
        verdict = in_this.said(VERDICT_WORDS[one.verdict] if one.override is None else OVERRIDDEN)
        out.print(f"[{_STYLES[one.verdict]}]{verdict}[/] {one.name}", end="  ")
        out.print(in_this.said(one.text), markup=False)
        if one.verdict != "pass" and one.basis is not None:
            source = in_this.name(one.basis.source)
            edition = f" ({one.basis.edition})" if one.basis.edition else ""
            err.print(f"    {source}{edition}", markup=False)
        if one.records and one.verdict != "pass":
            records = ", ".join(map(str, one.records))
            err.print(words("    records {list}", list=records), markup=False)
    if not found:
        tell("no rule has anything to say of it")
