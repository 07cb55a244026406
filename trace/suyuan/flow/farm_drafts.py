"""Drafts: a filed typo is for ever, so what is entered waits here until somebody signs for it.

Filing marks the draft in the append's own transaction: after a crash it is either filed with its record,
or still a draft. The eventID is the draft's id, and filing again answers the record there is.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.core import jcs
from suyuan.core.encoding import digest_text, parse_digest
from suyuan.core.errors import Conflict, Malformed, Many, NotFound, Refused
from suyuan.core.rules.override import Overriding
from suyuan.flow.accounts import Caller
from suyuan.flow.attachments import still_kept_since
from suyuan.flow.books import Books, Entry, form_named
from suyuan.ports.accounts import AttachmentStore
from suyuan.ports.books import Draft, DraftStore
from suyuan.ports.log import Sequencer
from suyuan.ports.outside import Clock

MOST_BYTES = 64 * 1024
MOST_PHOTOS = 20


@dataclass(slots=True)
class Drafts:
    """Everything done with drafts. Each is its organisation's; to others it is not there."""

    store: DraftStore
    attachments: AttachmentStore
    books: Books
    clock: Clock

    def save(
        self,
        caller: Caller,
        form: str,
        given: Mapping[str, Any],
        photos: Sequence[str] = (),
        *,
        draft_id: str | None = None,
        version: int | None = None,
    ) -> Draft:
        """Keep a form, complete or not; with ``draft_id`` and the version it was read in, change it.

        ``photos``: digests of attachments sent before. Conflict if it was changed or filed meanwhile.
        """
        form_named(form)
        values = jcs.dumps(dict(given))
        if len(values) > MOST_BYTES:
            raise Refused("a draft has at most {most} bytes", path="/values", most=MOST_BYTES)
        digests = tuple(dict.fromkeys(self._digest(text, n) for n, text in enumerate(photos)))
        if len(digests) > MOST_PHOTOS:
            raise Refused("a draft has at most {most} photos", path="/photos", most=MOST_PHOTOS)
        self._require(digests)
        now = self.clock.now()
        if draft_id is not None:
            known = self.get(caller, draft_id)
            version = known.version if version is None else version
        draft = Draft(
            draft_id or str(uuid.uuid4()),
            caller.organisation,
            form,
            values,
            digests,
            now,
            now,
            1 if version is None else version + 1,
        )
        if not self.store.save(draft):
            raise Conflict("draft {id} was changed or filed by somebody else", id=draft.id)
        return self.get(caller, draft.id)

    def get(self, caller: Caller, draft_id: str) -> Draft:
        """One draft, filed ones too; NotFound for another organisation's."""
        found = self.store.get(draft_id)
        if found is None or found.organisation != caller.organisation:
            raise NotFound("no draft {id}", id=draft_id[:80])
        return found

    def entries(self, caller: Caller, draft_ids: Sequence[str]) -> list[Entry]:
        """What filing these would file, to be judged before: each named ``/<its number>``."""
        drafts = [self.get(caller, name) for name in draft_ids]
        return [self._entry(one, f"/{number}") for number, one in enumerate(drafts)]

    def list(
        self, caller: Caller, *, after: tuple[str, str] | None = None, limit: int = 50
    ) -> Sequence[Draft]:
        """Those not filed, changed last first."""
        return self.store.list(caller.organisation, after=after, limit=limit)

    def delete(self, caller: Caller, draft_id: str) -> None:
        """Throw one away. Conflict where it is filed: a record stays."""
        draft = self.get(caller, draft_id)
        if not self.store.delete([draft.id]):
            raise Conflict("draft {id} is filed; a record is corrected, not deleted", id=draft.id)

    def file(
        self,
        caller: Caller,
        draft_ids: Sequence[str],
        *,
        typed_by: str | None = None,
        overrides: Sequence[Overriding] = (),
    ) -> tuple[int, ...]:
        """Sign and file: one, or a day's list, all or none. One index for each, also the second time.

        Raises Many with every mistake at ``/<number of the draft>/<field>``.
        """
        names = list(dict.fromkeys(draft_ids))
        drafts = [self.get(caller, name) for name in names]
        filed = {one.id: one.filed for one in drafts if one.filed is not None}
        waiting = [one for one in drafts if one.filed is None]
        if waiting:
            places = {name: f"/{number}" for number, name in enumerate(names)}
            entries = [self._entry(one, places[one.id]) for one in waiting]

            def mark(sequencer: Sequencer, indices: tuple[int, ...]) -> None:
                pairs = zip(waiting, indices, strict=True)
                sequencer.file_drafts([(one.id, one.version, index) for one, index in pairs])

            try:
                indices = self.books.record(
                    caller, entries, typed_by=typed_by, ending=mark, overrides=overrides
                )
            except Conflict:
                # Somebody else was quicker, perhaps our own first try.
                again = [self.get(caller, one.id).filed for one in waiting]
                if any(index is None for index in again):
                    raise
                indices = tuple(index for index in again if index is not None)
            filed |= dict(zip((one.id for one in waiting), indices, strict=True))
        return tuple(filed[name] for name in draft_ids)

    def _entry(self, draft: Draft, where: str) -> Entry:
        photos: list[dict[str, Any]] = []
        for digest in draft.attachments:
            kept = self.attachments.get(digest)
            if kept is None:
                raise NotFound(
                    "the attachment {digest} is not here; send its bytes first",
                    path=f"{where}/photos",
                    digest=digest_text(digest),
                )
            photos.append(
                {
                    "digest": digest_text(digest),
                    "mediaType": kept.media_type,
                    "size": len(kept.body),
                    "name": kept.name,
                }
            )
        return Entry(
            draft.form,
            json.loads(draft.values),
            where,
            tuple(photos),
            event_id=f"urn:uuid:{draft.id}",
        )

    def _digest(self, text: str, number: int) -> bytes:
        try:
            return parse_digest(text)
        except Malformed as problem:
            raise problem.at(f"/photos/{number}") from None

    def _require(self, digests: Sequence[bytes]) -> None:
        missing = self.attachments.missing(digests, still_kept_since(self.clock.now()))
        if missing:
            raise Many(
                [
                    NotFound(
                        "the attachment {digest} is not here; send its bytes first",
                        path=f"/photos/{number}",
                        digest=digest_text(digest),
                    )
                    for number, digest in enumerate(digests)
                    if digest in missing
                ]
            )
