"""A log as it publishes itself over HTTP, for audits from outside (flow.audit.Source).

What a service answers and could not answer honestly is Damaged, and names the record; a service that
does not answer is Unavailable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import requests

from suyuan.adapters.mirror_contents import parse_line
from suyuan.core import jcs
from suyuan.core.checkpoint import parse_checkpoint
from suyuan.core.errors import Damaged, Malformed, Refused, Unavailable
from suyuan.core.merkle import root_from_leaf_hashes
from suyuan.core.replay import Replayed
from suyuan.core.strict_json import loads
from suyuan.core.tiles import HASH_SIZE, TILE, decode_entries, entries_path, tile_path
from suyuan.flow.audit import BATCH
from suyuan.ports.accounts import MAX_ATTACHMENT
from suyuan.ports.said import SaidOpenly
from suyuan.ports.tree import SignedHead

_NOT_GIVEN = (401, 403, 404, 410)


class PublishedLog:
    """Checkpoint and entry bundles below one base URL (ports.mirror.Published)."""

    def __init__(self, base: str, *, token: str | None = None, timeout: float = 60.0) -> None:
        self._base = base.rstrip("/")
        self._session = requests.Session()
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self._timeout = timeout

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()

    def checkpoint(self) -> str:
        return self._get("log/checkpoint").decode(errors="replace")

    def entries(self, number: int, width: int) -> list[bytes]:
        body = self._get("log/" + entries_path(number, width))
        try:
            entries = decode_entries(body)
        except Refused:
            entries = []
        if len(entries) != width:
            raise Damaged(
                "record {index} is missing in its entry bundle",
                index=number * TILE + min(len(entries), width),
                what="entry",
            )
        return entries

    def told(self, start: int, stop: int) -> list[SaidOpenly]:
        """ports.said.Open: lines of /records as far as they can be read."""
        said: list[SaidOpenly] = []
        for data in self._get(f"records?start={start}&stop={stop}").splitlines():
            try:
                said.append(parse_line(data))
            except (Refused, LookupError, TypeError, ValueError):
                break
        return said

    def attachment(self, digest: bytes) -> bytes | None:
        """ports.said.Open: as everybody is given it, and never more of it than one may be."""
        url = f"{self._base}/attachments/{digest.hex()}"
        try:
            with self._session.get(url, timeout=self._timeout, stream=True) as answer:
                if answer.status_code in _NOT_GIVEN:
                    return None
                if answer.status_code != 200:
                    raise Unavailable("{url} answers {status}", url=url, status=answer.status_code)
                body = bytearray()
                for part in answer.iter_content(1 << 16):
                    body += part
                    if len(body) > MAX_ATTACHMENT:
                        break
                return bytes(body)
        except requests.RequestException as problem:
            raise Unavailable(
                "{url} does not answer ({why})", url=self._base, why=type(problem).__name__
            ) from None

    def heads_held(self) -> list[SignedHead]:
        """All checkpoints that a mirror holds; the newest alone of a log, which lists none."""
        note = self.checkpoint()
        try:
            lines = self._get("heads").splitlines()
        except Unavailable:
            lines = []
        found = [self.signed(note)]
        for data in lines:
            try:
                told: Any = loads(data)
                found.append(self.signed(str(told["note"])))
            except (Refused, LookupError, TypeError):
                break
        return found

    def signed(self, note: str) -> SignedHead:
        """What a note says, unsigned as it may be; Damaged where it says no tree."""
        try:
            told = parse_checkpoint(note.partition("\n\n")[0] + "\n")
        except Malformed as problem:
            raise Damaged(
                "the checkpoint cannot be read: {why}", why=problem, what="checkpoint"
            ) from None
        return SignedHead(told.size, told.root, note, "")

    def _get(self, path: str) -> bytes:
        try:
            answer = self._session.get(f"{self._base}/{path}", timeout=self._timeout)
        except requests.RequestException as problem:
            raise Unavailable(
                "{url} does not answer ({why})", url=self._base, why=type(problem).__name__
            ) from None
        if answer.status_code != 200:
            raise Unavailable(
                "{url} answers {status}", url=f"{self._base}/{path}", status=answer.status_code
            )
        return answer.content


class RemoteLog(PublishedLog):
    """Tiles and records too; a token shows what the public is not."""

    def __init__(self, base: str, *, token: str | None = None, timeout: float = 60.0) -> None:
        super().__init__(base, token=token, timeout=timeout)
        self._head: SignedHead | None = None
        self._rows: list[list[bytes]] = []
        """Roots of the full tiles of level 0, of level 1, …: what the tiles above them hold."""

    def newest(self) -> SignedHead:
        self._head, self._rows = self.signed(self.checkpoint()), []
        return self._head

    def heads(self) -> Iterator[SignedHead]:
        yield self._head or self.newest()

    def anchors(self) -> Iterator[tuple[int, bytes, bool]]:
        yield from ()

    def records(self, sealed: int, *, thorough: bool) -> Iterator[Replayed]:
        """Entries from the entry bundles, everything else from /records, which must agree."""
        for first in range(0, sealed, BATCH):
            stop = min(first + BATCH, sealed)
            lines = self._get(f"records?start={first}&stop={stop}").splitlines()
            for start in range(first, stop, TILE):
                entries = self.entries(start // TILE, min(TILE, stop - start))
                for index, entry in enumerate(entries, start):
                    if index - first >= len(lines):
                        raise Damaged("record {index} is missing", index=index, what="entry")
                    yield _record(index, entry, lines[index - first])

    def check_tiles(self, start: int, leaves: list[bytes]) -> None:
        for first in range(0, len(leaves), TILE):
            below = leaves[first : first + TILE]
            self._compare(0, (start + first) // TILE, below)
            if len(below) == TILE:
                self._push(0, root_from_leaf_hashes(below))
        if start + len(leaves) == self._sealed:
            for level, row in enumerate(self._rows, 1):
                if rest := len(row) % TILE:
                    self._compare(level, len(row) // TILE, row[-rest:])

    @property
    def _sealed(self) -> int:
        return self._head.size if self._head else 0

    def _push(self, level: int, root: bytes) -> None:
        """A tile of this level is whole: its root stands in the tile above."""
        if level == len(self._rows):
            self._rows.append([])
        row = self._rows[level]
        row.append(root)
        if len(row) % TILE == 0:
            self._compare(level + 1, len(row) // TILE - 1, row[-TILE:])
            self._push(level + 1, root_from_leaf_hashes(row[-TILE:]))

    def _compare(self, level: int, number: int, ours: Sequence[bytes]) -> None:
        width = min(TILE, (self._sealed >> 8 * level) - number * TILE)
        theirs = self._get("log/" + tile_path(level, number, width))
        for offset, value in enumerate(ours):
            if theirs[HASH_SIZE * offset : HASH_SIZE * (offset + 1)] != value:
                raise Damaged(
                    "record {index} is not what the published tile {level}/{tile} holds of it",
                    index=(number * TILE + offset) << 8 * level,
                    level=level,
                    tile=number,
                    what="tile",
                )


def _record(index: int, entry: bytes, line: bytes) -> Replayed:
    try:
        told: Any = loads(line, max_depth=40)
        link, content, disclosures = told["link"], told["content"], told["disclosures"]
        if told["entry"] != entry.decode("ascii"):
            raise Damaged(
                "record {index}: its entry is another one in the entry bundle",
                index=index,
                what="entry",
            )
        return Replayed(
            index,
            entry,
            jcs.dumps(link),
            None if content is None else jcs.dumps(content),
            tuple(map(str, disclosures)),
        )
    except (Refused, LookupError, TypeError, UnicodeDecodeError):
        raise Damaged(
            "record {index}: what is told of it cannot be read", index=index, what="content"
        ) from None
