"""Where good data may lie: a backup's file, a mirror's folder, or its address."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from suyuan.adapters.backup_file import DataFile
from suyuan.adapters.mirror_attachments import MirrorAttachments
from suyuan.adapters.mirror_contents import MirrorContents
from suyuan.adapters.mirror_files import MirrorFiles
from suyuan.adapters.remote import PublishedLog
from suyuan.core.errors import Malformed, NotFound
from suyuan.core.tiles import TILE
from suyuan.ports.accounts import Attachment
from suyuan.ports.repair import Part, Spare
from suyuan.ports.said import SaidOpenly
from suyuan.ports.tree import SignedHead


def open_spare(source: str | Path, origin: str) -> Spare:
    """The backup or the mirror at a path or address; Malformed where it is neither, or another log's."""
    if str(source).startswith(("http://", "https://")):
        return RemoteSpare(PublishedLog(str(source)))
    path = Path(source)
    if not path.exists():
        raise NotFound("{file} is not there", file=str(path))
    if path.is_dir():
        if not (path / "head").exists() or not (path / "entries").is_dir():
            raise Malformed("{folder} is no mirror's folder", folder=str(path))
        return MirrorSpare(MirrorFiles(path), MirrorContents(path), MirrorAttachments(path))
    found = DataFile(path).header.get("origin")
    if found != origin:
        raise Malformed(
            "the backup is of the log {found}, the settings say {origin}",
            found=found,
            origin=origin,
        )
    return BackupSpare(path)


class BackupSpare:
    """ports.repair.Spare over a file that is read anew for each question, row by row."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def _rows(self, *tables: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for shape, rows in DataFile(self._path).parts():
            for row in rows:
                if shape.name in tables:
                    yield shape.name, dict(zip(shape.columns, row, strict=True))

    def entries(self) -> Iterator[tuple[int, bytes]]:
        for _, row in self._rows("records"):
            yield row["idx"], row["entry"]

    def heads(self) -> Iterator[SignedHead]:
        for _, row in self._rows("checkpoints"):
            yield SignedHead(row["size"], row["root"], row["note"], row["signed_at"])

    def parts(
        self, wanted: Collection[int], digests: Collection[bytes]
    ) -> Iterator[Part | Attachment]:
        for table, row in self._rows("records", "contents", "attachments"):
            if table == "attachments":
                if row["digest"] in digests:
                    yield Attachment(
                        row["digest"], row["media_type"], row["name"], row["organisation"],
                        row["body"], row["created_at"],
                    )  # fmt: skip
            elif row["idx"] not in wanted:
                continue
            elif table == "records":
                yield Part(row["idx"], link=row["link"], kind=row["kind"])
            else:
                lines = row["disclosures"].decode(errors="replace")
                given = tuple(lines.split("\n")) if lines else ()
                yield Part(row["idx"], content=row["content"], disclosures=given)


class MirrorSpare:
    """A mirror holds entries and checkpoints, and perhaps what records say openly, photos included."""

    def __init__(
        self, files: MirrorFiles, contents: MirrorContents, attached: MirrorAttachments
    ) -> None:
        self._files = files
        self._contents = contents
        self._attached = attached

    def entries(self) -> Iterator[tuple[int, bytes]]:
        head = self._files.head()
        size = head.size if head else 0
        for start in range(0, size, TILE):
            yield from enumerate(self._files.entries(start, min(start + TILE, size)), start)

    def heads(self) -> Iterator[SignedHead]:
        for size in self._files.sizes():
            if kept := self._files.at(size):
                yield SignedHead(kept.size, kept.root, kept.note, kept.seen_at)

    def parts(
        self, wanted: Collection[int], digests: Collection[bytes]
    ) -> Iterator[Part | Attachment]:
        for start in _blocks(wanted):
            for one in self._contents.read(start, start + TILE):
                if one.index in wanted:
                    yield _part(one)
        for digest in sorted(digests):
            body = self._attached.get(digest)
            if body is not None:
                yield _bytes(digest, body)


class RemoteSpare:
    """The same over HTTP, from a mirror that serves, or from any log that answers as one."""

    def __init__(self, source: PublishedLog) -> None:
        self._source = source

    def entries(self) -> Iterator[tuple[int, bytes]]:
        size = self._source.signed(self._source.checkpoint()).size
        for start in range(0, size, TILE):
            width = min(TILE, size - start)
            yield from enumerate(self._source.entries(start // TILE, width), start)

    def heads(self) -> Iterator[SignedHead]:
        yield from self._source.heads_held()

    def parts(
        self, wanted: Collection[int], digests: Collection[bytes]
    ) -> Iterator[Part | Attachment]:
        for start in _blocks(wanted):
            inside = [index for index in wanted if start <= index < start + TILE]
            for one in self._source.told(min(inside), max(inside) + 1):
                if one.index in wanted:
                    yield _part(one)
        for digest in sorted(digests):
            body = self._source.attachment(digest)
            if body is not None:
                yield _bytes(digest, body)


def _bytes(digest: bytes, body: bytes) -> Attachment:
    """A mirror knows the bytes alone; the event says the rest."""
    return Attachment(digest, "", "", "", body, "")


def _blocks(wanted: Collection[int]) -> list[int]:
    return sorted({index - index % TILE for index in wanted})


def _part(one: SaidOpenly) -> Part:
    return Part(one.index, one.link, one.content, one.disclosures, public=True)
