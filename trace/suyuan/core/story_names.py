"""Who, what and where: names for the URIs in records, from the master data gathered beside them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import identify, parse_dl, product_of
from suyuan.core.story_reading import Reading
from suyuan.core.story_values import Names, names_of

_MASTER = "#master"


class Known(NamedTuple):
    """One record of what a code is about, as the public may see it."""

    index: int  # type: ignore[assignment]
    kind: str
    event: Reading | None
    """What an event says; None where hidden or erased."""
    master: Mapping[str, Any] | None
    """A master data object; None where hidden or erased."""
    owner: str
    """Organisation of the signer's key."""
    role: str
    """Role of the signer's key: recorder, certifier, regulator or admin."""
    record_time: str
    extends: tuple[str, ...]
    erased_at: str | None = None
    """recordTime of its erasure."""
    hidden: bool = False
    suspect: bool = False
    """Whether the signer's key was later reported stolen, from this record or an earlier one on."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A product, and which lot of it. ``names`` is None without master data."""

    id: str
    names: Names | None
    lot: str | None


@dataclass(frozen=True, slots=True)
class Who:
    """An organisation and in what role it speaks."""

    id: str
    names: Names | None
    role: str
    county: Names | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place by its name and village; never by its position."""

    id: str
    names: Names | None
    village: Names | None = None


class Directory:
    """The newest master data of everything, by canonical id."""

    def __init__(self, records: Iterable[Known]) -> None:
        self._masters: dict[str, Mapping[str, Any]] = {}
        self._things: dict[str, Thing | None] = {}
        self._places: dict[str, Place | None] = {}
        self._whos: dict[tuple[str, str], Who] = {}
        for record in records:
            if record.master is not None:
                for name in record.extends:
                    self._masters[name.removesuffix(_MASTER)] = record.master

    def master(self, uri: str) -> Mapping[str, Any]:
        """Master data of a canonical id, empty where there is none."""
        return self._masters.get(uri, {})

    def names(self, uri: str) -> Names | None:
        """The name in its master data."""
        return names_of(self.master(uri).get("name"))

    def thing(self, text: str) -> Thing | None:
        """What a URI in an event names; None if it is no product (a season, a carton)."""
        if text not in self._things:
            self._things[text] = self._thing(text)
        return self._things[text]

    def _thing(self, text: str) -> Thing | None:
        try:
            uri = identify(text).uri
        except Malformed:
            return None
        product = product_of(uri) or uri
        link = parse_dl(uri)
        if link is None or link.key != "01":
            return None
        lot = link.get("10")
        return Thing(uri, self.names(product), unquote(lot) if lot else None)

    def who(self, uri: str, role: str) -> Who:
        """An organisation; its key's owner is a URI as it was enrolled."""
        if (uri, role) not in self._whos:
            self._whos[uri, role] = self._who(uri, role)
        return self._whos[uri, role]

    def _who(self, uri: str, role: str) -> Who:
        try:
            uri = identify(uri).uri
        except Malformed:
            return Who(uri, None, role)
        return Who(uri, self.names(uri), role, names_of(self.master(uri).get("suyuan:county")))

    def place(self, given: str) -> Place | None:
        """The place of a readPoint or bizLocation."""
        if given not in self._places:
            self._places[given] = self._place(given)
        return self._places[given]

    def _place(self, given: str) -> Place | None:
        try:
            uri = identify(given).uri
        except Malformed:
            return None
        return Place(uri, self.names(uri), names_of(self.master(uri).get("suyuan:village")))
