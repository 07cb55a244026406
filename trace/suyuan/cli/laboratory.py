"""Laboratories and certifiers, from the command line: registered, asked, their keys confirmed."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from suyuan.cli.admin import administrator
from suyuan.cli.record import As, caller_for
from suyuan.cli.show import in_words, node, write_json
from suyuan.core.attest import fingerprint
from suyuan.flow.signing import DAYS

laboratories = typer.Typer(
    help="Laboratories and certifiers that sign by a link", no_args_is_help=True
)

Laboratory = Annotated[str, typer.Argument(help="Its URI, as `suyuan laboratory list` tells it")]


def _link(url: str, token: str, name: str) -> dict[str, str]:
    return {"id": name, "link": f"{url.rstrip('/')}/sign#{token}"}


@laboratories.command()
@in_words
def add(
    zh: Annotated[str, typer.Option(help="Chinese name")],
    county: Annotated[str, typer.Option(help="GB/T 2260 code, six digits")],
    contact: Annotated[str, typer.Option(help="Whom to call there, and under which number")],
    en: Annotated[str, typer.Option(help="English name")] = "",
    number: Annotated[str, typer.Option(help="Number of its accreditation")] = "",
    organisation: Annotated[str, typer.Option("--id", help="Its URI, if it has one")] = "",
) -> None:
    """Register a laboratory or certifier: your word for who it is."""
    opened = node()
    known = opened.signing.register(
        administrator(opened), organisation=organisation, zh=zh, en=en, county=county,
        number=number, contact=contact,
    )  # fmt: skip
    opened.close()
    write_json({"id": known.organisation})


@laboratories.command("list")
@in_words
def listed() -> None:
    """All that are registered, and their keys in the log: a JSON object each."""
    opened = node()
    known = opened.signing.laboratories()
    opened.close()
    for one in known:
        write_json(
            {
                "id": one.organisation, "zh": one.zh, "en": one.en, "county": one.county,
                "number": one.number, "contact": one.contact, "keys": [s.kid for s in one.keys],
            }
        )  # fmt: skip


@laboratories.command()
@in_words
def key(laboratory: Laboratory) -> None:
    """A link by which a laboratory brings its key. It is printed this once."""
    opened = node()
    made = opened.signing.ask_key(administrator(opened), laboratory)
    opened.close()
    write_json(_link(opened.settings.public_url, *made))


@laboratories.command()
@in_words
def confirm(
    request: Annotated[str, typer.Argument(help="Id of the request that brought the key")],
    kid: Annotated[
        str, typer.Option(help="The key, once its fingerprint was compared; empty: shown")
    ] = "",
) -> None:
    """Put a key that was brought into the log. Compare its fingerprint by telephone before."""
    opened = node()
    caller = administrator(opened)
    found = opened.signing.one(caller, request)
    brought = json.loads(found.answer) if found.answer else {}
    if kid:
        write_json({"index": opened.signing.confirm(caller, request, kid)})
    else:
        shown = fingerprint(brought["kid"]) if "kid" in brought else None
        write_json({"state": found.state, "kid": brought.get("kid"), "fingerprint": shown})
    opened.close()


@laboratories.command()
@in_words
def ask(
    laboratory: Laboratory,
    subject: Annotated[str, typer.Argument(help="Lot or season, as its URI")],
    items: Annotated[
        list[str], typer.Argument(help="What is to be tested; or origin, green, organic, gi")
    ],
    organisation: As,
    purpose: Annotated[str, typer.Option(help="test or certificate")] = "test",
    sample: Annotated[str, typer.Option(help="About the sample")] = "",
    days: Annotated[int, typer.Option(help="That the link is good")] = DAYS,
) -> None:
    """Ask for results of a test, or for a certificate. The link is printed this once."""
    opened = node()
    made = opened.signing.ask(
        caller_for(opened, organisation, "recorder"), laboratory, purpose, subject, items,
        sample=sample, days=days,
    )  # fmt: skip
    opened.close()
    write_json(_link(opened.settings.public_url, *made))
