from __future__ import annotations

import json
import sys
import tracemalloc
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from suyuan.core import strict_json
from suyuan.core.errors import Malformed
from suyuan.core.strict_json import MAX_INTEGER, loads, pointer_token

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-MAX_INTEGER, MAX_INTEGER)
    | st.floats(-1e15, 1e15)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_takes_what_the_library_writes(value: Any, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert loads(text) == value
    assert loads(text.encode()) == value


@given(JSON, st.data())
def test_a_damaged_text_is_refused_or_means_what_the_library_reads(
    value: Any, data: st.DataObject
) -> None:
    text = json.dumps(value, ensure_ascii=False)
    at = data.draw(st.integers(0, len(text)))
    junk = data.draw(st.text('{}[]",:-+.eE0129 \\udu\n', max_size=2))
    text = text[:at] + junk + text[at + data.draw(st.integers(0, 2)) :]
    try:
        found = loads(text)
    except Malformed:
        return
    assert found == json.loads(text)


@given(
    sign=st.sampled_from(["", "-"]),
    whole=(st.integers(0, 99) | st.integers(0, 10**18)).map(str),
    part=st.none() | st.text("0123456789", min_size=1, max_size=25),
    power=st.none() | st.integers(-360, 360),
    mark=st.sampled_from(["e", "E", "e+"]),
)
@example("", "0", "1000000000000000055511151231257827", None, "e")
@example("", "9007199254740991", "0", None, "e")
@example("", "9007199254740991", "4", None, "e")
@example("", "5", None, -324, "e")
@example("", "4", None, -324, "e")
@example("-", "0", "0", 360, "e")
@example("", "49406564584124", None, -337, "e")
def test_number_rule(sign: str, whole: str, part: str | None, power: int | None, mark: str) -> None:
    """Taken exactly if the decimal value is the double's, and small enough."""
    text = sign + whole + (f".{part}" if part else "")
    if power is not None:
        text += f"e{power}" if power < 0 else f"{mark}{power}"
    exact = Fraction(Decimal(text))
    double = float(text)
    fits = abs(exact) <= MAX_INTEGER and exact == Fraction(Decimal(repr(double)))
    document = f'{{"n":[{text}]}}'
    if fits:
        assert loads(document) == {"n": [double]}
    else:
        with pytest.raises(Malformed) as caught:
            loads(document)
        assert caught.value.path == "/n/0"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.0", 1),
        ("1e2", 100),
        ("-0", 0),
        ("-0.0", 0),
        ("0.1", 0.1),
        ("0.10", 0.1),
        ("9007199254740991", MAX_INTEGER),
        ("-9007199254740991", -MAX_INTEGER),
        ("0e99999999999999999999", 0),
        ("0." + "0" * 5000 + "1e5001", 1),
        ("1e" + "0" * 5000 + "1", 10),
    ],
)
def test_numbers_taken(text: str, value: float) -> None:
    found = loads(text)
    assert found == value
    assert isinstance(found, type(value))


@pytest.mark.parametrize(
    "text",
    [
        "9007199254740992",
        "9007199254740993",
        "-9007199254740992",
        "9" * 5000,
        "1e400",
        "-1e400",
        "1e-400",
        "1e99999999999999999999",
        "1e-99999999999999999999",
        "1e-" + "9" * 5000,
        "0.1000000000000000055511151231257827",
        "1" * 6000 + ".5",
        "NaN",
        "Infinity",
        "-Infinity",
    ],
)
def test_numbers_refused_with_their_place(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        loads(f'{{"a/b":[0,{{"c~":{text}}}]}}')
    assert caught.value.path == "/a~1b/1/c~0"
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('{"a":1,"a":1}', ""),
        ('{"x":[{},{"a":1,"b":2,"a":3}]}', "/x/1"),
        ('{"a":1,"\\u0061":2}', ""),
        ('{"x":{"a":{"k":1,"k":2},"b":0}, "y":0}', "/x/a"),
        ('{"x":{"k":1,"k":2},"x":0}', ""),
    ],
)
def test_double_member(text: str, path: str) -> None:
    with pytest.raises(Malformed, match="twice") as caught:
        loads(text)
    assert caught.value.path == path


@pytest.mark.parametrize("text", ['{"\\ud800":1,"\\ud800":2}', '[{"k":"\\udfff"}]', '["\\uD834x"]'])
def test_lone_surrogate_escape(text: str) -> None:
    with pytest.raises(Malformed) as caught:
        loads(text)
    str(caught.value).encode()


def test_surrogate_pair_is_one_character() -> None:
    assert loads('"\\ud83c\\udf30"') == "🌰"


def test_lone_surrogate_in_a_str() -> None:
    with pytest.raises(Malformed, match="line 2"):
        loads('[\n"\ud800"]')


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b'{"a": 1,\n  "b": tru}', "line 2, column 8"),
        (b"", "line 1, column 1"),
        (b"\xef\xbb\xbf{}", "line 1, column 1"),
        (b"{}\n{}", "line 2, column 1"),
        (b"[1,]", "line 1, column 4"),
        (b"{'a':1}", "line 1, column 2"),
        (b"[01]", "line 1, column 3"),
        (b"[+1]", "line 1, column 2"),
        (b"[.5]", "line 1, column 2"),
        (b'["\t"]', "line 1, column 3"),
        (b'\n\n["\xff"]', "line 3"),
        ('{"a":1}'.encode("utf-16"), "line 1"),
        ("[１]".encode(), "line 1, column 2"),
        ("\xa0[]".encode(), "line 1, column 1"),
    ],
)
def test_bad_syntax_names_line_and_column(data: bytes, path: str) -> None:
    with pytest.raises(Malformed) as caught:
        loads(data)
    assert caught.value.path == path


@pytest.mark.parametrize("limit", [1, 32, 40])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting(limit: int, opening: str, closing: str) -> None:
    fill = "1" if opening != "[" else ""
    loads(opening * limit + fill + closing * limit, max_depth=limit)
    for depth in (limit + 1, 500, 10_000, 200_000):
        with pytest.raises(Malformed, match=f"deeper than {limit} levels"):
            loads(opening * depth + fill + closing * depth, max_depth=limit)


def test_unclosed_nesting_is_no_recursion_error() -> None:
    with pytest.raises(Malformed):
        loads("[" * 100_000)


def test_a_scalar_has_no_depth_to_lose() -> None:
    assert loads("7", max_depth=1) == 7


def test_pointer_token() -> None:
    assert pointer_token("a/b~c") == "a~1b~0c"
    assert pointer_token(3) == "3"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 300_000,
        "[" * 300_000 + "]" * 300_000,
        '{"a":' * 300_000,
        '["]",' * 300_000 + "1" + "]" * 300_000,
        r'["\"]",' * 300_000,
        r'["\\",["]",' * 200_000,
        '"' + "[" * 300_000,
        "[" * 150 + "}" * 300 + "[" * 300_000,
    ],
    ids=["open", "closed", "objects", "text", "escaped", "backslash", "unended", "mismatched"],
)
def test_nesting_beyond_any_stack_is_refused_whatever_pythons_limit_is(text: str) -> None:
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)  # as libraries do (py_ecc: 100,000)
    try:
        with pytest.raises(Malformed):
            loads(text)
    finally:
        sys.setrecursionlimit(limit)


def test_many_brackets_side_by_side_are_no_depth() -> None:
    assert loads("[" + "[],{}," * 5000 + '"[[[["' + "]", max_depth=2)
    texts = ["[" * 300, r"\"[{", "]" * 300, '"{']
    assert loads(json.dumps([texts] * 50), max_depth=2) == [texts] * 50


@pytest.mark.parametrize(
    "text",
    [
        b"[" + b"[]," * 30_000 + b"[]]",
        b"[" + b'{"a":1},' * 30_000 + b"{}]",
        b"[" * 30_000,
        b"[" + b"1," * 90_000 + b"1]",
    ],
)
def test_a_text_that_would_fill_the_memory_is_refused_before_it_is_read(
    text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strict_json, "MOST_INNER", 20_000)
    monkeypatch.setattr(strict_json, "MOST_ITEMS", 80_000)
    tracemalloc.start()
    with pytest.raises(Malformed, match="more than"):
        loads(text)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * len(text) + 20_000


def test_brackets_and_commas_within_strings_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(strict_json, "MOST_INNER", 20_000)
    monkeypatch.setattr(strict_json, "MOST_ITEMS", 80_000)
    text = '"' + "[{,\\\\" * 90_000 + '"'
    assert loads(text) == text[1:-1].replace("\\\\", "\\")


def plain_scan(data: bytes) -> tuple[int, int, int]:
    """Deepest nesting, objects and lists, and commas, byte by byte as RFC 8259 reads it; where the
    text is none, a backslash escapes outside of strings too."""
    depth = deepest = inner = commas = 0
    within = escaped = False
    whole = True
    for byte in data.decode("latin-1"):
        mark = byte == '"' and not escaped
        escaped = byte == "\\" and not escaped
        if mark or within:
            within = within != mark
        elif byte == ",":
            commas += 1
        elif byte in "[{":
            inner += 1
            depth += 1
        elif byte in "]}":
            depth -= 1
        whole = whole and depth >= 0
        deepest = max(deepest, depth) if whole else deepest
    return deepest, inner, commas


SCRAPS = st.lists(
    st.text("[]{},: 1", max_size=6)
    | st.text('[]{},\\"é\n', max_size=5).map(lambda text: json.dumps(text, ensure_ascii=False))
    | st.sampled_from(['"', '"[[\\', '""', "[" * 33, "]" * 33, "[]" * 20]),
    max_size=12,
).map(lambda parts: "".join(parts).encode())


@given(SCRAPS, st.integers(1, 9))
@example(b"[" + b"[]," * 40, 4)
@example(b"[" * 50 + b"]" * 51 + b"[" * 90, 4)
@example(rb'["\\\\","\\\"[",' + b"[" * 40, 3)
def test_depth_and_size_are_those_of_a_plain_scan(data: bytes, piece: int) -> None:
    deepest, inner, commas = plain_scan(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(strict_json, "_PIECE", piece)
        outermost = data.count(b"[") + data.count(b"{") <= strict_json.MAX_DEPTH
        found = strict_json._depth(data)
        assert found >= deepest if outermost else found == deepest
        for name, count in (("MOST_INNER", inner), ("MOST_ITEMS", commas)):
            patch.setattr(strict_json, name, count)
            strict_json._check_size(data)
            if count:
                patch.setattr(strict_json, name, count - 1)
                with pytest.raises(Malformed, match=f"more than {count - 1} "):
                    strict_json._check_size(data)
                patch.setattr(strict_json, name, count)
            patch.undo()
            patch.setattr(strict_json, "_PIECE", piece)
