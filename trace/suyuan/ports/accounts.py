"""Organisations, bearer tokens, keys kept for recorders, jobs and attachments."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Role = Literal["administrator", "recorder", "certifier", "regulator"]


@dataclass(frozen=True, slots=True)
class Organisation:
    """``id`` is its URI (PGLN Digital Link or our own); ``county`` is GB/T 2260, 6 digits."""

    id: str
    name_zh: str
    name_en: str
    county: str
    created_at: str


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; only the SHA-256 of its text is kept."""

    id: str
    digest: bytes
    organisation: str
    role: Role
    label: str
    created_at: str
    revoked_at: str | None = None


@dataclass(frozen=True, slots=True)
class KeptKey:
    """A signing key in our keeping: ``sealed`` is its seed, encrypted (see adapters/keys.py)."""

    kid: str
    organisation: str
    role: str
    sealed: bytes
    created_at: str


class AccountStore(Protocol):
    def add_organisation(self, organisation: Organisation) -> None:
        """Insert; raises Conflict if the id is taken by another description."""
        ...

    def organisation(self, organisation_id: str) -> Organisation | None: ...

    def organisations(self) -> list[Organisation]: ...

    def add_token(self, token: Token) -> None:
        """Insert; Conflict if its id or digest is there, NotFound without its organisation."""
        ...

    def token(self, digest: bytes) -> Token | None:
        """The token with this digest, revoked ones included."""
        ...

    def tokens(self, organisation: str | None = None) -> list[Token]: ...

    def revoke_token(self, token_id: str, at: str) -> bool:
        """False if there is none, or it was revoked before (the first time stays)."""
        ...

    def add_key(self, key: KeptKey) -> None:
        """Insert; Conflict if its kid is there, NotFound without its organisation."""
        ...

    def keys(self, organisation: str | None = None) -> list[KeptKey]: ...

    def key(self, kid: str) -> KeptKey | None: ...

    def delete_key(self, kid: str) -> bool: ...


JobState = Literal["queued", "running", "done", "failed"]
Behaviour = Literal["rollback", "proceed"]
"""What a capture does where an event cannot be taken (EPCIS 2.0, GS1-Capture-Error-Behaviour):
nothing at all is recorded, or all others are."""


@dataclass(frozen=True, slots=True)
class Job:
    """A capture accepted with 202. ``request`` is everything needed to run it again after a crash.

    It is emptied when the job ends, so that nothing lives on in it that is erased later.
    """

    id: str
    organisation: str
    role: Role
    state: JobState
    request: bytes
    total: int
    checked: int
    """Events looked at so far. None is recorded before all are, and then all are at once."""
    indices: tuple[int | None, ...]
    """One for each event when it is done; None for one that was left out."""
    errors: bytes
    """JSON array of problems, empty array when none."""
    created_at: str
    finished_at: str | None = None
    behaviour: Behaviour = "rollback"


class JobStore(Protocol):
    """A queued job is durable; a running one whose lease ran out is taken by the next claim."""

    def add(self, job: Job) -> None:
        """Insert; Conflict if its id is there."""
        ...

    def get(self, job_id: str) -> Job | None: ...

    def list(
        self, organisation: str, *, limit: int = 100, before: str | None = None
    ) -> Sequence[Job]:
        """An organisation's jobs, the newest first; only those added before the job ``before``."""
        ...

    def claim(self, holder: str, seconds: float) -> Job | None:
        """Take the oldest queued (or abandoned) job; None if there is none."""
        ...

    def progress(self, job_id: str, holder: str, checked: int, seconds: float) -> bool:
        """Say how far it is and renew the lease; False when the job is no longer ours."""
        ...

    def fail(self, job_id: str, errors: bytes, at: str) -> None:
        """End an open job without records; one that is done or failed stays as it is."""
        ...


MAX_ATTACHMENT = 20 * 1024 * 1024
"""Bytes of a photo or report at most."""


@dataclass(frozen=True, slots=True)
class Attachment:
    digest: bytes
    media_type: str
    name: str
    organisation: str
    body: bytes
    created_at: str


class AttachmentStore(Protocol):
    def put(self, attachment: Attachment) -> None:
        """Insert; the same bytes again stay as they were, and count from ``created_at`` anew; only
        the name own_fields.DOCUMENT takes the place of another."""
        ...

    def get(self, digest: bytes) -> Attachment | None: ...

    def rehash(self, digest: bytes) -> int | None:
        """Re-read the bytes: how many they are; None where they are gone or hash to another digest."""
        ...

    def missing(self, digests: Collection[bytes], since: str = "") -> set[bytes]:
        """Those of ``digests`` that are not stored, or that came before ``since`` (a time as in
        ``created_at``) and that no record or draft carries: these may be collected at any moment."""
        ...

    def collect(self, before: str) -> int:
        """Delete what came before this time and no record or draft carries; how many they were."""
        ...

    def records_of(self, digest: bytes) -> list[int]:
        """Records that carry this attachment."""
        ...
