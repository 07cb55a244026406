"""What readings of a code may mean: points for what does not fit, by figures that are data.

Nothing here says that a pack is false. Places are what readers chose to tell; whoever tells lies about
them can at most bring somebody to look (docs/decisions/0024).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from suyuan.core.brand.codes import State
from suyuan.core.errors import Malformed
from suyuan.core.story_values import Names, day_of, number_of

REASONS = ("early", "voided", "late", "far", "often")


@dataclass(frozen=True, slots=True)
class Scoring:
    """The figures of one period."""

    since: date
    until: date
    early: float
    """Points: read before its packing is recorded."""
    voided: float
    """Points: read after it was voided or given back."""
    late: float
    """Points: read after its pack was destroyed, or ``late_days`` after it was sold."""
    late_days: float
    far: float
    """Points: read in two provinces within ``far_hours``."""
    far_hours: float
    often: float
    """Points: read ``often_a_day`` times on one day."""
    often_a_day: float
    opens: float
    """So many points open a case."""


_MEMBERS = {
    "early": "early", "voided": "voided", "late": "late", "lateDays": "late_days", "far": "far",
    "farHours": "far_hours", "often": "often", "oftenADay": "often_a_day", "opens": "opens",
}  # fmt: skip


def parse_scoring(document: Any) -> tuple[Scoring, ...]:
    """``{"rows": [{"from", "to", …}]}``; Malformed at what is wrong."""
    rows = document.get("rows") if isinstance(document, Mapping) else None
    if not isinstance(rows, list) or not rows:
        raise _wrong("/rows", '[{"from": "2026-01-01", "early": 4}]')
    found = []
    for place, row in enumerate(rows):
        at = f"/rows/{place}"
        if not isinstance(row, Mapping) or row.keys() - {"from", "to", *_MEMBERS}:
            raise _wrong(at, ", ".join(_MEMBERS))
        since, until = day_of(row.get("from")), day_of(row.get("to", "9999-12-31"))
        if since is None or until is None:
            raise _wrong(f"{at}/from", '"2026-01-01"')
        figures: dict[str, float] = {}
        for name, member in _MEMBERS.items():
            number = number_of(row.get(name))
            if number is None or not 0 <= number <= 1_000_000:
                raise _wrong(f"{at}/{name}", "4")
            figures[member] = number
        found.append(Scoring(since, until, **figures))
    return tuple(found)


def _wrong(path: str, example: str) -> Malformed:
    return Malformed(
        "this is not as it should be; right is for example {example}", path=path, example=example
    )


def on(rows: Sequence[Scoring], day: date) -> Scoring | None:
    """The figures in force on a day; None: nothing is scored."""
    return next((row for row in rows if row.since <= day <= row.until), None)


class Reading(NamedTuple):
    """Readings of a code on one day from one county, "" where nobody told."""

    day: str
    county: str
    seen: int
    first_hour: str
    """``2026-11-26T13``, UTC."""
    last_hour: str


def assess(
    readings: Iterable[Reading],
    scoring: Scoring,
    *,
    state: State | None,
    sold_at: str | None = None,
    gone_at: str | None = None,
) -> tuple[str, ...]:
    """Why a case is to be opened; () where the points do not suffice. Times are UTC."""
    known = [one for one in readings if one.seen > 0]
    if not known:
        return ()
    last = max(_hour(one.last_hour) for one in known)
    points: dict[str, float] = {}
    if state == "issued":
        points["early"] = scoring.early
    if state in ("voided", "returned"):
        points["voided"] = scoring.voided
    end = _limit(sold_at, gone_at, scoring.late_days)
    if end is not None and last > end:
        points["late"] = scoring.late
    if _far(known, scoring.far_hours):
        points["far"] = scoring.far
    days: dict[str, int] = {}
    for one in known:
        days[one.day] = days.get(one.day, 0) + one.seen
    if max(days.values()) >= scoring.often_a_day > 0:
        points["often"] = scoring.often
    if sum(points.values()) < scoring.opens:
        return ()
    return tuple(name for name in REASONS if points.get(name))


def _limit(sold_at: str | None, gone_at: str | None, days: float) -> datetime | None:
    ends = []
    if gone_at is not None:
        ends.append(_hour(gone_at[:13]) + timedelta(hours=1))
    if sold_at is not None:
        ends.append(_hour(sold_at[:13]) + timedelta(days=days))
    return min(ends, default=None)


def _far(known: Sequence[Reading], hours: float) -> bool:
    told = [one for one in known if one.county]
    for place, one in enumerate(told):
        for other in told[place + 1 :]:
            if one.county[:2] == other.county[:2]:
                continue
            gap = max(_hour(one.first_hour), _hour(other.first_hour)) - min(
                _hour(one.last_hour), _hour(other.last_hour)
            )
            if gap <= timedelta(hours=hours):
                return True
    return False


def _hour(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}:00:00+00:00")


PROVINCES: Mapping[str, Names] = MappingProxyType(
    {
        "110000": Names("北京市", "Beijing"),
        "120000": Names("天津市", "Tianjin"),
        "130000": Names("河北省", "Hebei"),
        "140000": Names("山西省", "Shanxi"),
        "150000": Names("内蒙古自治区", "Inner Mongolia"),
        "210000": Names("辽宁省", "Liaoning"),
        "220000": Names("吉林省", "Jilin"),
        "230000": Names("黑龙江省", "Heilongjiang"),
        "310000": Names("上海市", "Shanghai"),
        "320000": Names("江苏省", "Jiangsu"),
        "330000": Names("浙江省", "Zhejiang"),
        "340000": Names("安徽省", "Anhui"),
        "350000": Names("福建省", "Fujian"),
        "360000": Names("江西省", "Jiangxi"),
        "370000": Names("山东省", "Shandong"),
        "410000": Names("河南省", "Henan"),
        "420000": Names("湖北省", "Hubei"),
        "430000": Names("湖南省", "Hunan"),
        "440000": Names("广东省", "Guangdong"),
        "450000": Names("广西壮族自治区", "Guangxi"),
        "460000": Names("海南省", "Hainan"),
        "500000": Names("重庆市", "Chongqing"),
        "510000": Names("四川省", "Sichuan"),
        "520000": Names("贵州省", "Guizhou"),
        "530000": Names("云南省", "Yunnan"),
        "540000": Names("西藏自治区", "Tibet"),
        "610000": Names("陕西省", "Shaanxi"),
        "620000": Names("甘肃省", "Gansu"),
        "630000": Names("青海省", "Qinghai"),
        "640000": Names("宁夏回族自治区", "Ningxia"),
        "650000": Names("新疆维吾尔自治区", "Xinjiang"),
        "710000": Names("台湾省", "Taiwan"),
        "810000": Names("香港特别行政区", "Hong Kong"),
        "820000": Names("澳门特别行政区", "Macao"),
    }
)
"""GB/T 2260, first level: what a reader can choose where the table of counties does not have his own."""


__all__ = ["PROVINCES", "REASONS", "Reading", "Scoring", "assess", "on", "parse_scoring"]
