"""What is known about one thing, as links (RFC 9264 in the shape of GS1's linkset schema)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core.digital_link import CANONICAL_HOST
from suyuan.core.errors import Malformed
from suyuan.core.gs1.link import parse_link
from suyuan.core.identifiers import is_uri
from suyuan.core.shapes import array, closed, text
from suyuan.core.strict_json import pointer_token

GS1 = "https://ref.gs1.org/voc/"
DEFAULT = f"{GS1}defaultLink"
DEFAULT_MULTI = f"{GS1}defaultLinkMulti"
"""More default links, for those whose language, media type or context one of them fits better."""
CONTEXT = "https://ref.gs1.org/standards/resolver/linkset-context"
"""What makes JSON-LD of a linkset."""
MOST_LINKS = 500
"""Of one thing."""

_GS1 = re.compile(r"gs1:|https?://(?:(?:www|ref)\.)?gs1\.org/voc/")
_LINK_TYPE = re.compile(r"[a-z-]+|https?://[A-Za-z0-9./_]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2}(?:-[A-Za-z]{2})?")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9.+_-]+")


@dataclass(frozen=True, slots=True)
class TargetLink:
    """One link to one place."""

    href: str
    title: str
    """For people."""
    type: str | None = None
    """Media type; None: not said."""
    hreflang: tuple[str, ...] = ()
    """Languages, as ``zh`` or ``zh-CN``; empty: not said."""
    context: tuple[str, ...] = ()
    """Where or for whom it is meant, in words the owner chose; empty: not said."""
    fwqs: bool = True
    """Whether a request's query is handed on."""

    def to_json(self) -> dict[str, Any]:
        """A target object of the linkset."""
        said: dict[str, Any] = {"href": self.href, "title": self.title}
        if self.type is not None:
            said["type"] = self.type
        if self.hreflang:
            said["hreflang"] = list(self.hreflang)
        if self.context:
            said["context"] = list(self.context)
        if not self.fwqs:
            said["fwqs"] = False
        return said


@dataclass(frozen=True, slots=True)
class Entry:
    """All links of one product, lot, pack, place …"""

    anchor: str
    """Its Digital Link at id.gs1.org, without attributes."""
    description: str
    links: Mapping[str, tuple[TargetLink, ...]]
    """By link type, a URI or a registered word (RFC 8288)."""

    def to_json(self, stem: str = CANONICAL_HOST) -> dict[str, Any]:
        """A link context object, the anchor at this stem."""
        return {
            "anchor": stem + self.anchor.removeprefix(CANONICAL_HOST),
            "itemDescription": self.description,
            **{
                link_type: [link.to_json() for link in links]
                for link_type, links in self.links.items()
            },
        }


def linkset(entries: Iterable[Entry], stem: str = CANONICAL_HOST) -> dict[str, Any]:
    """The linkset document, which GS1's linkset schema takes."""
    return {"linkset": [entry.to_json(stem) for entry in entries]}


def link_type_of(said: str) -> str:
    """A link type in full: ``gs1:pip`` and all spellings of GS1's vocabulary become one."""
    found = _GS1.match(said)
    return GS1 + said[found.end() :] if found else said


def parse_linkset(value: object) -> tuple[Entry, ...]:
    """A linkset document; Malformed, with its JSON pointer, where it is none or breaks a rule."""
    document = closed(value, ("linkset",))
    return tuple(
        parse_entry(item, f"/linkset/{place}")
        for place, item in enumerate(array(document["linkset"], "/linkset"))
    )


def parse_entry(value: object, path: str = "") -> Entry:
    """A link context object; Malformed, with its JSON pointer, where it breaks a rule."""
    if not isinstance(value, dict):
        raise Malformed("an object belongs here", path=path)
    closed(value, ("anchor", "itemDescription"), allowed=value, path=path)
    anchor = _anchor(text(value["anchor"], f"{path}/anchor"), f"{path}/anchor")
    description = _said(value["itemDescription"], f"{path}/itemDescription")
    links: dict[str, tuple[TargetLink, ...]] = {}
    for name, targets in value.items():
        if name in ("anchor", "itemDescription"):
            continue
        where = f"{path}/{pointer_token(name)}"
        link_type = link_type_of(name)
        if _LINK_TYPE.fullmatch(link_type) is None:
            raise Malformed(
                "{name} is no link type; right is for example gs1:pip, or a web address of letters, "
                "digits, / and .",
                path=where,
                name=name[:100],
            )
        if link_type in links:
            raise Malformed("the link type {name} is there twice", path=where, name=name)
        links[link_type] = tuple(
            _target(item, f"{where}/{place}") for place, item in enumerate(array(targets, where))
        )
        if not links[link_type]:
            raise Malformed("there is no link here", path=where)
    if sum(map(len, links.values())) > MOST_LINKS:
        raise Malformed("one thing has at most {most} links", path=path, most=MOST_LINKS)
    _check_defaults(links, path)
    return Entry(anchor, description, links)


def _anchor(uri: str, path: str) -> str:
    try:
        link = parse_link(uri)
    except Malformed as problem:
        raise problem.at(path) from None
    if link.attributes or link.others:
        raise Malformed("links belong to a thing; leave out what follows the ?", path=path)
    return link.uri(CANONICAL_HOST)


def _said(value: object, path: str) -> str:
    said = text(value, path)
    if not said.strip():
        raise Malformed("a text for people belongs here", path=path)
    return said


def _target(value: object, path: str) -> TargetLink:
    said = closed(
        value, ("href", "title"), allowed=("type", "hreflang", "context", "fwqs"), path=path
    )
    href = text(said["href"], f"{path}/href")
    if re.match("https?://[A-Za-z0-9.]", href) is None or not is_uri(href):
        raise Malformed(
            "a link leads to a web address, for example {right}",
            path=f"{path}/href",
            right="https://coop.example/hickory",
        )
    return TargetLink(
        href,
        _said(said["title"], f"{path}/title"),
        _media_type(said["type"], f"{path}/type") if "type" in said else None,
        _languages(said.get("hreflang", []), f"{path}/hreflang"),
        tuple(
            text(item, f"{path}/context/{place}")
            for place, item in enumerate(array(said.get("context", []), f"{path}/context"))
        ),
        _flag(said.get("fwqs", True), f"{path}/fwqs"),
    )


def _media_type(value: object, path: str) -> str:
    said = text(value, path)
    if _MEDIA_TYPE.fullmatch(said) is None:
        raise Malformed("this is no media type; right is for example text/html", path=path)
    return said.lower()


def _languages(value: object, path: str) -> tuple[str, ...]:
    languages = []
    for place, item in enumerate(array(value, path)):
        said = text(item, f"{path}/{place}")
        if _LANGUAGE.fullmatch(said) is None:
            raise Malformed(
                "this is no language; right is for example zh or zh-CN", path=f"{path}/{place}"
            )
        languages.append(said)
    return tuple(languages)


def _flag(value: object, path: str) -> bool:
    if not isinstance(value, bool):
        raise Malformed("true or false belongs here", path=path)
    return value


def _check_defaults(links: Mapping[str, tuple[TargetLink, ...]], path: str) -> None:
    described = {
        link.href
        for link_type, targets in links.items()
        if link_type not in (DEFAULT, DEFAULT_MULTI)
        for link in targets
    }
    for link_type in (DEFAULT, DEFAULT_MULTI):
        for link in links.get(link_type, ()):
            if link.href not in described:
                raise Malformed(
                    "the default link {href} must also stand under a link type that says what it is",
                    path=path,
                    href=link.href,
                )
    default = links.get(DEFAULT, ())
    if len(default) > 1:
        raise Malformed("there is one default link, and here are {count}", path=path,
                        count=len(default))  # fmt: skip
    if default and (default[0].type or default[0].hreflang or default[0].context):
        raise Malformed(
            "the default link has no media type, language or context; those go under gs1:"
            "defaultLinkMulti",
            path=path,
        )
