"""The CBV event hash from JSON text, beside the generator whose numbers it has to meet."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from bench import mix
from bench.context import Context
from bench.figures import Figure, Goal
from bench.timing import Stopwatch

from suyuan.core.epcis.document import events_of
from suyuan.core.epcis.event_hash import event_hashes
from suyuan.core.strict_json import loads

_THEIRS = "epcis-event-hash-generator"


def measure(context: Context) -> Iterator[Figure]:
    """Events a second: parsing, namespaces, hash."""
    size = 50 if context.quick else 500
    batches = mix.documents(context.runs(12), size)
    single = [mix.document([e]) for e in mix.season(80_000)[:: 20 if context.quick else 1]]
    for what, documents, events, goal in (
        (f"CBV event hash, documents of {size}", batches, size, Goal(at_least=8_000)),
        ("CBV event hash, one by one", single, 1, Goal()),
    ):
        watches = [_hash(document) for document in documents]
        rates = [events / watch.own for watch in watches]
        with context.scratch() as folder:
            (folder / "documents").write_bytes(b"\n".join(documents[:60]))
            theirs = context.references.ask("hashes", folder / "documents")
        yield Figure(
            what,
            "events/s",
            rates,
            goal,
            (context.references.of(_THEIRS, median(theirs) if theirs else None),),
            sum(w.wall for w in watches) / sum(w.own for w in watches),
        )


def _hash(document: bytes) -> Stopwatch:
    with Stopwatch() as watch:
        event_hashes(events_of(loads(document, max_depth=40)))
    return watch
