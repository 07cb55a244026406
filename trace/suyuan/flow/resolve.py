"""What is known of a GS1 key, as links: what its owner set in master data, and our own page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import identify
from suyuan.core.resolver.linkset import DEFAULT, GS1, Entry, TargetLink, parse_entry
from suyuan.core.story_values import names_of
from suyuan.core.touches import master_id
from suyuan.core.visibility import PUBLIC
from suyuan.flow.prove import Prover
from suyuan.ports.log import LogStore

_ALL = 1 << 62


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

    log: LogStore
    prover: Prover
    root: str
    """The node's own address."""

    def entry(self, anchor: str) -> Entry | None:
        """What the owner of a key set for it, in its newest master data."""
        master = self._master(anchor)
        return links_in(master) if master is not None else None

    def known(self, anchor: str) -> bool:
        """Whether anything is recorded of it that the public may know: master data, or events."""
        if self._master(anchor) is not None:
            return True
        name = identify(anchor).object
        return name is not None and name in self.log.tips_at([name], _ALL)

    def own(self, anchor: str, page: str) -> Entry:
        """Our page on the thing, and where its events are asked for; the page is the default link."""
        named = identify(anchor)
        described = self._master(anchor.partition("/10/")[0].partition("/21/")[0])
        names = names_of(described.get("name")) if described else None
        match = "MATCH_anyEPCClass" if named.lot == named.object else "MATCH_anyEPC"
        links = {
            f"{GS1}traceability": (
                TargetLink(self.root + page, "溯源 Provenance", "text/html", ("zh", "en")),
            ),
            DEFAULT: (TargetLink(self.root + page, "溯源 Provenance"),),
        }
        if named.object is not None:
            events = TargetLink(
                f"{self.root}/events?{match}={named.object}", "EPCIS 2.0", "application/json",
                fwqs=False,
            )  # fmt: skip
            links[f"{GS1}epcis"] = (events,)
        return Entry(anchor, names.en if names else anchor, links)

    def _master(self, anchor: str) -> Mapping[str, Any] | None:
        name = master_id(identify(anchor).uri)
        tip = self.log.tips_at([name], _ALL).get(name)
        if tip is None:
            return None
        content = self.prover.record(PUBLIC, tip.index, prove=False).content
        master: Mapping[str, Any] | None = content["master"] if content is not None else None
        return master
