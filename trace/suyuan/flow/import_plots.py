"""Rows of a list of plots as the plots that the organisation has, or will have."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from suyuan.core.errors import Forbidden, Refused
from suyuan.core.farm.fill import Ground, Values
from suyuan.core.farm.form import Form
from suyuan.core.people import Details
from suyuan.core.sheets.masters import coded
from suyuan.core.sheets.plot_rows import on_record, plot_of_row, worked_by
from suyuan.core.story_values import names_of
from suyuan.flow.people import People
from suyuan.flow.plots import Plots


def _own_number(code: str) -> bool:
    """A number that somebody gave a plot: everybody has a first one. A GLN has 13 digits."""
    return code.isdigit() and len(code) < 13


@dataclass(slots=True)
class PlotRows:
    """Reads the rows of one look. The id of a new plot is opaque, and the same for the same row: it
    follows from the organisation, the member and the name (or number) by a key of the node's."""

    organisation: str
    ground: Ground
    plots: Plots
    people: People
    digest: Callable[[bytes], bytes]
    _known: dict[str, Mapping[str, Any]] | None = None
    _by_name: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    _register: Sequence[tuple[str, Details]] | None = None

    def read(self, form: Form, values: Values) -> tuple[dict[str, Any], dict[str, Any]]:
        """What is on record of a row's plot (empty where it is new), and what will be; Refused with
        the field as path."""
        if self._known is None:
            self._known = {}
            for one in self.plots.of(self.organisation):
                self._take(one.id, one.master)
        row = plot_of_row(form, values)
        if (member := self._member(values)) is not None:
            row["suyuan:member"] = member
        row["id"] = self._id(values, member)
        before = self._known.get(row["id"], {})
        made = on_record(before, row)
        self._take(row["id"], made)
        return dict(before), made

    def _take(self, uri: str, master: Mapping[str, Any]) -> None:
        assert self._known is not None
        self._known[uri] = master
        for name in dict.fromkeys(names_of(master.get("name")) or ()):
            if uri not in self._by_name[name]:
                self._by_name[name].append(uri)

    def _member(self, values: Values) -> str | None:
        if self._register is None and values.keys() & {"member", "phone", "id_number"}:
            self._register = self.people.known_by(self.organisation)
        return worked_by(values, self._register or ())

    def _id(self, values: Values, member: str | None) -> str:
        """Of the code, where it is a GLN or a URI; else of the plot of this name, and of this member,
        that is there; else a new one."""
        assert self._known is not None
        name, code = str(values["name"]), str(values.get("code", ""))
        given = coded(code, "414", 13)
        if given and not _own_number(code):
            if self.plots.owner_of(given) not in (None, self.organisation):
                raise Forbidden("this belongs to another organisation", path="/code")
            return given
        # Tables that were read before ids were the organisation's own made them of the name, or took a
        # number for a GLN whatever its length. What it has by these stays.
        for earlier in (given, f"{self.ground.base}plot/{quote(code or name, safe='')}"):
            owner = self.plots.owner_of(earlier)
            if earlier in (self.ground.plots or {}) and owner in (None, self.organisation):
                return earlier
        if not code:
            there = [(uri, self._known[uri].get("suyuan:member")) for uri in self._by_name[name]]
            for wanted in dict.fromkeys((member, None)):
                same = [uri for uri, whose in there if member is None or whose == wanted]
                if len(same) > 1:
                    raise Refused(
                        "{count} plots are called so: give the member or the code", path="/name",
                        count=len(same),
                    )  # fmt: skip
                if same:
                    return same[0]
        said = "\n".join(("plot", self.organisation, member or "", code or name))
        token = base64.b32encode(self.digest(said.encode())[:10]).decode().lower()
        return f"{self.ground.base}plot/{token}"


__all__ = ["PlotRows"]
