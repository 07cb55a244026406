"""Run in the references' own environment: `python -m bench.theirs WHAT FILE…` prints one line of JSON.

Nothing here imports the project; bench.timing needs the standard library alone.
"""

from __future__ import annotations

import json
import random
import sqlite3
import sys
from pathlib import Path

from bench.timing import Stopwatch, timed


def hashes(documents: str) -> list[float]:
    """Events a second, document by document: epcis-event-hash-generator, from JSON text."""
    from epcis_event_hash_generator import (  # type: ignore[import-not-found]
        hash_generator,
        json_to_py,
    )

    rates = []
    for text in Path(documents).read_text().splitlines():
        with Stopwatch() as watch:
            events = json_to_py.event_list_from_epcis_document_str(text)
            made = hash_generator.epcis_hashes_from_events(events)
        rates.append(len(made) / watch.own)
    return rates


def tree(entries: str, runs: str) -> list[float]:
    """Leaves a second: pymerkle's tree in memory, and its root."""
    from pymerkle import InmemoryTree  # type: ignore[import-not-found]

    lines = Path(entries).read_bytes().splitlines()

    def build() -> None:
        made = InmemoryTree(algorithm="sha256")
        for line in lines:
            made.append_entry(line)
        made.get_state()

    return timed(build, int(runs)).rates(len(lines))


def proofs(log: str, tree_file: str, count: str) -> list[float]:
    """Inclusion proofs a second: pymerkle's SQLite tree over the entries of a log, kept in a file."""
    from pymerkle import SqliteTree

    with SqliteTree(tree_file, algorithm="sha256") as found:
        rows = sqlite3.connect(f"file:{log}?mode=ro", uri=True).execute(
            "SELECT entry FROM records ORDER BY idx"
        )
        if found.get_size() == 0:
            found.append_entries(entry for (entry,) in rows)
        size = found.get_size()
        draw = random.Random(1)
        rates = []
        for _ in range(3):
            wanted = [draw.randrange(size) + 1 for _ in range(int(count))]
            with Stopwatch() as watch:
                for index in wanted:
                    found.prove_inclusion(index)
            rates.append(len(wanted) / watch.own)
    return rates


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["hashes", texts]:
            answer = hashes(texts)
        case ["tree", lines, times]:
            answer = tree(lines, times)
        case ["proofs", database, kept, many]:
            answer = proofs(database, kept, many)
        case other:
            sys.exit(f"nothing to do for {other}")
    print(json.dumps(answer))
