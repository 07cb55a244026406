"""Addresses under /desk that are no page: told at the desk, not as a code that leads nowhere."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.exceptions import HTTPException

router = APIRouter(tags=["pages"], include_in_schema=False)


@router.get("/desk/{path:path}")
def elsewhere(path: str) -> None:
    """There is none."""
    raise HTTPException(404)
