"""Brands and the right to use them, from the command line."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import in_words, node, write_json
from suyuan.core.brand.told import authorisation_told
from suyuan.core.errors import Forbidden

brands = typer.Typer(help="Brands, and who may use them.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The authorisation's URI, as `list` tells it")]
Person = Annotated[str, typer.Option(help="Who answers for it")]
Area = Annotated[float | None, typer.Option(help="Area in mu")]
Plots = Annotated[list[str] | None, typer.Option("--plot", help="A plot's URI; several times")]
Volume = Annotated[float | None, typer.Option(help="Volume of finished product in kg")]
Template = Annotated[
    str, typer.Option(help="Crop template whose yield ceiling and ratios hold")
]  # fmt: skip


@brands.command("add")
@in_words
def add(
    brand: Annotated[str, typer.Argument(help="The brand's URI")],
    organisation: As,
    zh: Annotated[str, typer.Option(help="Name in Chinese")],
    en: Annotated[str, typer.Option(help="Name in English")] = "",
    counties: Annotated[
        list[str] | None, typer.Option("--county", help="GB/T 2260: its area; several times")
    ] = None,
    role: RoleOption = "recorder",
) -> None:
    """Record a brand that you own; prints the record's index."""
    opened = node()
    master: dict[str, Any] = {"id": brand, "type": "Brand", "name": {"zh": zh, "en": en or zh}}
    if counties:
        master["suyuan:counties"] = counties
    (index,) = opened.masters.record(caller_for(opened, organisation, role), [("", master)])
    opened.close()
    write_json({"index": index})


@brands.command("list")
@in_words
def show(
    brand: Annotated[str, typer.Option(help="Only of this brand")] = "",
    organisation: Annotated[str, typer.Option(help="Only of this applicant")] = "",
) -> None:
    """Brands with their owners, then who may use them, a JSON object each."""
    opened = node()
    for one in opened.brands.all():
        if brand in ("", one.id):
            write_json({"brand": one.id, "name": one.names._asdict(), "owner": one.owner})
    for found in opened.brands.authorisations(
        brand=brand or None, organisation=organisation or None
    ):
        write_json(authorisation_told(found, opened.brands.today))
    opened.close()


@brands.command("apply")
@in_words
def apply(
    brand: Annotated[str, typer.Argument(help="The brand's URI")],
    product: Annotated[str, typer.Argument(help="The product, https://id.gs1.org/01/…")],
    organisation: As,
    person: Person,
    since: Annotated[str, typer.Option("--from", help="First day, for example 2026-09-17")],
    until: Annotated[str, typer.Option("--to", help="Last day")],
    area: Area = None,
    plot: Plots = None,
    volume: Volume = None,
    template: Template = "",
    role: RoleOption = "recorder",
) -> None:
    """Apply for the right to use a brand; prints the authorisation's URI."""
    from suyuan.web.api.brands import terms_of

    opened = node()
    given = {"brand": brand, "product": product, "from": since, "to": until}
    terms = terms_of({**given, **_terms(opened, area, plot, volume, template)}, organisation)
    name = opened.brands.apply(caller_for(opened, organisation, role), terms, person=person)
    opened.close()
    write_json({"authorisation": name})


@brands.command("turn")
@in_words
def turn(
    authorisation: Name,
    state: Annotated[str, typer.Argument(help="granted, suspended or withdrawn")],
    organisation: As,
    person: Person,
    reason: Annotated[str, typer.Option(help="Why: it is shown to all")] = "",
    area: Area = None,
    plot: Plots = None,
    volume: Volume = None,
    template: Template = "",
    role: RoleOption = "recorder",
) -> None:
    """Grant, suspend or withdraw it, as the brand's owner; a grant may state other terms."""
    from suyuan.web.api.brands import state_of, terms_of

    opened = node()
    chosen, more = state_of(state), _terms(opened, area, plot, volume, template)
    known = opened.brands.one(authorisation).terms
    terms = terms_of({**known.as_json(chosen), **more}, known.organisation) if more else None
    index = opened.brands.turn(
        caller_for(opened, organisation, role), authorisation, chosen, person=person,
        reason=reason, terms=terms,
    )  # fmt: skip
    opened.close()
    write_json({"index": index})


@brands.command("ledger")
@in_words
def ledger(authorisation: Name, organisation: As, role: RoleOption = "recorder") -> None:
    """The ceiling, what was issued against it, and what is left, as one JSON object."""
    from suyuan.flow.brand_sight import sees_ledger
    from suyuan.web.api.brands import ledger_told

    opened = node()
    one = opened.brands.one(authorisation)
    viewer = caller_for(opened, organisation, role).viewer
    if not sees_ledger(viewer, opened.brands, one):
        raise Forbidden("this ledger is for the applicant, the brand's owner and the authority")
    told = ledger_told(opened, opened.codes.account(one))
    opened.close()
    write_json(json.loads(json.dumps(told)))


def _terms(
    opened: Any, area: float | None, plots: list[str] | None, volume: float | None, template: str
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if area is not None:
        found["area"] = {"value": area, "unit": "亩"}
    if plots:
        found["plots"] = plots
    if volume is not None:
        found["volume"] = {"value": volume, "uom": "KGM"}
    if template:
        edition = opened.rulebook.history(template)[0]
        found["template"] = {"id": edition.id, "digest": edition.digest}
    return found
