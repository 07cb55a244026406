"""The verifier's own words keep up with those of the pages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import suyuan
from suyuan.core.story_steps import OWN_STEPS, STEPS

WORDS = json.loads(
    (Path(suyuan.__file__).parent / "web/front/words.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_step_has_a_name_in_the_single_file_verifier(language: str) -> None:
    assert STEPS.keys() | OWN_STEPS.keys() <= WORDS[language]["story"]["steps"].keys()
