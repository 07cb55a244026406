"""A process that appends to a log until it is told to stop, or killed: `python -m store.writer …`.

It says on its standard output what was acknowledged, one line a block: first index and length.
Every record of a block says how long the block is and which place it has, so that half a block
would be seen.
"""

from __future__ import annotations

import random
import sys
import time

from store.appending import Draft, new_records

from suyuan.adapters.sql import open_database

SHARED = [f"https://x.example/{letter}" for letter in "abcdefgh"]


def block(name: str, serial: int, chance: random.Random) -> list[Draft]:
    length = chance.choice([1, 1, 2, 3, 8, 40])
    return [
        Draft(
            tuple(chance.sample(SHARED, chance.randrange(3))),
            tuple(chance.sample(SHARED, chance.randrange(3))),
            owner=f"https://node.example/org/{name}",
            says=[name, serial, place, length],
        )
        for place in range(length)
    ]


def main(url: str, name: str, blocks: str, ending: str = "whole") -> None:
    """``ending`` "inside": the last block is inserted and never committed."""
    chance = random.Random(name)
    with open_database(url) as database:
        for serial in range(int(blocks)):
            millis = time.time_ns() // 1_000_000 + chance.randrange(-50, 50)
            seconds = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(millis // 1000))
            now = f"{seconds}.{millis % 1000:03d}Z"
            with database.log.sequencing() as sequencer:
                records = new_records(sequencer, block(name, serial, chance), now)
                sequencer.insert(records)
                if ending == "inside" and serial == int(blocks) - 1:
                    print("inside", flush=True)
                    time.sleep(600)
            print(records[0].index, len(records), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
