"""Master data, checked member by member: products, places, organisations (formats.md §2, §8).

Members that are not named here are kept as they come: the object is open. Each refusal says where,
which rule, and what would be right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from suyuan.core.attest import CLAIMS
from suyuan.core.codes import is_credit_code
from suyuan.core.content import parse_content
from suyuan.core.digital_link import parse_dl
from suyuan.core.errors import Malformed, Refused
from suyuan.core.exports.plots import hectares_of, is_geometry, is_position
from suyuan.core.farm.forms import FORMS
from suyuan.core.gs1.link import parse_link
from suyuan.core.identifiers import is_uri
from suyuan.core.master.outline import check_outline
from suyuan.core.master.settle import settled_position
from suyuan.core.rules.check import check_document
from suyuan.core.rules.product import is_label
from suyuan.core.rules.shapes import area_of_wkt
from suyuan.core.story_values import day_of, number_of
from suyuan.core.visibility import PUBLIC_MASTER_TYPES
from suyuan.core.whereabouts import whereabouts

Check = Callable[[Any], str | None]
"""What would be right, where a value is not."""

FIELDS = {name: tuple(one.name for one in form.fields) for name, form in FORMS.items()}
"""Names of the fields of each form of records."""

KEYS = {"Product": "01", "Place": "414", "Plot": "414", "Organization": "417"}
"""Which GS1 key the id of each type is, where it is one."""

EXAMPLE = "93990101MA27XW2FXK"
"""A code of this form whose checks are right."""
_DIGEST = re.compile(r"sha-256:[0-9a-f]{64}")
_COUNTRY = re.compile(r"[A-Z]{2}")
MOST_TEXT = 2_000


def objects_in(document: Any) -> list[tuple[str, dict[str, Any]]]:
    """(JSON pointer, object) of one object or a list of them; Malformed for anything else."""
    objects = [("", document)]
    if isinstance(document, list):
        objects = [(f"/{number}", one) for number, one in enumerate(document)]
    found = [(where, one) for where, one in objects if isinstance(one, dict)]
    if not found or len(found) < len(objects):
        raise Malformed("master data is a JSON object")
    return found


def check_record(master: Mapping[str, Any]) -> list[Refused]:
    """The same of what is to be a record: without an id or a type there is nothing to look at."""
    try:
        parse_content({"kind": "master", "master": master, "salt": "A" * 22})
    except Malformed as problem:
        problem.path = problem.path.removeprefix("/master")
        return [problem]
    return check_master(master)


def check_master(master: Mapping[str, Any]) -> list[Refused]:
    """Everything that is wrong with it; an empty list if it may be recorded."""
    found = [*_id(master), *_where(master), *check_document(master, FIELDS)]
    for name, value in master.items():
        check = MEMBERS.get(name)
        right = check(value) if check is not None else None
        if right is not None:
            found.append(
                Malformed(
                    "{name} is not as it should be; for example {example}",
                    path=f"/{name}",
                    name=name,
                    example=right,
                )
            )
    if not found:
        found += check_outline(master)
    return found


def _where(master: Mapping[str, Any]) -> Iterator[Refused]:
    """What everybody may read does not say where a thing lies (docs/decisions/0012)."""
    if master.get("type") not in PUBLIC_MASTER_TYPES:
        return
    for at in whereabouts(master):
        yield Refused(
            "where a plot lies is private: record it apart, with the type Plot and an id of its own, "
            "and name that in suyuan:plots",
            path=at,
        )


def _id(master: Mapping[str, Any]) -> Iterator[Refused]:
    """A GS1 key among the ids has to be whole, its check digit right, and of the kind of its type."""
    text, kind = master.get("id"), master.get("type")
    if not isinstance(text, str) or not isinstance(kind, str):
        yield Malformed('master data has an id and a type, for example "Product"', path="/id")
        return
    link = parse_dl(text)
    if link is None:
        return
    try:
        parse_link(text)
    except Malformed as problem:
        yield problem.at("/id")
        return
    due = KEYS.get(kind)
    of_this = tuple(name for name, key in KEYS.items() if key == link.key)
    if due is None and of_this and not link.qualifiers:
        # The newest record of a key is what it means to everybody: not anything may be that.
        yield Malformed(
            "a thing with the GS1 key ({key}) is of the type {types}",
            path="/type",
            key=link.key,
            types=", ".join(of_this),
        )
    if due is not None and link.key != due:
        yield Malformed(
            "the id of a {type} is a GS1 key ({due}), or a URI of your own; this is ({found})",
            path="/id",
            type=kind,
            due=due,
            found=link.key,
        )


def _name(value: Any) -> str | None:
    texts = value.values() if isinstance(value, Mapping) else [value]
    known = not isinstance(value, Mapping) or (value and value.keys() <= {"zh", "en", "code"})
    if known and all(isinstance(t, str) and 0 < len(t.strip()) <= MOST_TEXT for t in texts):
        return None
    return '{"zh": "山核桃", "en": "Hickory nuts"}'


def _text(example: str) -> Check:
    def check(value: Any) -> str | None:
        whole = isinstance(value, str) and 0 < len(value.strip()) <= MOST_TEXT
        return None if whole else example

    return check


def _quantity(value: Any) -> str | None:
    amount = number_of(value.get("value")) if isinstance(value, Mapping) else None
    unit = value.get("uom") if isinstance(value, Mapping) else None
    if amount is not None and amount > 0 and isinstance(unit, str) and 2 <= len(unit) <= 3:
        return None
    return '{"value": 250, "uom": "GRM"}'


def _days(value: Any) -> str | None:
    return None if type(value) is int and 0 < value < 36_600 else "180"


def _claims(value: Any) -> str | None:
    right = isinstance(value, list) and all(isinstance(one, str) and one in CLAIMS for one in value)
    return None if right else '["green"]'


def _credit_code(value: Any) -> str | None:
    right = isinstance(value, str) and is_credit_code(value)
    return None if right else EXAMPLE


def _picture(value: Any) -> str | None:
    if (
        isinstance(value, Mapping)
        and value.keys() == {"digest", "mediaType", "size", "name"}
        and isinstance(value["digest"], str)
        and _DIGEST.fullmatch(value["digest"])
        and value["mediaType"] in PICTURES
        and type(value["size"]) is int
        and isinstance(value["name"], str)
    ):
        return None
    return '{"digest": "sha-256:…", "mediaType": "image/jpeg", "size": 48213, "name": "nuts.jpg"}'


PICTURES = frozenset({"image/jpeg", "image/png", "image/webp"})
"""Pictures that a page shows: forms that can hold no script."""


def _area(value: Any) -> str | None:
    return None if hectares_of(value) is not None else '{"value": 6.5, "unit": "亩"}'


def _outline(value: Any) -> str | None:
    if is_geometry(value):
        return None
    return '{"type": "Polygon", "coordinates": [[[118.900101, 30.101201], …]]} (WGS-84)'


def _position(value: Any) -> str | None:
    if is_position(value) and _as_given(value):
        return None
    return '{"lat": 30.101201, "lon": 118.900101, "datum": "WGS-84"}'


def _as_given(position: Mapping[str, Any]) -> bool:
    """Whether a position that was converted is where its ``given`` says."""
    if "given" not in position:
        return True
    given = settled_position(position["given"])
    return is_position(given) and all(
        abs(float(position[name]) - float(given[name])) < 1e-6 for name in ("lat", "lon")
    )


def _plots(value: Any) -> str | None:
    if isinstance(value, list) and all(
        isinstance(item, Mapping) or (isinstance(item, str) and is_uri(item)) for item in value
    ):
        return None
    return '["https://trace.example.com/plot/P1"]'


def _uri(value: Any) -> str | None:
    right = isinstance(value, str) and is_uri(value)
    return None if right else '"https://id.gs1.org/414/9521234000013"'


def _country(value: Any) -> str | None:
    right = isinstance(value, str) and _COUNTRY.fullmatch(value) is not None
    return None if right else '"CN"'


def _label(value: Any) -> str | None:
    if is_label(value):
        return None
    crops = '[{"crop": "茶树", "preHarvestDays": 7}]'
    return f'{{"kind": "pesticide", "ingredients": ["苦参碱"], "crops": {crops}}}'


def _storage(value: Any) -> str | None:
    known = isinstance(value, Mapping) and value.keys() <= {"min", "max", "everyMinutes"}
    if known and value and all(number_of(one) is not None for one in value.values()):
        return None
    return '{"min": 0, "max": 4, "everyMinutes": 30}'


def _grants(value: Any) -> str | None:
    right = isinstance(value, list) and all(
        isinstance(one, Mapping)
        and isinstance(one.get("organisation"), str)
        and all(one.get(name) is None or day_of(one[name]) for name in ("from", "to"))
        for one in value
    )
    example = '[{"organisation": "https://id.gs1.org/417/9521234000013", "from": "2026-01-01"}]'
    return None if right else example


def _template(value: Any) -> str | None:
    named = value.get("id") if isinstance(value, Mapping) else value
    right = isinstance(named, str) and is_uri(named)
    return (
        None if right else '{"id": "https://trace.example.com/template/tea", "digest": "sha-256:…"}'
    )


def _boundary(value: Any) -> str | None:
    example = "POLYGON((118.9 30.1, 119.0 30.1, 119.0 30.2, 118.9 30.1))"
    return None if area_of_wkt(value) is not None else example


MEMBERS: Mapping[str, Check] = {
    "suyuan:boundary": _boundary,
    "suyuan:label": _label,
    "suyuan:storage": _storage,
    "suyuan:indication": _uri,
    "suyuan:authorisations": _grants,
    "suyuan:template": _template,
    "name": _name,
    "suyuan:brand": _name,
    "suyuan:grade": _name,
    "suyuan:village": _name,
    "suyuan:commodity": _name,
    "suyuan:variety": _name,
    "suyuan:packaging": _name,
    "suyuan:county": _name,
    "suyuan:crop": _name,
    "suyuan:member": _uri,
    "suyuan:netWeight": _quantity,
    "suyuan:shelfLifeDays": _days,
    "suyuan:picture": _picture,
    "suyuan:area": _area,
    "suyuan:outline": _outline,
    "suyuan:position": _position,
    "suyuan:plots": _plots,
    "suyuan:within": _uri,
    "suyuan:country": _country,
    "suyuan:claims": _claims,
    "suyuan:creditCode": _credit_code,
}
