"""Which of several links fits a request best: context, then language, then media type.

For each of the three a link that says what was asked for comes before one that says nothing, that
before one that says what nobody asked, and last comes one that says something else (RFC 9110 §12.5,
RFC 4647 §3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from suyuan.core.resolver.linkset import TargetLink

_MOST_RANGES = 50
_QUALITY = re.compile(r"[01](?:\.[0-9]{0,3})?")
_Fit: TypeAlias = tuple[int, float, int]
"""3 as asked, 2 not said, 1 said but not asked, 0 something else; quality; how exactly."""
_OTHER: _Fit = (0, 0.0, 0)
_UNASKED: _Fit = (1, 0.0, 0)
_UNSAID: _Fit = (2, 0.0, 0)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a request asks for beside a link type."""

    contexts: tuple[str, ...] = ()
    accept_language: str | None = None
    accept: str | None = None


def weights(header: str | None) -> dict[str, float]:
    """Ranges of an Accept or Accept-Language header in small letters, with their quality."""
    found: dict[str, float] = {}
    for item in (header or "").split(",")[:_MOST_RANGES]:
        name, *parameters = (part.strip().lower() for part in item.split(";"))
        quality = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip() == "q":
                value = value.strip()
                quality = min(float(value), 1.0) if _QUALITY.fullmatch(value) else 0.0
        if name:
            found[name] = max(quality, found.get(name, 0.0))
    return found


def best(links: Sequence[TargetLink], wish: Wish) -> tuple[tuple[TargetLink, ...], bool]:
    """The links that fit equally well and better than all others, and whether they truly fit.

    They do where something asked for is what they say, and nothing they say is something else.
    """
    languages = weights(wish.accept_language)
    types = weights(wish.accept)
    fits = [
        (
            _context(link.context, wish.contexts),
            _language(link.hreflang, languages),
            _media_type(link.type, types),
        )
        for link in links
    ]
    top = max(fits, default=())
    kinds = [fit[0] for fit in top]
    chosen = tuple(link for link, fit in zip(links, fits, strict=True) if fit == top)
    return chosen, 3 in kinds and 0 not in kinds


def _context(said: Iterable[str], asked: Sequence[str]) -> _Fit:
    said = [word.casefold() for word in said]
    if not said:
        return _UNSAID
    if not asked:
        return _UNASKED
    return (3, 1.0, 0) if any(word.casefold() in said for word in asked) else _OTHER


def _language(said: Iterable[str], asked: dict[str, float]) -> _Fit:
    return max((_tag(tag.lower(), asked) for tag in said), default=_UNSAID)


def _tag(tag: str, asked: dict[str, float]) -> _Fit:
    """``en`` asked for gets en-GB, and ``zh-CN`` gets zh; the same tag comes first."""
    if tag in asked:
        return _fit(asked[tag], 3)
    language = tag.partition("-")[0]
    if language in asked:
        return _fit(asked[language], 2)
    wider = [quality for name, quality in asked.items() if name.startswith(f"{tag}-")]
    return _fit(max(wider), 1) if wider else _rest(asked, "*")


def _media_type(said: str | None, asked: dict[str, float]) -> _Fit:
    if said is None:
        return _UNSAID
    if said in asked:
        return _fit(asked[said], 2)
    whole = f"{said.partition('/')[0]}/*"
    return _fit(asked[whole], 1) if whole in asked else _rest(asked, "*/*")


def _fit(quality: float, exactness: int) -> _Fit:
    return (3, quality, exactness) if quality > 0 else _OTHER


def _rest(asked: dict[str, float], anything: str) -> _Fit:
    """Of what no range names: fine where nothing was asked, or anything will do."""
    return _UNASKED if not asked or asked.get(anything, 0.0) > 0 else _OTHER


def offered(accept: str | None, media_types: Sequence[str]) -> str:
    """The one of these that Accept prefers; the first where it does not care."""
    asked = weights(accept)

    def quality(media_type: str) -> float:
        for name in (media_type, f"{media_type.partition('/')[0]}/*", "*/*"):
            if name in asked:
                return asked[name]
        return 0.0

    return max(media_types, key=quality)
