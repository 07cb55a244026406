"""What is written down of a person, and with what he or she logs in: forms and checks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from suyuan.core.errors import Malformed, Many, NotFound, Refused
from suyuan.core.farm.alike import Alike, told_apart
from suyuan.core.farm.units import plain

MOST = 80
"""Characters of a name or a village."""

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_FOREIGN = re.compile(r"\+[1-9]\d{6,14}", re.ASCII)
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}", re.ASCII)
_ACCOUNT = re.compile(r"[^\W\d_][\w.-]{2,39}")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True)
class Details:
    """Personal data: private, encrypted where it is kept, gone when it is erased."""

    name: str
    phone: str = ""
    village: str = ""
    id_number: str = ""


def people_alike(people: Mapping[str, Details]) -> Alike:
    """Persons (by URI) of one name, told apart by village, the last digits of the phone, else
    the end of the person's number here."""
    named: dict[str, set[str]] = {}
    for uri, one in people.items():
        named.setdefault(one.name, set()).add(uri)

    def hints(uri: str) -> tuple[str, ...]:
        one = people[uri]
        digits = f"尾号{one.phone[-4:]}" if one.phone else ""
        both = f"{one.village} {digits}" if one.village and digits else ""
        return tuple(filter(None, (one.village, digits, both, f"编号{uri[-4:]}")))

    return told_apart({name: uris for name, uris in named.items() if len(uris) > 1}, hints)


def member_named(text: str, people: Mapping[str, Details]) -> str:
    """URI of the one person of the register that a text means: a name, a phone, an identity number, or
    what ``people_alike`` tells persons of one name apart by. NotFound, or Refused with the choices."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    alike = people_alike(people)
    if (told := alike.ids.get(plain(name))) is not None:
        return told
    number, phone = name.upper(), phone_of(name)
    found = [
        uri
        for uri, one in people.items()
        if name in (one.name, uri)
        or (phone is not None and phone == one.phone)
        or (bool(number) and number == one.id_number)
    ]
    if not found:
        raise NotFound("nobody called {name} is in the register of members", name=text[:80])
    if len(found) > 1:
        labels = [label for label in alike.names.get(name, ()) if alike.ids[plain(label)] in found]
        raise Refused(
            "{count} members are called {name}; write which one is meant: {choices}",
            count=len(found),
            name=text[:80],
            choices="; ".join(labels),
        )
    return found[0]


def phone_of(text: str) -> str | None:
    """A phone number in one form: 11 digits of a Chinese mobile, a landline with its area code, or
    ``+…`` (E.164) from elsewhere; None for anything else."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub(r"[\s\-()]", "", plain)
    for prefix in ("+86", "0086"):
        if plain.startswith(prefix):
            plain = plain.removeprefix(prefix)
    fits = any(form.fullmatch(plain) for form in (_MOBILE, _FOREIGN, _LANDLINE))
    return plain if fits else None


def account_of(text: str) -> str:
    """What somebody types in order to log in, in one form: a phone number, else a name of letters."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return phone_of(plain) or plain.casefold()


def check_account(text: str) -> str:
    """``account_of``, where it may be a log-in name; Malformed otherwise."""
    account = account_of(text)
    if phone_of(account) is None and _ACCOUNT.fullmatch(account) is None:
        raise Malformed(
            "a log-in name is a phone number, or 3 to 40 letters and digits that begin with a letter",
            path="/account",
        )
    return account


def is_id_number(text: str) -> bool:
    """公民身份号码 (GB 11643-1999): county 6, birthday 8, order 3, check by ISO 7064 mod 11-2."""
    if re.fullmatch(r"[1-9]\d{16}[\dX]", text, re.ASCII) is None:
        return False
    try:
        date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    total = sum(w * int(c) for w, c in zip(_WEIGHTS, text[:17], strict=True))
    return "10X98765432"[total % 11] == text[17]


def details_of(given: Mapping[str, str]) -> Details:
    """Details from what was typed; Many, or the one problem, with the field as its path."""
    found: list[Refused] = []
    name, village = (" ".join(given.get(key, "").split()) for key in ("name", "village"))
    phone = given.get("phone", "").strip()
    number = unicodedata.normalize("NFKC", given.get("id_number", "")).strip().upper()
    if not name:
        found.append(Malformed("write the person's name", path="/name"))
    for field, text in (("name", name), ("village", village)):
        if len(text) > MOST:
            found.append(Malformed("at most {most} characters", path=f"/{field}", most=MOST))
    if phone and phone_of(phone) is None:
        found.append(
            Malformed(
                "this is no phone number; a mobile has 11 digits, a landline begins with its area"
                " code",
                path="/phone",
            )
        )
    if number and not is_id_number(number):
        found.append(
            Malformed(
                "this identity number does not check: 18 characters, the birthday within, the last"
                " one checks the others",
                path="/id_number",
            )
        )
    if len(found) == 1:
        raise found[0]
    if found:
        raise Many(found)
    return Details(name, phone_of(phone) or "" if phone else "", village, number)


def masked_name(name: str) -> str:
    """For pages that strangers see: 张\\* (design/domain.md, Keeping)."""
    return name[:1] + "*" if name else ""


def masked_number(number: str) -> str:
    """The last four of an identity or phone number, the rest as stars."""
    return "*" * max(0, len(number) - 4) + number[-4:]


# -- passwords, PINs and codes ----------------------------------------------------------------------

LEAST = 8
"""Characters of a password (NIST SP 800-63B §3.1.1.2); no rule of what kinds they are."""
LONGEST = 256
PIN_DIGITS = 6

Weakness = Literal["short", "long", "common", "own"]

_RUNS = ("01234567890123456789", "98765432109876543210")
_CODE_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without what is mistaken for another when read aloud or off paper."""
CODE_LENGTH = 10
"""Characters of a one-time code: 31^10, about 49 bits."""


def normal(password: str) -> str:
    """NFKC, so that the same keys give the same password on every device."""
    return unicodedata.normalize("NFKC", password)


def is_weak_pin(pin: str) -> bool:
    """Six digits that are guessed first: repetitions, runs, a date of birth's century and so on."""
    pairs = len({pin[i : i + 2] for i in (0, 2, 4)}) == 1
    return len(set(pin)) < 3 or pairs or any(pin in run for run in _RUNS) or pin[:3] == pin[3:]


def letters_of(numbers: bytes) -> str:
    """Letters and digits out of random bytes; those of 248 (8 × 31) and above are passed over, so that
    each letter is equally likely."""
    return "".join(_CODE_LETTERS[number % 31] for number in numbers if number < 248)


def code_shown(code: str) -> str:
    """In two halves, as people read it aloud."""
    return f"{code[:5]}-{code[5:]}"


def code_typed(text: str) -> str:
    """What was typed as a code, in one form."""
    return re.sub(r"[\s\-–—]", "", unicodedata.normalize("NFKC", text)).upper()
