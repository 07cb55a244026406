"""Excel and CSV into the books: looked at first, every mistake by its cell, filed whole or not at all.

A row is known by what it says: the eventID of its record, and the id of its draft, follow from the
filled form (and from a key of the node's, for a digest of a name or a quantity says which it was). So
the same file, or the same row in another one, finds what is there and adds nothing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from suyuan.core import jcs
from suyuan.core.errors import Blocked, Conflict, Many, NotFound, Refused
from suyuan.core.farm.write import as_given
from suyuan.core.sealed import PLANS, UPLOAD
from suyuan.core.sheets.guess import Tongue
from suyuan.core.sheets.plan import fingerprint_of
from suyuan.core.sheets.sheet import Sheet
from suyuan.flow.accounts import Caller
from suyuan.flow.at_rest import opened_bytes, opened_text, sealed_bytes, sealed_text
from suyuan.flow.books import Books
from suyuan.flow.capture import Incoming
from suyuan.flow.held import Held
from suyuan.flow.import_look import Looking
from suyuan.flow.import_preview import Filled, Look, Preview, Shown, Trouble
from suyuan.flow.import_rules import Against, written
from suyuan.flow.jobs import Jobs, errors_from_json
from suyuan.flow.master import MasterData
from suyuan.flow.people import People
from suyuan.flow.plots import Plots
from suyuan.ports.books import Draft, DraftStore
from suyuan.ports.imports import Import, ImportStore
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock, Vault

KEPT_DAYS = 7
"""How long an upload waits to be filed."""

Way = Literal["records", "drafts"]


@dataclass(slots=True)
class Importing:
    """Everything done with tables. ``read`` makes sheets of a file's name and bytes."""

    store: ImportStore
    books: Books
    masters: MasterData
    plots: Plots
    people: People
    drafts: DraftStore
    jobs: Jobs
    log: LogStore
    clock: Clock
    digest: Callable[[bytes], bytes]
    vault: Vault
    tongues: Sequence[Tongue]
    read: Callable[[str, bytes], list[Sheet]]
    held: Held[Against]
    """What the rules said of rows that were looked at: filing them asks no second time."""
    asked: Callable[[str, str], Collection[str]]
    """Season, form → fields that its template does not let stay empty."""
    _looking: Looking = field(init=False)

    def __post_init__(self) -> None:
        self._looking = Looking(
            self.store, self.books, self.masters, self.plots, self.people, self.drafts, self.log,
            self.digest, self.tongues, self.held, self.asked,
        )  # fmt: skip

    # -- uploads ---------------------------------------------------------------------------------

    def open(self, caller: Caller, name: str, data: bytes) -> Import:
        """Take a file in; Malformed or TooLarge where it is none that can be read."""
        self.read(name, data)
        import_id = secrets.token_hex(12)
        new = Import(
            import_id, caller.organisation, name.strip()[:200] or "table", self.clock.now(),
            sealed_bytes(self.vault, UPLOAD, import_id, data),
        )  # fmt: skip
        self.store.add(new)
        return new

    def get(self, caller: Caller, import_id: str) -> Import:
        """One upload; NotFound for another organisation's. What its job did is taken note of."""
        found = self.store.get(import_id)
        if found is None or found.organisation != caller.organisation:
            raise NotFound("no import {id}", id=import_id[:80])
        if found.job is not None and found.body:
            job = self.jobs.get(caller, found.job)
            if job.state == "done":
                done = {**json.loads(found.outcome), "filed": len(job.indices)}
                found = replace(found, body=b"", outcome=json.dumps(done))
                self.store.change(found)
        return found

    def uploads(self, caller: Caller) -> Sequence[Import]:
        """The newest uploads."""
        return self.store.list(caller.organisation)

    def drop(self, caller: Caller, import_id: str) -> None:
        """Throw an upload away. What was filed from it stays."""
        self.store.delete(self.get(caller, import_id).id)

    def collect(self) -> int:
        """Delete uploads that nobody came back to; how many they were."""
        before = datetime.fromisoformat(self.clock.now()) - timedelta(days=KEPT_DAYS)
        return self.store.collect(before.strftime("%Y-%m-%dT%H:%M:%S.000Z"))

    def failed(self, caller: Caller, upload: Import) -> list[Trouble]:
        """Why the job of an upload took nothing in, by sheet and row."""
        if upload.job is None:
            return []
        job = self.jobs.get(caller, upload.job)
        places: list[tuple[str, int]] = [(s, r) for s, r in json.loads(upload.places)]
        found = []
        for problem in errors_from_json(job.errors) if job.state == "failed" else ():
            number = problem.path.split("/")[1] if "/" in problem.path else ""
            known = number.isdigit() and int(number) < len(places)
            sheet, row = places[int(number)] if known else ("", 0)
            found.append(Trouble(sheet, row, "", str(row), problem))
        return found

    def preview(
        self,
        caller: Caller,
        import_id: str,
        choices: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Preview:
        """How an upload would be filed; ``choices`` (sheet → document of a plan) are kept with it."""
        upload = self._waiting(caller, import_id)
        kept = self._plans(upload)
        if choices is not None:
            kept.update(choices)
        seen = self.look(caller, self._sheets(upload), kept)
        if choices is not None:
            text = sealed_text(self.vault, PLANS, upload.id, json.dumps(kept))
            self.store.change(replace(upload, plans=text))
        return seen

    def file(
        self,
        caller: Caller,
        import_id: str,
        way: Way,
        *,
        typed_by: str | None = None,
        mark: Callable[[Mapping[str, Any]], dict[str, Any]] = dict,
    ) -> Import:
        """File an upload: master data and drafts at once, records through a capture job.

        Raises Many with every mistake at ``<sheet>!<cell>`` and files nothing then. ``mark`` puts into
        each event who recorded it, where that is known otherwise than by a name.
        """
        upload = self._waiting(caller, import_id)
        seen = self.look(caller, self._sheets(upload), self._plans(upload), every=True)
        self.require_whole(seen, way)
        self.remember(caller, seen)
        outcome: dict[str, int] = {"there": seen.there}
        if seen.masters:
            # Who typed a plot stands in it, as at its own page; products are for everybody to read.
            masters = [
                (where, mark(master) if master["type"] == "Plot" else master)
                for where, master in seen.masters
            ]
            outcome["masters"] = len(self.masters.record(caller, masters))
        if way == "drafts":
            outcome["drafts"] = self.as_drafts(caller, seen.filled)
        elif seen.filled:
            incoming = [*written(self.books, seen.filled, typed_by), *seen.overriding]
            incoming = [replace(one, event=mark(one.event)) for one in incoming]
            return self._submit(caller, upload, seen, outcome, incoming)
        upload = replace(upload, body=b"", outcome=json.dumps(outcome))
        self.store.change(upload)
        return upload

    def _plans(self, upload: Import) -> dict[str, Any]:
        """Sheet → choices: names of persons and reasons stand in them, so they lie sealed too."""
        found = json.loads(opened_text(self.vault, PLANS, upload.id, upload.plans))
        return found if isinstance(found, dict) else {}

    def _sheets(self, upload: Import) -> list[Sheet]:
        return self.read(upload.name, opened_bytes(self.vault, UPLOAD, upload.id, upload.body))

    def _waiting(self, caller: Caller, import_id: str) -> Import:
        upload = self.get(caller, import_id)
        if not upload.body:
            raise Conflict("import {id} is filed", id=upload.id)
        if upload.job is not None and self.jobs.get(caller, upload.job).state != "failed":
            raise Conflict("import {id} is being filed", id=upload.id)
        return upload

    def _submit(
        self,
        caller: Caller,
        upload: Import,
        seen: Preview,
        outcome: dict[str, int],
        incoming: Sequence[Incoming],
    ) -> Import:
        job = self.jobs.submit(
            caller,
            jcs.dumps([one.event for one in incoming]),
            each=[one.private for one in incoming],
        )
        rows = [(one.sheet, one.row) for one in seen.filled]
        # An override is called by the row that it lets pass.
        rows += [(sheet, int(row)) for sheet, _, row in
                 (one.where.rpartition("!") for one in seen.overriding)]  # fmt: skip
        places = json.dumps(rows, ensure_ascii=False)
        upload = replace(upload, job=job.id, places=places, outcome=json.dumps(outcome))
        self.store.change(upload)
        return upload

    # -- verbs that need no upload -----------------------------------------------------------------

    def record(
        self,
        caller: Caller,
        seen: Preview,
        *,
        typed_by: str | None = None,
        on_checked: Callable[[int], None] | None = None,
    ) -> tuple[int, ...]:
        """File what a whole preview has, now; the indices of its new records."""
        self.require_whole(seen)
        self.remember(caller, seen)
        if seen.masters:
            self.masters.record(caller, seen.masters)
        if not seen.filled:
            return ()
        incoming = [*written(self.books, seen.filled, typed_by), *seen.overriding]
        return self.books.capture.events(caller, incoming, on_checked=on_checked)

    def as_drafts(self, caller: Caller, filled: Sequence[Filled]) -> int:
        """Keep rows as drafts, all in one transaction; how many were new."""
        now = self.clock.now()
        return self.drafts.add(
            [
                Draft(
                    one.id, caller.organisation, one.form.name, jcs.dumps(as_given(one.values)), (),
                    now, now, 1,
                )
                for one in filled
            ]
        )  # fmt: skip

    def require_whole(self, seen: Preview, way: Way = "records") -> None:
        """Many with every problem that a preview has, at ``<sheet>!<cell>``."""
        against = [*seen.problems, *(seen.blocked if way == "records" else ())]
        if against:
            raise Many(
                [
                    one.problem.at(f"{one.sheet}!{one.cell} ")
                    if isinstance(one.problem, Blocked)
                    else type(one.problem)(
                        one.problem.message,
                        path=f"{one.sheet}!{one.cell}",
                        **one.problem.params,
                    )
                    for one in against
                ]
            )
        if not any(look.plan.kind for look in seen.sheets):
            raise Refused("say of one sheet at least what it holds")

    def remember(self, caller: Caller, seen: Preview) -> None:
        """Keep how the sheets were read for the next table with these headings."""
        for look in seen.sheets:
            if look.plan.kind is not None:
                kept = json.dumps(look.plan.document(look.headings), ensure_ascii=False)
                for kind in {self._looking.guessed(look.title, look.headings), look.plan.kind}:
                    self.store.remember(
                        caller.organisation,
                        fingerprint_of(look.headings, kind),
                        kept,
                        self.clock.now(),
                    )

    def look(
        self,
        caller: Caller,
        sheets: Sequence[Sheet],
        choices: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        every: bool = False,
        on_row: Callable[[int], None] | None = None,
    ) -> Preview:
        """Read all sheets by their plans. ``every``: keep all rows that may be filed, not only count."""
        return self._looking.look(caller, sheets, choices, every=every, on_row=on_row)


__all__ = ["KEPT_DAYS", "Filled", "Importing", "Look", "Preview", "Shown", "Trouble", "Way"]
