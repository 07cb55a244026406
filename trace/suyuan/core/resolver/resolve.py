"""What a request for a Digital Link is answered with.

307 to one link, 300 with several that fit alike, 200 with the linkset; Malformed (400) where the
request is no Digital Link, NotFound (404) where nothing, or no link of the asked type, is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import Malformed, NoSuchLink, NotFound
from suyuan.core.gs1.compressed import decompress
from suyuan.core.gs1.link import Link, parse_link
from suyuan.core.gs1.rules import Element
from suyuan.core.resolver.linkset import (
    CONTEXT,
    DEFAULT,
    DEFAULT_MULTI,
    Entry,
    TargetLink,
    link_type_of,
    linkset,
)
from suyuan.core.resolver.negotiate import Wish, best, offered, weights

LINKSET = "application/linkset+json"
FORMS = (LINKSET, "application/json", "application/ld+json", "text/html")
"""Media types of a linkset; a page is the face's own."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """307: go there."""

    location: str
    header: str
    """Value of the Link header, which leads to the linkset."""


@dataclass(frozen=True, slots=True)
class Choices:
    """300: these fit alike."""

    linkset: dict[str, Any]
    media_type: str
    header: str


@dataclass(frozen=True, slots=True)
class Listing:
    """200: all links, of every level."""

    linkset: dict[str, Any]
    media_type: str
    header: str


def levels(path: Sequence[Element]) -> tuple[str, ...]:
    """Anchors to look for, finest first: the pack, its lot, its product.

    A pack and a lot are looked for by their canonical links too, which leave out 10 and 22.
    """
    found: list[str] = []
    for size in range(len(path), 0, -1):
        found.append(Link(CANONICAL_HOST, tuple(path[:size])).uri())
        if size > 2 and path[size - 1][0] in ("10", "21"):
            found.append(Link(CANONICAL_HOST, (path[0], path[size - 1])).uri())
    return tuple(dict.fromkeys(found))


def read_request(uri: str) -> tuple[Link, str, bool]:
    """The Digital Link that was asked for, a slash at its end forgiven; its query; was it compressed?

    The query is as it stands; that of a compressed link is what it stands for.
    """
    address, _, query = uri.partition("#")[0].partition("?")
    address = address.removesuffix("/")
    asked = f"{address}?{query}" if query else address
    try:
        return parse_link(asked), query, False
    except Malformed as problem:
        try:
            link = decompress(asked)
        except Malformed:
            raise problem from None
    attributes = link.uri().partition("?")[2]
    return link, "&".join(filter(None, (attributes, *link.others))), True


def resolve(
    uri: str,
    find: Callable[[str], Entry | None],
    *,
    own: Entry | None = None,
    accept: str | None = None,
    accept_language: str | None = None,
) -> Redirect | Choices | Listing:
    """Answers a request for this address.

    ``find`` knows what is set for an anchor; ``own`` is the node's own page on the thing: its links
    stand in wherever no level has one of their type. Raises Malformed and NotFound, see above.
    """
    link, query, compressed = read_request(uri)
    anchors = levels(link.path)
    entries = [entry for anchor in anchors if (entry := find(anchor)) is not None]
    if own is not None:
        entries = _completed(entries, own, anchors)
    if not entries:
        raise NotFound("nothing is known here about {uri}", uri=link.uri(CANONICAL_HOST))
    here = Link(link.stem, link.path).uri()
    same = (f'<{link.uri()}>; rel="owl:sameAs"; title="uncompressed"',) if compressed else ()
    asked = _parameters(query, "linkType")
    link_type = link_type_of(asked[0]) if asked else None
    if link_type in ("linkset", "all") or _wants_linkset(accept):
        return _listing(linkset(entries, link.stem), accept, same)
    wish = Wish(tuple(_parameters(query, "context")), accept_language, accept)
    to_linkset = f'<{here}?linkType=linkset>; rel="linkset"; type="{LINKSET}"; title="linkset"'
    header = ", ".join((to_linkset, *same))
    if link_type is None or link_type == DEFAULT:
        return Redirect(_forwarded(_default(entries, wish), query), header)
    for entry in entries:
        if link_type in entry.links:
            chosen, _ = best(entry.links[link_type], wish)
            if len(chosen) == 1:
                return Redirect(_forwarded(chosen[0], query), header)
            several = Entry(entry.anchor, entry.description, {link_type: chosen})
            return Choices(linkset([several], link.stem), offered(accept, FORMS), header)
    raise NoSuchLink("there is no link of type {type} for {uri}", type=asked[0], uri=here)


def _completed(entries: list[Entry], own: Entry, anchors: Sequence[str]) -> list[Entry]:
    """With our own links of the types that are not there; with our default link goes what it is."""
    there = {link_type for entry in entries for link_type in entry.links}
    defaults = () if DEFAULT in there else own.links.get(DEFAULT, ())
    merged = {entry.anchor: entry for entry in entries}
    here = merged.get(own.anchor, Entry(own.anchor, own.description, {}))
    links = dict(here.links)
    for link_type, more in own.links.items():
        if link_type not in there or {link.href for link in more} & {d.href for d in defaults}:
            links[link_type] = (*links.get(link_type, ()), *more)
    if links:
        merged[own.anchor] = Entry(own.anchor, here.description, links)
    return [merged[anchor] for anchor in anchors if anchor in merged]


def _default(entries: Sequence[Entry], wish: Wish) -> TargetLink:
    for entry in entries:
        chosen, fits = best(entry.links.get(DEFAULT_MULTI, ()), wish)
        if fits and len(chosen) == 1:
            return chosen[0]
        if DEFAULT in entry.links:
            return entry.links[DEFAULT][0]
    raise NoSuchLink("no default link is set for {uri}", uri=entries[0].anchor)


def _listing(document: dict[str, Any], accept: str | None, same: Sequence[str]) -> Listing:
    media_type = offered(accept, FORMS)
    if media_type == "application/ld+json":
        document = {"@context": CONTEXT, **document}
    to_context = (
        f'<{CONTEXT}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"; '
        'title="JSON-LD context"'
    )
    return Listing(document, media_type, ", ".join((to_context, *same)))


def _wants_linkset(accept: str | None) -> bool:
    asked = weights(accept)
    named = [quality for name, quality in asked.items() if not name.endswith("/*")]
    return asked.get(LINKSET, 0.0) > 0 and asked[LINKSET] == max(named)


def _parameters(query: str, wanted: str) -> list[str]:
    pairs = (parameter.partition("=") for parameter in query.split("&"))
    return [
        unquote(value.replace("+", " ")) for name, _, value in pairs if name == wanted and value
    ]


def _forwarded(link: TargetLink, query: str) -> str:
    """The target with the request's query handed on, in front of its fragment."""
    if not query or not link.fwqs:
        return link.href
    address, hash_mark, fragment = link.href.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{hash_mark}{fragment}"
