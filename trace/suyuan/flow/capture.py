"""Capture: validated, signed and durable, or refused whole.

The one way into the log for the API, the command line, jobs and the pages alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from suyuan.core import jcs
from suyuan.core.content import decode_content, parse_content
from suyuan.core.encoding import b64url, digest_text, parse_digest
from suyuan.core.errors import Forbidden, Many, NotFound, Refused, SuyuanError
from suyuan.core.keys import KeyState
from suyuan.core.master.check import check_master
from suyuan.core.touches import touches
from suyuan.flow.accounts import Accounts, Caller
from suyuan.flow.append import Appender, Ending, Once
from suyuan.flow.attachments import still_kept_since
from suyuan.flow.drafts import CheckedEvent, Draft, check_events, event_draft, presigned, signed
from suyuan.flow.newest import newest_masters
from suyuan.ports.accounts import AttachmentStore
from suyuan.ports.log import LogStore
from suyuan.ports.outside import Clock, Keys, Randomness, Signer


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event and where it stood in the input; ``private`` = pointers made private on request."""

    event: dict[str, Any]
    where: str = ""
    private: tuple[str, ...] = ()
    serials: tuple[tuple[str, str], ...] = ()
    serial_lot: str = ""
    without_document: dict[str, Any] | None = None
    """The event before it named the document that it was read from (flow/named.py)."""
    registered: bool = False
    """Whether the register of certificates is issuing it: no caller can say so of its own events."""

    @property
    def same_as(self) -> dict[str, Any]:
        """What makes two the same event: it may come again in another document, or in JSON."""
        return self.event if self.without_document is None else self.without_document


@dataclass(slots=True)
class Capture:
    """All verbs that append. Indices that are returned are durable."""

    log: LogStore
    appender: Appender
    accounts: Accounts
    keys: Keys
    attachments: AttachmentStore
    randomness: Randomness
    origin: str
    digest: Callable[[bytes], bytes]
    """Keyed digest of a request, kept with its Idempotency-Key; says nothing without the key."""
    clock: Clock

    def events(
        self,
        caller: Caller,
        incoming: Sequence[Incoming],
        *,
        idempotency_key: str | None = None,
        ending: Ending | None = None,
        on_checked: Callable[[int], None] | None = None,
    ) -> tuple[int, ...]:
        """Record events, signed with the caller's key in our keeping; all or none.

        ``on_checked`` hears, now and then, how many of them are checked. Raises Many with every
        problem by its place; Forbidden without a usable key.
        """
        if not incoming:
            raise Refused("there is no event here; nothing was recorded")
        signer = self.signer(caller)
        events = [(item.where, item.event) for item in incoming]
        checked = _check(events, on_checked)
        self._check_attachments(events)
        drafts = self._drafts(signer, checked, incoming)
        once = None
        if idempotency_key is not None:
            once = self.once(caller, idempotency_key, incoming)
        return self.appender.append(drafts, once=once, ending=ending)

    def drafts(self, signer: Signer, incoming: Sequence[Incoming]) -> list[Draft]:
        """Events checked and signed, on their way into the log; Many with every problem."""
        events = [(item.where, item.event) for item in incoming]
        checked = check_events(events)
        self._check_attachments(events)
        return self._drafts(signer, checked, incoming)

    def once(
        self, caller: Caller, key: str, incoming: Sequence[Incoming], *, again: bool = False
    ) -> Once:
        """An Idempotency-Key with the digest of the events that it came with, and of ``again``."""
        body: list[Any] = [[item.same_as, list(item.private)] for item in incoming]
        if again:
            body.append("again")
        return Once(caller.organisation, key, self.digest(jcs.dumps(body)), again)

    def _drafts(
        self, signer: Signer, checked: Sequence[CheckedEvent], incoming: Sequence[Incoming]
    ) -> list[Draft]:
        return [
            event_draft(
                event,
                private_at=item.private,
                signer=signer,
                origin=self.origin,
                randomness=self.randomness,
                serials=item.serials,
                serial_lot=item.serial_lot,
                bare=None if item.without_document is None else jcs.dumps(item.without_document),
                registered=item.registered,
            )
            for event, item in zip(checked, incoming, strict=True)
        ]

    def signed(
        self, caller: Caller, documents: Sequence[Any], *, idempotency_key: str | None = None
    ) -> tuple[int, ...]:
        """Record contents that their signers signed elsewhere with keys that we never hold."""
        ring = self.appender.ring()
        drafts: list[Draft] = []
        for number, document in enumerate(documents):
            where = f"/{number}" if len(documents) > 1 else ""
            kid = document.get("kid") if isinstance(document, dict) else None
            state = ring.state(kid) if isinstance(kid, str) else None
            if state is None:
                raise Forbidden("the key {kid} is not enrolled", path=f"{where}/kid", kid=kid)
            if state.owner != caller.organisation and caller.role != "administrator":
                raise Forbidden("this key belongs to another organisation", path=f"{where}/kid")
            draft = presigned(document, origin=self.origin, public_key=state.x, where=where)
            if draft.kind == "master" and (wrong := check_master(draft.value)):
                raise Many([one.at(f"{where}/content/master") for one in wrong])
            drafts.append(draft)
        self.check_attachments(drafts)
        once = None
        if idempotency_key is not None:
            body = self.digest(jcs.dumps(list(documents)))
            once = Once(caller.organisation, idempotency_key, body)
        return self.appender.append(drafts, once=once)

    def key(self, caller: Caller, key: dict[str, Any]) -> int:
        """Enrol or revoke a key; the administrator's act (a key's own revocation comes signed)."""
        caller.require("administrator")
        return self._one("key", key, self.signer(caller))

    def enrol_kept(self, caller: Caller, organisation: str, role: str, now: str) -> tuple[str, int]:
        """Make a key that the service keeps for an organisation, and enrol it."""
        caller.require("administrator")
        signer = self.signer(caller)
        if self.accounts.store.organisation(organisation) is None:
            raise NotFound("no organisation {id}", path="/organisation", id=organisation)
        kid, public = self.keys.create(organisation, role, now)
        return kid, self._one("key", key_value(public, organisation, role), signer)

    def rotate_kept(
        self,
        caller: Caller,
        organisation: str,
        role: str,
        now: str,
        suspect_since: int | None = None,
    ) -> tuple[str, tuple[str, ...]]:
        """Another key in our keeping for an organisation's role; all of those before it are revoked.

        One append: there is no moment without a usable key, nor a crash that leaves one. The new kid,
        and those revoked. ``suspect_since``: the index from which these may have been stolen.
        """
        caller.require("administrator")
        signer, ring = self.signer(caller), self.appender.ring()
        if self.accounts.store.organisation(organisation) is None:
            raise NotFound("no organisation {id}", path="/organisation", id=organisation)
        old = [
            state
            for kid in self.accounts.kept_kids(organisation, role)
            if (state := ring.state(kid)) is not None and state.active
        ]
        if not old:
            raise NotFound(
                "the service keeps no active {role} key for {organisation}",
                role=role,
                organisation=organisation,
            )
        # An administrator's own key signs last: what revokes it is the last that it signs.
        old.sort(key=lambda state: state.kid == signer.kid)
        kid, public = self.keys.create(organisation, role, now)
        values = [key_value(public, organisation, role)]
        values += [
            key_value(state.x, state.owner, state.role, "revoked", suspect_since) for state in old
        ]
        self.appender.append(
            [
                signed("key", value, signer=signer, origin=self.origin, randomness=self.randomness)
                for value in values
            ]
        )
        return kid, tuple(state.kid for state in old)

    def bootstrap(self, organisation: str, now: str) -> tuple[str, int]:
        """Entry 0: the administrator's own key, signed by itself. Refused in a log that has begun."""
        if self.log.tail().size:
            raise Refused("this log has begun already")
        kid, public = self.keys.create(organisation, "admin", now)
        return kid, self._one(
            "key", key_value(public, organisation, "admin"), self.keys.signer(kid)
        )

    def erase(self, caller: Caller, index: int, reason: str) -> int:
        """Append the erasure record and delete content, disclosures and index in one transaction."""
        caller.require("administrator")
        found = self.log.records([index]).get(index)
        if found is None:
            raise NotFound("no record {index}", index=index)
        if found.kind in {"key", "erasure"}:
            raise Refused(
                "a {kind} record holds no personal data and is never erased", kind=found.kind
            )
        known = self.log.erasures_of([index]).get(index)
        if known is not None:
            return known
        erasure = {"of": digest_text(found.leaf_hash), "reason": reason}
        return self._one("erasure", erasure, self.signer(caller))

    def _one(self, kind: str, value: dict[str, Any], signer: Signer) -> int:
        draft = signed(kind, value, signer=signer, origin=self.origin, randomness=self.randomness)
        parse_content({"kind": kind, kind: value, "salt": "A" * 22})
        return self.appender.append([draft])[0]

    def signer(self, caller: Caller) -> Signer:
        """The caller's active key in our keeping; Forbidden where there is none."""
        ring = self.appender.ring()
        for kid in self.accounts.kept_kids(caller.organisation, caller.key_role):
            state: KeyState | None = ring.state(kid)
            if state is not None and state.active:
                return self.keys.signer(kid)
        raise Forbidden(
            "the service keeps no active {role} key for {organisation}: enrol one, or sign with "
            "`suyuan sign` and send the signed content",
            role=caller.key_role,
            organisation=caller.organisation,
        )

    def check_attachments(self, drafts: Sequence[Draft]) -> None:
        """Raise Many unless the bytes of all that these drafts carry are here."""
        wanted = {
            digest: f"{draft.where}/{at}"
            for draft in drafts
            for digest, at in zip(draft.attachments, draft.attached_at, strict=True)
        }
        self._require(wanted)

    def _check_attachments(self, events: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        wanted = {
            parse_digest(a["digest"]): f"{where}/suyuan:attachments/{number}/digest"
            for where, event in events
            for number, a in enumerate(attached(event))
        }
        self._require(wanted)

    def _require(self, wanted: Mapping[bytes, str]) -> None:
        if not wanted:
            return
        missing = self.attachments.missing(wanted, still_kept_since(self.clock.now()))
        if missing:
            raise Many(
                [
                    NotFound(
                        "the attachment {digest} is not here; send its bytes first",
                        path=wanted[digest],
                        digest=digest_text(digest),
                    )
                    for digest in missing
                ]
            )

    def current_master(self, master_id: str, owner: str) -> tuple[int, dict[str, Any]] | None:
        """The newest master data of an id, if this organisation recorded it: another's may be hidden."""
        name = touches("master", {"id": master_id}, kid="", owner="").extends[0]
        size = self.log.tail().size
        stored = newest_masters(self.log, self.log.tips_at([name], size), size).get(name)
        if stored is None or stored.content is None or stored.owner != owner:
            return None
        return stored.index, dict(decode_content(stored.content).value)


_AT_ONCE = 100
"""Events checked between two reports of progress."""


def _check(
    events: Sequence[tuple[str, Any]], on_checked: Callable[[int], None] | None
) -> list[CheckedEvent]:
    """``check_events``, telling how far it is."""
    if on_checked is None:
        return check_events(events)
    checked: list[CheckedEvent] = []
    problems: list[SuyuanError] = []
    for start in range(0, len(events), _AT_ONCE):
        part = events[start : start + _AT_ONCE]
        try:
            checked += check_events(part)
        except Many as several:
            problems += several.errors
        except Refused as problem:
            problems.append(problem)
        on_checked(start + len(part))
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise Many(problems)
    return checked


def attached(event: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The attachments that an event names (formats.md §1)."""
    found = event.get("suyuan:attachments", [])
    return found if isinstance(found, list) else []


def key_value(
    public: bytes,
    owner: str,
    role: str,
    status: str = "active",
    suspect_since: int | None = None,
) -> dict[str, Any]:
    """The ``key`` object of a key record (formats.md §4)."""
    suspect = {} if suspect_since is None else {"suspectSince": suspect_since}
    return {
        **suspect,
        "jwk": {"crv": "Ed25519", "kty": "OKP", "x": b64url(public)},
        "owner": owner,
        "role": role,
        "status": status,
    }
