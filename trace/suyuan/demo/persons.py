"""People who may log in at the demo's desk: one for each role, made once."""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.bootstrap import Node
from suyuan.core.people import Details
from suyuan.core.roles import PersonRole
from suyuan.demo import season as story
from suyuan.flow.actors import Actor

_WHO: tuple[tuple[PersonRole, str, str], ...] = (
    ("administrator", "county", "周主任"),
    ("clerk", "coop", "王会计"),
    ("member", "coop", "张三"),
    ("dealer", "coop", "钱经销"),
    ("processor", "coop", "孙师傅"),
    ("laboratory", "lab", "李检测"),
    ("regulator", "bureau", "简监管"),
)
"""Role, party of the season, and a name; who it is logs in as the role is called."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """What is told once: the name to log in with, and a code that is good for a week."""

    role: PersonRole
    account: str
    code: str


def make_persons(node: Node) -> list[LogIn]:
    """Enter those who are not there yet; of who is, no code is known any more."""
    parties = story.parties(node.settings.uri_base)
    county = parties["county"]
    administrator = Actor(
        "", node.people.uri("demo"), "", county.id, story.COUNTY, frozenset({"administrator"})
    )
    made = []
    for role, party, name in _WHO:
        where = parties[party].id
        there = {one.account for one in node.people.list(administrator, where)}
        if role in there:
            continue
        added = node.people.add(administrator, Details(name), (role,), where)
        made.append(LogIn(role, role, node.people.give_login(administrator, added.id, role)))
    return made


__all__ = ["LogIn", "make_persons"]
