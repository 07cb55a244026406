"""Documents made to take all of a machine's time or memory: `python -m bench.hostile NAME BYTES`.

Prints one line of JSON: seconds, the most memory of the process, and what it held before.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Mapping

from bench.timing import Stopwatch

from suyuan.core.errors import Refused
from suyuan.flow.jobs import incoming_of
from suyuan.settings import Settings

_HEAD = (
    b'<e:EPCISDocument xmlns:e="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" '
    b'creationDate="2026-01-01T00:00:00Z"><EPCISBody><EventList>'
)
_TAIL = b"</EventList></EPCISBody></e:EPCISDocument>"


def _filled(head: bytes, again: bytes, tail: bytes) -> Callable[[int], bytes]:
    return lambda size: head + again * ((size - len(head + tail)) // len(again)) + tail


def _valid(size: int) -> bytes:
    """A document of as many bytes that can be captured, its events large ones."""
    event = {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "eventTime": "2026-01-01T00:00:00Z",
        "eventTimeZoneOffset": "+08:00",
        "epcList": ["https://id.gs1.org/01/09521234000068/21/1"],
        "suyuan:note": "山" * 400,
    }
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
    }
    one = json.dumps(event, ensure_ascii=False).encode()
    head = json.dumps(document)[:-1].encode() + b', "epcisBody": {"eventList": [' + one
    return _filled(head, b"," + one, b"]}}")(size)


KINDS: Mapping[str, Callable[[int], bytes]] = {
    "XML of empty events": _filled(_HEAD, b"<ObjectEvent/>", _TAIL),
    "XML of one event of empty elements": _filled(
        _HEAD + b"<ObjectEvent>", b"<a/>", b"</ObjectEvent>" + _TAIL
    ),
    "JSON of an open bracket and closed pairs": _filled(b"[", b"[],", b""),
    "the same with as many pairs as may be": lambda size: _filled(b"[", b"[],", b"")(
        min(size, 3 * 999_000)
    ),
    "JSON of brackets that only open": lambda size: b"[" * size,
    "JSON of empty texts": _filled(b"[", b'"",', b'""]'),
    "JSON that is valid": _valid,
}


def main(kind: str, size: str) -> None:
    """Read one document as capture does."""
    document = KINDS[kind](int(size))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with Stopwatch() as watch:
        try:
            said = f"{len(incoming_of(document, most=Settings().max_events))} events"
        except Refused as problem:
            said = str(problem)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"seconds": watch.own, "most": most * 1024, "before": before * 1024, "said": said}
    print(json.dumps(told))


if __name__ == "__main__":
    main(*sys.argv[1:])
