"""What went into what, and recalls, from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import err, in_words, language, node, words, write_json
from suyuan.core.lineage.act import Act
from suyuan.core.lineage.told import standing_told, step_told
from suyuan.core.sheets.written import csv_of
from suyuan.core.visibility import PUBLIC, Viewer
from suyuan.flow.recall import Scope
from suyuan.words import say

recalls = typer.Typer(help="Hold, recall, and drills of it.", no_args_is_help=True)

Things = Annotated[
    list[str] | None, typer.Argument(help="Lots, inputs, seasons, cartons: their URIs")
]
Plot = Annotated[str, typer.Option(help="Lots harvested on this plot")]
Since = Annotated[str, typer.Option("--from", help="First day, for example 2026-09-17")]
Until = Annotated[str, typer.Option("--to", help="Last day")]
Of = Annotated[
    str, typer.Option(help="Of an authority's area: the organisation whose plot and days are meant")
]
Person = Annotated[str, typer.Option(help="Who answers for it")]
Reason = Annotated[str, typer.Option(help="Why: it is shown to all")]


@in_words
def lineage(
    subject: Annotated[str, typer.Argument(help="Lot, pack, carton or season, as its URI")],
    viewer: Annotated[
        str, typer.Option("--for", help="Organisation that asks; empty: the public")
    ] = "",
    role: Annotated[str, typer.Option(help="Role of that organisation")] = "recorder",
    most: Annotated[int, typer.Option(min=1, help="Things each way that are told")] = 400,
) -> None:
    """What a thing came from and what became of it: a JSON object for each step, then one in all."""
    opened = node()
    who = PUBLIC
    if viewer:
        who = Viewer(viewer, role, opened.accounts.county_of(viewer))
    found = opened.tracing.trace(who, subject, most=most)
    weights = opened.recalling.weights(who, found.near)
    where = opened.recalling.where(who, found.subject, found.down)
    state = opened.recalling.states([found.subject]).get(found.subject, "free")
    opened.close()
    for step in found.steps:
        write_json(step_told(step, weights))
    write_json(
        {
            "id": found.subject,
            "state": state,
            "reached": {"up": len(found.up.things), "down": len(found.down.things)},
            "notTold": {"up": found.more[0], "down": found.more[1]},
            "hidden": len(found.up.hidden | found.down.hidden),
            "erased": list(found.erased),
            **standing_told(where),
        }
    )


@recalls.command()
@in_words
def act(
    what: Annotated[str, typer.Argument(help="hold, release, recall or lift")],
    organisation: As,
    person: Person,
    reason: Reason,
    things: Things = None,
    role: RoleOption = "recorder",
    advice: Annotated[str, typer.Option(help="What who has it should do")] = "",
    plot: Plot = "",
    since: Since = "",
    until: Until = "",
    of: Of = "",
) -> None:
    """Record a hold, its release, a recall, or that a recall is taken back; the indices, one a line."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    scope = Scope(tuple(things or ()), plot, since, until, of)
    roots = opened.recalling.roots(caller.viewer, organisation, scope)
    indices = opened.recalling.act(
        caller, cast(Act, what), roots, person=person, reason=reason, advice=advice
    )
    opened.close()
    for index in indices:
        write_json({"index": index})


@recalls.command()
@in_words
def reach(
    organisation: As,
    things: Things = None,
    role: RoleOption = "recorder",
    plot: Plot = "",
    since: Since = "",
    until: Until = "",
    of: Of = "",
    customers: Annotated[
        Path | None, typer.Option(help="Write who got what to this file: .csv or .xlsx")
    ] = None,
    notice: Annotated[
        Path | None, typer.Option(help="Write the notice of one page to this PDF file")
    ] = None,
) -> None:
    """What a recall would reach, as one JSON object; nothing is recorded."""
    from suyuan.web.api.lineage import reach_told, table_of, workbook_bytes
    from suyuan.web.notices import notice_pdf
    from suyuan.web.wording import wording

    opened = node()
    viewer = caller_for(opened, organisation, role).viewer
    scope = Scope(tuple(things or ()), plot, since, until, of)
    found = opened.recalling.reach(viewer, opened.recalling.roots(viewer, organisation, scope))
    if customers is not None:
        table = table_of(opened, viewer, language(), found)
        if customers.suffix.lower() == ".xlsx":
            customers.write_bytes(workbook_bytes(table, language()))
        else:
            customers.write_bytes(b"".join(csv_of(table, say(language()))))
    if notice is not None:
        notice.write_bytes(notice_pdf(opened, viewer, wording(language()), found))
    for written in filter(None, (customers, notice)):
        # The answer itself is for programs.
        err.print(words("{file} is written", file=str(written)), markup=False)
    opened.close()
    write_json(reach_told(found))


@recalls.command()
@in_words
def drill(
    organisation: As,
    person: Person,
    things: Things = None,
    role: RoleOption = "recorder",
    plot: Plot = "",
    since: Since = "",
    until: Until = "",
    of: Of = "",
) -> None:
    """Everything that a recall does but recording it, timed; the report is kept and written here."""
    from suyuan.web.api.lineage import drill_told, drilled

    opened = node()
    viewer = caller_for(opened, organisation, role).viewer
    made, _ = opened.recalling.drill(
        viewer, organisation, Scope(tuple(things or ()), plot, since, until, of), person=person,
        files=lambda found: drilled(opened, viewer, language(), found),
    )  # fmt: skip
    opened.close()
    write_json(drill_told(made))
