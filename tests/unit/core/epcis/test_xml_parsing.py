"""Hostile XML ends in our own error, quickly and in little memory."""

from __future__ import annotations

import tracemalloc

import pytest

from suyuan.core.epcis.xml_parsing import MAX_PART, Element, parse
from suyuan.core.errors import Malformed, Refused, TooLarge

START = b"<EPCISDocument><EPCISBody><EventList>"
END = b"</EventList></EPCISBody></EPCISDocument>"


def seen(data: bytes) -> list[str]:
    found: list[str] = []
    parse(data, lambda element: found.append(f"{element.tag} {len(element)}"))
    return found


def refused(data: bytes) -> Refused:
    with pytest.raises(Refused) as caught:
        seen(data)
    assert str(caught.value)
    return caught.value


def test_each_event_is_handed_over_once_it_is_whole() -> None:
    body = b"<A><EventList><b/></EventList></A>"
    body += b"<extension><C/><extension><D/></extension></extension><E/>"
    assert seen(START + body + END) == ["A 1", "C 0", "D 0", "E 0"]
    query = (
        b"<EPCISQueryDocument><EPCISBody><q:QueryResults xmlns:q='urn:epcglobal:epcis-query:xsd:2'>"
    )
    query += b"<resultsBody><EventList><A/></EventList></resultsBody></q:QueryResults>"
    assert seen(query + b"</EPCISBody></EPCISQueryDocument>") == ["A 0"]
    assert seen(b"<EPCISDocument><EventList><A/></EventList></EPCISDocument>") == []
    assert seen(b"<x:EventList xmlns:x='x:y'><A/></x:EventList>") == []


@pytest.mark.parametrize(
    "text",
    [
        '<?xml version="1.0" encoding="UTF-16"?><a><é/></a>'.encode("utf-16"),
        '<?xml version="1.0" encoding="GB2312"?><a><山核桃/></a>'.encode("gb18030"),
        "<?xml version='1.0' encoding='ISO-8859-1' ?><a><é/></a>".encode("latin-1"),
        "\ufeff<a><é/></a>".encode(),
        b"<!-- a --><?pi b?>\n<!DOCTYPE project><a><b/></a>",
    ],
)
def test_encodings_and_prologs(text: bytes) -> None:
    assert len(parse(text, lambda _: None)) == 1


BILLION = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">' + b"".join(
    b'<!ENTITY %c "%s">' % (99 + n, b"&%c;" % (98 + n) * 10) for n in range(9)
)


@pytest.mark.parametrize(
    ("data", "path", "words"),
    [
        (b"", "line 1, column 1", "not XML"),
        (b"{}", "line 1, column 1", "not XML"),
        (b"\n<a>", "line 2, column 4", "not XML"),
        (b"<a>\n</b>", "line 2, column 5", "end tag is not that"),
        (b"<a>\0</a>", "line 1, column 4", "not XML"),
        (b"<a>&b;</a>", "line 1, column 7", "this entity is none"),
        (b"<!DOCTYPE a><a>&b;</a>", "line 1, column 19", "this entity is none"),
        (BILLION + b"]><a>&k;</a>", "line 1", "DTD"),
        (b'<!-- -->\n<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "line 2", "DTD"),
        (b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', "line 1", "DTD"),
        (b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>', "line 1", "DTD"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "line 1", "utf-7"),
        (b'<?xml version="1.0" encoding="gbk"?><a>\xff</a>', "line 1", "gbk"),
        (b"<a>\xe9</a>", "line 1, column 4", "not XML"),
        (b"<a b='1' b='2'/>", "line 1, column 15", "twice"),
        (b"<x:a/>", "line 1, column 5", "prefix is not declared"),
        (b"<a>" * 100_000, "line 1, column 771", "nested too deep"),
        (b"<a/><a/>", "line 1, column 5", "not XML"),
    ],
)  # fmt: skip
def test_what_is_refused_names_its_place(data: bytes, path: str, words: str) -> None:
    problem = refused(data)
    assert isinstance(problem, Malformed)
    assert problem.path == path
    assert words.lower() in problem.text.lower()


def test_no_file_is_read(tmp_path: object) -> None:
    """XInclude and stylesheets are elements and instructions like any other."""
    found: list[Element] = []
    text = b"<EPCISDocument xmlns:xi='http://www.w3.org/2001/XInclude'><?xml-stylesheet href='a'?>"
    text += b"<xi:include href='/etc/passwd' parse='text'/></EPCISDocument>"
    root = parse(text, found.append)
    assert [child.get("href") for child in root] == ["/etc/passwd"]


def test_an_event_too_large_is_refused_before_it_is_whole() -> None:
    problem = refused(START + b"<A>" + b"<b>c</b>" * (MAX_PART // 8 + 10_000))
    assert isinstance(problem, TooLarge)
    assert isinstance(refused(START + b"<A b='" + b"c" * 11_000_000 + b"'/>" + END), Refused)


def test_memory_does_not_grow_with_the_number_of_events() -> None:
    event = b"<ObjectEvent>" + b"<epc>urn:epc:id:sgtin:1</epc>" * 20 + b"</ObjectEvent>"
    data = START + event * 10_000 + END
    assert len(data) > 5_000_000
    count = 0
    largest = 0

    def take(element: Element) -> None:
        nonlocal count, largest
        count += 1
        largest = max(largest, len(element.getparent()))

    tracemalloc.start()
    parse(data, take)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 10_000
    assert largest < 500, "what was handed over must leave the tree"
    assert peak < 5_000_000
