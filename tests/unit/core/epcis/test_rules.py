"""Every refusal of the validator names its place, its rule and JSON that would be right."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Iterator
from typing import Any

import pytest

from suyuan.core.epcis import document, fields, own_fields, shapes, validate
from suyuan.core.epcis.shapes import Problems, Rule, rule_of
from suyuan.words import say, text_of

MODULES = (shapes, fields, own_fields, document, validate)
WRONG: tuple[Any, ...] = (
    None, True, 7, -1, 1.5, "", "x y", [], {}, [7, 7], ["a:b", "a:b"], [{}, {}], {"odd": 1},
    {"a b": 1}, {"set": [], "unset": 7}, [["x"]], ["x", "x"], [f"a:{n}" for n in range(1001)],
    {"id": 5}, {"type": 5}, [{"type": 5, "odd": 1}],
)  # fmt: skip


def rules() -> Iterator[tuple[str, Rule]]:
    """Every rule that these modules name, and those in their tables."""
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, Rule):
                yield name, value
            elif isinstance(value, dict):
                for key, one in value.items():
                    found = one[0] if isinstance(one, tuple) and not isinstance(one, Rule) else one
                    if isinstance(found, Rule):
                        yield f"{name}[{key}]", found


ALL = dict(rules())


@pytest.mark.parametrize("name", ALL)
def test_what_a_rule_refuses_names_all_three_in_both_languages(name: str) -> None:
    rule = ALL[name]
    refused = 0
    for wrong in WRONG:
        problems: Problems = []
        rule.check(wrong, "/here", problems)
        refused += bool(problems)
        for problem in problems:
            assert problem.path.startswith("/here")
            assert rule_of(problem) != "syntax", problem.message
            example = str(problem.params["example"])
            assert example, problem.message
            for language in ("zh", "en"):
                assert example in text_of(problem, language)
    assert refused, "there is nothing that this rule refuses"


@pytest.mark.parametrize("name", ALL)
def test_its_example_is_right_by_the_rule_itself(name: str) -> None:
    if name in ("_DOCUMENT", "_QUERY_DOCUMENT") or name.startswith("_WRAPPINGS"):
        pytest.skip("its members stand for the whole document in the example")
    problems: Problems = []
    value = json.loads(ALL[name].example)
    ALL[name].check(value, "", problems)
    assert [str(problem) for problem in problems] == []


def test_no_refusal_is_written_without_all_three() -> None:
    """In the sources: each call that makes one has rule and example, each sentence shows the latter."""
    seen = set()
    for module in MODULES:
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in ("refuse", "TooLarge"):
                given = {word.arg for word in node.keywords}
                assert {"rule", "example"} <= given, f"{module.__name__}:{node.lineno}"
                seen |= {
                    word.value.value
                    for word in node.keywords
                    if word.arg == "rule" and isinstance(word.value, ast.Constant)
                }
    assert seen >= {
        "additionalProperties", "anyOf", "limit", "minItems", "minimum", "not", "order",
        "propertyNames", "required", "type", "uniqueItems",
    }  # fmt: skip


def test_the_rules_on_several_fields_say_all_three_too() -> None:
    base: dict[str, Any] = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "eventTime": "2026-09-17T00:00:00Z",
        "eventTimeZoneOffset": "+08:00",
    }
    cases = [{**base, "type": kind, "action": "OBSERVE"} for kind in fields.EVENTS]
    cases += [{**base, "type": "ObjectEvent", "action": "OBSERVE", "epcList": [], "ilmd": {}}]
    cases += [{**base, "type": "ObjectEvent", "action": "ADD", "epcList": [],
               "persistentDisposition": {}}]  # fmt: skip
    cases += [{**base, "type": "ObjectEvent", "action": "ADD", "epcList": [],
               "example:long": "x" * validate.MAX_EVENT_BYTES}]  # fmt: skip
    for case in cases:
        problems = validate.validate_event(case)
        assert problems
        for problem in problems:
            assert str(problem.params["example"]) in text_of(problem, "zh")
            assert say("zh")(problem.message) != problem.message
            assert rule_of(problem) != "syntax"
