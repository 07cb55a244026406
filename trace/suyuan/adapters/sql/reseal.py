"""All that lies sealed in the database, under another secret: in one transaction."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import delete, select, update

from suyuan.adapters.sql.connections import Connections
from suyuan.adapters.sql.tables import kept_keys, remembered, subscriptions

Anew = Callable[[str, str, bytes], bytes]
"""(purpose, name, sealed) → sealed anew."""


def reseal(connections: Connections, anew: Anew) -> int:
    """How many were sealed anew. What is remembered of Idempotency-Keys goes: its digests are keyed
    with the secret, and would say of every repeat that it is another request."""
    count = 0
    with connections.write("accounts") as connection:
        for kid, sealed in connection.execute(select(kept_keys.c.kid, kept_keys.c.sealed)).all():
            value = anew("kept", kid, sealed)
            connection.execute(update(kept_keys).where(kept_keys.c.kid == kid).values(sealed=value))
            count += 1
        told = select(subscriptions.c.id, subscriptions.c.secret).where(
            subscriptions.c.secret.is_not(None)
        )
        for name, sealed in connection.execute(told).all():
            value = anew("signatureToken", name, sealed)
            connection.execute(
                update(subscriptions).where(subscriptions.c.id == name).values(secret=value)
            )
            count += 1
        connection.execute(delete(remembered))
    return count
