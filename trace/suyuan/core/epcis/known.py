"""Words and places that an event names: what the discovery resources of EPCIS 2.0 §12.4 list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from suyuan.core.errors import Malformed
from suyuan.core.identifiers import identify
from suyuan.core.touches import cbv_word

Kind = Literal["bizSteps", "bizLocations", "readPoints", "dispositions"]
"""A resource whose members are what events name."""

_EPC_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")


def known_in(event: Mapping[str, Any]) -> tuple[tuple[Kind, str], ...]:
    """Business step, dispositions and places: bare words where they are of the CBV, places canonical."""
    found: set[tuple[Kind, str]] = set()
    if step := event.get("bizStep"):
        found.add(("bizSteps", cbv_word(step, "bizstep", "BizStep") or step))
    standing = event.get("persistentDisposition") or {}
    for word in (event.get("disposition"), *standing.get("set", ()), *standing.get("unset", ())):
        if word:
            found.add(("dispositions", cbv_word(word, "disp", "Disp") or word))
    for kind, member in (("readPoints", "readPoint"), ("bizLocations", "bizLocation")):
        place = (event.get(member) or {}).get("id")
        if isinstance(place, str):
            found.add((kind, canonical(place)))  # type: ignore[arg-type]
    return tuple(sorted(found))


def epcs_in(event: Mapping[str, Any]) -> dict[str, str]:
    """Object id → text as it stands, of the EPCs of single things; not of lots and products."""
    texts = [text for name in _EPC_LISTS for text in event.get(name, ())]
    texts += [event["parentID"]] if isinstance(event.get("parentID"), str) else []
    found: dict[str, str] = {}
    for text in texts:
        name = identify(text).object
        if name is not None:
            found.setdefault(name, text)
    return found


def canonical(text: str) -> str:
    """The canonical Digital Link, or the text itself where it names nothing of GS1's."""
    try:
        return identify(text).uri
    except Malformed:
        return text
