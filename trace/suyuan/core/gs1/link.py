"""GS1 Digital Links read in full, checked, and built (GS1 Digital Link URI Syntax 1.6 §4-6).

Any host and path stem; what is wrong is said in words. ``suyuan.core.digital_link`` is the fast
reader of the keys alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote

from suyuan.core.digital_link import CANONICAL_HOST, NAMES, parse_dl
from suyuan.core.errors import Malformed
from suyuan.core.gs1.ai import IDENTIFIERS, ApplicationIdentifier, lookup
from suyuan.core.gs1.rules import Element, check_elements, check_together
from suyuan.core.identifiers import is_uri

EXAMPLE = "https://id.gs1.org/01/09521234000044/10/LOT-1"
_STRANGE = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_PARTS = re.compile(r"(https?|HTTPS?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST = re.compile(r"(?:[A-Za-z0-9\-.]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Link:
    """A Digital Link, values without percent-encoding."""

    stem: str
    """What stands in front of the key: scheme, host, and path if there is more."""
    path: tuple[Element, ...]
    """The primary key and its qualifiers."""
    attributes: tuple[Element, ...] = ()
    """Application identifiers of the query."""
    others: tuple[str, ...] = ()
    """The query's other parameters, as they stand."""

    @property
    def elements(self) -> tuple[Element, ...]:
        """All application identifiers, in order."""
        return self.path + self.attributes

    def uri(self, stem: str | None = None) -> str:
        """The link at this stem, or at its own; without the parameters that GS1 does not know."""
        path = "".join(f"/{ai}/{quote(value, safe='')}" for ai, value in self.path)
        query = "&".join(f"{ai}={quote(value, safe='')}" for ai, value in self.attributes)
        return f"{self.stem if stem is None else stem}{path}{'?' if query else ''}{query}"


def parse_link(text: str, *, names: bool = False) -> Link:
    """Reads and checks a Digital Link, or an EPC URN; Malformed, in words, for anything else.

    ``names``: take ``gtin``, ``lot``, ``ser`` … for numbers, which Digital Link 1.2 took back.
    """
    link = _from_urn(text) if text.startswith("urn:") else _split(text, names=names)
    check_elements(link.elements)
    _check_path(link.path)
    for place, (ai, _) in enumerate(link.attributes):
        _check_attribute(ai, link.path, link.attributes[:place])
    check_together(link.elements)
    return link


def canonical_link(text: str) -> str:
    """The canonical link, reserved characters and ``! ( ) *`` percent-encoded (``encoded_uri``).

    Normalised as object ids are (RFC 3986 §6.2.2). Malformed, in words, where there is none.
    """
    found = parse_dl(text)
    if found is None:
        path = parse_link(text, names=True).path
        found = parse_dl(Link(CANONICAL_HOST, path).uri())
        if found is None:
            raise Malformed("({ai}) and what follows has no canonical form", ai=path[0][0])
    return _ENCODED.sub(_normal, found.encoded_uri)


_ENCODED = re.compile("%([0-9A-Fa-f]{2})")


def _normal(found: re.Match[str]) -> str:
    char = chr(int(found[1], 16))
    return char if char in _UNRESERVED else found[0].upper()


def _from_urn(text: str) -> Link:
    found = parse_dl(text)
    if found is None:
        raise Malformed(
            "this is no EPC URN of a GS1 key; write for example {right}",
            right="urn:epc:id:sgtin:9521234.000004.7K3",
        )
    path = ((found.key, found.value), *found.qualifiers)
    return Link(CANONICAL_HOST, tuple((ai, unescape(value)) for ai, value in path))


def unescape(text: str, *, form: bool = False) -> str:
    """Percent-encoding undone, one octet a character; ``form``: a ``+`` is a space, as in queries."""
    return unquote(text.replace("+", " ") if form else text, "latin-1")


def _split(text: str, *, names: bool) -> Link:
    strange = _STRANGE.search(text)
    if strange is not None:
        raise Malformed(
            "character {place}, {char}, may not stand in an address; in a value write it as "
            "{encoded}",
            place=strange.start() + 1,
            char=strange[0],
            encoded=quote(strange[0], safe="", errors="replace"),
        )
    parts = _PARTS.fullmatch(text)
    if parts is None:
        raise Malformed(
            "a Digital Link begins with https:// or http://, all small or all capitals; write for "
            "example {right}",
            right=EXAMPLE,
        )
    scheme, host, path, query = parts.groups()
    if _HOST.fullmatch(host) is None or not is_uri(text):
        raise Malformed("this is no web address; write for example {right}", right=EXAMPLE)
    segments = path.split("/")
    start = _start(segments, names=names)
    keyed = tuple(
        _padded(NAMES.get(ai, ai) if names else ai, unescape(value))
        for ai, value in zip(segments[start::2], segments[start + 1 :: 2], strict=True)
    )
    attributes, others = _query(query or "")
    return Link(f"{scheme}://{host}" + "/".join(segments[:start]), keyed, attributes, others)


def _start(segments: Sequence[str], *, names: bool) -> int:
    """Where the primary key stands: the last that is one, pair by pair from the end."""
    for place in range(len(segments) - 2, 0, -2):
        ai = segments[place]
        if ai in NAMES and not names:
            raise Malformed(
                "{name} was another way to write {ai} until Digital Link 1.1; write /{ai}/",
                name=ai,
                ai=NAMES[ai],
            )
        found = IDENTIFIERS.get(NAMES.get(ai, ai))
        if found is None:
            raise Malformed(
                "there is no GS1 key in the path: {segment} stands where an application "
                "identifier belongs; write for example {right}",
                segment=ai or "/",
                right=EXAMPLE,
            )
        if found.orders is not None:
            return place
    raise Malformed("there is no GS1 key in the path; write for example {right}", right=EXAMPLE)


def _padded(ai: str, value: str) -> Element:
    """GTIN-8, -12 and -13 get their leading zeros."""
    if ai == "01" and len(value) in (8, 12, 13):
        return ai, value.zfill(14)
    return ai, value


def _query(query: str) -> tuple[tuple[Element, ...], tuple[str, ...]]:
    attributes: list[Element] = []
    others: list[str] = []
    for parameter in filter(None, query.split("&")):
        name, is_pair, value = parameter.partition("=")
        if is_pair and name.isascii() and name.isdigit():
            attributes.append(_padded(name, unescape(value, form=True)))
        else:
            others.append(parameter)
    return tuple(attributes), tuple(others)


def _check_path(path: Sequence[Element]) -> None:
    key = lookup(path[0][0])
    chosen = tuple(ai for ai, _ in path[1:])
    if chosen in key.sequences:
        return
    if not any(key.orders or ()):
        raise Malformed(
            "after ({key}) nothing more may follow in the path, and here {there} does",
            key=key.ai,
            there=", ".join(chosen),
        )
    raise Malformed(
        "after ({key}) the path may have {orders}, in this order, and here it has {there}",
        key=key.ai,
        orders=" | ".join(", ".join(order) for order in key.orders or ()),
        there=", ".join(chosen),
    )


def _check_attribute(ai: str, path: Sequence[Element], before: Sequence[Element]) -> None:
    if ai in dict((*path, *before)):
        raise Malformed("({ai}) is there already; a Digital Link says it once", ai=ai)
    if _fits(ai, path):
        raise Malformed("({ai}) belongs in the path, as /{ai}/…, and not behind the ?", ai=ai)
    if not lookup(ai).attribute:
        raise Malformed("({ai}) may not stand behind the ? of a Digital Link", ai=ai)


def _fits(ai: str, path: Sequence[Element]) -> bool:
    key, *rest = (name for name, _ in path)
    return any(
        (*rest[:place], ai, *rest[place:]) in lookup(key).sequences
        for place in range(len(rest) + 1)
    )


def build_link(elements: Iterable[Element], stem: str = CANONICAL_HOST) -> Link:
    """The Digital Link that says this, checked; the first primary key is its key.

    Qualifiers are put in order; attributes keep theirs, those of fixed length first.
    """
    given = tuple(dict.fromkeys(_padded(ai, value) for ai, value in elements))
    check_elements(given)
    check_together(given)
    stem = stem.removesuffix("/")
    place = next((n for n, (ai, _) in enumerate(given) if lookup(ai).orders is not None), None)
    if place is None:
        raise Malformed(
            "none of these is a key that a Digital Link can begin with, such as 01, 00 or 414"
        )
    if _HOST.fullmatch(re.sub("^(https?|HTTPS?)://", "", stem).partition("/")[0]) is None or (
        not is_uri(stem) or _PARTS.fullmatch(stem) is None or "?" in stem or "#" in stem
    ):
        raise Malformed("{stem} is no address that a Digital Link could begin with", stem=stem)
    said = dict(given)
    key = lookup(given[place][0])
    path = (given[place], *((ai, said[ai]) for ai in _order(key, said)))
    rest = [(ai, value) for ai, value in given if (ai, value) not in path]
    rest.sort(key=lambda element: not lookup(element[0]).fixed)
    for ai, _ in rest:
        _check_attribute(ai, path, ())
    return Link(stem, path, tuple(rest))


def _order(key: ApplicationIdentifier, said: dict[str, str]) -> tuple[str, ...]:
    """Of the orders of a key's qualifiers, what is there of the one of which most is there."""
    return max((tuple(ai for ai in order if ai in said) for order in key.orders or ((),)), key=len)
