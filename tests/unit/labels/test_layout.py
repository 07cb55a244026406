import pytest
from unit.labels.make_label import HARD, a_label, a_link, serials

from suyuan_labels import (
    CELL_70X37,
    DOTS_203,
    DOTS_300,
    ROLL_60X40,
    LabelError,
    Stock,
    default_typeface,
)
from suyuan_labels.layout import Layout, compose
from suyuan_labels.setting import Run
from suyuan_labels.stock import Type

STOCKS = [ROLL_60X40, CELL_70X37, Stock("80 × 50 mm", 80, 50, 3, 3, module=0.75)]
CASES = [
    pytest.param(name, stock, dots, id=f"{name}, {stock.name}, {dots:.3g}")
    for name in HARD
    for stock in STOCKS
    for dots in (DOTS_203, DOTS_300)
]


def laid(name: str, stock: Stock, dots: float) -> Layout:
    return compose(HARD[name], stock, dots, default_typeface())


def box(run: Run) -> tuple[float, float, float, float]:
    """The em boxes of a run's characters: left, top, right, bottom."""
    face = default_typeface()
    width = face.width(run.text, run.weight) * run.size / face.upem
    return run.x, run.y - 0.88 * run.size, run.x + width, run.y + 0.12 * run.size


@pytest.mark.parametrize(("name", "stock", "dots"), CASES)
def test_nothing_touches_the_margins_the_code_or_each_other(
    name: str, stock: Stock, dots: float
) -> None:
    layout = laid(name, stock, dots)
    template = layout.template
    side, quiet = layout.symbol.size * template.module, 4 * template.module
    runs = [*template.runs, *layout.serial()]
    boxes = [box(run) for run in runs]
    bars = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in template.bars]
    margin_x, margin_y = stock.margin_x * dots, stock.margin_y * dots
    code = (template.code_x, template.code_y)
    zone = (code[0] - quiet, code[1] - quiet, code[0] + side + quiet, code[1] + side + quiet)
    slack = 0.13 * max(run.size for run in runs)  # line boxes may share their empty edges

    assert zone[0] >= 0
    assert zone[1] >= 0
    assert zone[2] <= template.width
    assert zone[3] <= template.height
    for left, top, right, bottom in (*boxes, *bars):
        assert left >= margin_x - 1
        assert top >= margin_y - 1
        assert right <= template.width - margin_x + 1
        assert bottom <= template.height - margin_y + slack
        assert right <= zone[0] + 1 or bottom <= zone[1] + slack or top >= zone[3]
    for i, a in enumerate(boxes):
        for b in [*boxes[:i], *bars]:
            apart = a[2] <= b[0] or b[2] <= a[0]
            assert apart or a[3] <= b[1] + slack / 2 or b[3] <= a[1] + slack / 2, (runs[i], b)


@pytest.mark.parametrize(("name", "stock", "dots"), CASES)
def test_keys_dates_and_net_weight_are_never_cut(name: str, stock: Stock, dots: float) -> None:
    label, layout = HARD[name], laid(name, stock, dots)
    text = "".join(run.text for run in layout.template.runs)
    assert "2026年9月17日" in text
    assert "17 Sep 2026" in text
    assert ("2027年3月16日" in text) == (label.best_before is not None)
    assert "".join(label.net.split()) in "".join(text.split())
    assert label.link.gtin in text
    assert label.link.lot in text
    assert "".join(run.text for run in layout.serial()) == (label.link.serial or "")


@pytest.mark.parametrize(("name", "stock", "dots"), CASES)
def test_no_text_is_smaller_than_the_least(name: str, stock: Stock, dots: float) -> None:
    layout = laid(name, stock, dots)
    least = round(stock.type.least * dots)
    assert min(run.size for run in (*layout.template.runs, *layout.serial())) >= least


@pytest.mark.parametrize("name", ["long names", "extra lines", "one long word"])
def test_what_is_cut_ends_in_an_ellipsis(name: str) -> None:
    runs = laid(name, ROLL_60X40, DOTS_203).template.runs
    assert any(run.text.endswith("…") for run in runs)


def test_labels_of_a_lot_share_their_templates() -> None:
    layouts = [
        compose(a_label(a_link(serial)), ROLL_60X40, DOTS_203, default_typeface())
        for serial in serials(240)
    ]
    assert len({id(layout.template) for layout in layouts}) <= 10
    assert {run.size for layout in layouts for run in layout.serial()} == {20}


def test_extra_lines_without_any_room_are_refused() -> None:
    crowded = a_label(a_link("M" * 20), lines=("一级",))
    low = Stock("60 × 32 mm", 60, 32, 2, 2)
    with pytest.raises(LabelError, match="60 × 32 mm"):
        compose(crowded, low, DOTS_203, default_typeface())


def test_a_stock_too_small_for_the_code_is_refused() -> None:
    with pytest.raises(LabelError, match="code of 33 modules"):
        compose(a_label(), Stock("20 × 20 mm", 20, 20, 1, 1), DOTS_203, default_typeface())


def test_a_small_stock_is_a_matter_of_data() -> None:
    small = Stock("50 × 30 mm", 50, 30, 1.5, 1.5, wide_title=False, type=Type(4, 2.5, 2.25, 3.5))
    layout = compose(a_label(a_link(serial=None)), small, DOTS_203, default_typeface())
    assert (layout.template.width, layout.template.height) == (400, 240)
    assert layout.template.module == 4
