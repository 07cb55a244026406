"""argon2id, and passwords that are guessed at once."""

from __future__ import annotations

import pytest

from suyuan.adapters.passwords import SlowPasswords


def test_a_password_is_known_again() -> None:
    passwords = SlowPasswords()
    known = passwords.hash("四个不相干的词")
    assert known.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert passwords.hash("四个不相干的词") != known
    assert passwords.check(known, "四个不相干的词")
    assert not passwords.check(known, "四个不相干的字")
    assert not passwords.check("no hash", "x")


def test_nobody_has_no_password() -> None:
    assert not SlowPasswords().check(None, "nobody's password")


@pytest.mark.parametrize(
    "common", ["12345678", "password", "5201314520", "qwertyuiop", "aaaaaaaaaa", "iloveyou1"]
)
def test_common_ones_are_known(common: str) -> None:
    assert SlowPasswords().is_common(common, ())


def test_what_is_known_of_the_person_is_tried_too() -> None:
    passwords = SlowPasswords()
    assert passwords.is_common("yunlinghe", ["yunlinghe"])
    assert passwords.is_common("13900000001", ["13900000001"])
    assert not passwords.is_common("plum kettle seven roofs", ["yunlinghe"])
    assert not passwords.is_common("x" * 40 + "plum kettle seven roofs" * 20, [])
