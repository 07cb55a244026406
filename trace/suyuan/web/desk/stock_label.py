"""The label of an input: intervals, withdrawal, toxicity, nutrients; written down, and changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import NotFound, Refused
from suyuan.core.input_form import input_of
from suyuan.core.input_label import INPUT_WORDS, MOST_ROWS, TAKEN, TOXICITY, fields_of
from suyuan.flow.inputs import Input
from suyuan.web.desk.deps import Desk, DeskDep, texts
from suyuan.web.desk.stock_filing import writer

router = APIRouter(tags=["pages"], include_in_schema=False)

_FREE = 3
"""Lines that wait to be written into."""


def label_fields(desk: Desk, given: Mapping[str, str]) -> dict[str, Any]:
    """What the fields of a label are drawn from, with what was typed into them."""
    words, toxicity = desk.words, given.get("new_toxicity", "")
    grades = {name: words.said(said) for name, said in TOXICITY.items()}
    return {
        "label": {name: text for name, text in given.items() if name.startswith("new_")},
        "kinds": [
            ("", words("choose")),
            *((name, words.said(said)) for name, said in INPUT_WORDS.items()),
        ],
        "toxicities": [
            ("", words("not stated")),
            *({toxicity: toxicity} | grades if toxicity else grades).items(),
        ],
        "taken": [(name, words.said(said)) for name, said in TAKEN.items()],
        "crops": range(_rows(given, "new_crops", "crop")),
        "animals": range(_rows(given, "new_withdrawal", "animal")),
    }


def _rows(given: Mapping[str, str], name: str, first: str) -> int:
    filled = [n for n in range(MOST_ROWS) if given.get(f"{name}/{n}/{first}", "").strip()]
    return min(max(filled, default=-1) + 1 + _FREE, MOST_ROWS)


@router.get("/desk/stock/label")
def label_page(desk: DeskDep) -> Response:
    """A new label; with ``item`` that of an input as it is known."""
    writer(desk)
    asked = desk.request.query_params
    item = _known(desk, asked.get("item", ""))
    given = fields_of(item.master) if item is not None else {"new_name": asked.get("name", "")}
    return _label(desk, item, given, None)


@router.post("/desk/stock/label")
def label(desk: DeskDep) -> Response:
    writer(desk)
    given = texts(desk.form)
    item = _known(desk, given.get("item", ""))
    try:
        made = input_of(given, None)
        desk.node.inputs.label(desk.actor, made, item)
    except Refused as problem:
        return _label(desk, item, given, problem)
    name = made["name"]["zh"]
    return desk.go("/desk/stock", desk.words("Saved: what the label of {name} says.", name=name))


def _known(desk: Desk, wanted: str) -> Input | None:
    if not wanted:
        return None
    for one in desk.node.inputs.known(desk.actor):
        if one.id == wanted:
            return one
    raise NotFound("nothing is recorded of {subject}", subject=wanted[:200])


def _label(
    desk: Desk, item: Input | None, given: Mapping[str, str], problem: Refused | None
) -> Response:
    words, known = desk.words, desk.node.inputs.known(desk.actor)
    return desk.page(
        "stock_label.html",
        problem=problem,
        title=words("What the label of a new input says") if item is None
        else words("What the label says"),
        item=item.id if item is not None else "",
        name=item.name if item is not None else "",
        others=[(label_address(one.id), one.name) for one in known] if item is None else [],
        **label_fields(desk, given),
    )  # fmt: skip


def label_address(item: str) -> str:
    return f"/desk/stock/label?{urlencode({'item': item})}"
