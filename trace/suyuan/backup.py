"""Back a node up and put it back: data and keys in files of their own.

The data hold no key that works without the secret, the key file none of the records; whoever finds one
of them can neither sign nor read what the other holds. Both may be made while the node is serving.

A crash while writing leaves a file with another name; one while restoring leaves an empty database.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from suyuan.adapters.audit_files import AuditFiles
from suyuan.adapters.backup_file import DataFile, close_keys, open_keys, write_data
from suyuan.adapters.keys import coming_path, read_secret, secret_path, write_private
from suyuan.adapters.sql.dump import load, snapshot
from suyuan.adapters.sql.revision import require_known
from suyuan.bootstrap import Node, open_node
from suyuan.core.errors import Conflict, Damaged, Malformed, NotFound, Refused, SuyuanError
from suyuan.flow.audit import StoreSource, audit
from suyuan.settings import Settings

if TYPE_CHECKING:
    from suyuan.adapters.chain_view import AuditedChain

_BESIDE = ("suyuan.toml", "contract.json")
"""Files of the data folder that are no secret: the settings, and which contract was set up."""
_SECRET = "secret.key"  # noqa: S105
_SHORTEST = 12
"""Characters of a passphrase: NIST SP 800-63B asks for 8 where guesses are counted; here none are."""

Progress = Callable[[int, int], None]
"""Hears how many rows of how many are done."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. ``chain_size`` is the contract's, None where no chain was asked or answered."""

    made_at: str
    origin: str
    rows: int
    records: int
    sealed: int
    newest: str
    """recordTime of the last record, "" for none."""
    chain_size: int | None
    silent: SuyuanError | None
    """Why the chain did not tell."""

    @property
    def missing(self) -> int:
        """Records that the contract knows of and the backup does not hold."""
        return max(0, (self.chain_size or 0) - self.records)


def back_up(
    settings: Settings, made_at: str, stream: IO[bytes], on_progress: Progress = lambda *_: None
) -> int:
    """Write all data as of one moment; the rows written."""
    beside = {
        name: (settings.data_dir / name).read_text(encoding="utf-8")
        for name in _BESIDE
        if (settings.data_dir / name).exists()
    }
    audits = AuditFiles(settings.data_dir / "audits").files()
    rows = 0
    with snapshot(settings.database) as seen:
        header = {
            "madeAt": made_at,
            "origin": settings.origin,
            "revision": seen.revision,
            "rows": seen.rows,
            "files": beside,
            "audits": audits,
        }
        for rows in write_data(stream, header, seen.parts()):
            on_progress(rows, seen.rows)
    return rows


def write_backup(
    path: Path, settings: Settings, made_at: str, on_progress: Progress = lambda *_: None
) -> int:
    """``back_up`` into a file for its owner alone; it has its name only when it is whole and on disk."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            rows = back_up(settings, made_at, stream, on_progress)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return rows


def back_up_keys(settings: Settings, passphrase: str) -> bytes:
    """The key file: the secret, and the service's own keys that it seals."""
    if len(passphrase) < _SHORTEST:
        raise Refused(
            "a passphrase has at least {count} characters: it is all that guards the keys",
            count=_SHORTEST,
        )
    if coming_path(secret_path(settings.secret_file, settings.data_dir)).exists():
        raise Conflict(
            "a rotation of the secret was cut off: run `suyuan secret rotate` again first"
        )
    folder = settings.data_dir / "keys"
    files = {f"keys/{path.name}": path.read_bytes() for path in sorted(folder.glob("*.sealed"))}
    if not files:
        raise NotFound(
            "{folder} is no node yet; `suyuan init` makes it one", folder=str(settings.data_dir)
        )
    return close_keys(
        {_SECRET: read_secret(settings.secret_file, settings.data_dir), **files}, passphrase
    )


def restore_keys(settings: Settings, data: bytes, passphrase: str) -> int:
    """Put keys where there are none; Conflict where others are. How many files were written."""
    files = open_keys(data, passphrase)
    wanted = {_target(settings, name): content for name, content in files.items()}
    for path, content in wanted.items():
        if path.exists() and path.read_bytes() != content:
            raise Conflict("{file} is there already, and is another", file=str(path))
    for path, content in wanted.items():
        with suppress(FileExistsError):
            write_private(path, content, first=True)
    return len(wanted)


def _target(settings: Settings, name: str) -> Path:
    if name == _SECRET:
        return settings.secret_file or settings.data_dir / _SECRET
    folder, _, file = name.partition("/")
    if folder != "keys" or Path(file).name != file or not file.endswith(".sealed"):
        raise Malformed("this is no key file of suyuan")
    return settings.data_dir / folder / file


def open_backup(path: Path) -> DataFile:
    """A backup's first line read; Refused for a file that is none, or is newer than this program."""
    backup = DataFile(path)
    revision = backup.header.get("revision")
    if not isinstance(revision, str):
        raise Malformed("{file} is no backup of suyuan", file=str(path))
    require_known(revision)
    return backup


def restore_files(settings: Settings, backup: DataFile) -> tuple[str, ...]:
    """Write the settings, the contract's journal and the audits' reports where there are none; what of
    these was written."""
    files: Mapping[str, Any] = backup.header.get("files", {})
    written = []
    for name in _BESIDE:
        if name in files and not (settings.data_dir / name).exists():
            write_private(settings.data_dir / name, str(files[name]).encode())
            written.append(name)
    audits: Mapping[str, Any] = backup.header.get("audits", {})
    if AuditFiles(settings.data_dir / "audits").restore(audits):
        written.append("audits")
    return tuple(written)


def restore(
    settings: Settings, backup: DataFile, on_progress: Progress = lambda *_: None
) -> Restored:
    """Fill an empty database, re-read every record, and ask the contract whether any is missing.

    Needs the node's keys in place (restore_keys). Conflict where the log's name is another than the
    settings', or there is a database already; Damaged where what came back does not hash.
    """
    header = backup.header
    if header.get("origin") != settings.origin:
        raise Conflict(
            "the backup is of the log {found}, the settings say {origin}",
            found=header.get("origin"),
            origin=settings.origin,
        )
    if not (settings.data_dir / "keys" / "log.sealed").exists():
        raise NotFound("the log's key is not here; put the keys back first, with --keys")
    total = int(header.get("rows", 0))

    def counted() -> Any:
        done = 0
        for shape, rows in backup.parts():

            def each(rows: Any = rows) -> Any:
                nonlocal done
                for row in rows:
                    done += 1
                    if done % 1000 == 0:
                        on_progress(done, total)
                    yield row

            yield shape, each()

    rows = load(settings.database, str(header["revision"]), counted())
    on_progress(rows, total)
    node = open_node(settings)
    try:
        node.scrubber.mend()
        return _restored(node, str(header["madeAt"]), rows)
    finally:
        node.close()


def _restored(node: Node, made_at: str, rows: int) -> Restored:
    tail, head = node.database.log.tail(), node.database.tree.latest()
    sealed = head.size if head else 0
    size, silent, chain = _asked(node)
    policy = node.policy()
    if policy is not None:
        source = StoreSource(node.database.log, node.database.tree, node.database.anchors)
        # A contract that knows more than was sealed is no fault of what is here: it is told apart.
        ask = chain if size is not None and size <= sealed else None
        report = audit(source, policy, chain=ask)
        if report.difference is not None:
            raise Damaged(
                "what came back does not agree with itself or the chain: {text}",
                index=report.difference.index,
                text=report.difference.text,
            )
    return Restored(
        made_at, node.settings.origin, rows, tail.size, sealed, tail.record_time, size, silent
    )


def _asked(node: Node) -> tuple[int | None, SuyuanError | None, AuditedChain | None]:
    policy = node.policy()
    if policy is None or not node.settings.rpc_urls:
        return None, None, None
    from suyuan.adapters.chain_view import AuditedChain

    try:
        chain = AuditedChain(node.settings.rpc_urls[0], policy.contract, policy.log_id)
        return chain.head_size(), None, chain
    except SuyuanError as problem:
        return None, problem, None
