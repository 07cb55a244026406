"""The drawing: every thing a link, what is too wide a count, nothing that a name could break."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from suyuan.web.desk.lineage_graph import ACROSS, Node, graph, short


def drawn(nodes: list[Node], arrows: list[tuple[str, str]], hidden: dict[int, int]) -> str:
    return str(graph(nodes, arrows, title="t", more="{n} more", hidden=hidden))


def node(name: str, level: int) -> Node:
    return Node(name, level, f"/desk/lots/{name}", "山核桃", name)


def test_wide_rows_and_far_ones_are_counted() -> None:
    nodes = [node("s", 0), *(node(f"n{n}", 1) for n in range(9)), node("far", 9)]
    made = drawn(nodes, [("s", "n0"), ("s", "n8")], {1: 3})
    ElementTree.fromstring(made)
    assert made.count("<a ") == ACROSS - 1
    assert "8 more" in made
    assert made.count('class="arrow"') == 1
    assert 'aria-current="true"' in made


def test_names_are_text_and_shortened_by_their_width() -> None:
    made = drawn([Node("s", 0, "/", "<script>alert(1)</script>", '"&')], [], {})
    assert "<script" not in made
    ElementTree.fromstring(made)
    assert re.fullmatch("a{14,17}…", short("a" * 40, 10))
    assert short("山" * 40, 10) == "山" * 9 + "…"
    assert short("山" * 10, 10) == "山" * 10


def test_a_pallet_s_number_is_whole_and_held_within_its_box() -> None:
    number = "395212340000000014"
    made = ElementTree.fromstring(
        drawn([Node("s", 0, "/", number, "山核桃仁脱皮分级出口装")], [], {})
    )
    first, second = made.iter("text")
    assert first.text == number
    assert first.get("class") == "small"
    for line in (first, second):
        assert float(line.get("textLength", 999)) <= 140
        assert line.get("lengthAdjust") == "spacingAndGlyphs"
    (plain, _) = ElementTree.fromstring(drawn([Node("s", 0, "/", "R", "L-1")], [], {})).iter("text")
    assert plain.get("textLength") is None
