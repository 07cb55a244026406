"""Codes of Chinese registers, with their checks."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from suyuan.core.digital_link import check_digit

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(rf"[{_CREDIT}]{{2}}[0-9]{{6}}[{_CREDIT}]{{10}}", re.ASCII)
_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)
_EAR_TAG = re.compile(r"([123])([0-9]{6})([0-9]{8})", re.ASCII)
_PESTICIDE = re.compile(r"([123])([0-9]{6})([0-9])([0-9]{3})([0-9]{21})", re.ASCII)
_DRUG = re.compile(r"([0-9]{8})([0-9]{5})([0-9]{11})", re.ASCII)
_LICENCE = re.compile(r"SC([0-9]{3})([0-9]{6})([0-9]{4})[0-9]", re.ASCII)
_COUNTY = re.compile(r"[1-9][0-9]{5}", re.ASCII)

SPECIES = {"1": "pig", "2": "cattle", "3": "sheep or goat"}
"""First digit of an ear tag (畜禽标识和养殖档案管理办法, 2006)."""
CLASSES = {"1": "PD", "2": "WP", "3": "temporary"}
"""First digit of a pesticide's pack code: kind of registration."""


class EarTag(NamedTuple):
    """An animal's 15 digits: species, county (of its time: GB/T 2260 is dated), serial number."""

    species: str
    county: str
    serial: str


class PesticidePack(NamedTuple):
    """32 digits of a pesticide's pack: registration class, last six digits of the registration, own or
    contract production, specification, and the pack's random part (农药标签二维码管理规定, 2017)."""

    registration_class: str
    registration: str
    production: str
    specification: str
    random: str


class DrugPack(NamedTuple):
    """24 digits of a veterinary drug's pack: day of application, firm, random part."""

    applied: date
    firm: str
    random: str


class TraceCode(NamedTuple):
    """A trace code on produce (NY/T 4712-2025): whose it is, and the batch."""

    base: str
    """A GTIN or a credit code."""
    batch: str


def is_credit_code(text: str) -> bool:
    """统一社会信用代码 (GB 32100-2015): 18 characters, the last one checks those before it modulo 31;
    the inner nine are an organisation code (GB 11714-1997), checked modulo 11."""
    if _SHAPE.fullmatch(text) is None:
        return False
    total = sum(pow(3, place, 31) * _CREDIT.index(char) for place, char in enumerate(text[:17]))
    return _CREDIT[-total % 31] == text[17] and _is_organisation_code(text[8:17])


def _is_organisation_code(text: str) -> bool:
    total = sum(
        weight * int(char, 36) for weight, char in zip(_ORGANISATION, text[:8], strict=True)
    )
    return "0123456789X0"[11 - total % 11] == text[8]


def is_county_code(text: str) -> bool:
    """Whether a text has the form of a GB/T 2260 code; which place it is, and when, the tables say."""
    return _COUNTY.fullmatch(text) is not None


def ear_tag(text: str) -> EarTag | None:
    """An ear tag's parts; None for a text that is none."""
    found = _EAR_TAG.fullmatch(text)
    if found is None or not is_county_code(found[2]):
        return None
    return EarTag(found[1], found[2], found[3])


def pesticide_pack(text: str) -> PesticidePack | None:
    """A pesticide pack's parts; None for a text that is none."""
    found = _PESTICIDE.fullmatch(text)
    return PesticidePack(*found.groups()) if found is not None else None


def drug_pack(text: str) -> DrugPack | None:
    """A veterinary drug pack's parts; None for a text that is none, or whose day is none."""
    found = _DRUG.fullmatch(text)
    if found is None:
        return None
    try:
        applied = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return None
    return DrugPack(applied, found[2], found[3])


def is_food_licence(text: str) -> bool:
    """食品生产许可证编号: SC and 14 digits (食品生产许可管理办法, 2020, article 29)."""
    found = _LICENCE.fullmatch(text)
    return found is not None and is_county_code(found[2])


def is_chinese_gtin(text: str) -> bool:
    """A GTIN-13 of GS1 China (prefixes 690 to 699) with its right check digit."""
    return (
        len(text) == 13
        and text.isascii()
        and text.isdigit()
        and text.startswith("69")
        and check_digit(text[:-1]) == text[-1]
    )


def trace_code(text: str) -> TraceCode | None:
    """A trace code's base and batch; None where it begins with neither a GTIN nor a credit code."""
    if is_credit_code(text[:18]) and text[18:]:
        return TraceCode(text[:18], text[18:])
    for length in (14, 13):
        base = text[:length]
        whole = len(base) == length and base.isascii() and base.isdigit()
        if whole and text[length:] and check_digit(base[:-1]) == base[-1]:
            return TraceCode(base, text[length:])
    return None
