"""What is wrong with a table, told as people find it there: sheet, row, column."""

from __future__ import annotations

from suyuan.flow.importing import Trouble
from suyuan.web.wording import Wording
from suyuan.words import text_of


def detail(one: Trouble, words: Wording) -> str:
    """What is wrong, without its place."""
    return words.show(one.said) if one.said is not None else text_of(one.problem, words.language)


def told(one: Trouble, words: Wording) -> str:
    """What is wrong and where: 「喷药」表第 12 行「用量」列：…"""
    params = {"sheet": one.sheet, "row": one.row, "text": detail(one, words)}
    if not one.column:
        return words("Sheet “{sheet}”, row {row}: {text}", **params)
    column = words(one.column) if one.label else one.column
    return words("Sheet “{sheet}”, row {row}, column “{column}”: {text}", column=column, **params)
