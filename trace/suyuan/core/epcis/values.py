"""How the event hash writes one value (epcis-hash.md F and G)."""

from __future__ import annotations

import re
from typing import Any

from suyuan.core.digital_link import LONGEST_KEPT
from suyuan.core.epcis.namespaces import MOST_KEPT, Namespaces
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import canonical
from suyuan.core.strict_json import MAX_INTEGER
from suyuan.core.timestamps import to_utc_millis

MAX_EXPONENT = 1000
"""A number with a larger exponent stays as it was written, lest ten characters become gigabytes."""

_CBV_URN = re.compile(r"urn:epcglobal:cbv:(bizstep|disp|btt|sdt|er):")
_CBV_WEB = {"bizstep": "BizStep-", "disp": "Disp-", "btt": "BTT-", "sdt": "SDT-", "er": "ER-"}
_DECIMAL = re.compile(r"([+-]?)(?:([0-9]+)\.?([0-9]*)|\.([0-9]+))(?:[eE]([+-]?[0-9]+))?")
_EXCESS_DIGITS = re.compile(r"(\.[0-9]{9})[0-9]+")


def hash_value(value: Any, namespaces: Namespaces) -> str:
    """Canonical text of a JSON scalar, "" for null and blanks; Malformed for arrays and objects."""
    if type(value) is not str:
        return _text(value)
    known = namespaces.values
    found = known.get(value)
    if found is None:
        found = _canonised(value.strip(), namespaces)
        if len(known) < MOST_KEPT and len(value) <= LONGEST_KEPT:
            known[value] = found
    return found


def hash_word(value: Any, namespaces: Namespaces, vocabulary: str) -> str:
    """As ``hash_value``, where a bare word stands for a term of ``vocabulary`` (a URI prefix)."""
    text = _text(value)
    return hash_value(text, namespaces) if ":" in text or not text else vocabulary + text


def hash_time(value: Any) -> str:
    """UTC to the millisecond, rounded half up; a text that is no time stays as it is."""
    text = _text(value)
    if len(text) > 40:
        text = _EXCESS_DIGITS.sub(r"\1", text)
    try:
        return to_utc_millis(text) if len(text) <= 40 else text
    except Malformed:
        return text


def verbatim(value: Any) -> str:
    """The text without blanks around it."""
    return _text(value)


def _text(value: Any) -> str:
    kind = type(value)
    if kind is str:
        return str(value.strip())
    if kind is bool:
        return "true" if value else "false"
    if kind is int and -MAX_INTEGER <= value <= MAX_INTEGER:
        return str(value)
    if kind is float and abs(value) <= MAX_INTEGER:  # NaN compares false
        return plain_decimal(repr(value)) or ""
    if value is None:
        return ""
    raise Malformed("a text, a number or a truth value belongs here")


_NUMERIC = frozenset("+-.0123456789")


def _canonised(text: str, namespaces: Namespaces) -> str:
    if text[:1] in _NUMERIC and text:
        return plain_decimal(text) or text
    prefix, colon, local = text.partition(":")
    if not colon:
        return text
    vocabulary = namespaces.vocabularies.get(prefix)
    if vocabulary is not None:
        text = vocabulary + local
    elif prefix == "urn":
        found = _CBV_URN.match(text)
        if found is not None:
            return f"https://ref.gs1.org/cbv/{_CBV_WEB[found[1]]}{text[found.end() :]}"
    return canonical(text)


def plain_decimal(text: str) -> str | None:
    """A decimal number without plus sign, exponent or needless zeros; None for any other text."""
    found = _DECIMAL.fullmatch(text)
    if found is None:
        return None
    sign, whole, fraction, bare, exponent = found.groups()
    fraction = bare or fraction or ""
    digits = ((whole or "") + fraction).lstrip("0")
    if not digits:
        return "0"
    if exponent and len(exponent.lstrip("+-").lstrip("0")) > 4:
        return None
    power = int(exponent or 0)
    if abs(power) > MAX_EXPONENT:
        return None
    significant = digits.rstrip("0")
    scale = power - len(fraction) + len(digits) - len(significant)
    if scale >= 0:
        plain = significant + "0" * scale
    else:
        padded = significant.rjust(1 - scale, "0")
        plain = f"{padded[:scale]}.{padded[scale:]}"
    return f"-{plain}" if sign == "-" else plain
