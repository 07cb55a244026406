"""Everything of an organisation as one archive, made while it is sent.

With it: what it needs to be checked without this service (formats.md §5–§7), and a page in both
languages that says what is what.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from suyuan.core import jcs, private
from suyuan.core.encoding import parse_digest
from suyuan.core.errors import Conflict
from suyuan.core.sheets.written import csv_of
from suyuan.core.visibility import Viewer
from suyuan.flow.exporting import LISTS, Exporting
from suyuan.flow.prove import Prover, RecordView
from suyuan.ports.accounts import AttachmentStore
from suyuan.ports.anchors import AnchorStore
from suyuan.ports.books import DeedQuery
from suyuan.ports.log import LogStore, StoredRecord
from suyuan.ports.tree import SignedHead, TreeStore

_AT_ONCE = 500
_DATED = (1980, 1, 1, 0, 0, 0)
"""The same books give the same archive."""
CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


class _Pipe:
    """What zipfile writes, taken off it piece by piece: no more than one piece is in memory."""

    def __init__(self) -> None:
        self._kept = bytearray()

    def write(self, data: bytes) -> int:
        self._kept += data
        return len(data)

    def flush(self) -> None: ...

    def take(self) -> bytes:
        taken = bytes(self._kept)
        self._kept.clear()
        return taken


@dataclass(slots=True)
class Archiving:
    """The verb. Needs no key and writes nothing."""

    exporting: Exporting
    prover: Prover
    log: LogStore
    tree: TreeStore
    anchors: AnchorStore
    attachments: AttachmentStore

    def stream(
        self, viewer: Viewer, organisation: str, at: str, word: Callable[[str], str]
    ) -> Iterator[bytes]:
        """The bytes of a zip file, for whoever may read these books. ``at``: when it is made.

        Conflict while nothing is sealed yet; raised before the first byte.
        """
        head = self.tree.latest()
        if head is None:
            raise Conflict("nothing is sealed yet; try again in a moment")
        query = DeedQuery(organisation)
        self.exporting.table(viewer, "records", query)
        return self._parts(viewer, query, head, at, word)

    def _parts(
        self,
        viewer: Viewer,
        query: DeedQuery,
        head: SignedHead,
        at: str,
        word: Callable[[str], str],
    ) -> Iterator[bytes]:
        pipe = _Pipe()
        policy = self.anchors.policy()
        with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as packed:  # type: ignore[call-overload]

            def put(name: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
                entry = zipfile.ZipInfo(name, _DATED)
                entry.compress_type = zipfile.ZIP_DEFLATED
                with packed.open(entry, "w", force_zip64=True) as file:
                    for piece in pieces:
                        file.write(piece)
                        if taken := pipe.take():
                            yield taken
                yield pipe.take()

            readme = README.format(organisation=query.organisation, at=at, size=head.size)
            yield from put("README.txt", iter([readme.encode()]))
            for part in LISTS:
                table = self.exporting.table(viewer, part, query)
                yield from put(f"lists/{part}.csv", csv_of(table, word))
            yield from put("events.json", self._events(viewer, query.organisation, at))
            yield from put("master.ndjson", self._masters(viewer, query.organisation))
            yield from put("records.ndjson", self._records(viewer, query.organisation, head))
            yield from put("log/checkpoint", iter([head.note.encode()]))
            if policy is not None:
                yield from put("log/policy.json", iter([policy.policy]))
            for name, body in self._attached(viewer, query.organisation):
                yield from put(name, iter([body]))
        yield pipe.take()

    def _views(
        self, viewer: Viewer, organisation: str, *, until: int, keys: bool = False
    ) -> Iterator[tuple[StoredRecord, RecordView]]:
        """The organisation's records as the viewer may see them; with all key records where asked."""
        for start in range(0, until, _AT_ONCE):
            for stored in list(self.log.scan(start, min(start + _AT_ONCE, until))):
                if stored.owner == organisation or (keys and stored.kind == "key"):
                    yield stored, self.prover.records(viewer, [stored.index])[0]

    def _revealed(self, viewer: Viewer, organisation: str) -> Iterator[dict[str, Any]]:
        size = self.log.tail().size
        for _, view in self._views(viewer, organisation, until=size):
            if view.kind == "event" and view.content is not None:
                yield private.reveal(view.content["event"], view.disclosures)

    def _events(self, viewer: Viewer, organisation: str, at: str) -> Iterator[bytes]:
        yield (
            b'{"@context":[' + jcs.dumps(CONTEXT) + b'],"creationDate":' + jcs.dumps(at)
            + b',"epcisBody":{"eventList":['
        )  # fmt: skip
        first = True
        for event in self._revealed(viewer, organisation):
            yield (b"" if first else b",") + b"\n" + jcs.dumps(event)
            first = False
        yield b']},"schemaVersion":"2.0","type":"EPCISDocument"}\n'

    def _masters(self, viewer: Viewer, organisation: str) -> Iterator[bytes]:
        for _, view in self._views(viewer, organisation, until=self.log.tail().size):
            if view.kind == "master" and view.content is not None:
                yield jcs.dumps({"index": view.index, "master": view.content["master"]}) + b"\n"

    def _records(self, viewer: Viewer, organisation: str, head: SignedHead) -> Iterator[bytes]:
        """As in a bundle (formats.md §7), each with its place in the log under the one checkpoint."""
        for stored, view in self._views(viewer, organisation, until=head.size, keys=True):
            proof = self.prover.proofs([stored.index], head, {stored.index: stored})[stored.index]
            yield jcs.dumps(record_line(view, proof)) + b"\n"

    def _attached(self, viewer: Viewer, organisation: str) -> Iterator[tuple[str, bytes]]:
        seen: set[str] = set()
        for event in self._revealed(viewer, organisation):
            for one in event.get("suyuan:attachments", ()):
                name = one["digest"].removeprefix("sha-256:")
                if name not in seen:
                    seen.add(name)
                    found = self.attachments.get(parse_digest(one["digest"]))
                    if found is not None:
                        yield f"attachments/{name}{_ending(found.media_type)}", found.body


def record_line(view: RecordView, proof: str) -> Mapping[str, Any]:
    """One line of records.ndjson: the shape of a bundle's record, and what kind it is."""
    return {
        "kind": view.kind,
        "content": view.content,
        "disclosures": list(view.disclosures),
        "link": view.link,
        "entry": view.entry,
        "proof": proof,
    }


_ENDINGS = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "application/pdf": ".pdf",
    "application/xml": ".xml", "text/csv": ".csv",
}  # fmt: skip


def _ending(media_type: str) -> str:
    return _ENDINGS.get(media_type.split(";")[0], "")


README = """\
溯源：{organisation} 的全部记录
导出时间：{at}

lists/          各类清单（CSV，UTF-8，可用 Excel 打开）：记录、地块、产品、批次、投入品
events.json     全部事件，EPCIS 2.0 文档
master.ndjson   全部主数据，每行一条
records.ndjson  每条记录的原文、签名和它在日志中的证明，附全部密钥记录
log/checkpoint  日志的检查点，共 {size} 条记录
log/policy.json 策略。请另从可信渠道取得一份，不要用压缩包里的这一份来核对
attachments/    照片和报告，文件名为其内容的 SHA-256

核对方法：suyuan farm check-archive 文件 --policy 策略文件
文件里有姓名、电话等个人信息，请妥善保管。检查点之后新增的记录只在清单和事件里，还没有证明。

Suyuan: all records of {organisation}
Made: {at}

lists/          the lists (CSV, UTF-8, opens in Excel): records, plots, products, lots, inputs
events.json     all events, an EPCIS 2.0 document
master.ndjson   all master data, one a line
records.ndjson  each record as it was signed, with its proof in the log, and all key records
log/checkpoint  the checkpoint of the log, over {size} records
log/policy.json the policy. Get one by another way that you trust, and do not check with this one
attachments/    photos and reports, named by the SHA-256 of their bytes

To check it: suyuan farm check-archive FILE --policy FILE
Names, phones and the like are in here: keep it safe. Records newer than the checkpoint are in the lists
and events, and have no proof yet.
"""
