"""Export: what others' rules ask of a lot, from its events and master data as the viewer may see them.

What the viewer may not see is missing, and each export says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.core import private
from suyuan.core.errors import Malformed, NotFound, TooLarge
from suyuan.core.exports.elements import MISSING
from suyuan.core.exports.eudr import Plots, plots_of
from suyuan.core.exports.fsma import Cell, Sheet, sheets
from suyuan.core.exports.lineage import Lineage, Missing, Shown, becomes, lineage
from suyuan.core.identifiers import identify, object_id
from suyuan.core.touches import master_id
from suyuan.core.visibility import Viewer
from suyuan.flow.prove import Gathered, Prover
from suyuan.ports.log import LogStore

Table = tuple[str, Sequence[str], Sequence[Sequence[Cell]]]
"""Title, headings, rows."""

_ALL = 1 << 62
"""A size beyond every log's: what was recorded a moment ago counts."""
MOST = 10_000
"""Records of one export."""


@dataclass(frozen=True, slots=True)
class Fsma:
    """A sheet for each critical tracking event, and the records that could not be read for them."""

    sheets: tuple[Sheet, ...]
    missing: tuple[Missing, ...]

    @property
    def short(self) -> bool:
        """Whether anything is missing, of a row or as a whole."""
        return bool(self.missing) or any(row.missing for sheet in self.sheets for row in sheet.rows)

    def tables(self, word: Callable[..., str]) -> list[Table]:
        """The sheets in words, and one of what could not be read. ``word(template, **params)``."""
        told: list[Table] = []
        lacks = word(MISSING.template)
        for sheet in self.sheets:
            headings = [*(word(column.template) for column in sheet.columns), lacks]
            rows = [
                [*row.cells, "; ".join(word(one.template, **one.params) for one in row.missing)]
                for row in sheet.rows
            ]
            told.append((word(sheet.title.template), headings, rows))
        unread = [[word(one.said.template, **one.said.params)] for one in self.missing]
        return [*told, (lacks, [lacks], unread)]


@dataclass(slots=True)
class Exporter:
    """The verb. Needs no key and writes nothing."""

    log: LogStore
    prover: Prover

    def eudr(self, viewer: Viewer, subject: str) -> Plots:
        """The plots of all harvests behind a lot; NotFound where nothing is recorded of it."""
        return plots_of(self._traced(viewer, subject), lambda uri: self._master(viewer, uri))

    def fsma(self, viewer: Viewer, subject: str) -> Fsma:
        """The critical tracking events of a lot, from its harvests to all that became of it."""
        traced = self._traced(viewer, subject)
        found, food = self._handled(viewer, traced)
        whole = lineage(traced.subject, found)
        return Fsma(
            sheets(whole, frozenset(food), lambda uri: self._master(viewer, uri)), whole.missing
        )

    def _handled(self, viewer: Viewer, traced: Lineage) -> tuple[list[Shown], set[str]]:
        """All events on a lineage, on what its subject became and was packed into; and all names."""
        found: dict[int, Shown] = {}
        food: set[str] = set()
        wanted = set(traced.names)
        while wanted:
            food |= wanted
            touched = self.log.touched(wanted, size=_ALL)
            fresh = {index for indices in touched.values() for index in indices} - found.keys()
            if len(found) + len(fresh) > MOST:
                raise TooLarge(
                    "more than {most} records are about {subject}",
                    most=MOST,
                    subject=traced.subject,
                )
            extends = self.log.touches_of(fresh)
            for index in fresh:
                shown = self._event(viewer, index, extends[index][0])
                if shown is not None:
                    found[index] = shown
            deeds = lineage(traced.subject, found.values()).deeds
            wanted = becomes(traced.subject, deeds) - food
        return list(found.values()), food

    def _event(self, viewer: Viewer, index: int, extends: tuple[str, ...]) -> Shown | None:
        view = self.prover.record(viewer, index, prove=False)
        if view.kind != "event":
            return None
        event = private.reveal(view.content["event"], view.disclosures) if view.content else None
        return Shown(index, view.owner, extends, event, erased=view.erased)

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
