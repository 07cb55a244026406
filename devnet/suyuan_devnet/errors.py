"""Every error of the devnet, in one tree.

DevnetError
├── AnvilMissing      the node's binary is not there; the message says what to run
├── AlreadyRunning    another process keeps this chain
├── StartFailed       it did not come up; the message ends with its log
├── RpcError          the node answered with an error, or did not answer
├── DeployFailed      a transaction reverted or was never mined, or other code lies at the address
└── WellKnownKey      a published development key was about to be used on a real chain
"""

from __future__ import annotations


class DevnetError(Exception):
    """Base of all."""


class AnvilMissing(DevnetError):
    """The node's binary is not there; the message says what to run."""


class AlreadyRunning(DevnetError):
    """Another process keeps this chain."""


class StartFailed(DevnetError):
    """It did not come up; the message ends with its log."""


class RpcError(DevnetError):
    """The node answered with an error (``code`` is JSON-RPC's), or not at all (``code`` None)."""

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class DeployFailed(DevnetError):
    """A transaction reverted or was never mined, or other code lies at the address."""


class WellKnownKey(DevnetError):
    """A published development key was about to be used on a chain that is not the devnet."""
