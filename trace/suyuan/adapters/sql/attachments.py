"""Photos and reports, by the digest of their bytes, and the records that carry them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from sqlalchemy import delete, exists, or_, select, update

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.lookup import chunks
from suyuan.adapters.sql.tables import attachment_records, attachments, draft_attachments
from suyuan.core.epcis.own_fields import DOCUMENT
from suyuan.ports.accounts import Attachment

_CARRIED = or_(
    exists().where(attachment_records.c.digest == attachments.c.digest),
    exists().where(draft_attachments.c.digest == attachments.c.digest),
)
"""By a record, or by a draft that may become one."""
_LOCK = "attachments"
"""Bytes that are sent again are not collected in the same moment."""


class SqlAttachments:
    """ports.accounts.AttachmentStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put(self, attachment: Attachment) -> None:
        new = attachment
        row = (
            new.digest, new.media_type, new.name, new.organisation, new.body, new.created_at,
        )  # fmt: skip
        sent_again = (
            update(attachments)
            .where(attachments.c.digest == new.digest, attachments.c.created_at < new.created_at)
            .values(created_at=new.created_at)
        )
        with self._connections.write(_LOCK) as connection:
            insert_rows(connection, attachments, [row], there="skip")
            connection.execute(sent_again)
            if new.name == DOCUMENT:
                same = attachments.c.digest == new.digest
                connection.execute(update(attachments).where(same).values(name=DOCUMENT))

    def get(self, digest: bytes) -> Attachment | None:
        query = select(attachments).where(attachments.c.digest == digest)
        with self._connections.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else Attachment(*row)

    def rehash(self, digest: bytes) -> int | None:
        found = self.get(digest)
        if found is None or hashlib.sha256(found.body).digest() != digest:
            return None
        return len(found.body)

    def missing(self, digests: Collection[bytes], since: str = "") -> set[bytes]:
        absent = set(digests)
        with self._connections.read() as connection:
            for part in chunks(digests):
                absent.difference_update(
                    connection.scalars(
                        select(attachments.c.digest).where(
                            attachments.c.digest.in_(part),
                            or_(_CARRIED, attachments.c.created_at >= since),
                        )
                    )
                )
        return absent

    def collect(self, before: str) -> int:
        # By the indexes of both tables: no body is read to find those that nobody names.
        unnamed = select(attachments.c.digest).except_(select(attachment_records.c.digest))
        with self._connections.read() as connection:
            found = connection.scalars(unnamed).all()
        deleted = 0
        for part in chunks(found, 16):  # of up to 20 MB each: others write in between
            gone = delete(attachments).where(
                attachments.c.digest.in_(part), attachments.c.created_at < before, ~_CARRIED
            )
            with self._connections.write(_LOCK) as connection:
                deleted += connection.execute(gone).rowcount
        return deleted

    def records_of(self, digest: bytes) -> list[int]:
        query = select(attachment_records.c.record).where(attachment_records.c.digest == digest)
        with self._connections.read() as connection:
            return list(connection.scalars(query.order_by(attachment_records.c.record)))
