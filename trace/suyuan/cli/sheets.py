"""Excel and CSV into the books and out of them, on the command line (docs/sheets.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import err, in_words, language, node, progress, read, words, write_json
from suyuan.core.errors import Malformed, NotFound
from suyuan.core.sheets.masters import KINDS
from suyuan.core.story_values import Said
from suyuan.web.cells import told as told_at
from suyuan.web.cells import unmatched
from suyuan.web.wording import wording

if TYPE_CHECKING:
    from suyuan.flow.importing import Look, Preview, Trouble

_SHOWN = 200


@in_words
def import_file(
    file: Annotated[Path, typer.Argument(help="A workbook (.xlsx) or a CSV file")],
    organisation: As,
    role: RoleOption = "recorder",
    check: Annotated[
        bool,
        typer.Option("--check", help="Only show how it would be filed; exit 1 if it cannot be"),
    ] = False,
    draft: Annotated[bool, typer.Option("--draft", help="Keep the rows as drafts")] = False,
    sheet: Annotated[
        str,
        typer.Option("--sheet", help="Of which sheet the choices below speak; empty: the first"),
    ] = "",
    kind: Annotated[
        str | None, typer.Option("--kind", help="What it holds: `suyuan farm forms`, plot_list …")
    ] = None,
    columns: Annotated[
        list[str] | None, typer.Option("--map", help="HEADING=FIELD, HEADING= leaves it out")
    ] = None,
    fixed: Annotated[
        list[str] | None,
        typer.Option("--set", help="FIELD=TEXT for every row; {HEADING} is the row's own cell"),
    ] = None,
    meaning: Annotated[
        list[str] | None, typer.Option("--word", help="WORD=MEANING of a name or unit in the cells")
    ] = None,
    headings: Annotated[
        str,
        typer.Option("--headings", help="Names of the columns, where the table has none: a,b,c"),
    ] = "",
    new_names: Annotated[
        bool, typer.Option("--new-names", help="Take things nobody knows here by their names")
    ] = False,
    skip_repeats: Annotated[
        bool, typer.Option("--skip-repeats", help="Leave out rows that stand there twice")
    ] = False,
    leave_out: Annotated[
        list[int] | None, typer.Option("--leave-out", help="Number of a row that is not taken")
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--override", help='"ROW RULE REASON": let what blocks this row pass'),
    ] = None,
    person: Annotated[str, typer.Option("--person", help="Who answers for the overrides")] = "",
    choices: Annotated[
        Path | None, typer.Option("--choices", help="All of that for all sheets, as a JSON file")
    ] = None,
    typed_by: Annotated[
        str | None, typer.Option("--recorded-by", help="Who types it, beside who did it")
    ] = None,
) -> None:
    """Read a table into the books, all of it or nothing; the same again adds nothing."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    importing = opened.importing
    sheets = importing.read(file.name, read(file))
    plans: dict[str, Any] = {}
    if choices is not None:
        plans = _document(choices)
    plan: dict[str, Any] = {}
    if kind is not None:
        plan["kind"] = kind or None
    if headings:
        plan["headings"] = [name.strip() for name in headings.split(",")]
    if fixed:
        plan["set"] = dict(map(_pair, fixed))
    if meaning:
        plan["words"] = dict(map(_pair, meaning))
    if new_names:
        plan["newNames"] = True
    if skip_repeats:
        plan["skipRepeats"] = True
    if leave_out:
        plan["leaveOut"] = leave_out
    if overrides:
        plan["overrides"] = [_override(text, person) for text in overrides]
    of = sheet or sheets[0].title
    if of not in {one.title for one in sheets}:
        known = ", ".join(one.title for one in sheets)
        raise NotFound("there is no sheet {name}; there are {known}", name=of, known=known)
    if columns:
        plan["map"] = dict(map(_pair, columns))
    if plan:
        plans[of] = {**plans.get(of, {}), **plan}
    total = sum(len(one.rows) for one in sheets)
    with progress(words("Rows read")) as bar:
        task = bar.add_task("", total=total)
        seen = importing.look(
            caller, sheets, plans, every=True, on_row=lambda n: bar.update(task, completed=n)
        )
    _show(seen)
    whole = not seen.count and (draft or not seen.blocked)
    if check or not whole:
        opened.close()
        raise typer.Exit(0 if whole else 1)
    importing.require_whole(seen, "drafts" if draft else "records")
    told: dict[str, Any] = {"new": seen.new, "there": seen.there}
    if draft:
        importing.remember(caller, seen)
        if seen.masters:
            opened.masters.record(caller, seen.masters)
        told["drafts"] = importing.as_drafts(caller, seen.filled)
    else:
        with progress(words("Records checked")) as bar:
            task = bar.add_task("", total=len(seen.filled))
            indices = importing.record(
                caller,
                seen,
                typed_by=typed_by,
                on_checked=lambda n: bar.update(task, completed=n),
            )
        told["records"] = len(indices)
    write_json(told)
    opened.close()


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.rpartition("=") if text.endswith("=") else text.partition("=")
    if not equals:
        raise Malformed("{text} is no field=value", text=text[:80])
    return name, value


def _override(text: str, person: str) -> dict[str, Any]:
    row, _, rest = text.strip().partition(" ")
    rule, _, reason = rest.strip().partition(" ")
    if not (row.isascii() and row.isdigit()) or not reason.strip():
        raise Malformed(
            "{text} is no override; write ROW RULE REASON, for example: 12 1/interval …",
            text=text[:80],
        )
    return {"row": int(row), "rule": rule, "person": person, "reason": reason}


def _document(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(read(path))
    except ValueError:
        raise Malformed("{file} is no JSON", file=str(path)) from None
    if not isinstance(found, dict):
        raise Malformed("send a JSON object")
    return found


def _show(seen: Preview) -> None:
    for look in seen.sheets:
        _sheet(look)
    for one in seen.problems[:_SHOWN]:
        _trouble(one, "red")
    if seen.count > len(seen.problems[:_SHOWN]):
        err.print(words("{count} problems in all", count=seen.count), markup=False, style="red")
    for one in seen.blocked[:_SHOWN]:
        _trouble(one, "red")
    for one, answer in seen.answered[:_SHOWN]:
        _trouble(one, "yellow")
        said = words("let pass by {name}: {reason}", name=answer.person, reason=answer.reason)
        err.print(f"  {said}", markup=False)
    for one in seen.notices[:10]:
        _trouble(one, "yellow")
    if len(seen.notices) > 10:
        err.print(
            words("and {count} more such notices", count=len(seen.notices) - 10), markup=False
        )


def _trouble(one: Trouble, style: str) -> None:
    err.print(told_at(one, wording(language())), markup=False, style=style)


def _sheet(look: Look) -> None:
    if look.plan.kind is None:
        err.print(words("sheet “{sheet}” is left out: say with --kind what it holds",
                        sheet=look.title), markup=False)  # fmt: skip
        return
    kind = words(KINDS[look.plan.kind].label.template)
    for key, params in (
        ("sheet “{sheet}”: {rows} rows as {kind}, {new} of them new",
         {"sheet": look.title, "rows": look.rows, "kind": kind, "new": look.new}),
        ("{count} rows are there already", {"count": look.there}),
    ):  # fmt: skip
        if params.get("count") != 0:
            err.print(words(key, **params), markup=False)
    for name, target in look.plan.document(look.headings)["columns"].items():
        err.print(f"  {name} → {target}", markup=False)
    if missing := unmatched(look, wording(language())):
        err.print(missing, markup=False, style="yellow")
    for shown in look.first[:3]:
        texts = [
            f"{words(line.label.template)}: "
            + (words(line.text.template) if isinstance(line.text, Said) else line.text)
            for line in shown.lines
        ]
        err.print(f"  {shown.row}: {'; '.join(texts)}", markup=False)
    if look.unknown:
        names = ", ".join(f"{name} ({count})" for name, count in look.unknown.most_common(20))
        err.print(words("Not known here: {names}", names=names), markup=False)
