"""Every error this project raises, in one tree.

SuyuanError
├── Refused            the input cannot be taken; nothing was stored
│   ├── Malformed      not the JSON, encoding or shape it should be
│   ├── ProofError     a hash, proof or signature does not hold
│   ├── Unauthenticated   no token, or one that is wrong or revoked
│   ├── Forbidden      known caller, not allowed
│   ├── NotFound       no such thing, or not visible to the caller
│   ├── Conflict       contradicts what is already recorded
│   ├── Closed         the log was closed for good
│   ├── TooLarge       over a stated limit
│   ├── TooOften       tried again too soon; says how long to wait
│   ├── Blocked        a rule of farming stands against it; a named person may override it
│   ├── NotOffered     no answer in the form, version or vocabulary that was asked for
│   └── NotReadable    sent in a form that is not read here
├── Unavailable        something outside (chain, database) does not answer; try again
├── Damaged            stored data no longer matches its own digest; names the record
└── Fatal              going on would publish two histories; an operator must look

A message is an English template with ``{named}`` holes; faces translate the template and fill it.
Status codes and exit codes are decided at the edge, never here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self


class SuyuanError(Exception):
    """Base of all. ``message`` is the template, ``params`` fill it, ``str()`` is the English text."""

    def __init__(self, message: str, *, path: str = "", **params: object) -> None:
        self.message = message
        self.path = path
        self.params = params
        super().__init__(message)

    @property
    def text(self) -> str:
        """The filled-in English sentence, without the path."""
        return self.message.format(**self.params) if self.params else self.message

    def __str__(self) -> str:
        return f"{self.path}: {self.text}" if self.path else self.text

    def at(self, prefix: str) -> Self:
        """The same error with its JSON pointer (RFC 6901) or line put behind ``prefix``."""
        self.path = prefix + self.path
        return self


class Refused(SuyuanError):
    """The input cannot be taken; ``path`` says where (RFC 6901 pointer, or ``line 3, field x``)."""


class Malformed(Refused):
    """Not the JSON, encoding or shape that it should be."""


class ProofError(Refused):
    """A hash, proof or signature does not hold."""


class Unauthenticated(Refused):
    """No credentials, or credentials that are wrong or revoked."""


class Forbidden(Refused):
    """The caller is known and may not do this."""


class NotFound(Refused):
    """No such thing, or nothing the caller may see."""


class NoSuchLink(NotFound):
    """The thing is known to the resolver, and no link of the type that was asked for."""


class Conflict(Refused):
    """Contradicts what is already recorded."""


class Closed(Refused):
    """The log was closed for good; nothing new is recorded in it."""


class TooLarge(Refused):
    """Over a stated limit."""


class TooOften(Refused):
    """Tried again too soon: the next try waits ``seconds``."""

    def __init__(self, message: str, *, seconds: int, path: str = "", **params: object) -> None:
        self.seconds = seconds
        super().__init__(message, path=path, seconds=seconds, **params)


class Blocked(Refused):
    """Rules of farming stand against it. ``findings`` (core.rules.finding) say which, and why."""

    def __init__(self, findings: Sequence[object]) -> None:
        self.findings = tuple(findings)
        super().__init__(
            "{count} rules stand against this; it takes an override by a named person with a reason",
            count=len(self.findings),
        )


class NotOffered(Refused):
    """No answer can be given in the form, version or vocabulary that was asked for."""


class NotReadable(Refused):
    """Sent in a form that is not read here."""


class Many(Refused):
    """Several refusals at once, each with its own path: all the bad rows of a file."""

    def __init__(self, errors: Sequence[SuyuanError]) -> None:
        self.errors = tuple(errors)
        super().__init__("{count} problems; nothing was stored", count=len(self.errors))


class Unavailable(SuyuanError):
    """Something outside does not answer now; the same call may work later."""


class Damaged(SuyuanError):
    """Stored data no longer matches its digest. ``index`` is the record's, or -1 where it has none."""

    def __init__(self, message: str, *, index: int = -1, path: str = "", **params: object) -> None:
        self.index = index
        super().__init__(message, path=path, index=index, **params)


class Fatal(SuyuanError):
    """Going on would publish two histories. Everything stops until an operator looks."""
