"""Titles of what was done, where the step alone would not say it."""

from __future__ import annotations

from typing import Any

import pytest

from suyuan.core.story_steps import title_of
from suyuan.words import say


@pytest.mark.parametrize(
    ("certificate", "title"),
    [
        ({"type": "承诺达标合格证", "number": "2026-000017"}, "开具承诺达标合格证"),
        ({"type": "green", "number": "LB-1"}, "颁发证书"),
        ({"type": "green", "number": "LB-1", "status": "void"}, "撤销证书"),
        ("of an older program", "颁发证书"),
    ],
)
def test_a_certificate_is_no_mere_acceptance(certificate: Any, title: str) -> None:
    event = {"type": "ObjectEvent", "bizStep": "accepting", "suyuan:certificate": certificate}
    assert say("zh")(title_of(event).template) == title
    assert say("zh")(title_of({"type": "ObjectEvent", "bizStep": "accepting"}).template) == "验收"
