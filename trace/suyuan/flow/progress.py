"""How far seasons are: the forms that their newest records were filled in on.

A page asks it of a dozen seasons at once, and it changes only when something is recorded of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from suyuan.core.visibility import Viewer
from suyuan.flow.books import Books
from suyuan.flow.held import Held
from suyuan.ports.books import DeedQuery

LOOKED_AT = 60
"""Records of a season, the newest: by them one sees how far it is."""


@dataclass(slots=True)
class Progress:
    """Reads the books; what was read is held until a record touches the season."""

    books: Books
    held: Held[frozenset[str]]

    def done(self, viewer: Viewer, organisation: str, season: str) -> frozenset[str]:
        """Forms of the newest records, of those apart that were declared an error. Forbidden unless the
        viewer may read the organisation's books."""
        key = (viewer, organisation, season)
        known = self.held.get(key)
        if known is not None:
            return known
        begun = self.held.mark()
        query = DeedQuery(organisation, things=(season,), limit=LOOKED_AT)
        done = frozenset(
            line.deed.form
            for line in self.books.find(viewer, query).lines
            if line.deed.form is not None and not line.declared and line.deed.kind != "correction"
        )
        self.held.put(key, begun, {season}, done)
        return done


__all__ = ["LOOKED_AT", "Progress"]
