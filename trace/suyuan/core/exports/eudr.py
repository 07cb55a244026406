"""The plots that a lot was harvested on, as GeoJSON (RFC 7946) for the EU's deforestation regulation.

Regulation (EU) 2023/1115, article 9 (1) d: the geolocation of all plots of land. Properties have the
names that the EU's information system reads: ProducerName, ProducerCountry, ProductionPlace, Area.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from suyuan.core.errors import Malformed
from suyuan.core.exports.lineage import Deed, Lineage, Master, Missing
from suyuan.core.exports.plots import Plot, country_of, read_plot
from suyuan.core.identifiers import identify
from suyuan.core.story_values import Names, Said, names_of


@dataclass(frozen=True, slots=True)
class Plots:
    """A FeatureCollection whose coordinates are Decimals, and all that is missing for a declaration."""

    collection: Mapping[str, Any]
    missing: tuple[Missing, ...]


def plots_of(traced: Lineage, master: Master) -> Plots:
    """All plots that the harvests of a lineage name, each once, in the order of the harvests."""
    missing = list(traced.missing)
    if not traced.harvests:
        said = Said("{of}: no harvest is known", of=traced.subject)
        missing.append(Missing(traced.subject, "harvest", said))
    features: dict[str, dict[str, Any]] = {}
    for deed in traced.harvests:
        producer = master(deed.owner)
        for uri in _places(deed, missing):
            for plot in _plots(uri, master, missing):
                if plot.id not in features:
                    features[plot.id] = _feature(plot, deed.owner, producer, missing)
    collection = {"type": "FeatureCollection", "features": list(features.values())}
    return Plots(collection, tuple(dict.fromkeys(missing)))


def to_text(value: object) -> str:
    """JSON whose Decimals keep every digit that they have, trailing zeros among them."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, Mapping):
        inner = (f"{json.dumps(name)}:{to_text(item)}" for name, item in value.items())
        return "{" + ",".join(inner) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(to_text, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def _places(deed: Deed, missing: list[Missing]) -> Iterator[str]:
    """Canonical ids of what a harvest names: its ``suyuan:plots``, else its readPoint."""
    here = deed.objects.read_point
    named = deed.event.get("suyuan:plots", [here.uri] if here else [])
    of, count = f"#{deed.index}", 0
    for text in named if isinstance(named, list) else [named]:
        try:
            uri = identify(text if isinstance(text, str) else "").uri
        except Malformed:
            continue
        count += 1
        yield uri
    if not count:
        said = Said("record {index}: this harvest names no plot", index=deed.index)
        missing.append(Missing(of, "suyuan:plots", said))


def _plots(uri: str, master: Master, missing: list[Missing]) -> Iterator[Plot]:
    """The plots of a place: those that its ``suyuan:plots`` name, else the place itself."""
    place = master(uri)
    if place is None:
        missing.append(_no_master(uri))
        yield read_plot(uri, {})
        return
    named = place.get("suyuan:plots")
    if not isinstance(named, list) or not named:
        yield read_plot(uri, place)
        return
    kept = {name: place[name] for name in ("name", "suyuan:country") if name in place}
    for number, item in enumerate(named, 1):
        if isinstance(item, dict):
            yield read_plot(f"{uri}#{number}", {**kept, **item})
            continue
        try:
            inner = identify(str(item)).uri
        except Malformed:
            inner = str(item)[:200]
        found = master(inner)
        if found is None:
            missing.append(_no_master(inner))
        yield read_plot(inner, {**kept, **(found or {})})


def _no_master(uri: str) -> Missing:
    return Missing(uri, "master", Said("{of}: no master data that you may see", of=uri))


def _feature(
    plot: Plot, owner: str, producer: Mapping[str, Any] | None, missing: list[Missing]
) -> dict[str, Any]:
    missing += plot.missing
    name = names_of(producer.get("name")) if producer else None
    country = plot.country or (country_of(producer) if producer else None)
    if name is None:
        missing.append(Missing(owner, "name", Said("{of}: no name of the producer", of=owner)))
    if country is None:
        said = Said("{of}: no country of production", of=plot.id)
        missing.append(Missing(plot.id, "suyuan:country", said))
    if plot.names is None:
        missing.append(Missing(plot.id, "name", Said("{of}: no name", of=plot.id)))
    properties: dict[str, object] = {
        "ProducerName": _latin(name),
        "ProducerCountry": country,
        "ProductionPlace": _latin(plot.names),
        "Area": None if plot.hectares is None else round(plot.hectares, 4),
    }
    return {
        "type": "Feature",
        "id": plot.id,
        "geometry": plot.geometry,
        "properties": {key: value for key, value in properties.items() if value is not None},
    }


def _latin(names: Names | None) -> str | None:
    """The English name: who reads this reads no Chinese."""
    return names.en if names else None
