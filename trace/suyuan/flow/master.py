"""Master data: recorded whole or not at all, told with its history."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from typing import Any

from suyuan.core import jcs
from suyuan.core.errors import Malformed, Many, NotFound, SuyuanError
from suyuan.core.master.check import check_record
from suyuan.core.master.settle import settle
from suyuan.core.rules.check import TABLE
from suyuan.core.touches import master_id
from suyuan.core.visibility import Viewer
from suyuan.flow.accounts import Caller
from suyuan.flow.append import Beginning
from suyuan.flow.capture import Capture
from suyuan.flow.drafts import Draft, signed
from suyuan.flow.prove import Prover
from suyuan.flow.resolve import links_in
from suyuan.ports.log import LogStore, StoredRecord
from suyuan.ports.outside import Signer

_AT_ONCE = 1_000


def _known(index: int, _: Sequence[int]) -> int:
    return index


@dataclass(frozen=True, slots=True)
class Recorded:
    """Master data as it was recorded once."""

    index: int
    master: dict[str, Any]
    owner: str
    record_time: str


@dataclass(slots=True)
class MasterData:
    """Everything done with master data."""

    log: LogStore
    capture: Capture
    prover: Prover

    def record(
        self,
        caller: Caller,
        objects: Sequence[tuple[str, dict[str, Any]]],
        *,
        beginning: Beginning | None = None,
    ) -> tuple[int, ...]:
        """Record (where, object) pairs, all or none; what was said last is not said again.

        ``beginning`` is asked in the transaction of the append. Raises Many with every problem by its
        place.
        """
        objects = self.check(objects)
        if any(master.get("type") == TABLE for _, master in objects):
            # Whom a rule binds does not write it (docs/decisions/0014).
            caller.require("administrator")
        signer = self.capture.signer(caller)
        drafts: list[Draft] = []
        last: dict[str, tuple[bytes, Callable[[Sequence[int]], int]]] = {}
        answers: list[Callable[[Sequence[int]], int]] = []
        for where, master in objects:
            name, encoded = str(master["id"]), jcs.dumps(master)
            if name not in last:
                known = self.capture.current_master(name, caller.organisation)
                if known is not None:
                    last[name] = jcs.dumps(known[1]), partial(_known, known[0])
            if name not in last or last[name][0] != encoded:
                last[name] = encoded, itemgetter(len(drafts))
                drafts.append(self._draft(master, signer, where))
            answers.append(last[name][1])
        self.capture.check_attachments(drafts)
        made = self.capture.appender.append(drafts, beginning=beginning) if drafts else ()
        return tuple(answer(made) for answer in answers)

    def _draft(self, master: dict[str, Any], signer: Signer, where: str) -> Draft:
        capture = self.capture
        made = signed(
            "master", master, signer=signer, origin=capture.origin, randomness=capture.randomness
        )
        return replace(made, where=where)

    def check(
        self, objects: Sequence[tuple[str, dict[str, Any]]]
    ) -> list[tuple[str, dict[str, Any]]]:
        """The pairs as they are recorded, positions in WGS-84; Many, or the one problem, unless all
        of them may be."""
        objects = [(where, settle(master)) for where, master in objects]
        problems: list[SuyuanError] = []
        for where, master in objects:
            found = check_record(master)
            if not found:
                try:
                    links_in(master)
                except Malformed as problem:
                    found = [problem]
            problems += [problem.at(where) for problem in found]
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise Many(problems)
        return objects

    def history(self, viewer: Viewer, uri: str) -> list[Recorded]:
        """All that was recorded of a thing, the newest first, as far as this viewer gets it.

        NotFound where there is nothing.
        """
        name = master_id(uri)
        size = self.log.tail().size
        indices = self.log.touched([name], size=size, extends_only=True).get(name, [])
        found = [told for one in reversed(indices) if (told := self._seen(viewer, one)) is not None]
        if not found:
            raise NotFound("no master data of {id}", id=uri[:200])
        return found

    def of(self, viewer: Viewer, *, since: int = 0, limit: int = 100) -> list[Recorded]:
        """What this viewer's organisation recorded, in the order of recording, only the newest of each
        thing; from index ``since`` on."""
        found: list[Recorded] = []
        while len(found) < limit and (batch := self.log.master_records(since, limit=_AT_ONCE)):
            since = batch[-1].index + 1
            own = [one for one in batch if one.owner == viewer.organisation]
            newest = self._newest(own)
            found += [
                told
                for one in own
                if one.index in newest and (told := self._seen(viewer, one.index)) is not None
            ]
        return found[:limit]

    def _newest(self, records: Sequence[StoredRecord]) -> set[int]:
        names = {
            one.index: names[0][0]
            for one in records
            if (names := self.log.touches_of([one.index])[one.index])[0]
        }
        tips = self.log.tips_at(set(names.values()), self.log.tail().size)
        return {index for index, name in names.items() if tips[name].index == index}

    def _seen(self, viewer: Viewer, index: int) -> Recorded | None:
        view = self.prover.record(viewer, index, prove=False)
        if view.content is None or "master" not in view.content:
            return None
        stored = self.log.records([index])[index]
        return Recorded(index, view.content["master"], view.owner, stored.record_time)
