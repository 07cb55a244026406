"""What a new edition of a table does to the one before: every row stands in one place of the answer."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from suyuan.core.rules.changes import changes


def limit(item: str, value: float, **more: Any) -> dict[str, Any]:
    return {"item": item, "crops": ["茶"], "limit": value, "unit": "mg/kg", "source": "表", **more}


def test_rows_are_added_changed_ended_and_taken_out() -> None:
    before = [limit("a", 1), limit("b", 1), limit("c", 1), limit("d", 1)]
    after = [limit("d", 1), limit("a", 2), limit("b", 1, to="2026-12-31"), limit("e", 1)]
    found = changes("limits", before, after)
    assert found.added == (limit("e", 1),)
    assert found.changed == ((limit("a", 1), limit("a", 2)),)
    assert found.ended == ((limit("b", 1), limit("b", 1, to="2026-12-31")),)
    assert found.gone == (limit("c", 1),)
    assert found.same == 1


def test_a_last_day_that_is_put_off_is_a_change_and_no_end() -> None:
    before, after = limit("a", 1, to="2026-06-30"), limit("a", 1, to="2026-12-31")
    assert changes("limits", [before], [after]).changed == ((before, after),)
    assert changes("limits", [after], [before]).ended == ((after, before),)


def test_of_two_rows_of_one_thing_those_of_the_same_day_belong_together() -> None:
    old = [limit("a", 1, **{"from": "2025-01-01"}), limit("a", 2, **{"from": "2026-01-01"})]
    new = [limit("a", 3, **{"from": "2026-01-01"}), limit("a", 1, **{"from": "2025-01-01"})]
    found = changes("limits", old, new)
    assert found.changed == ((old[1], new[0]),)
    assert found.same == 1


_ROWS = st.lists(
    st.builds(
        lambda item, value, to: limit(item, value, **({"to": to} if to else {})),
        st.sampled_from("ab"), st.integers(1, 2), st.sampled_from(["", "2026-01-01", "2026-02-01"]),
    ),
    max_size=6,
)  # fmt: skip


@given(_ROWS, _ROWS)
def test_no_row_is_lost_or_told_twice(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    found = changes("limits", before, after)
    pairs = (*found.changed, *found.ended)
    assert len(before) == found.same + len(pairs) + len(found.gone)
    assert len(after) == found.same + len(pairs) + len(found.added)
    assert bool(found) is (sorted(map(str, before)) != sorted(map(str, after)))
