"""What the writers record: each event follows from its writer's name and its number."""

from __future__ import annotations

from typing import Any

from nodes import BASE, event

COOP = f"{BASE}org/coop"


def name_of(writer: str, number: int) -> str:
    return f"{BASE}e/{writer}-{number}"


def told(writer: str, number: int) -> dict[str, Any]:
    """Every writer has crates of its own, which several of its records rest on."""
    return event(
        eventID=name_of(writer, number),
        eventTime=f"2026-09-17T{8 + number // 3600 % 12:02}:{number // 60 % 60:02}:{number % 60:02}Z",
        action="OBSERVE",
        bizStep="inspecting",
        quantityList=None,
        epcList=[f"{BASE}crate/{writer}-{number % 7}"],
        **{"suyuan:note": f"第 {number} 次", "suyuan:person": {"name": f"{writer}-{number}"}},
    )
