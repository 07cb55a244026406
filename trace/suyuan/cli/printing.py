"""Printers, stock and jobs of labels from the command line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from suyuan.bootstrap import Node
from suyuan.cli.record import As
from suyuan.cli.show import in_words, language, node, tell, write_json
from suyuan.core.errors import NotFound
from suyuan.core.identifiers import object_id
from suyuan.ports.printing import LabelJob

printing = typer.Typer(help="Label printers, and jobs of labels", no_args_is_help=True)

_Job = Annotated[str, typer.Argument(help="The job's id, as `list` tells it")]


@printing.command("printer")
@in_words
def printer(
    name: Annotated[str, typer.Argument(help="What people call it")],
    address: Annotated[str, typer.Argument(help="Host or host:port, one of `printer_hosts`")],
    organisation: As,
    speaks: Annotated[str, typer.Option(help="zpl, tspl or escpos")] = "tspl",
    dpi: Annotated[int, typer.Option(help="203 or 300")] = 203,
    darkness: Annotated[str, typer.Option(help="0 to 15; as the printer is set without it")] = "",
    right: Annotated[float, typer.Option(help="Move labels to the right, mm")] = 0.0,
    down: Annotated[float, typer.Option(help="Move labels down, mm")] = 0.0,
    mute: Annotated[bool, typer.Option("--mute", help="It does not say how it is")] = False,
) -> None:
    """Put a printer on the list; prints its id."""
    opened = node()
    kept = opened.supplies.keep_printer(
        organisation,
        {
            "name": name, "address": address, "language": speaks, "dpi": str(dpi),
            "darkness": darkness, "right": right, "down": down, "answers": not mute,
        },
    )  # fmt: skip
    write_json({"id": kept.id, "name": kept.name, "address": kept.address})
    opened.close()


@printing.command("supplies")
@in_words
def supplies(organisation: As) -> None:
    """All printers and all stock, a JSON object each."""
    opened = node()
    for one in opened.supplies.printers(organisation):
        write_json(
            {"printer": one.id, "name": one.name, "address": one.address, "speaks": one.language,
             "dpi": one.dpi}
        )  # fmt: skip
    for paper in opened.supplies.papers(organisation):
        write_json({"stock": paper.id, "name": paper.name})
    opened.close()


@printing.command("print")
@in_words
def begin(
    lot: Annotated[str, typer.Argument(help="The lot, as a Digital Link")],
    organisation: As,
    on: Annotated[str, typer.Option("--printer", help="The printer's id")],
    stock: Annotated[str, typer.Option(help="The stock's id")] = "60x40",
    record: Annotated[
        int | None, typer.Option(help="Packs: the record that issued the serials")
    ] = None,
    first: Annotated[int, typer.Option("--from", help="First label, from 1")] = 1,
    last: Annotated[int | None, typer.Option("--to", help="Last label; all without it")] = None,
    again: Annotated[bool, typer.Option("--again", help="Also those printed before")] = False,
) -> None:
    """Begin a job; the running service prints it. Prints its id."""
    opened = node()
    name = object_id(lot)
    if name is None:
        raise NotFound("{lot} is no lot of a product", lot=lot)
    there = 1 if record is None else len(opened.database.log.serials_of(record))
    job = opened.printing.begin(
        organisation, organisation, name, record=record, first=first - 1,
        count=(last or there) - first + 1, way="printer", again=again,
        paper=opened.supplies.paper(organisation, stock),
        printer=opened.supplies.printer(organisation, on),
    )  # fmt: skip
    _tell(opened, job)
    opened.close()


@printing.command("list")
@in_words
def jobs(organisation: As) -> None:
    """All jobs, the newest first, a JSON object each."""
    opened = node()
    for job in opened.database.label_jobs.list(organisation):
        _tell(opened, job)
    opened.close()


@printing.command("pause")
@in_words
def pause(job_id: _Job, organisation: As) -> None:
    """Stop after the part that the printer has."""
    _turn(lambda opened: opened.printing.pause(organisation, job_id))


@printing.command("resume")
@in_words
def resume(job_id: _Job, organisation: As) -> None:
    """Go on with a paused job."""
    _turn(lambda opened: opened.printing.resume(organisation, job_id))


@printing.command("cancel")
@in_words
def cancel(job_id: _Job, organisation: As) -> None:
    """Print nothing more of it."""
    _turn(lambda opened: opened.printing.cancel(organisation, job_id))


@printing.command("settle")
@in_words
def settle(
    job_id: _Job,
    good: Annotated[int, typer.Argument(help="The last good label, counted from 1 in the job")],
    organisation: As,
) -> None:
    """Say how far a job in doubt came; the rest is printed from there."""
    _turn(lambda opened: opened.printing.settle(organisation, job_id, good))


@printing.command("calibrate")
@in_words
def calibrate(
    on: Annotated[str, typer.Argument(help="The printer's id")],
    organisation: As,
    stock: Annotated[str, typer.Option(help="The stock's id")] = "60x40",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the page as PNG; print nothing")
    ] = None,
) -> None:
    """Print a page of rulers, grey fields and a code."""
    from suyuan_labels import calibration
    from suyuan_labels.raster import picture_png

    opened = node()
    paper = opened.supplies.paper(organisation, stock)
    found = opened.supplies.printer(organisation, on)
    if output is None:
        opened.printing.calibrate(paper, found)
        tell("a page of rulers is on its way to {name}", name=found.name)
    else:
        page = calibration(paper.stock, found.dots, found.shift)
        output.write_bytes(picture_png(page, found.dots))
        tell("a page of rulers is in {output}", output=str(output))
    opened.close()


def _turn(act: Callable[[Node], None]) -> None:
    opened = node()
    try:
        act(opened)
    finally:
        opened.close()
    tell("done")


def _tell(opened: Node, job: LabelJob) -> None:
    from suyuan.web.api.printing import job_told

    write_json(job_told(job, language(), opened.printing.left_out(job)))
