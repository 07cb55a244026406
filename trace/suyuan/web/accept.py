"""How much a caller wants an answer in some form: the Accept header (RFC 9110 §12.5.1)."""

from __future__ import annotations


def quality(accept: str, form: str) -> float:
    """How much a media type is wanted; the most specific range that fits it decides."""
    found = (-1, 0.0)
    kind, _, _ = form.partition("/")
    for item in accept.split(","):
        media, *parameters = (part.strip().lower() for part in item.split(";"))
        closeness = {form: 2, f"{kind}/*": 1, "*/*": 0}.get(media, -1)
        if closeness > found[0]:
            found = closeness, _weight(parameters)
    return found[1]


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
