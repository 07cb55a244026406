"""An answer and its report in one file: the report is the one whose digest was signed."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from suyuan.core.errors import Malformed, Refused, TooLarge
from suyuan.core.signed_answer import MOST_REPORT, Report, member_of, packed, unpacked

REPORT = Report("report.pdf", b"%PDF-1.4 what was measured")


def signed(*named: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"content": {"kind": "event", "event": {"suyuan:attachments": list(named)}}}]


def test_a_report_goes_and_comes_with_what_was_signed() -> None:
    documents = signed(member_of(REPORT))
    sent = json.loads(json.dumps(packed(documents, REPORT)))
    assert unpacked(sent) == (documents, REPORT)
    assert packed(documents, None) == documents
    assert unpacked(documents) == (documents, None)
    assert unpacked("anything") == ("anything", None)


def test_a_report_is_named_by_its_bytes_not_by_its_name() -> None:
    named = member_of(Report("C:\\here\\a\u0000b.exe", b"\x89PNG rest"))
    assert (named["mediaType"], named["name"], named["size"]) == ("image/png", "ab.exe", 9)
    with pytest.raises(Refused):
        member_of(Report("report.pdf", b"MZ"))
    with pytest.raises(TooLarge):
        member_of(Report("report.pdf", b"%PDF-" + bytes(MOST_REPORT)))


@pytest.mark.parametrize("other", [b"%PDF-1.4 another one", b"MZ a program", b""])
def test_another_file_than_the_signed_one_is_refused_at_the_report(other: bytes) -> None:
    sent = packed(signed(member_of(REPORT)), REPORT)
    sent["report"]["bytes"] = b64encode(other).decode()
    with pytest.raises(Refused) as told:
        unpacked(sent)
    assert told.value.path.startswith("/report")


def test_whatever_has_another_shape_is_refused() -> None:
    sent = packed(signed(member_of(REPORT)), REPORT)
    for wrong in (
        {**sent, "more": 1},
        {**sent, "report": "x"},
        {**sent, "report": {**sent["report"], "name": 5}},
        {**sent, "report": {**sent["report"], "bytes": "not base64!"}},
        {**sent, "report": {**sent["report"], "bytes": 7}},
    ):
        with pytest.raises(Malformed):
            unpacked(wrong)
    for strange in (5, [5], [{"content": 5}], [{"content": {"event": {"suyuan:attachments": 5}}}]):
        with pytest.raises(Refused):
            unpacked({**sent, "signed": strange})
