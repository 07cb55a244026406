"""Rows that hold what is private before it is a record, sealed under the node's secret on their way into
the database and opened on their way out (docs/decisions/0007): drafts of farm records and certificates,
captures that wait, choices remembered for tables.

What lies there from before it was sealed is read as it is, and sealed when it is saved again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from suyuan.core.encoding import b64url, unb64url
from suyuan.core.sealed import CAPTURE, CERTIFICATE, FARM_DRAFT, READING, SEALED, SEALED_TEXT
from suyuan.ports.accounts import Job, JobStore
from suyuan.ports.books import Draft, DraftStore
from suyuan.ports.certificates import CertificateStore, Kept, Print, State
from suyuan.ports.imports import Import, ImportStore
from suyuan.ports.outside import Vault


def sealed_text(vault: Vault, purpose: str, name: str, text: str) -> str:
    return SEALED_TEXT + b64url(vault.close(purpose, name, text.encode()))


def opened_text(vault: Vault, purpose: str, name: str, text: str) -> str:
    if not text.startswith(SEALED_TEXT):
        return text
    return vault.open(purpose, name, unb64url(text.removeprefix(SEALED_TEXT))).decode()


def sealed_bytes(vault: Vault, purpose: str, name: str, data: bytes) -> bytes:
    return SEALED + vault.close(purpose, name, data)


def opened_bytes(vault: Vault, purpose: str, name: str, data: bytes) -> bytes:
    if not data.startswith(SEALED):
        return data
    return vault.open(purpose, name, data.removeprefix(SEALED))


def reading_of(organisation: str, headings: bytes) -> str:
    """Name under which it is sealed how an organisation had a table of these headings read."""
    return f"{organisation}\n{headings.hex()}"


@dataclass(frozen=True, slots=True)
class SealedImports:
    """ports.imports.ImportStore. Uploads are sealed by flow/importing.py, which reads them in parts."""

    store: ImportStore
    vault: Vault

    def add(self, new: Import) -> None:
        self.store.add(new)

    def get(self, import_id: str) -> Import | None:
        return self.store.get(import_id)

    def change(self, changed: Import) -> None:
        self.store.change(changed)

    def list(self, organisation: str, *, limit: int = 50) -> Sequence[Import]:
        return self.store.list(organisation, limit=limit)

    def delete(self, import_id: str) -> bool:
        return self.store.delete(import_id)

    def collect(self, before: str) -> int:
        return self.store.collect(before)

    def plan(self, organisation: str, headings: bytes) -> str | None:
        found = self.store.plan(organisation, headings)
        if found is None:
            return None
        return opened_text(self.vault, READING, reading_of(organisation, headings), found)

    def remember(self, organisation: str, headings: bytes, plan: str, at: str) -> None:
        name = reading_of(organisation, headings)
        sealed = sealed_text(self.vault, READING, name, plan)
        self.store.remember(organisation, headings, sealed, at)


@dataclass(frozen=True, slots=True)
class SealedDrafts:
    """ports.books.DraftStore."""

    store: DraftStore
    vault: Vault

    def save(self, draft: Draft) -> bool:
        return self.store.save(self._closed(draft))

    def add(self, new: Sequence[Draft]) -> int:
        return self.store.add([self._closed(one) for one in new])

    def known(self, draft_ids: Collection[str]) -> set[str]:
        return self.store.known(draft_ids)

    def get(self, draft_id: str) -> Draft | None:
        found = self.store.get(draft_id)
        return None if found is None else self._opened(found)

    def list(
        self, organisation: str, *, after: tuple[str, str] | None = None, limit: int = 100
    ) -> Sequence[Draft]:
        found = self.store.list(organisation, after=after, limit=limit)
        return [self._opened(one) for one in found]

    def delete(self, draft_ids: Collection[str]) -> int:
        return self.store.delete(draft_ids)

    def _closed(self, one: Draft) -> Draft:
        return replace(one, values=sealed_bytes(self.vault, FARM_DRAFT, one.id, one.values))

    def _opened(self, one: Draft) -> Draft:
        return replace(one, values=opened_bytes(self.vault, FARM_DRAFT, one.id, one.values))


@dataclass(frozen=True, slots=True)
class SealedCertificates:
    """ports.certificates.CertificateStore."""

    store: CertificateStore
    vault: Vault

    def add(self, one: Kept) -> None:
        self.store.add(self._closed(one))

    def get(self, code: str) -> Kept | None:
        found = self.store.get(code)
        return None if found is None else self._opened(found)

    def list(
        self,
        organisations: Sequence[str],
        states: Sequence[State] = (),
        *,
        lot: str = "",
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[tuple[int, Kept]]:
        found = self.store.list(organisations, states, lot=lot, before=before, limit=limit)
        return [(place, self._opened(one)) for place, one in found]

    def count(self, organisations: Sequence[str], states: Sequence[State]) -> int:
        return self.store.count(organisations, states)

    def save(self, one: Kept) -> bool:
        return self.store.save(self._closed(one))

    def number(self, code: str, year: int) -> str | None:
        return self.store.number(code, year)

    def issued(self, code: str, record: int, at: str) -> None:
        self.store.issued(code, record, at)

    def voided(self, code: str, record: int, at: str) -> None:
        self.store.voided(code, record, at)

    def discard(self, code: str, at: str) -> bool:
        return self.store.discard(code, at)

    def numbers(self, organisation: str) -> Sequence[str]:
        return self.store.numbers(organisation)

    def print(self, code: str, at: str, person: str, way: str) -> int:
        return self.store.print(code, at, person, way)

    def prints(self, code: str) -> Sequence[Print]:
        return self.store.prints(code)

    def _closed(self, one: Kept) -> Kept:
        return replace(one, values=sealed_text(self.vault, CERTIFICATE, one.code, one.values))

    def _opened(self, one: Kept) -> Kept:
        return replace(one, values=opened_text(self.vault, CERTIFICATE, one.code, one.values))


@dataclass(frozen=True, slots=True)
class SealedJobs:
    """ports.accounts.JobStore. What was asked for is opened for who runs it alone."""

    store: JobStore
    vault: Vault

    def add(self, job: Job) -> None:
        self.store.add(replace(job, request=sealed_bytes(self.vault, CAPTURE, job.id, job.request)))

    def get(self, job_id: str) -> Job | None:
        return self.store.get(job_id)

    def list(
        self, organisation: str, *, limit: int = 100, before: str | None = None
    ) -> Sequence[Job]:
        return self.store.list(organisation, limit=limit, before=before)

    def claim(self, holder: str, seconds: float) -> Job | None:
        job = self.store.claim(holder, seconds)
        if job is None:
            return None
        return replace(job, request=opened_bytes(self.vault, CAPTURE, job.id, job.request))

    def progress(self, job_id: str, holder: str, checked: int, seconds: float) -> bool:
        return self.store.progress(job_id, holder, checked, seconds)

    def fail(self, job_id: str, errors: bytes, at: str) -> None:
        self.store.fail(job_id, errors, at)


__all__ = [
    "SealedCertificates",
    "SealedDrafts",
    "SealedImports",
    "SealedJobs",
    "opened_bytes",
    "opened_text",
    "reading_of",
    "sealed_bytes",
    "sealed_text",
]
