"""A job of serialised labels, from serials to the bytes that go to a printer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bench.context import Context
from bench.figures import Figure, Goal
from bench.timing import Stopwatch

from suyuan_labels import DOTS_203, ROLL_60X40, SPEECH, Head, Label, Language, Link, Press

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def measure(context: Context) -> Iterator[Figure]:
    """Labels a second on one core, 60 × 40 mm at 203 dpi, each with a code of its own."""
    count = 200 if context.quick else 10_000
    for language in ("tspl", "zpl"):
        watches, size = [], 0
        for number in range(1 if context.quick else 3):
            with Stopwatch() as watch:
                size = _job(language, number, count)
            watches.append(watch)
        yield Figure(
            f"a job of {count:,} serialised labels as {language.upper()}",
            "labels/s",
            [count / watch.own for watch in watches],
            Goal(at_least=500),
            crowd=sum(w.wall for w in watches) / sum(w.own for w in watches),
            details={"bytesPerLabel": size / count},
        )


def _job(language: Language, number: int, count: int) -> int:
    head, press = Head(60, 40, DOTS_203), Press(ROLL_60X40, DOTS_203)
    speech = SPEECH[language]
    sent = len(speech.opening(head))
    for place in range(count):
        link = Link("trace.example.com", "9521234543213", "HK2026-0917A", _serial(number, place))
        label = Label(
            link, "山核桃仁（原味）", "Hickory kernels, roasted", "180 g", "溪山县昌源山核桃专业合作社",
            date(2026, 9, 17), date(2027, 3, 16),
        )  # fmt: skip
        sent += len(speech.one(press.bits(label), head))
    return sent


def _serial(number: int, place: int) -> str:
    """Fourteen characters, mixed as real ones are."""
    rest, text = pow(7, number * 100_000 + place + 1, 2**70 - 35), ""
    for _ in range(14):
        rest, digit = divmod(rest, 32)
        text += _LETTERS[digit]
    return text
