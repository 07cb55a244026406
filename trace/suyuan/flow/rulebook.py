"""The rule book: tables and templates in force, from those a node begins with and the log's records.

A table is master data of the type ``suyuan:RuleTable`` that a key of the administrator signed; the
newest record of an id counts, whole. Templates (``suyuan:CropTemplate``) are whoever's recorded them;
every version stays, and a season is judged by the one it was made under (docs/decisions/0014).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from suyuan.core import jcs
from suyuan.core.content import content_digest, decode_content
from suyuan.core.encoding import digest_text
from suyuan.core.errors import Conflict, NotFound, Refused
from suyuan.core.rules.check import TABLE, TEMPLATE
from suyuan.core.rules.tables import Tables, tables_of
from suyuan.core.rules.template import Template, template_of
from suyuan.core.touches import master_id
from suyuan.flow.accounts import Caller
from suyuan.flow.append import Appender, Beginning
from suyuan.flow.master import MasterData
from suyuan.ports.log import LogStore, Sequencer, StoredRecord

_AT_ONCE = 1_000
_TYPED_BY = "suyuan:recordedBy"
_KINDS = (f'"type":"{TABLE}"'.encode(), f'"type":"{TEMPLATE}"'.encode())


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a table or a template."""

    document: Mapping[str, Any]
    digest: str
    """``sha-256:…`` of its JCS form: by it a season names the version that it was made under."""
    index: int | None
    """Its record; None for one that a node begins with."""
    owner: str | None
    record_time: str | None

    @property
    def id(self) -> str:
        return str(self.document["id"])


@dataclass(slots=True)
class RuleBook:
    """Reads and changes. ``defaults``: documents that a node begins with, their ids below its base."""

    log: LogStore
    appender: Appender
    masters: MasterData
    base: str
    defaults: Sequence[Mapping[str, Any]]
    also: Callable[[], int] | None = None
    """Newest record of what the rules go by beside tables: authorisations of brands."""
    _editions: dict[str, list[Edition]] = field(default_factory=dict)
    _read: int = 0
    _tables: tuple[int, Tables] | None = None
    _changed: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _writing: threading.Lock = field(default_factory=threading.Lock)
    """Held from the look at what is in force until what takes its place is recorded: within a process
    nobody is told at the last moment."""

    def __post_init__(self) -> None:
        for document in self.defaults:
            named = {**document, "id": f"{self.base}{document['id']}"}
            self._editions[named["id"]] = [_edition(named, None)]

    def tables(self) -> Tables:
        """All tables in force now, ready for the rules."""
        self._catch_up()
        with self._lock:
            if self._tables is None or self._tables[0] != self._read:
                self._tables = (
                    self._read,
                    tables_of(one.document for one in self._newest(TABLE)),
                )
            return self._tables[1]

    def newest(self) -> int:
        """Index of the newest record that changed a table, a template or an authorisation; −1: none."""
        self._catch_up()
        return max(self._changed, self.also()) if self.also is not None else self._changed

    def all(self, kind: str) -> list[Edition]:
        """The newest edition of every table, or of every template, by id."""
        self._catch_up()
        with self._lock:
            return self._newest(kind)

    def history(self, name: str) -> list[Edition]:
        """Every edition of one, the newest first; by its id or the last part of it. NotFound if none."""
        self._catch_up()
        with self._lock:
            for full in (name, f"{self.base}table/{name}", f"{self.base}template/{name}"):
                if full in self._editions:
                    return self._editions[full][::-1]
        raise NotFound("there is no table or template {id}", id=name[:200])

    def template(self, name: str, digest: str | None = None) -> Template | None:
        """A template as the rules read it, in the version named, else the newest; None if unknown."""
        try:
            editions = self.history(name)
        except NotFound:
            return None
        for one in editions:
            if one.document.get("type") == TEMPLATE and digest in (None, one.digest):
                return template_of(one.document)
        return None

    def ratio(self, event: Mapping[str, Any], step: str, owner: str = "") -> Decimal | None:
        """Mass out / mass in that a step may have at most: by the template that the event names, else
        the greatest that any template states that the node began with or ``owner``, who recorded the
        event, has of its own; None where none does."""
        named = event.get("suyuan:template")
        if isinstance(named, Mapping) and isinstance(named.get("id"), str):
            digest = named.get("digest")
            own = self.template(named["id"], digest if isinstance(digest, str) else None)
            if own is not None and (figure := own.ratios.get(step)) is not None:
                return figure.value
        counting = (one for one in self.all(TEMPLATE) if self._whose(one.id) in (None, owner))
        stated = (template_of(one.document).ratios.get(step) for one in counting)
        return max((figure.value for figure in stated if figure is not None), default=None)

    def replace_table(
        self,
        caller: Caller,
        document: Mapping[str, Any],
        *,
        check: bool = False,
        instead_of: str | None = None,
    ) -> int | None:
        """Put a whole table in place of the one in force: the administrator's act, and a record.

        With ``check`` it only says what is wrong (Many, by path); None is answered. ``instead_of``:
        digest of the edition that was changed; Conflict where another is in force by now.
        """
        caller.require("administrator")
        made = {**document, "id": f"{self.base}table/{document.get('table')}", "type": TABLE}
        if check:
            self.masters.check([("", made)])
            return None
        with self._writing:
            _, unmoved = self._still(made["id"], instead_of)
            return self.masters.record(caller, [("", made)], beginning=unmoved)[0]

    def unsaid(self, table: str, name: str) -> Refused:
        """Who changes a table says which edition that was; ``name``: of the parameter that says it."""
        return Refused(
            "say with {name} which edition you changed, by its digest; in force is {digest}",
            name=name,
            digest=self.history(table)[0].digest,
        )

    def copy_template(
        self,
        caller: Caller,
        source: str,
        new_id: str,
        changes: Mapping[str, Any],
        *,
        of: str | None = None,
    ) -> int:
        """A template of one's own: a copy with other members. Conflict if the id is another's.

        ``of``: digest of the version of ``source`` that was changed; Conflict where it has a newer one.
        """
        with self._writing:
            known, unmoved = self._still(source, of)
            full = new_id if ":" in new_id else f"{self.base}template/{new_id}"
            if full in self._editions and self._editions[full][-1].owner != caller.organisation:
                raise Conflict("there is a template {id} already", path="/id", id=full)
            made = {**known.document, **changes, "id": full, "type": TEMPLATE}
            if _TYPED_BY not in changes:
                made.pop(_TYPED_BY, None)  # who typed the other one
            made["copiedFrom"] = {"id": known.id, "digest": known.digest}
            return self.masters.record(caller, [("", made)], beginning=unmoved)[0]

    def _still(self, name: str, digest: str | None) -> tuple[Edition, Beginning | None]:
        """The newest edition, which is the one that was looked at; Conflict otherwise. And what asks
        that again when nothing moves any more: another process may be at the same table."""
        newest = self.history(name)[0]
        if digest is None:
            return newest, None
        changed = Conflict(
            "somebody else changed this in the meantime; nothing was recorded. Look at it as it is"
            " now, and change that"
        )
        thing = master_id(newest.id)
        tip = self.log.tips_at([thing], self.log.tail().size).get(thing)
        # Asked behind the tip: what came before it is known.
        newest = self.history(name)[0]
        if newest.digest != digest:
            raise changed

        def unmoved(seq: Sequencer) -> None:
            if seq.tips([thing]).get(thing) != tip:
                raise changed

        return newest, unmoved

    def _newest(self, kind: str) -> list[Edition]:
        found = (editions[-1] for editions in self._editions.values())
        return sorted(
            (one for one in found if one.document.get("type") == kind), key=lambda o: o.id
        )

    def _catch_up(self) -> None:
        with self._lock:
            while batch := self.log.master_records(self._read, limit=_AT_ONCE):
                for stored in batch:
                    self._read = stored.index + 1
                    if stored.content is not None and any(k in stored.content for k in _KINDS):
                        self._take(stored)

    def _whose(self, name: str) -> str | None:
        """Who began a template; None: the node."""
        return self._editions[name][0].owner

    def _take(self, stored: StoredRecord) -> None:
        document = decode_content(stored.content or b"").value
        known = self._editions.get(str(document["id"]))
        if document.get("type") == TABLE or (known and known[0].owner is None):
            # What binds everybody is the administrator's to change (docs/decisions/0014).
            state = self.appender.ring().state(stored.kid)
            if state is None or state.role != "admin":
                return
        self._editions.setdefault(str(document["id"]), []).append(_edition(document, stored))
        self._changed = stored.index


def _edition(document: Mapping[str, Any], stored: StoredRecord | None) -> Edition:
    digest = digest_text(content_digest(jcs.dumps(document)))
    if stored is None:
        return Edition(document, digest, None, None, None)
    return Edition(document, digest, stored.index, stored.owner, stored.record_time)


__all__ = ["Edition", "RuleBook"]
