"""A page of thirty events out of a long log, by thing, by lot, by step and time, on both databases."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from statistics import median, quantiles

from bench import long_log, mix, postgres_log, world
from bench.context import Context
from bench.figures import Figure, Goal

from suyuan.bootstrap import Node, open_node
from suyuan.core.epcis.query import parse_query
from suyuan.core.visibility import Viewer
from suyuan.web.binding import JSON
from suyuan.web.forms import form_for, query_document

PAGE = 30


def measure(context: Context) -> Iterator[Figure]:
    """Milliseconds from the parameters to the document, for who recorded the events."""
    count = 20 if context.quick else 400
    with context.logs() as folder:
        log = long_log.long_log(folder, context.long, chain=not context.quick)
        node = open_node(world.settings(log))
        yield from _figures(node, "SQLite", context.long, count)
        node.close()
        with postgres_log.opened(folder, context.long) as other:
            if isinstance(other, str):
                yield Figure("the same on PostgreSQL", "", [1.0], note=f"not measured: {other}")
            else:
                yield from _figures(other, "PostgreSQL", context.long, count)


def _figures(node: Node, name: str, size: int, count: int) -> Iterator[Figure]:
    seasons = max(size // 64 - 1, 1)
    for what, queries in _queries(seasons).items():
        _times(node, queries, count)  # what is asked again and again lies in memory
        times = [_times(node, queries, count) for _ in range(3)]
        yield Figure(
            f"query by {what}, {size:,} events, {name}: 99th percentile",
            "ms",
            [quantiles(run, n=100)[98] for run in times],
            Goal(at_most=30),
            note=f"median {median(times[0]):.1f} ms",
        )


def _times(node: Node, queries: Iterator[dict[str, str]], count: int) -> list[float]:
    viewer = Viewer(mix.COOPERATIVE, "recorder", "990101")
    form, spent = form_for(node, JSON, "Always_GS1_Digital_Link", "No_Preference"), []
    for _ in range(count):
        asked = next(queries)
        began = time.perf_counter()
        page = node.events.page(viewer, parse_query(asked), size=PAGE)
        query_document(node, page.events, form, name="SimpleEventQuery")
        spent.append((time.perf_counter() - began) * 1_000)
        assert page.events, asked
    return spent


def _queries(seasons: int) -> dict[str, Iterator[dict[str, str]]]:
    def drawn(what: str) -> Iterator[dict[str, str]]:
        draw = random.Random(what)
        while True:
            events = mix.season(draw.randrange(seasons))
            if what == "EPC":
                epcs = [epc for one in events for epc in one.get("epcList", ())]
                yield {"MATCH_anyEPC": draw.choice(epcs)}
            elif what == "lot":
                lots = [q["epcClass"] for one in events for q in one.get("quantityList", ())]
                yield {"MATCH_anyEPCClass": draw.choice(lots)}
            else:
                one = draw.choice(events)
                yield {"EQ_bizStep": one["bizStep"], "GE_eventTime": one["eventTime"]}

    return {what: drawn(what) for what in ("EPC", "lot", "step and time")}
