"""Codes of Chinese registers, with their checks."""

from __future__ import annotations

import re

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_SHAPE = re.compile(rf"[{_CREDIT}]{{2}}[0-9]{{6}}[{_CREDIT}]{{10}}", re.ASCII)
_ORGANISATION = (3, 7, 9, 10, 5, 8, 4, 2)


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
