"""An XML document as the attachment of the events that it was read from (formats.md §1).

Its rules, and why: docs/decisions/0010-xml-is-read-as-json.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from suyuan.core.encoding import digest_text
from suyuan.core.epcis.own_fields import DOCUMENT
from suyuan.core.epcis.reading import is_xml
from suyuan.core.visibility import private_pointers
from suyuan.flow.accounts import Caller
from suyuan.flow.capture import Capture, Incoming, attached
from suyuan.ports.accounts import Attachment

MOST_BYTES = 20 << 20
"""Of an attachment."""
_HEAD = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>)?\s*+(?:<!DOCTYPE[^>]*+>)?\s*+<(?:[\w.-]+:)?"
    rb"(?:\w+Event\b|EPCISDocument\b[^>]*+>\s*+<EPCISBody\s*+>\s*+<EventList\s*+>)"
)
_TAIL = re.compile(
    rb"(?:</EventList\s*+>\s*+</EPCISBody\s*+>\s*+</(?:[\w.-]+:)?EPCISDocument"
    rb"|</(?:[\w.-]+:)?\w+Event)\s*+>\s*+\Z"
)
"""A document that has nothing around its events: no header with senders' names and telephones."""
_NOTES = (b"<!--", b"<?")
_MEMBER = "suyuan:attachments"
_TYPE = "application/xml"


def with_document(
    capture: Capture, caller: Caller, document: bytes, incoming: Sequence[Incoming]
) -> list[Incoming]:
    """The events, each naming the document as its attachment, which is kept; as they are where it is
    none of theirs: JSON, or XML of which somebody would see more than there is in the log."""
    if not _is_attachment(document, incoming):
        return list(incoming)
    digest = hashlib.sha256(document).digest()
    capture.attachments.put(
        Attachment(digest, _TYPE, DOCUMENT, caller.organisation, document, capture.clock.now())
    )
    member = {
        "digest": digest_text(digest),
        "mediaType": _TYPE,
        "size": len(document),
        "name": DOCUMENT,
    }
    return [
        replace(
            item,
            event={**item.event, _MEMBER: [*attached(item.event), member]},
            without_document=item.event,
        )
        for item in incoming
    ]


def _is_attachment(document: bytes, incoming: Sequence[Incoming]) -> bool:
    """Whether all of it stands in its events, and nothing of these is private."""
    if not is_xml(document) or len(document) > MOST_BYTES:
        return False
    head = _HEAD.match(document)
    if head is None or _TAIL.search(document, max(0, len(document) - 1000)) is None:
        return False
    if any(document.find(note, head.end()) >= 0 for note in _NOTES):
        return False
    return not any(
        item.private
        or any(private_pointers(item.event))
        or not isinstance(item.event.get(_MEMBER, []), list)
        for item in incoming
    )
