"""What was scanned or typed off a pack: a pesticide's 32 digits, a veterinary drug's 24, or a GTIN.

The QR code of a pesticide may hold an address with the digits in it (农药标签二维码管理规定, 2017);
a GS1 code may be a Digital Link, an element string, or the bare number under the bars.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from suyuan.core.codes import DrugPack, PesticidePack, drug_pack, pesticide_pack
from suyuan.core.errors import Malformed
from suyuan.core.identifiers import gtin14, parse_dl

PackKind = Literal["pesticide", "drug", "gtin"]

_LINK = re.compile(r"https?://|urn:")
_ELEMENTS = re.compile(
    r"(?:\]..)?\(?01\)?([0-9]{14})(?:\(?17\)?[0-9]{6})?(?:\(?10\)?([!-~]{1,20}))?"
)


@dataclass(frozen=True, slots=True)
class Pack:
    """A code, read and checked."""

    kind: PackKind
    code: str
    """The 32, 24 or 14 digits."""
    product: str | None = None
    """``https://id.gs1.org/01/<GTIN>`` of a GTIN."""
    lot: str | None = None
    """As the code names it."""
    pesticide: PesticidePack | None = None
    drug: DrugPack | None = None

    @property
    def family(self) -> str:
        """What packs of one product and size begin with: class, registration, production and
        specification of a pesticide; day of application and firm of a veterinary drug."""
        return self.code[: {"pesticide": 11, "drug": 13, "gtin": 14}[self.kind]]


def read_pack(text: str) -> Pack:
    """What a code says; Malformed, in words for who typed it, where it is none of the three."""
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"[\s-]", "", plain)
    if not _LINK.match(plain) and digits.isdigit() and digits.isascii():
        return _digits(digits)
    if (link := parse_dl(plain)) is not None and link.key == "01":
        lot = dict(link.qualifiers).get("10")
        return _gtin(link.value, lot)
    within = re.findall(r"(?<![0-9])(?:[0-9]{32}|[0-9]{24})(?![0-9])", plain)
    if len(within) == 1:
        return _digits(within[0])
    if (found := _ELEMENTS.fullmatch(plain.replace("\x1d", ""))) is not None:
        return _gtin(found[1], found[2])
    raise Malformed(
        "this is no code of a pack: a pesticide's has 32 digits, a veterinary drug's 24, a barcode 13"
    )


def _digits(digits: str) -> Pack:
    if len(digits) == 32:
        pesticide = pesticide_pack(digits)
        if pesticide is None:
            raise Malformed("a pesticide's code begins with 1, 2 or 3; check the first digit")
        return Pack("pesticide", digits, pesticide=pesticide)
    if len(digits) == 24:
        drug = drug_pack(digits)
        if drug is None:
            raise Malformed(
                "a veterinary drug's code begins with a day, such as 20260512; check the first eight "
                "digits"
            )
        return Pack("drug", digits, drug=drug)
    if len(digits) in (8, 12, 13, 14):
        return _gtin(digits, None)
    raise Malformed(
        "these are {count} digits; a pesticide's code has 32, a veterinary drug's 24, a barcode 13",
        count=len(digits),
    )


def _gtin(digits: str, lot: str | None) -> Pack:
    try:
        whole = gtin14(digits)
    except Malformed:
        raise Malformed(
            "the last digit of this barcode does not check; scan or type it again"
        ) from None
    return Pack("gtin", whole, f"https://id.gs1.org/01/{whole}", lot)


__all__ = ["Pack", "PackKind", "read_pack"]
