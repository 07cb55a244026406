"""Gates and certificates from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from suyuan.bootstrap import Node
from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import in_words, language, node, tell, write_json
from suyuan.core.errors import NotFound, Refused
from suyuan.core.rules.override import Overriding
from suyuan.flow.accounts import Caller
from suyuan.web.wording import wording

certificates = typer.Typer(help="Certificates of compliance 承诺达标合格证.", no_args_is_help=True)
gates = typer.Typer(
    help="A lot's gates: release at origin, check-in at a market.", no_args_is_help=True
)

Lot = Annotated[str, typer.Argument(help="The lot, as its URI")]
Code = Annotated[str, typer.Argument(help="The certificate's code or address")]
Person = Annotated[str, typer.Option(help="Who answers for it, by name")]


@gates.command("show")
@in_words
def show(lot: Lot, organisation: As, role: RoleOption = "recorder") -> None:
    """Both gates as one JSON object. Exit 1 where the origin gate is closed, 3 where something is not
    stated."""
    from suyuan.web.api.gates import gates_told

    opened = node()
    found = opened.gatekeeper.of(caller_for(opened, organisation, role).viewer, lot)
    opened.close()
    write_json(gates_told(found, wording(language()).show))
    raise typer.Exit({"closed": 1, "unknown": 3, "open": 0}[found.origin.state])


@gates.command()
@in_words
def release(
    lot: Lot,
    organisation: As,
    person: Person,
    override: Annotated[
        list[str] | None,
        typer.Option(help="A rule that shall not hold, and why: 9/test=reason; may be repeated"),
    ] = None,
    role: RoleOption = "recorder",
) -> None:
    """Record the release at origin; the indices of the overrides that it took, then its own."""
    opened = node()
    words = [
        Overriding(rule.strip(), person, reason.strip(), where="--override")
        for rule, _, reason in (one.partition("=") for one in override or ())
    ]
    caller = caller_for(opened, organisation, role)
    indices = opened.gatekeeper.release(caller, lot, person=person, overrides=words)
    opened.close()
    write_json({"index": indices[-1], "overrides": list(indices[:-1])})


@gates.command()
@in_words
def link(
    market: Annotated[str, typer.Argument(help="Its name, as it stands in the records")],
    organisation: As,
    days: Annotated[int, typer.Option(help="For how many days it is good")] = 30,
    role: RoleOption = "recorder",
) -> None:
    """Make a link by which a market checks goods in without an account; told this once."""
    from suyuan.web.api.gates import link_address, link_told

    opened = node()
    caller = caller_for(opened, organisation, role)
    given = opened.check_ins.give(caller, market, days=days, person="command line")
    opened.close()
    write_json({**link_told(given.link), "address": link_address(opened, given.token)})


@certificates.command()
@in_words
def issue(
    lot: Lot,
    organisation: As,
    person: Person,
    contact: Annotated[str, typer.Option(help="Telephone; empty: as on the last one")] = "",
    show_contact: Annotated[
        bool, typer.Option("--show-contact", help="It is nobody's private number: show it to all")
    ] = False,
    quantity: Annotated[
        str, typer.Option(help="For example 500 公斤; empty: all that is left")
    ] = "",
    origin: Annotated[str, typer.Option(help="Empty: from the plots that were harvested")] = "",
    product: Annotated[str, typer.Option(help="Empty: the product's name")] = "",
    tick: Annotated[
        list[str] | None, typer.Option(help="On what it rests; may be repeated")
    ] = None,
    role: RoleOption = "recorder",
) -> None:
    """Issue a certificate, filled in from the lot; its number, code and record as JSON."""
    from suyuan.web.api.certificates import kept_told

    opened = node()
    caller = caller_for(opened, organisation, role)
    kept = opened.certificates.begin(caller, lot)
    given: dict[str, Any] = {
        "contact": contact, "quantity": quantity, "origin": origin, "product": product,
    }  # fmt: skip
    changes = {name: value for name, value in given.items() if value}
    changes |= {"shown": True} if show_contact else {}
    changes |= {"ticks": list(tick)} if tick else {}
    try:
        if changes:
            opened.certificates.save(caller, kept.code, changes)
        opened.certificates.issue(caller, kept.code, person=person)
    except BaseException:
        # What was not issued is no draft that anybody would look for.
        opened.certificates.discard(caller, kept.code)
        raise
    told = kept_told(opened, opened.certificates.get(organisation, kept.code))
    opened.close()
    write_json(told)


@certificates.command()
@in_words
def void(
    code: Code,
    organisation: As,
    person: Person,
    reason: Annotated[str, typer.Option(help="Why: it is shown to all")],
    role: RoleOption = "recorder",
) -> None:
    """Take a certificate back: a record of its own."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    index = opened.certificates.void(caller, _code(code), person=person, reason=reason)
    opened.close()
    write_json({"index": index})


@certificates.command("show")
@in_words
def show_one(code: Code) -> None:
    """What everybody may know of a certificate, as JSON. Exit 1 unless it holds."""
    from suyuan.web.api.certificates import checked

    opened = node()
    told = checked(opened, code)
    opened.close()
    write_json(told)
    raise typer.Exit(0 if told["state"] == "valid" else 1)


@certificates.command("print")
@in_words
def print_one(
    code: Code,
    organisation: As,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File: .pdf, .png, .svg; of a label .zpl, .tspl, .bin"),
    ] = None,
    label: Annotated[
        bool, typer.Option("--label", help="A label of 60 × 40 mm, not a page")
    ] = False,
    dpi: Annotated[int, typer.Option(help="203 or 300, of a label printer")] = 203,
    on: Annotated[
        str, typer.Option("--printer", help="A label printer's id: the running service prints it")
    ] = "",
    stock: Annotated[str, typer.Option(help="The stock's id")] = "60x40",
    role: RoleOption = "recorder",
) -> None:
    """Write it as a page or a label, or send it to a label printer; each print is counted."""
    from suyuan.flow.certificate_paper import file_of, paper_of, require_fit

    opened = node()
    caller = caller_for(opened, organisation, role)
    if on:
        _send(opened, caller, code, on, stock)
        return
    if output is None:
        raise Refused("say with -o where it is written, or with --printer where it is printed")
    way, known, ending = "label" if label else "a4", _code(code), output.suffix.lstrip(".").lower()
    opened.certificates.get(organisation, known)
    looked = opened.register.look(caller.viewer, known)
    if looked is None:
        raise NotFound("there is no such certificate here")
    where = opened.settings.public_url
    require_fit(looked, where, way, ending)
    copy = opened.certificates.print(caller, known, way=way, person="command line")
    made = file_of(paper_of(looked, where, copy), way, ending, 300 if dpi == 300 else 203)
    output.write_bytes(made)
    opened.close()
    tell("{file} is written", file=str(output))


def _send(opened: Node, caller: Caller, code: str, on: str, stock: str) -> None:
    from suyuan.web.api.printing import job_told

    job = opened.certificate_printing.send(
        caller, _code(code), person="command line",
        printer=opened.supplies.printer(caller.organisation, on),
        paper=opened.supplies.paper(caller.organisation, stock),
    )  # fmt: skip
    opened.close()
    write_json(job_told(job, language()))


def _code(text: str) -> str:
    from suyuan.core.certificate import code_of

    return code_of(text) or text
