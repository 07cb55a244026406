"""Cold chains: every excursion and every silence as one case, of one's own or of the whole area."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from suyuan.core.errors import Refused, SuyuanError
from suyuan.flow.cold import cold_cases
from suyuan.web.called import CalledBy
from suyuan.web.desk.deps import DeskDep
from suyuan.web.desk.lots import href, require
from suyuan.web.desk.overseen import overseen
from suyuan.web.desk.regulator import asked_of
from suyuan.web.desk.telling import told

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/desk/cold")
def page(desk: DeskDep) -> Response:
    """What was out of its temperatures, and which sensors fell silent."""
    require(desk)
    problem: SuyuanError | None
    asked, problem = asked_of(desk)
    whose = overseen(desk, asked.organisation)
    found: dict[str, Any] = {}
    try:
        found = cold_cases(
            desk.node.watch,
            desk.node.judge,
            desk.actor.viewer,
            whose.names,
            asked.since,
            asked.until,
        )
    except Refused as wrong:
        problem = problem or wrong
    things = {one.of for findings in found.values() for one in findings}
    called = CalledBy(desk.node, desk.actor.viewer, desk.words, {*found, *things})
    return desk.page(
        "cold.html",
        problem=problem,
        asked=asked,
        whose=whose,
        cases=[
            (
                called(name),
                [
                    (
                        href(thing) if "/10/" in thing or "/21/" in thing else "",
                        called(thing),
                        told((one for one in findings if one.of == thing), desk.words),
                    )
                    for thing in dict.fromkeys(one.of for one in findings)
                ],
            )
            for name, findings in found.items()
        ],
        count=sum(len(findings) for findings in found.values()),
        inspects=desk.actor.may("inspect"),
    )


__all__ = ["router"]
