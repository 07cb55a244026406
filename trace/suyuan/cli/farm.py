"""The cooperative's books on the command line: record, list, correct (docs/books.md)."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.rules import say_findings
from suyuan.cli.sheets import import_file
from suyuan.cli.sheets_out import check_archive_file, export
from suyuan.cli.show import in_words, node, tell, words, write_json
from suyuan.core.errors import Malformed
from suyuan.core.farm.forms import FORMS
from suyuan.core.farm.write import spoken
from suyuan.core.rules.override import Overriding
from suyuan.flow.books import Entry, Line, spread
from suyuan.ports.books import DeedQuery

farm = typer.Typer(
    help="The cooperative's books: what was done, with what, where", no_args_is_help=True
)

farm.command("import")(import_file)
farm.command("export")(export)
farm.command("check-archive")(check_archive_file)

_AT_ONCE = 200
_MANY = frozenset({"items", "things", "plots", "texts", "uris"})

Fields = Annotated[
    list[str], typer.Argument(help="field=value …; `suyuan farm forms KIND` tells the fields")
]
TypedBy = Annotated[
    str | None, typer.Option("--recorded-by", help="Who types it, beside who did it")
]


Overrides = Annotated[
    list[str] | None,
    typer.Option("--override", help='Rule that blocks and why it may: "1/interval tested, fine"'),
]
Person = Annotated[str, typer.Option("--person", help="Who answers for the overrides, by name")]


def overrides_of(given: list[str] | None, person: str) -> list[Overriding]:
    """``RULE REASON`` of each."""
    pairs = [text.partition(" ") for text in given or ()]
    return [
        Overriding(rule, person, reason, where=f"--override {rule}") for rule, _, reason in pairs
    ]


def given_of(form: str, fields: list[str]) -> dict[str, Any]:
    """``field=value`` pairs; a field that takes several may be there several times."""
    known = {one.name: one for one in FORMS[form].fields} if form in FORMS else {}
    given: dict[str, Any] = {}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals:
            raise Malformed("{text} is no field=value", text=text[:80])
        if name not in given:
            given[name] = value
        elif name in known and known[name].type in _MANY:
            given[name] = f"{given[name]}\n{value}"
        else:
            raise Malformed("{name} is there twice", path=f"/{name}", name=name)
    return given


@farm.command("forms")
@in_words
def forms(kind: Annotated[str, typer.Argument(help="One of them")] = "") -> None:
    """What can be recorded; with a kind, what its form asks for."""
    chosen = [FORMS[kind]] if kind in FORMS else list(FORMS.values())
    if kind and kind not in FORMS:
        raise Malformed(
            "there is no form {name}; there are {known}", name=kind[:80], known=", ".join(FORMS)
        )
    for form in chosen:
        tell("{name}: {label}", name=form.name, label=words(form.label.template))
        for one in form.fields if kind else ():
            marks = [words("required")] if one.required else []
            marks += ["/".join(one.units)] if one.units else []
            marks += ["/".join(one.choices)] if one.choices else []
            told = f"  {one.name}: {words(one.label.template)}"
            typer.echo(f"{told} ({'; '.join(marks)})" if marks else told)


@farm.command("record")
@in_words
def record(
    kind: Annotated[str, typer.Argument(help="The form: spraying, harvest, purchase …")],
    fields: Fields,
    organisation: As,
    role: RoleOption = "recorder",
    each: Annotated[
        list[str] | None, typer.Option("--plot", help="The same on each of these plots")
    ] = None,
    typed_by: TypedBy = None,
    override: Overrides = None,
    person: Person = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only say what the rules say of it")
    ] = False,
    draft: Annotated[
        bool, typer.Option("--draft", help="Keep it as a draft, complete or not")
    ] = False,
    same: Annotated[
        bool, typer.Option("--same", help="What is not given is as it was the last time")
    ] = False,
) -> None:
    """Record what was done, for example: spraying --as ORG day=2026-07-11 "items=LOT 30 毫升" …"""
    opened = node()
    caller = caller_for(opened, organisation, role)
    given = given_of(kind, fields)
    if same:
        last = opened.books.last(caller, kind)
        given = {**(last or {}), **given}
    if draft:
        saved = opened.drafts.save(caller, kind, given)
        write_json({"draft": saved.id})
    else:
        entry = Entry(kind, given)
        entries = spread(entry, each) if each else [entry]
        if check:
            events = [one.event for one in opened.books.events(caller, entries)]
            viewer = caller.viewer
            say_findings(opened.judge.before_events(viewer, caller.organisation, events))
        else:
            indices = opened.books.record(
                caller, entries, typed_by=typed_by, overrides=overrides_of(override, person)
            )
            write_json({"indices": list(indices)})
    opened.close()


@farm.command("list")
@in_words
def list_deeds(
    organisation: As,
    role: RoleOption = "recorder",
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="Only these")] = None,
    things: Annotated[
        list[str] | None,
        typer.Option("--thing", help="That name this season, plot, lot, product or party"),
    ] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day")] = None,
    text: Annotated[str, typer.Option("--text", help="With these words")] = "",
    most: Annotated[int, typer.Option("--most", help="So many", min=1)] = 50,
) -> None:
    """What was recorded, newest first, a JSON object each."""
    opened = node()
    viewer = caller_for(opened, organisation, role).viewer
    query = DeedQuery(
        organisation,
        frozenset(kinds) if kinds else None,
        tuple(things or ()),
        (since, until),
        text,
    )
    while most > 0:
        page = opened.books.find(viewer, replace(query, limit=min(most, _AT_ONCE)))
        for line in page.lines:
            write_json(_told(line))
        most -= len(page.lines)
        if page.after is None:
            break
        query = replace(query, after=page.after)
    opened.close()


def _told(line: Line) -> dict[str, Any]:
    deed = line.deed
    things = (*deed.inputs, *deed.outputs, *deed.about)
    told: dict[str, Any] = {
        "index": deed.index,
        "day": deed.day.isoformat(),
        "kind": deed.kind,
        "form": deed.form,
        "season": deed.season,
        "plots": list(deed.plots),
        "things": [{"id": one.id, "amount": one.amount and spoken(one.amount)} for one in things],
    }
    if line.declared:
        told["declaredAnErrorBy"] = list(line.declared)
    if line.instead:
        told["correctedBy"] = list(line.instead)
    return told


@farm.command("correct")
@in_words
def correct(
    index: Annotated[int, typer.Argument(help="Index of the record that is wrong", min=0)],
    organisation: As,
    fields: Annotated[
        list[str] | None, typer.Argument(help="field=value of what was wrong; the rest stays")
    ] = None,
    role: RoleOption = "recorder",
    nothing: Annotated[
        bool, typer.Option("--did-not-happen", help="Nothing holds instead")
    ] = False,
    typed_by: TypedBy = None,
    override: Overrides = None,
    person: Person = "",
) -> None:
    """Declare a record an error and say what is right. Both stay and both are shown."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    if nothing == bool(fields):
        raise Malformed("say what is right, or --did-not-happen")
    entry: Entry | None = None
    if fields:
        form, given = opened.books.as_form(caller, index)
        entry = Entry(form, {**given, **given_of(form, fields)})
    made = opened.books.correct(
        caller, index, entry, typed_by=typed_by, overrides=overrides_of(override, person)
    )
    write_json({"declaration": made.declaration, "instead": made.instead})
    opened.close()


@farm.command("drafts")
@in_words
def list_drafts(organisation: As, role: RoleOption = "recorder") -> None:
    """Drafts that wait to be filed, a JSON object each."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    after: tuple[str, str] | None = None
    while found := opened.drafts.list(caller, after=after, limit=_AT_ONCE):
        for one in found:
            write_json({"draft": one.id, "form": one.form, "changedAt": one.changed_at})
        after = found[-1].changed_at, found[-1].id
    opened.close()


@farm.command("file")
@in_words
def file(
    drafts: Annotated[list[str], typer.Argument(help="Ids of drafts, all or none are filed")],
    organisation: As,
    role: RoleOption = "recorder",
    typed_by: TypedBy = None,
    override: Overrides = None,
    person: Person = "",
) -> None:
    """Sign drafts and file them."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    indices = opened.drafts.file(
        caller, drafts, typed_by=typed_by, overrides=overrides_of(override, person)
    )
    write_json({"indices": list(indices)})
    opened.close()


@farm.command("reindex")
@in_words
def reindex() -> None:
    """Make the list of deeds anew from the records, as after a change of how they are read."""
    opened = node()
    tell("{count} deeds are listed", count=opened.books.reindex())
    opened.close()
