"""Why the operating system refuses something, in words that have a translation.

The numbers are this machine's own (errno.h), which is why core does not know them.
"""

from __future__ import annotations

import errno

from suyuan.core.said import Said

_SYSTEM = {
    errno.ENOENT: Said("there is no such file or folder"),
    errno.EACCES: Said("the system does not allow it"),
    errno.EPERM: Said("the system does not allow it"),
    errno.EISDIR: Said("it is a folder"),
    errno.ENOTDIR: Said("a part of its path is no folder"),
    errno.EEXIST: Said("it is there already"),
    errno.ENAMETOOLONG: Said("its name is too long"),
    errno.EINVAL: Said("it has no such name on this system"),
    errno.ELOOP: Said("its links lead in a circle"),
    errno.ENOSPC: Said("the disk is full"),
    errno.EDQUOT: Said("the disk is full"),
    errno.EROFS: Said("the disk can only be read"),
    errno.EMFILE: Said("too many files are open"),
    errno.EADDRINUSE: Said("the address is in use"),
    errno.ECONNREFUSED: Said("the connection was refused"),
    errno.ECONNRESET: Said("the connection was cut off"),
    errno.EPIPE: Said("the connection was cut off"),
    errno.EHOSTUNREACH: Said("there is no way to it"),
    errno.ENETUNREACH: Said("there is no way to it"),
    errno.ETIMEDOUT: Said("it did not answer in time"),
}


def of_system(problem: OSError | ValueError) -> Said:
    """Why the system did not open, read, write or connect."""
    if isinstance(problem, TimeoutError):
        return _SYSTEM[errno.ETIMEDOUT]
    number = getattr(problem, "errno", None)
    if number is None:
        # Of a name that no system call is made for: it has a zero byte in it, say.
        return _SYSTEM[errno.EINVAL] if type(problem) is ValueError else _unknown(problem)
    return _SYSTEM.get(number) or _unknown(problem)


def _unknown(problem: Exception) -> Said:
    code = errno.errorcode.get(getattr(problem, "errno", None) or 0, type(problem).__name__)
    return Said("the system says {code}", code=code)
