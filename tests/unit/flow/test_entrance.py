"""Logging in: who gets in, who does not, and what the one who does not learns from it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from people_world import CENTRE, COOP, GOOD, MILL, Register

from suyuan.core.errors import Conflict, Malformed, Refused, TooOften, Unauthenticated
from suyuan.core.totp import STEP, hotp
from suyuan.flow.entrance import RECOVERY_CODES, Entered, Started

PHONE = "13900000001"
HERE = {"address": "1.1.1.1", "device": "Firefox · Android"}


@pytest.fixture
def register() -> Register:
    return Register()


def entered(register: Register, started: Started) -> Entered:
    found = register.entrance.entered(started.token)
    assert found is not None
    return found


def log_in(register: Register, password: str = GOOD, account: str = PHONE, **more: str) -> Started:
    return register.entrance.log_in(account, password, **{**HERE, **more})


def test_the_first_log_in(register: Register) -> None:
    known = register.add(phone=PHONE)
    code = register.people.give_login(register.clerk, known.id, PHONE)
    started = register.entrance.code("+86 139 0000 0001", f" {code.lower()} ", **HERE)
    assert started.session.stage == "renew"
    with pytest.raises(Malformed, match="at least 8"):
        register.entrance.renew(started.token, "1234567")
    with pytest.raises(Malformed, match="guessed at once"):
        register.entrance.renew(started.token, "password1")
    with pytest.raises(Malformed, match="guessed at once"):
        register.entrance.renew(started.token, PHONE)
    inside, codes = register.entrance.renew(started.token, GOOD)
    assert len(set(codes)) == RECOVERY_CODES
    assert register.entrance.entered(started.token) is None
    who = entered(register, inside)
    assert who.session.stage == "full"
    assert who.actor.name == "张三"
    assert who.actor.roles == {"member"}
    assert log_in(register).session.stage == "full"


def test_a_code_is_good_once_and_for_a_week(register: Register) -> None:
    known = register.add()
    code = register.people.give_login(register.clerk, known.id, PHONE)
    register.entrance.code(PHONE, code, **HERE)
    with pytest.raises(Unauthenticated):
        register.entrance.code(PHONE, code, **HERE)
    late = register.people.reset(register.clerk, known.id)
    register.clock.at += 7 * 86_400
    with pytest.raises(Unauthenticated):
        register.entrance.code(PHONE, late, **HERE)


def test_a_reset_voids_all_that_was(register: Register) -> None:
    known = register.with_password()
    inside = log_in(register)
    register.people.reset(register.clerk, known.id)
    assert register.entrance.entered(inside.token) is None
    with pytest.raises(Unauthenticated):
        log_in(register)


def test_known_and_unknown_names_are_answered_alike(register: Register) -> None:
    known = register.with_password()
    said = set()
    for account in (PHONE, "13900000099", ""):
        before = register.passwords.checked
        with pytest.raises(Unauthenticated) as caught:
            log_in(register, "wrong", account)
        assert register.passwords.checked == before + 1
        said.add(str(caught.value))
    register.people.disable(register.admin, known.id)
    with pytest.raises(Unauthenticated) as caught:
        log_in(register)
    assert {*said, str(caught.value)} == {"the name or the password is not right"}


@pytest.mark.parametrize("account", [PHONE, "13900000099"])
def test_each_wrong_password_waits_longer_than_the_last(register: Register, account: str) -> None:
    register.with_password()
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            log_in(register, "wrong", account)
    before = register.passwords.checked
    with pytest.raises(TooOften) as caught:
        log_in(register, GOOD, account, address="2.2.2.2")
    assert caught.value.seconds == 1 + 1
    assert register.passwords.checked == before
    register.clock.at += 1.0
    with pytest.raises(Unauthenticated):
        log_in(register, "wrong", account)
    with pytest.raises(TooOften) as caught:
        log_in(register, "wrong", account)
    assert caught.value.seconds == 2 + 1


def test_nobody_is_locked_out_for_good(register: Register) -> None:
    register.with_password()
    for _ in range(40):
        with pytest.raises(Unauthenticated):
            log_in(register, "wrong", address=f"3.3.3.{_}")
        register.clock.at += 900.0
    log_in(register)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            log_in(register, "wrong")


def test_an_address_that_tries_many_names_waits_too(register: Register) -> None:
    register.with_password()
    for number in range(30):
        with pytest.raises(Unauthenticated):
            log_in(register, "wrong", f"1390000{number:04}")
    with pytest.raises(TooOften):
        log_in(register)
    log_in(register, address="4.4.4.4")


def test_right_log_ins_do_not_use_up_an_address(register: Register) -> None:
    register.with_password()
    for _ in range(60):
        log_in(register)


def with_second(register: Register, *roles: str) -> tuple[bytes, tuple[str, ...], Started]:
    register.with_password(PHONE, *roles)  # type: ignore[arg-type]
    inside = log_in(register)
    codes = register.entrance.new_recovery(entered(register, inside), GOOD)
    secret = register.entrance.begin_totp(entered(register, inside))
    assert register.entrance.begin_totp(entered(register, inside)) == secret
    with pytest.raises(Malformed):
        register.entrance.confirm_totp(entered(register, inside), "000000")
    assert log_in(register).session.stage == "full"
    register.entrance.confirm_totp(entered(register, inside), now_code(register, secret))
    register.clock.at += STEP
    return secret, codes, inside


def now_code(register: Register, secret: bytes) -> str:
    return hotp(secret, int(register.clock.at) // STEP)


def test_the_second_factor(register: Register) -> None:
    secret, _, _ = with_second(register)
    half = log_in(register)
    assert half.session.stage == "second"
    with pytest.raises(Unauthenticated):
        register.entrance.renew(half.token, GOOD)
    with pytest.raises(Unauthenticated):
        register.entrance.second(half.token, "000000", address="1.1.1.1")
    code = now_code(register, secret)
    inside = register.entrance.second(half.token, code, address="1.1.1.1")
    assert inside.session.stage == "full"
    assert register.entrance.entered(half.token) is None
    with pytest.raises(Unauthenticated):
        register.entrance.second(log_in(register).token, code, address="1.1.1.1")


def test_a_recovery_code_stands_in_for_the_second_factor_once(register: Register) -> None:
    _, codes, _ = with_second(register)
    inside = register.entrance.second(log_in(register).token, codes[0], address="1.1.1.1")
    assert inside.session.stage == "full"
    with pytest.raises(Unauthenticated):
        register.entrance.second(log_in(register).token, codes[0], address="1.1.1.1")


def test_a_recovery_code_for_a_lost_password_does_not_pass_the_second_factor(
    register: Register,
) -> None:
    secret, codes, _ = with_second(register)
    half = register.entrance.code(PHONE, codes[0], **HERE)
    assert half.session.stage == "second"
    with pytest.raises(Unauthenticated):
        log_in(register)  # the password is void
    again = register.entrance.second(half.token, now_code(register, secret), address="1.1.1.1")
    assert again.session.stage == "renew"
    _, shown = register.entrance.renew(again.token, GOOD + "!")
    assert shown == ()
    with pytest.raises(Unauthenticated):
        register.entrance.code(PHONE, codes[0], **HERE)


def test_the_second_factor_is_guessed_as_slowly_as_a_password(register: Register) -> None:
    with_second(register)
    half = log_in(register)
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            register.entrance.second(half.token, "000000", address="1.1.1.1")
    with pytest.raises(TooOften):
        register.entrance.second(log_in(register).token, "000000", address="2.2.2.2")


def test_the_second_factor_ends_with_the_password_only(register: Register) -> None:
    _, _, inside = with_second(register)
    with pytest.raises(Malformed):
        register.entrance.end_totp(entered(register, inside), "wrong")
    register.entrance.end_totp(entered(register, inside), GOOD)
    assert log_in(register).session.stage == "full"


def test_a_code_used_in_two_windows_at_once_is_taken_once(register: Register) -> None:
    known = register.add()
    code = register.people.give_login(register.clerk, known.id, PHONE)
    find = register.database.people.find

    def and_another(name: bytes) -> object:
        person = find(name)
        register.database.people.find = find  # type: ignore[method-assign]
        register.entrance.code(PHONE, code, **HERE)
        return person

    register.database.people.find = and_another  # type: ignore[assignment,method-assign]
    with pytest.raises(Conflict):
        register.entrance.code(PHONE, code, **HERE)


def test_a_card_and_a_pin_of_one_s_own(register: Register) -> None:
    known = register.add()
    card = register.people.give_card(register.clerk, known.id)
    with pytest.raises(Unauthenticated):
        register.entrance.card(card.token, "000000", **HERE)
    with pytest.raises(Unauthenticated):
        register.entrance.card("nobody", card.pin, **HERE)
    started = register.entrance.card(card.token, card.pin, **HERE)
    assert started.session.stage == "renew"
    for weak in ("123456", "12345", "1234567", "abcdef", "１２３４"):
        with pytest.raises(Malformed):
            register.entrance.renew(started.token, weak)
    inside, codes = register.entrance.renew(started.token, "402917")
    assert codes == ()
    assert entered(register, inside).session.stage == "full"
    assert register.entrance.card(card.token, "402917", **HERE).session.stage == "full"
    if card.pin != "402917":
        with pytest.raises(Unauthenticated):
            register.entrance.card(card.token, card.pin, **HERE)
    register.entrance.change_pin(entered(register, inside), "402917", "730184")
    assert register.entrance.card(card.token, "730184", **HERE).session.stage == "full"
    other = register.people.give_card(register.clerk, known.id)
    assert register.entrance.entered(inside.token) is None
    with pytest.raises(Unauthenticated):
        register.entrance.card(card.token, "730184", **HERE)
    assert register.entrance.card(other.token, other.pin, **HERE).session.stage == "renew"


def test_a_stolen_card_is_guessed_once_a_day(register: Register) -> None:
    card = register.people.give_card(register.clerk, register.add().id)
    tries = 0
    until = register.clock.at + 10 * 86_400
    while register.clock.at < until:
        try:
            register.entrance.card(card.token, "x", address=str(tries), device="")
        except Unauthenticated:
            tries += 1
        except TooOften as wait:
            register.clock.at += wait.seconds
    assert 20 <= tries <= 35


def test_a_session_ends(register: Register) -> None:
    register.with_password()
    hour = 3600.0
    idle = log_in(register)
    register.clock.at += 14 * 24 * hour
    assert register.entrance.entered(idle.token) is None
    kept = log_in(register)
    for _ in range(29):
        register.clock.at += 24 * hour
        assert register.entrance.entered(kept.token) is not None
    register.clock.at += 24 * hour
    assert register.entrance.entered(kept.token) is None
    assert register.entrance.entered("nothing") is None


def test_no_page_writes_down_that_a_session_was_seen(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    register.with_password()
    entrance, sessions = register.entrance, register.entrance.people.sessions
    inside = log_in(register)
    began = register.clock.at
    monkeypatch.setattr(type(sessions), "put", None)
    register.clock.at += 59.0
    assert entrance.entered(inside.token) is not None
    assert entrance.note() == 0
    for later in (61.0, 62.0):
        register.clock.at = began + later
        entered = entrance.entered(inside.token)
        assert entered is not None
        assert entered.session.seen == began + 61.0
    stored = sessions.get(inside.session.digest)
    assert stored is not None
    assert stored.seen == began
    assert entrance.note() == 1
    stored = sessions.get(inside.session.digest)
    assert stored is not None
    assert stored.seen == began + 61.0
    assert entrance.note() == 0


def test_an_administrator_s_session_ends_sooner(register: Register) -> None:
    register.with_password(PHONE, "administrator")
    inside = log_in(register)
    register.clock.at += 3600.0
    assert register.entrance.entered(inside.token) is None


def test_a_log_in_under_way_does_not_stay(register: Register) -> None:
    with_second(register)
    half = log_in(register)
    register.clock.at += 900.0
    with pytest.raises(Unauthenticated, match="took too long"):
        register.entrance.second(half.token, "000000", address="1.1.1.1")


def test_log_out_here_and_everywhere(register: Register) -> None:
    register.with_password()
    one, two, three = (log_in(register) for _ in range(3))
    register.entrance.log_out(one.token)
    assert register.entrance.entered(one.token) is None
    # the one that chose the password is still there
    assert register.entrance.log_out_everywhere(entered(register, two)) == 2
    assert register.entrance.entered(three.token) is None
    assert register.entrance.entered(two.token) is not None


def test_a_disabled_or_changed_person_is_out_at_once(register: Register) -> None:
    known = register.with_password()
    inside = log_in(register)
    register.people.disable(register.clerk, known.id)
    assert register.entrance.entered(inside.token) is None
    register.people.enable(register.clerk, known.id)
    inside = log_in(register)
    register.people.set_roles(register.admin, known.id, COOP, ["clerk"])
    assert register.entrance.entered(inside.token) is None


def test_a_password_is_changed_by_who_knows_it(register: Register) -> None:
    register.with_password()
    inside, other = log_in(register), log_in(register)
    with pytest.raises(Malformed, match="not your password"):
        register.entrance.change_password(entered(register, inside), "wrong", GOOD + "!")
    register.entrance.change_password(entered(register, inside), GOOD, GOOD + "!")
    assert register.entrance.entered(other.token) is None
    assert register.entrance.entered(inside.token) is not None
    with pytest.raises(Unauthenticated):
        log_in(register)
    log_in(register, GOOD + "!")
    for _ in range(5):
        with pytest.raises(Malformed):
            register.entrance.change_password(entered(register, inside), "wrong", GOOD)
    with pytest.raises(TooOften):
        register.entrance.change_password(entered(register, inside), "wrong", GOOD)


def test_a_person_acts_for_the_organisation_chosen(register: Register) -> None:
    known = register.with_password()
    register.people.set_roles(register.admin, known.id, MILL, ["processor"])
    inside = log_in(register)
    assert entered(register, inside).actor.roles == {"member"}
    register.entrance.switch(entered(register, inside), MILL)
    who = entered(register, inside).actor
    assert (who.organisation, who.county) == (MILL, "330112")
    assert who.roles == {"processor"}
    with pytest.raises(Refused, match="no role there"):
        register.entrance.switch(entered(register, inside), CENTRE)


def test_only_a_digest_of_the_session_is_kept(register: Register) -> None:
    register.with_password()
    inside = log_in(register)
    stored = [one.digest for one in register.database.sessions.of(inside.session.person)]
    assert inside.token.encode() not in stored
    assert len(inside.token) == 43


def test_what_an_actor_reaches(register: Register) -> None:
    member = register.actor(COOP, "member", person="m")
    assert member.reaches("plots", organisation=COOP, person=member.uri)
    assert not member.reaches("plots", organisation=COOP, person=register.people.uri("x"))
    assert not member.reaches("plots", organisation=MILL, person=member.uri)
    assert register.clerk.reaches("plots", organisation=COOP)
    assert not register.clerk.reaches("plots", organisation=MILL)
    regulator = replace(register.actor(CENTRE, "regulator"))
    assert regulator.reaches("plots", organisation=COOP, county="330112")
    assert not regulator.reaches("plots", organisation=COOP, county="340000")
    assert not regulator.reaches("record", organisation=COOP, county="330112")
    assert register.admin.reaches("plots", organisation=MILL)
    assert not register.admin.reaches("record", organisation=MILL)
    assert member.caller.role == "recorder"
    assert member.attributed({"type": "ObjectEvent"})["suyuan:recordedBy"] == member.uri
