"""Coverage-guided fuzzing of every reader of what strangers send: `make fuzz`, by atheris.

    fuzz.py TARGET [libFuzzer's options]      one target, until it is stopped
    fuzz.py all SECONDS                       each for so long, in a process of its own

Nothing but our own errors may come out. What a run finds becomes a test beside the reader's own
(tests/unit/core); the corpus stays in .suyuan/fuzz for the next run.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import atheris  # type: ignore[import-untyped]

with atheris.instrument_imports(include=["suyuan"]):
    from suyuan.core.bundle import parse_bundle
    from suyuan.core.digital_link import parse_dl
    from suyuan.core.epcis.event_hash import event_hashes
    from suyuan.core.epcis.query import parse_query
    from suyuan.core.epcis.reading import problems_of, read_events
    from suyuan.core.epcis.schedule import parse_schedule
    from suyuan.core.errors import SuyuanError
    from suyuan.core.gs1.compressed import decompress
    from suyuan.core.gs1.element_strings import parse_element_string
    from suyuan.core.gs1.link import canonical_link, parse_link
    from suyuan.core.gs1.urn import known_prefixes, to_urn
    from suyuan.core.identifiers import identify
    from suyuan.core.master.check import check_master
    from suyuan.core.master.table import masters_of_csv
    from suyuan.core.note import NoteSigner, open_note
    from suyuan.core.strict_json import loads

FOLDER = Path(__file__).resolve().parents[2] / ".suyuan" / "fuzz"
VERIFIER = NoteSigner("example.com/log", bytes(range(32))).verifier
LENGTH = known_prefixes((), 7)


def _json(data: bytes) -> None:
    value = loads(data, max_depth=40)
    if isinstance(value, dict):
        check_master(value)
        parse_schedule(value)


def _events(data: bytes) -> None:
    list(problems_of(data))
    event_hashes(list(read_events(data).events))


def _link(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    parse_dl(text)
    for read in (identify, parse_link, canonical_link, decompress, parse_element_string):
        with suppress(SuyuanError):
            read(text)
    to_urn(text, LENGTH)


def _query(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    pairs = [line.partition("=") for line in text.split("\n")]
    query = parse_query(
        {name: value for name, _, value in pairs}, {"example": "https://a.example/"}
    )
    event = {"type": text[:20], "epcList": [text], "readPoint": {"id": text}, text: {text: text}}
    query.matches(event, text)
    query.key_of(event, text)


def _table(data: bytes) -> None:
    for _, master in masters_of_csv(data.decode("utf-8", "replace")):
        check_master(master)


def _proof(data: bytes) -> None:
    with suppress(SuyuanError):
        open_note(data.decode("utf-8", "replace"), [VERIFIER])
    parse_bundle(data)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "json": _json,
    "events": _events,
    "link": _link,
    "query": _query,
    "table": _table,
    "proof": _proof,
}
SEEDS: dict[str, list[bytes]] = {
    "events": [
        b'{"type":"ObjectEvent","eventTime":"2026-01-01T00:00:00Z","action":"ADD"}',
        (
            b'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2"><EPCISBody><EventList>'
            b"<ObjectEvent><eventTime>2026</eventTime></ObjectEvent></EventList></EPCISBody>"
            b"</epcis:EPCISDocument>"
        ),
    ],
    "link": [
        b"https://id.gs1.org/01/09521234000068/10/A?17=261231",
        b"urn:epc:id:sgtin:9521234.000006.S1",
        b"(01)09521234000068(10)A",
        b"https://a.example/AQnYUc1gmiEF",
    ],
    "query": [
        b"EQ_bizStep=shipping|receiving\nGE_eventTime=2026-01-01T00:00:00Z\nMATCH_epc=urn:epc:*",
        b"EQ_example:a=1\nHASATTR_example:b=c\nGE_value_CEL=3\norderBy=eventTime",
        b"EQ_https://a.example/#b=1\nMATCH_epc=urn:epc:idpat:sgtin:9521234.000006.*",
        b"HASATTR_readPoint=name|cbvmda:site\nEQATTR_epcClass_urn:epcglobal:cbv:mda#x=1",
    ],
    "table": ["类型,编号,净含量,净含量单位\n产品,9521234000068,1,克\n".encode()],
}


def _one(name: str, options: list[str]) -> None:
    target = TARGETS[name]

    def call(data: bytes) -> None:
        with suppress(SuyuanError):
            target(data)

    corpus = FOLDER / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS.get(name, ())):
        (corpus / f"seed-{number}").write_bytes(seed)
    prefix = f"-artifact_prefix={corpus}-"
    atheris.Setup([sys.argv[0], str(corpus), prefix, "-timeout=20", *options], call)
    atheris.Fuzz()


def _all(seconds: str) -> int:
    failed = 0
    for name in TARGETS:
        command = [sys.executable, __file__, name, f"-max_total_time={seconds}", "-max_len=4096"]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        runs = [line for line in ended.stderr.splitlines() if line.startswith("Done ")]
        print(name, runs[-1] if runs and not ended.returncode else ended.stderr[-3000:], flush=True)
        failed += ended.returncode != 0
    return failed


if __name__ == "__main__":
    if sys.argv[1] == "all":
        sys.exit(_all(sys.argv[2]))
    _one(sys.argv[1], sys.argv[2:])
