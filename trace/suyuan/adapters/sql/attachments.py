"""Photos and reports, by the digest of their bytes, and the records that carry them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from suyuan.adapters.sql.connections import Connections, insert_rows
from suyuan.adapters.sql.lookup import chunks
from suyuan.adapters.sql.rows import refer
from suyuan.adapters.sql.tables import attachment_records, attachments
from suyuan.ports.accounts import Attachment


class SqlAttachments:
    """ports.accounts.AttachmentStore."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def put(self, attachment: Attachment) -> None:
        new = attachment
        row = (
            new.digest, new.media_type, new.name, new.organisation, new.body, new.created_at,
        )  # fmt: skip
        with self._connections.write() as connection:
            insert_rows(connection, attachments, [row], there="skip")

    def get(self, digest: bytes) -> Attachment | None:
        query = select(attachments).where(attachments.c.digest == digest)
        with self._connections.read() as connection:
            row = connection.execute(query).first()
        return None if row is None else Attachment(*row)

    def missing(self, digests: Collection[bytes]) -> set[bytes]:
        absent = set(digests)
        with self._connections.read() as connection:
            for part in chunks(digests):
                absent.difference_update(
                    connection.scalars(
                        select(attachments.c.digest).where(attachments.c.digest.in_(part))
                    )
                )
        return absent

    def refer(self, digests: Collection[bytes], record: int) -> None:
        with self._connections.write() as connection:
            refer(connection, [(digest, record) for digest in digests])

    def records_of(self, digest: bytes) -> list[int]:
        query = select(attachment_records.c.record).where(attachment_records.c.digest == digest)
        with self._connections.read() as connection:
            return list(connection.scalars(query.order_by(attachment_records.c.record)))
