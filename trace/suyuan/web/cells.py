"""What is wrong with a table, told as people find it there: sheet, row, column."""

from __future__ import annotations

from suyuan.flow.importing import Look, Trouble
from suyuan.web.wording import Wording
from suyuan.words import text_of


def detail(one: Trouble, words: Wording) -> str:
    """What is wrong, without its place."""
    return words.show(one.said) if one.said is not None else text_of(one.problem, words.language)


def unmatched(look: Look, words: Wording) -> str:
    """What of a sheet could not be matched with anything here; "" where all of it was."""
    if look.plan.kind is None:
        return words(
            "What sheet “{sheet}” holds is not clear from its title and headings; say it, and where its"
            " columns go",
            sheet=look.title,
        )
    if not look.untaken:
        return ""
    columns = ("、" if words.language == "zh" else ", ").join(look.untaken)
    return words("Sheet “{sheet}”: nothing is taken from {columns}; say where they go if they matter",
                 sheet=look.title, columns=columns)  # fmt: skip


def told(one: Trouble, words: Wording) -> str:
    """What is wrong and where: 「喷药」表第 12 行「用量」列：…"""
    params = {"sheet": one.sheet, "row": one.row, "text": detail(one, words)}
    if not one.column:
        return words("Sheet “{sheet}”, row {row}: {text}", **params)
    column = words(one.column) if one.label else one.column
    return words("Sheet “{sheet}”, row {row}, column “{column}”: {text}", column=column, **params)
