"""A form is worked on once, on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from suyuan.adapters.sql import Database

begin = {"stale": 60.0, "forget": 1_000.0}


def test_a_form_is_taken_once_and_answered_alike_afterwards(sql: Database) -> None:
    forms = sql.forms
    assert forms.begin(b"a", 1.0, **begin) is None
    assert forms.begin(b"a", 2.0, **begin) == b""
    assert forms.begin(b"b", 2.0, **begin) is None
    forms.end(b"a", b"answer")
    forms.drop(b"a")  # has an answer already, and keeps it
    assert forms.begin(b"a", 900.0, **begin) == b"answer"
    assert forms.begin(b"a", 1_001.0, **begin) is None


def test_one_that_came_to_nothing_or_whose_process_died_is_taken_again(sql: Database) -> None:
    forms = sql.forms
    assert forms.begin(b"a", 1.0, **begin) is None
    forms.drop(b"a")
    assert forms.begin(b"a", 2.0, **begin) is None
    assert forms.begin(b"a", 61.0, **begin) == b""
    assert forms.begin(b"a", 62.0, **begin) is None
    assert forms.begin(b"a", 63.0, **begin) == b""


def test_of_many_at_once_one_takes_it(sql: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        take = partial(sql.forms.begin, at=1.0, stale=60.0, forget=1_000.0)
        taken = list(pool.map(take, [b"a"] * 16))
    assert sorted(taken, key=str) == sorted([None, *[b""] * 15], key=str)
