"""A log as it publishes itself over HTTP, for audits from outside (flow.audit.Source)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

import requests

from suyuan.core import jcs
from suyuan.core.errors import Damaged, Unavailable
from suyuan.core.merkle import complete_subtree_levels
from suyuan.core.replay import Replayed
from suyuan.core.tiles import TILE, decode_entries, entries_path, tile_path
from suyuan.flow.audit import BATCH


class RemoteLog:
    """Reads checkpoint, tiles and records below one base URL; a token shows what the public is not."""

    def __init__(self, base: str, *, token: str | None = None, timeout: float = 60.0) -> None:
        self._base = base.rstrip("/")
        self._session = requests.Session()
        if token:
            self._session.headers["Authorization"] = f"Bearer {token}"
        self._timeout = timeout
        self._size = 0

    def _get(self, path: str) -> requests.Response:
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
        return answer

    def checkpoints(self) -> Iterable[str]:
        note = self._get("log/checkpoint").text
        self._size = int(note.split("\n")[1])
        return [note]

    def anchored(self) -> Iterable[int]:
        return []

    def records(self, size: int) -> Iterator[Replayed]:
        """Entries from the entry bundles, everything else from /records, which must agree."""
        for first in range(0, size, BATCH):
            stop = min(first + BATCH, size)
            entries: list[bytes] = []
            for start in range(first, stop, TILE):
                width = min(TILE, stop - start)
                body = self._get("log/" + entries_path(start // TILE, width)).content
                entries += decode_entries(body)
            lines = self._get(f"records?start={first}&stop={stop}").text.splitlines()
            if len(lines) != stop - first or len(entries) != stop - first:
                raise Damaged("record {index} is missing", index=first + len(lines), what="entry")
            for index, line in enumerate(lines, first):
                yield self._record(index, entries[index - first], json.loads(line))

    def _record(self, index: int, entry: bytes, told: dict[str, Any]) -> Replayed:
        if told["entry"].encode() != entry:
            raise Damaged(
                "record {index}: its entry is another one in the entry bundle",
                index=index,
                what="entry",
            )
        content = told["content"]
        return Replayed(
            index,
            entry,
            jcs.dumps(told["link"]),
            None if content is None else jcs.dumps(content),
            tuple(told["disclosures"]),
            erased=bool(told["erased"]),
        )

    def check_tiles(self, start: int, stop: int, leaves: list[bytes]) -> None:
        for first in range(start - start % TILE, stop, TILE):
            width = min(TILE, stop - first)
            published = self._get("log/" + tile_path(0, first // TILE, width)).content
            ours = leaves[first - start : first - start + width]
            for offset, leaf in enumerate(ours):
                if published[32 * offset : 32 * offset + 32] != leaf:
                    raise Damaged(
                        "record {index}: the published tile has another leaf",
                        index=first + offset,
                        what="tile",
                    )
            if width == TILE:
                self._check_parent(first // TILE, complete_subtree_levels(ours)[-1][0])

    def _check_parent(self, number: int, root: bytes) -> None:
        """A full tile's root stands in the tile above, as soon as that one has it."""
        above, place = divmod(number, TILE)
        width = min(TILE, self._size // TILE - above * TILE)
        published = self._get("log/" + tile_path(1, above, width)).content
        if published[32 * place : 32 * place + 32] != root:
            raise Damaged(
                "record {index}: the tile above it has another hash",
                index=number * TILE,
                what="tile",
            )
