"""The register of persons: each verb for those who may, and for the objects they may reach."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from people_world import CENTRE, COOP, GOOD, MILL, Register

from suyuan.core.errors import Conflict, Forbidden, NotFound, Refused
from suyuan.core.people import Details


@pytest.fixture
def register() -> Register:
    return Register()


def test_a_clerk_keeps_the_members_of_one_organisation(register: Register) -> None:
    people, clerk = register.people, register.clerk
    added = people.add(clerk, Details("李四", "13900000002", "石桥村"))
    register.add("王五", where=MILL)
    assert [one.details.name for one in people.list(clerk)] == ["李四"]
    people.edit(clerk, added.id, Details("李四光"))
    assert people.get(clerk, added.id).details == Details("李四光")
    assert people.names(COOP) == {added.uri: "李四光"}
    assert people.id_of(added.uri) == added.id
    assert people.id_of("https://else.example/person/1") is None


def test_another_organisation_s_are_not_there(register: Register) -> None:
    other = register.add("王五", where=MILL)
    with pytest.raises(Forbidden):
        register.people.list(register.clerk, MILL)
    for deed in (
        lambda: register.people.get(register.clerk, other.id),
        lambda: register.people.edit(register.clerk, other.id, Details("x")),
        lambda: register.people.give_login(register.clerk, other.id, "13900000009"),
        lambda: register.people.erase(register.clerk, other.id),
    ):
        with pytest.raises(NotFound):
            deed()
    with pytest.raises(Forbidden):
        register.people.add(register.clerk, Details("x"), ["member"], MILL)


def test_a_clerk_takes_over_nobody(register: Register) -> None:
    for who in (register.add("会计", "clerk"), register.add("两处", "member")):
        if who.details.name == "两处":
            register.people.set_roles(register.admin, who.id, MILL, ["clerk"])
        for deed in (
            lambda who=who: register.people.reset(register.clerk, who.id),
            lambda who=who: register.people.give_login(register.clerk, who.id, "13900000009"),
            lambda who=who: register.people.give_card(register.clerk, who.id),
            lambda who=who: register.people.disable(register.clerk, who.id),
            lambda who=who: register.people.erase(register.clerk, who.id),
            lambda who=who: register.people.set_roles(register.clerk, who.id, COOP, ["member"]),
        ):
            with pytest.raises(Forbidden):
                deed()
    with pytest.raises(Forbidden):
        register.people.add(register.clerk, Details("x"), ["clerk"])
    member = register.add()
    with pytest.raises(Forbidden):
        register.people.set_roles(register.clerk, member.id, COOP, ["administrator"])


@pytest.mark.parametrize("role", ["member", "dealer", "processor", "laboratory", "regulator"])
def test_others_keep_no_members(register: Register, role: str) -> None:
    actor = register.actor(COOP, role)  # type: ignore[arg-type]
    member = register.add()
    with pytest.raises(Forbidden):
        register.people.list(actor)
    with pytest.raises(NotFound):
        register.people.get(actor, member.id)
    with pytest.raises(Forbidden):
        register.people.add(actor, Details("x"))


def test_a_person_sees_himself(register: Register) -> None:
    member = register.add()
    me = register.actor(COOP, "member", person=member.id)
    assert register.people.get(me, member.id).details.name == "张三"
    with pytest.raises(Forbidden):
        register.people.edit(me, member.id, Details("x"))


def test_nothing_of_a_person_lies_open_in_the_store(register: Register) -> None:
    register.people.add(
        register.clerk, Details("张三丰", "13900000001", "石桥村", "990101194910010021")
    )
    known = register.with_password("13900000003")
    assert register.people.reset(register.admin, known.id)
    stored = repr(register.database.people.of(None)).encode()
    for secret in ("张三", "1390000", "石桥", "99010119", GOOD):
        assert secret.encode() not in stored
        assert repr(secret.encode())[2:-1].encode() not in stored


def test_a_log_in_name_is_one_person_s(register: Register) -> None:
    one, other = register.add("甲"), register.add("乙")
    register.people.give_login(register.clerk, one.id, "139 0000 0001")
    with pytest.raises(Conflict) as caught:
        register.people.give_login(register.clerk, other.id, "+86 13900000001")
    assert caught.value.path == "/account"
    register.people.erase(register.clerk, one.id)
    register.people.give_login(register.clerk, other.id, "13900000001")


def test_the_last_administrator_stays(register: Register) -> None:
    only = register.add("主任", "administrator", where=CENTRE)
    deeds: list[Callable[[], object]] = [
        lambda: register.people.disable(register.admin, only.id),
        lambda: register.people.erase(register.admin, only.id),
        lambda: register.people.set_roles(register.admin, only.id, CENTRE, ["clerk"]),
    ]
    for deed in deeds:
        with pytest.raises(Refused, match="last administrator"):
            deed()
    second = register.add("副主任", "administrator", where=CENTRE)
    register.people.disable(register.admin, only.id)
    with pytest.raises(Refused, match="last administrator"):
        register.people.erase(register.admin, second.id)


def test_nobody_locks_himself_out(register: Register) -> None:
    me = register.add("主任", "administrator", where=CENTRE)
    register.add("副主任", "administrator", where=CENTRE)
    actor = register.actor(CENTRE, "administrator", person=me.id)
    for deed in (register.people.disable, register.people.erase):
        with pytest.raises(Refused, match="locks himself out"):
            deed(actor, me.id)


def test_a_card_is_for_members_alone(register: Register) -> None:
    clerk = register.add("会计", "clerk", "member")
    with pytest.raises(Refused, match="members alone"):
        register.people.give_card(register.admin, clerk.id)
    member = register.add()
    register.people.give_card(register.clerk, member.id)
    with pytest.raises(Refused, match="members alone"):
        register.people.set_roles(register.admin, member.id, COOP, ["clerk"])
    register.people.take_card(register.clerk, member.id)
    register.people.set_roles(register.admin, member.id, COOP, ["clerk"])
    assert register.people.get(register.admin, member.id).person.roles == {(COOP, "clerk")}


def test_roles_are_never_none_at_all(register: Register) -> None:
    member = register.add()
    with pytest.raises(Refused, match="at least one role"):
        register.people.set_roles(register.admin, member.id, COOP, [])
    with pytest.raises(Refused, match="a role is one of"):
        register.people.set_roles(register.admin, member.id, COOP, ["king"])  # type: ignore[list-item]
