"""An XML document as the attachment of the events that it was read from (formats.md §1).

Its rules, and why: docs/decisions/0010-xml-is-read-as-json.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from suyuan.core.encoding import digest_text
from suyuan.core.epcis.own_fields import DOCUMENT
from suyuan.core.epcis.reading import is_xml
from suyuan.core.visibility import private_pointers
from suyuan.flow.capture import Incoming, attached

MOST_BYTES = 20 << 20
"""Of an attachment."""
_SAYS_MORE = (b"<!--", b"EPCISHeader", b"\0")
"""Signs of what is not in the events: notes, senders' names and telephones; or UTF-16, unread here."""
_MEMBER = "suyuan:attachments"


def named(document: bytes, incoming: Sequence[Incoming]) -> list[Incoming] | None:
    """The events, each naming the document as its attachment; None where it is none of theirs.

    It is one where all of it stands in its events, and nothing of these is private.
    """
    if not is_xml(document) or len(document) > MOST_BYTES:
        return None
    if any(sign in document for sign in _SAYS_MORE):
        return None
    if any(item.private or any(private_pointers(item.event)) for item in incoming):
        return None
    member = {
        "digest": digest_text(hashlib.sha256(document).digest()),
        "mediaType": "application/xml",
        "size": len(document),
        "name": DOCUMENT,
    }
    if not all(isinstance(item.event.get(_MEMBER, []), list) for item in incoming):
        return None
    return [
        replace(
            item,
            event={**item.event, _MEMBER: [*attached(item.event), member]},
            without_document=item.event,
        )
        for item in incoming
    ]
