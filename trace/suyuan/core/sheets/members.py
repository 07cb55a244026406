"""A sheet of members: what each column says, rows as persons' details, mistakes at their cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from suyuan.core.errors import Many, Refused, SuyuanError
from suyuan.core.people import Details, details_of
from suyuan.core.sheets.cells import heading_of, unguarded
from suyuan.core.sheets.sheet import Row, Sheet, letters

_CALLED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "name": ("姓名", "成员", "成员姓名", "社员", "社员姓名", "农户", "农户姓名", "户主",
                 "户主姓名", "名字", "name", "member", "farmer"),
        "phone": ("电话", "手机", "手机号", "手机号码", "联系电话", "联系方式", "电话号码",
                  "phone", "mobile", "telephone"),
        "village": ("村", "村组", "村名", "所在村", "组", "住址", "村庄", "village"),
        "id_number": ("身份证", "身份证号", "身份证号码", "公民身份号码", "证件号", "证件号码",
                      "identity number", "id number", "id card"),
    }
)  # fmt: skip
_TARGETS = {heading_of(name)[0]: target for target, names in _CALLED.items() for name in names}
_LOOKED_AT = 10
"""Rows at the top among which the headings are looked for."""


@dataclass(frozen=True, slots=True)
class Member:
    """A row that may be entered."""

    sheet: str
    row: int
    details: Details


@dataclass(frozen=True, slots=True)
class Mistake:
    """What is wrong with a cell of a row; ``column`` is its heading, empty for a whole row."""

    sheet: str
    row: int
    column: str
    cell: str
    problem: SuyuanError


def members_in(sheet: Sheet) -> tuple[list[Member], list[Mistake]] | None:
    """The persons of a sheet, and what is wrong; None where no heading says who somebody is."""
    for number, row in enumerate(sheet.rows[:_LOOKED_AT]):
        places = _places(row)
        if "name" in places:
            return _read(sheet, row, places, sheet.rows[number + 1 :])
    return None


def _places(row: Row) -> dict[str, int]:
    found: dict[str, int] = {}
    for number, cell in enumerate(row.cells):
        target = _TARGETS.get(heading_of(cell)[0])
        if target is not None:
            found.setdefault(target, number)
    return found


def _read(
    sheet: Sheet, head: Row, places: Mapping[str, int], rows: tuple[Row, ...]
) -> tuple[list[Member], list[Mistake]]:
    found: list[Member] = []
    wrong: list[Mistake] = []
    for row in rows:
        given = {
            target: unguarded(row.cells[place]).strip() if place < len(row.cells) else ""
            for target, place in places.items()
        }
        if not any(given.values()):
            continue  # a sum or a remark in a column that is not asked for
        try:
            found.append(Member(sheet.title, row.number, details_of(given)))
        except Refused as problem:
            for one in problem.errors if isinstance(problem, Many) else (problem,):
                place = places.get(one.path.strip("/"))
                wrong.append(
                    Mistake(
                        sheet.title, row.number,
                        " ".join(head.cells[place].split()) if place is not None else "",
                        f"{letters(place)}{row.number}" if place is not None else str(row.number),
                        one,
                    )
                )  # fmt: skip
    return found, wrong


def key_of(details: Details) -> tuple[str, ...]:
    """By what two rows are the same person: the identity number, else name and phone, else name and
    village."""
    if details.id_number:
        return ("id", details.id_number)
    if details.phone:
        return ("phone", details.name, details.phone)
    return ("village", details.name, details.village)


__all__ = ["Member", "Mistake", "key_of", "members_in"]
