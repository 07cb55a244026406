"""The desk of a test module, served for its browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from desk import DeskWorld, Served


@pytest.fixture(scope="module")
def site(desk: DeskWorld) -> Iterator[Served]:
    """Of the ``desk`` that the module makes."""
    served = Served(desk.world)
    served.start()
    yield served
    served.stop()
