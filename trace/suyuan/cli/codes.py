"""Codes: issued, activated, given back, voided; and how often they were read, from the command line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import in_words, language, node, write_json
from suyuan.core.brand.ranges import read_ranges
from suyuan.core.brand.told import issue_told

codes = typer.Typer(help="Codes of packs, and what becomes of them.", no_args_is_help=True)

Record = Annotated[int, typer.Argument(help="The record that issued them")]
Ranges = Annotated[str, typer.Option("--ranges", help="Counted from 1, for example 1-500,733")]
Serials = Annotated[
    list[str] | None, typer.Option("--serial", help="One serial; several times")
]  # fmt: skip
Job = Annotated[str, typer.Option(help="All labels of this job")]
Reason = Annotated[str, typer.Option(help="Why: it is shown to all")]
Person = Annotated[str, typer.Option(help="Who answers for it")]


@codes.command("issue")
@in_words
def issue(
    gtin: Annotated[str, typer.Argument(help="GTIN, 14 digits")],
    lot: Annotated[str, typer.Argument(help="Lot number")],
    count: Annotated[int, typer.Argument(help="How many packs")],
    organisation: As,
    time: Annotated[str, typer.Option(help="When they were packed, RFC 3339 with offset")],
    key: Annotated[
        str, typer.Option(help="A word of yours: the same again gives the same serials")
    ],
    ahead: Annotated[
        bool, typer.Option("--ahead", help="Before packing: activate them when packs are filled")
    ] = False,
    planned: Annotated[
        str, typer.Option(help="Ahead of packing: the day that is planned, for the labels")
    ] = "",
    reason: Annotated[str, typer.Option(help="Why more than the brand's ceiling")] = "",
    role: RoleOption = "recorder",
) -> None:
    """Issue codes for the packs of a lot; prints the record, the serials, and how the label's claims
    stand."""
    from suyuan.web.api.issue import issued_told
    from suyuan.web.wording import wording

    opened = node()
    caller = caller_for(opened, organisation, role)
    index, serials = opened.issuer.issue(
        caller, gtin=gtin, lot=lot, count=count, event_time=time,
        time_zone="+00:00" if time.endswith("Z") else time[-6:], key=key, ahead=ahead, reason=reason,
        planned=planned,
    )  # fmt: skip
    told = issued_told(opened, caller, index, serials, wording(language()).show)
    opened.close()
    write_json(told)


@codes.command("activate")
@in_words
def activate(
    record: Record, organisation: As, ranges: Ranges = "", serial: Serials = None, job: Job = "",
    person: Person = "", role: RoleOption = "recorder",
) -> None:  # fmt: skip
    """These codes are on packs now; prints the record's index."""
    _act("activate", record, organisation, role, ranges, serial, job, "", person)


def _ending(act: str, told: str) -> None:
    """A command that ends codes: with a reason, which all may read."""

    def end(
        record: Record, organisation: As, reason: Reason, ranges: Ranges = "", serial: Serials = None,
        job: Job = "", person: Person = "", role: RoleOption = "recorder",
    ) -> None:  # fmt: skip
        _act(act, record, organisation, role, ranges, serial, job, reason, person)

    codes.command(act, help=told)(in_words(end))


_ending("return", "Give unused codes back: they no longer count against the ceiling.")
_ending("void", "Take codes out of use. What is sold or sent off is refused: recall that.")


@codes.command("show")
@in_words
def show(
    organisation: As,
    record: Annotated[int | None, typer.Option(help="Only of this record")] = None,
    lot: Annotated[str, typer.Option(help="Only of this lot, as a Digital Link")] = "",
    role: RoleOption = "recorder",
) -> None:
    """Issues of codes and what became of them, a JSON object each."""
    from suyuan.web.api.brands import issues_of

    opened = node()
    viewer = caller_for(opened, organisation, role).viewer
    found = issues_of(opened, viewer, record, lot)
    opened.close()
    for one in found:
        write_json(issue_told(one))


@codes.command("cases")
@in_words
def cases(organisation: As, role: RoleOption = "recorder") -> None:
    """Alarms about codes that were read where or when they should not be, a JSON object each."""
    from suyuan.flow.brand_sight import watched
    from suyuan.web.api.brands import case_told

    opened = node()
    owners = watched(caller_for(opened, organisation, role).viewer, opened.accounts)
    found = opened.scans.store.cases(owners, limit=200)
    opened.close()
    for one in found:
        write_json(case_told(one))


@codes.command("close")
@in_words
def close(
    case: Annotated[str, typer.Argument(help="The case, as `cases` tells it")],
    organisation: As,
    person: Person,
    note: Annotated[str, typer.Option(help="What was found")],
    role: RoleOption = "recorder",
) -> None:
    """Close an alarm."""
    from suyuan.flow.brand_sight import watched
    from suyuan.web.api.brands import case_told

    opened = node()
    owners = watched(caller_for(opened, organisation, role).viewer, opened.accounts)
    opened.scans.close(case, owners, person=person, note=note)
    told = case_told(*opened.scans.case(case, owners))
    opened.close()
    write_json(told)


def _act(
    act: str, record: int, organisation: str, role: Any, ranges: str, serials: list[str] | None,
    job: str, reason: str, person: str,
) -> None:  # fmt: skip
    from suyuan.web.api.brands import which

    opened = node()
    named: dict[str, Any] = {"record": record}
    if serials:
        named["serials"] = serials
    if job:
        named["job"] = job
    if ranges:
        count = opened.codes.issue(record).count
        named["ranges"] = [[first + 1, last + 1] for first, last in read_ranges(ranges, count)]
    index = opened.codes.act(
        caller_for(opened, organisation, role), act, record, which(opened, organisation, named),
        reason=reason, person=person,
    )  # fmt: skip
    opened.close()
    write_json({"index": index})
