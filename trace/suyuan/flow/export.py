"""Export: what others' rules ask of a lot, from its events and master data as the viewer may see them.

What the viewer may not see is missing, and each export says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core import private
from suyuan.core.errors import Malformed, NotFound
from suyuan.core.exports.eudr import Plots, plots_of
from suyuan.core.exports.lineage import Lineage, Shown, lineage
from suyuan.core.identifiers import identify, object_id
from suyuan.core.touches import master_id
from suyuan.core.visibility import Viewer
from suyuan.flow.prove import Gathered, Prover
from suyuan.ports.log import LogStore

_ALL = 1 << 62
"""A size beyond every log's: what was recorded a moment ago counts."""


@dataclass(slots=True)
class Exporter:
    """The verb. Needs no key and writes nothing."""

    log: LogStore
    prover: Prover

    def eudr(self, viewer: Viewer, subject: str) -> Plots:
        """The plots of all harvests behind a lot; NotFound where nothing is recorded of it."""
        return plots_of(self._traced(viewer, subject), lambda uri: self._master(viewer, uri))

    def _traced(self, viewer: Viewer, subject: str) -> Lineage:
        name = object_id(subject)
        if name is None:
            raise NotFound("{subject} is no lot, pack or other single thing", subject=subject)
        gathered = self.prover.gather(name, _ALL)
        if name not in gathered.tips:
            raise NotFound("nothing is recorded of {subject}", subject=name)
        return lineage(name, self._shown(viewer, gathered))

    def _shown(self, viewer: Viewer, gathered: Gathered) -> Iterator[Shown]:
        for index, stored in gathered.records.items():
            if stored.kind != "event":
                continue
            event, value = None, gathered.values.get(index)
            if value is not None:
                visible, disclosures = self.prover.shown(viewer, stored, value)
                event = private.reveal(value, disclosures) if visible else None
            yield Shown(index, stored.owner, gathered.extends[index], event, erased=value is None)

    def _master(self, viewer: Viewer, uri: str) -> Mapping[str, Any] | None:
        """The newest master data of a thing, None where there is none that the viewer may see."""
        try:
            name = master_id(identify(uri).uri)
        except Malformed:
            return None
        tip = self.log.tips_at([name], _ALL).get(name)
        if tip is None:
            return None
        content = self.prover.record(viewer, tip.index, prove=False).content
        master: Mapping[str, Any] | None = content["master"] if content is not None else None
        return master
