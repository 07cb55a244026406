"""Steps, standings and reaches as JSON for programs, the same from the API and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from suyuan.core.lineage.amounts import Total
from suyuan.core.lineage.reach import Recipient, Stock
from suyuan.core.lineage.standing import Standing
from suyuan.core.lineage.steps import Part, Step, balance


def step_told(step: Step, weights: Mapping[str, Decimal]) -> dict[str, Any]:
    """One step. ``balance.missing`` is absent where it is not known."""
    masses = balance(step, weights)
    told: dict[str, Any] = {
        "kind": step.kind,
        "side": step.side,
        "level": step.level,
        "inputs": [_part(part) for part in step.inputs],
        "outputs": [_part(part) for part in step.outputs],
        "records": list(step.records),
    }
    named = {"season": step.season, "bizStep": step.step, "eventTime": step.time, "by": step.owner}
    told |= {name: value for name, value in named.items() if value}
    told["hidden"] = step.hidden
    if step.kind == "made":
        told["balance"] = {"verdict": masses.verdict}
        if masses.missing is not None and masses.unit is not None:
            told["balance"] |= {"missing": number(masses.missing), "uom": masses.unit}
    return told


def _part(part: Part) -> dict[str, Any]:
    told: dict[str, Any] = {"id": part.thing} if part.thing is not None else {}
    if part.amount is not None and part.unit is not None:
        told |= {"quantity": number(Decimal(part.amount)), "uom": part.unit}
    return told


def standing_told(where: Standing) -> dict[str, Any]:
    """Accounts by holder, and what was handed to whom."""
    return {
        "accounts": [
            {
                "holder": one.holder,
                **{name: total_told(getattr(one, name)) for name in _SUMS},
                **({} if one.left is None else {"left": number(one.left), "uom": one.unit}),
            }
            for one in where.accounts
        ],
        "handed": [
            {
                "holder": one.holder,
                **({"party": one.party} if one.party else {}),
                "amount": total_told(one.amount),
                "sold": one.sold,
                "confirmed": one.confirmed,
                "records": list(one.records),
            }
            for one in where.handed
        ],
    }


_SUMS = ("came", "used", "sent", "sold", "gone")


def total_told(total: Total) -> dict[str, Any]:
    return {
        "sums": [{"quantity": number(value), "uom": unit} for unit, value in total.sums],
        "unsaid": total.unsaid,
    }


def recipients_told(recipients: Iterable[Recipient]) -> list[dict[str, Any]]:
    """One handing over each."""
    return [
        {
            **({"party": one.party} if one.party else {}),
            "holder": one.holder,
            "id": one.thing,
            **(
                {}
                if one.amount is None or one.unit is None
                else {"quantity": number(Decimal(one.amount)), "uom": one.unit}
            ),
            "sold": one.sold,
            "confirmed": one.confirmed,
            "record": one.index,
            "eventTime": one.time,
        }
        for one in recipients
    ]


def stocks_told(stocks: Iterable[Stock]) -> list[dict[str, Any]]:
    """What each holder still has."""
    return [
        {
            "holder": one.holder,
            "things": one.things,
            "unknown": one.unknown,
            "left": [
                {"quantity": number(value), "uom": unit}
                for unit, value in sorted((one.left or {}).items())
            ],
        }
        for one in stocks
    ]


def number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


__all__ = ["recipients_told", "standing_told", "step_told", "stocks_told"]
