"""Tables of rules and templates, for the tour of the desk (tests/tour.py)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import tour_world as made
from desk import DeskWorld
from nodes import BASE

from suyuan.flow.accounts import Caller

OWN = f"{BASE}template/tour"
HICKORY = quote(f"{BASE}template/hickory", safe="")


def pages(desk: DeskWorld) -> dict[str, list[tuple[str, str, str]]]:
    """Rows added and ended, a template of the cooperative's own in two versions, and who sees them."""
    first = _fill(desk)
    w, j, z, own = "wang", "jian", "zhou", quote(OWN, safe="")
    return {
        "/desk/rules": [("rules", z, "/desk/rules"), ("rules-clerk", w, "/desk/rules")],
        "/desk/rules/{table}": [
            *((f"rules-{name}", z, f"/desk/rules/{name}") for name in
              ("bans", "limits", "counties", "certificates", "thresholds", "quotas")),
            ("rules-limits-regulator", j, "/desk/rules/limits"),
            ("rules-nothing", w, "/desk/rules/bans?q=nothing-at-all"),
            ("rules-earlier", z, f"/desk/rules/limits?of={quote(first, safe='')}")],
        "/desk/rules/{table}/row": [("rules-add", z, "/desk/rules/limits/row"),
                                    ("rules-change", z, "/desk/rules/limits/row?row=0"),
                                    ("rules-add-figure", z, "/desk/rules/thresholds/row")],
        "/desk/rules/{table}/sheet": [("rules-sheet", z, "/desk/rules/limits/sheet")],
        "/desk/templates": [("templates", w, "/desk/templates"),
                            ("templates-regulator", j, "/desk/templates")],
        "/desk/templates/one": [("template", w, f"/desk/templates/one?id={HICKORY}"),
                                ("template-own", w, f"/desk/templates/one?id={own}")],
        "/desk/templates/form": [("template-copy", w, f"/desk/templates/form?copy={HICKORY}"),
                                 ("template-change", w, f"/desk/templates/form?id={own}")],
    }  # fmt: skip


WRONG = (("rules-add", ""), ("rules-sheet", ""), ("template-change", ""))
"""Pages whose form is sent as it is."""


def _fill(desk: DeskWorld) -> str:
    """The digest of the first edition of the limits."""
    node, coop = desk.world.node, made.clerk(desk).caller
    admin = Caller(desk.world.org("admin"), "administrator", "990101", "test")
    source = {"zh": "GB 2763-2026 食品安全国家标准", "en": "GB 2763-2026"}
    rows: list[dict[str, Any]] = [
        {"item": item, "crops": crops, "limit": limit, "unit": "mg/kg", "source": source, **more}
        for item, crops, limit, more in (
            ("多菌灵", ["山核桃", "坚果"], 0.1, {"from": "2026-03-01"}),
            ("毒死蜱", ["*"], 0.02, {"to": "2026-06-30"}),
            ("吡蚜酮", ["湘莲", "莲子"], 0.02, {"from": "2031-01-01"}),
        )
    ]
    document = {"table": "limits", "name": {"zh": "残留限量", "en": "Residue limits"}}
    for edition, kept in (("2026-11", rows[:2]), ("2026-12", rows)):
        node.rulebook.replace_table(admin, {**document, "edition": edition, "rows": kept})
    name = {"zh": "本社山核桃", "en": "Our hickory"}
    node.rulebook.copy_template(coop, "hickory", OWN, {"name": name})
    figure = {
        "value": 300,
        "unit": "KGM",
        "source": {"zh": "本社三年平均", "en": "our mean of three years"},
    }
    test = {
        "item": {"zh": "吡虫啉", "en": "imidacloprid"},
        "source": {"zh": "收购方", "en": "the buyer"},
    }
    node.rulebook.copy_template(coop, OWN, OWN, {"yieldPerMu": figure, "tests": [test]})
    return node.rulebook.history("limits")[1].digest
