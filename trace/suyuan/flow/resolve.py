"""What is known of a GS1 key, as links: what its owner set in master data, and our own page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import Identifier, identify
from suyuan.core.resolver.linkset import DEFAULT, GS1, Entry, TargetLink, parse_entry
from suyuan.core.story_about import PARTIES, PLACES
from suyuan.core.story_values import names_of
from suyuan.flow.look import Looker


def links_in(master: Mapping[str, Any]) -> Entry | None:
    """The ``links`` of master data: a link context object of GS1's linkset without its anchor.

    Malformed, with its JSON pointer, where they break a rule; None where there are none.
    """
    if "links" not in master:
        return None
    links = master["links"]
    if not isinstance(links, dict):
        raise Malformed("an object belongs here", path="/links")
    for name in ("anchor", "itemDescription"):
        if name in links:
            raise Malformed("{name} is the master data's own; leave it out", path=f"/links/{name}",
                            name=name)  # fmt: skip
    named = names_of(master.get("name"))
    anchor = identify(str(master["id"])).uri
    said = {"anchor": anchor, "itemDescription": named.en if named else anchor, **links}
    try:
        return parse_entry(said)
    except Malformed as problem:
        raise problem.at("/links") from None


@dataclass(slots=True)
class Resolver:
    """Answers for one node; shows what the public may see, and nothing else."""

    looker: Looker
    root: str
    """The node's own address."""

    def entry(self, anchor: str) -> Entry | None:
        """What the owner of a key set for it, in its newest master data."""
        master = self.looker.master(anchor)
        return links_in(master) if master is not None else None

    def own(self, anchor: str, page: str) -> Entry:
        """Our page on the thing, and where its events are asked for; the page is the default link."""
        named = identify(anchor)
        described = self.looker.master(anchor) or self.looker.master(_upmost(anchor))
        names = names_of(described.get("name")) if described else None
        links: dict[str, tuple[TargetLink, ...]] = {
            f"{GS1}traceability": (
                TargetLink(self.root + page, "溯源 Provenance", "text/html", ("zh", "en")),
            ),
            DEFAULT: (TargetLink(self.root + page, "溯源 Provenance"),),
        }
        if self.looker.master(anchor) is not None:
            links[f"{GS1}masterData"] = (
                self._data(f"/master/{quote(named.uri, safe=':/')}", "JSON-LD", "ld+json"),
            )
        if asked := _asked(named):
            uri = quote(named.uri, safe=":/")
            links[f"{GS1}epcis"] = tuple(
                self._data(f"/events?{name}={uri}", f"EPCIS 2.0 {name}", "json") for name in asked
            )
        return Entry(anchor, names.en if names else anchor, links)

    def _data(self, path: str, title: str, kind: str) -> TargetLink:
        return TargetLink(self.root + path, title, f"application/{kind}", fwqs=False)


def _upmost(anchor: str) -> str:
    """The primary key alone."""
    return "/".join(anchor.split("/")[:5])


def _asked(named: Identifier) -> tuple[str, ...]:
    """Parameters of an EPCIS query that find the events of a thing; none of an organisation."""
    key = named.uri.split("/")[3]
    if key in PLACES:
        return ("EQ_readPoint", "EQ_bizLocation")
    if key in PARTIES or named.object is None:
        return ()
    return ("MATCH_anyEPCClass",) if named.lot == named.object else ("MATCH_anyEPC",)
