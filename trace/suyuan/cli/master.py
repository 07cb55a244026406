"""Master data from the command line: files in, one by one or as tables; what is recorded, out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import err, explain, in_words, node, read, tell, words, write_json
from suyuan.core.errors import Malformed, Refused
from suyuan.core.master.check import objects_in
from suyuan.core.master.jsonld import as_json_ld
from suyuan.core.master.table import masters_of_csv
from suyuan.core.strict_json import loads
from suyuan.core.visibility import Viewer

things = typer.Typer(help="Master data as it is recorded", no_args_is_help=True)

ADMINISTRATOR = "administrator"


def objects_of(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """(where, object) pairs of a JSON, CSV or XLSX file."""
    form = path.suffix.lower()
    if form == ".csv":
        try:
            return masters_of_csv(read(path).decode("utf-8"))
        except UnicodeDecodeError:
            raise Malformed("{file} is not UTF-8; save it as «CSV UTF-8»", file=path.name) from None
    if form == ".xlsx":
        # Loaded when it is needed.
        from suyuan.adapters.workbook import masters_of_workbook

        return masters_of_workbook(read(path))
    return objects_in(loads(read(path)))


@in_words
def master(
    paths: Annotated[list[Path], typer.Argument(help="JSON, CSV or XLSX files")],
    organisation: As,
    role: RoleOption = "recorder",
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would be recorded, and what is wrong")
    ] = False,
) -> None:
    """Record master data: products, places, organisations. Each file goes in whole or not at all."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    failed = False
    for path in paths:
        try:
            objects = objects_of(path)
            if check:
                opened.masters.check(objects)
                tell("{file}: {count} could be recorded", file=path.name, count=len(objects))
            else:
                before = opened.database.log.tail().size
                indices = opened.masters.record(caller, objects)
                new = len({index for index in indices if index >= before})
                write_json({"file": path.name, "indices": list(indices), "new": new})
        except Refused as problem:
            failed = True
            err.print(words("{file}: nothing of it was recorded", file=path.name), style="red")
            explain(problem)
    opened.close()
    if failed:
        raise typer.Exit(1)


@things.command("list")
@in_words
def list_things(organisation: As) -> None:
    """What the organisation said last of each thing, a JSON object each."""
    opened = node()
    viewer = caller_for(opened, organisation, "recorder").viewer
    since = 0
    while found := opened.masters.of(viewer, since=since, limit=500):
        for one in found:
            since = one.index + 1
            write_json({"index": one.index, "recordTime": one.record_time, "master": one.master})
    opened.close()


@things.command("show")
@in_words
def show(
    uri: Annotated[str, typer.Argument(help="Its id: a Digital Link, or a URI of your own")],
    history: Annotated[
        bool, typer.Option("--history", help="All that was said of it, the newest first")
    ] = False,
) -> None:
    """One thing as JSON-LD."""
    opened = node()
    found = opened.masters.history(Viewer(role=ADMINISTRATOR), uri)
    for one in found if history else found[:1]:
        told = as_json_ld(one.master, f"{opened.settings.uri_base}voc/")
        write_json({**told, "suyuan:record": {"index": one.index, "recordTime": one.record_time,
                                              "owner": one.owner}})  # fmt: skip
    opened.close()
