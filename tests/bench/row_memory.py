"""Memory of the service over a long log, after some of everything that readers ask for."""

from __future__ import annotations

from collections.abc import Iterator

from bench import long_log
from bench.context import Context
from bench.figures import Figure, Goal
from bench.row_pages import page_of
from bench.service import serving
from bench.timing import peak_memory

from suyuan.core.tiles import entries_path, tile_path
from suyuan.demo import season as story


def measure(context: Context) -> Iterator[Figure]:
    """Most bytes that the service ever held."""
    seasons = range(0, context.long // 59 - 1, 1 if context.quick else 400)
    with context.logs() as folder:
        log = long_log.long_log(folder, context.long, chain=not context.quick)
        with serving(log) as service:
            fresh = peak_memory(service.pid)
            asked = 0
            for number in seasons:
                lot = f"{story.lot(story.GTIN_PACK, story.LOT_GOOD)}-{number:05d}"
                pages = [page_of(lot), f"/bundle?subject={lot}", f"/events/{number * 59 + 40}"]
                tile = min(number * 59, context.long - 256) // 256
                tiles = [tile_path(0, tile), entries_path(tile)]
                for path in (*pages, "/log/checkpoint", *(f"/log/{path}" for path in tiles)):
                    service.get(path)
                    asked += 1
            memory = peak_memory(service.pid)
    yield Figure(
        f"memory of the service over {context.long:,} entries",
        "MB",
        [memory / 1e6],
        Goal(at_most=300),
        note=f"{fresh / 1e6:.0f} MB when it had started; then {asked:,} requests for pages, bundles, "
        "records and tiles",
    )
