"""Persons who log in at the desk: the administrator's commands, and how the first one gets in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.admin import administrator
from suyuan.cli.show import in_words, node, read, tell, write_json
from suyuan.core.errors import Refused
from suyuan.core.people import details_of
from suyuan.flow.actors import Actor
from suyuan.flow.member_list import MemberList

if TYPE_CHECKING:
    from suyuan.bootstrap import Node

persons = typer.Typer(help="Persons who log in at the desk", no_args_is_help=True)

Id = Annotated[str, typer.Argument(help="The person's id, as `suyuan person list` shows it")]
Organisation = Annotated[str, typer.Option("--as", help="Organisation, by its URI")]
Roles = Annotated[
    list[str],
    typer.Option(
        "--role",
        help="administrator, clerk, member, dealer, processor, laboratory or regulator; may be repeated",
    ),
]


def actor(opened: Node) -> Actor:
    """Whoever may read the node's secret acts for its administrator."""
    caller = administrator(opened)
    return Actor(
        "", opened.people.uri("command-line"), "", caller.organisation, caller.county,
        frozenset({"administrator"}),
    )  # fmt: skip


@persons.command("add")
@in_words
def add(
    name: Annotated[str, typer.Argument(help="The person's name")],
    organisation: Organisation,
    roles: Roles,
    account: Annotated[
        str, typer.Option(help="What is typed to log in: a phone number or a name")
    ] = "",
    phone: Annotated[str, typer.Option(help="Phone number")] = "",
    village: Annotated[str, typer.Option(help="Village")] = "",
) -> None:
    """Enter a person; with --account or --phone also a log-in, whose one-time code is printed once."""
    opened = node()
    by = actor(opened)
    details = details_of({"name": name, "phone": phone, "village": village})
    people, login, code = opened.people, account or phone, ""
    try:
        if login:
            added, code = people.add_with_login(by, details, roles, organisation, login)  # type: ignore[arg-type]
        else:
            added = people.add(by, details, roles, organisation)  # type: ignore[arg-type]
    except Refused as problem:
        problem.path = ""  # there is one account here, and no form
        raise
    write_json({"id": added.id, "name": details.name, "roles": sorted(set(roles))})
    if code:
        _hand_over(opened, added.account, code)
    opened.close()


@persons.command("list")
@in_words
def list_persons(
    organisation: Annotated[str, typer.Option("--as", help="Only those of this organisation")] = "",
) -> None:
    """Persons with their roles, as JSON. Names are shown; phone and identity numbers are not."""
    opened = node()
    by = actor(opened)
    where = [organisation] if organisation else [
        one.id for one in opened.database.accounts.organisations()
    ]  # fmt: skip
    found = {one.id: one for each in where for one in opened.people.list(by, each)}
    write_json(
        [
            {
                "id": one.id,
                "name": one.details.name,
                "roles": [list(pair) for pair in sorted(one.person.roles)],
                "login": bool(one.account or one.has_card),
                "disabledAt": one.person.disabled_at,
            }
            for one in found.values()
        ]
    )
    opened.close()


@persons.command("import")
@in_words
def import_list(
    file: Annotated[
        Path, typer.Argument(help="A workbook (.xlsx) or a CSV file with a column 姓名")
    ],
    organisation: Organisation,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what would be entered; exit 1 if it cannot be")
    ] = False,
) -> None:
    """Enter the members of a list, all or none. Who is there already is not entered again."""
    opened = node()
    by, lists = actor(opened), MemberList(opened.people)
    seen = lists.look(by, opened.importing.read(file.name, read(file)), organisation)
    for one in seen.wrong:
        tell("{place}: {why}", place=f"{one.sheet}!{one.cell}", why=one.problem)
    told = {"new": len(seen.new), "there": seen.there, "repeats": seen.repeats}
    if check or seen.wrong:
        opened.close()
        write_json(told)
        raise typer.Exit(1 if seen.wrong else 0)
    lists.enter(by, seen.new, organisation)
    write_json(told)
    opened.close()


@persons.command("role")
@in_words
def role(
    person: Id,
    organisation: Organisation,
    roles: Annotated[
        list[str] | None,
        typer.Option("--role", help="All roles held from now on; none: not there any more"),
    ] = None,
) -> None:
    """Set a person's roles in an organisation. Every session of the person ends."""
    opened = node()
    opened.people.set_roles(actor(opened), person, organisation, roles or [])  # type: ignore[arg-type]
    tell("the roles are set: {roles}", roles=", ".join(sorted(set(roles or []))) or "-")
    opened.close()


@persons.command("reset")
@in_words
def reset(
    person: Id,
    account: Annotated[str, typer.Option(help="Another log-in name; empty: the one there is")] = "",
) -> None:
    """Print a one-time code for who lost the password. Password and second factor are void at once."""
    opened = node()
    by = actor(opened)
    known = opened.people.get(by, person)
    code = opened.people.give_login(by, person, account or known.account or known.details.phone)
    _hand_over(opened, opened.people.get(by, person).account, code)
    opened.close()


@persons.command("disable")
@in_words
def disable(
    person: Id,
    back: Annotated[bool, typer.Option("--back", help="Let the person in again")] = False,
) -> None:
    """Let a person log in no more, and end every session."""
    opened = node()
    if back:
        opened.people.enable(actor(opened), person)
        tell("{id} may log in again", id=person)
    else:
        opened.people.disable(actor(opened), person)
        tell("{id} cannot log in any more", id=person)
    opened.close()


@persons.command("erase")
@in_words
def erase(person: Id) -> None:
    """Delete name, phone, everything of a person; in records a URI stays that stands for nobody."""
    opened = node()
    opened.people.erase(actor(opened), person)
    tell("{id} is erased", id=person)
    opened.close()


def _hand_over(opened: Node, account: str, code: str) -> None:
    base = opened.settings.public_url.rstrip("/")
    tell("hand over in person, it is valid for 7 days and once:")
    tell(
        "page {url}, name {account}, code {code}",
        url=f"{base}/desk/code",
        account=account,
        code=code,
    )
