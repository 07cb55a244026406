"""The machine's clock and the operating system's randomness."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime

from suyuan.core.encoding import b64url
from suyuan.core.timestamps import from_datetime


class SystemClock:
    """Clock of the machine, UTC."""

    def now(self) -> str:
        return from_datetime(datetime.now(UTC))


class SystemRandomness:
    """Salts and secrets from the operating system."""

    def octets(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def salt(self) -> str:
        return b64url(secrets.token_bytes(16))
