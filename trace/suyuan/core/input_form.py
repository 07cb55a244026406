"""What is typed of an input that is new here, and of who buys one: checked field by field."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

from suyuan.core.codes import CLASSES
from suyuan.core.errors import Malformed, Many, Refused
from suyuan.core.farm.units import as_json, dimension_of, parse_amount
from suyuan.core.input_label import MOST, ingredients_in, label_in
from suyuan.core.packs import Pack
from suyuan.core.people import is_id_number, phone_of
from suyuan.core.rules.product import INPUT_KINDS


def kind_of_pack(pack: Pack | None) -> str:
    """The kind of input that a code is of, "" where it does not say."""
    if pack is None:
        return ""
    return {"pesticide": "pesticide", "drug": "veterinary", "gtin": ""}[pack.kind]


def registration_of_pack(pack: Pack | None) -> str:
    """What a pesticide's code says of its registration: ``PD…121234``; the two digits between are not in
    the code."""
    if pack is None or pack.pesticide is None:
        return ""
    kind = CLASSES[pack.pesticide.registration_class]
    return f"{kind if len(kind) == 2 else ''}…{pack.pesticide.registration}"


def fits_pack(registration: str, pack: Pack) -> bool:
    """Whether a registration number, whole, can be that of a pesticide's code."""
    told = pack.pesticide
    if told is None:
        return False
    plain = registration.replace(" ", "").upper()
    kind = CLASSES[told.registration_class]
    return plain.endswith(told.registration) and (len(kind) != 2 or plain.startswith(kind))


def input_of(given: Mapping[str, str], pack: Pack | None) -> dict[str, Any]:
    """Master data of an input as its label says, without its id; Many, or the one problem, at
    ``/new_<field>``."""
    found: list[Refused] = []
    name = " ".join(given.get("new_name", "").split())
    kind = given.get("new_kind", "")
    registration = "".join(unicodedata.normalize("NFKC", given.get("new_registration", "")).split())
    label: dict[str, Any] = {"kind": kind}
    master: dict[str, Any] = {"type": "Product", "name": {"zh": name}, "suyuan:label": label}
    if not name:
        found.append(Malformed("write the name on the label", path="/new_name"))
    elif len(name) > MOST:
        found.append(Malformed("at most {most} characters", path="/new_name", most=MOST))
    if kind not in INPUT_KINDS:
        found.append(Malformed("say what kind of input it is", path="/new_kind"))
    if "..." in registration:  # NFKC of "…"
        found.append(
            Malformed(
                "write the whole registration number, as on the label; its end is {end}",
                path="/new_registration",
                end=registration.rpartition("...")[2],
            )
        )
    elif registration and pack is not None and pack.pesticide and not fits_pack(registration, pack):
        found.append(
            Malformed(
                "this registration number is not that of the code, which ends in {end}",
                path="/new_registration",
                end=pack.pesticide.registration,
            )
        )
    elif registration:
        label["registration"] = registration[:MOST]
    if stated := ingredients_in(given.get("new_ingredients", "")):
        label["ingredients"] = stated
    label |= label_in(given, found)
    net = given.get("new_net", "").strip()
    if net:
        try:
            amount = parse_amount(net)
            if dimension_of(amount.unit) not in ("mass", "volume") or amount.value <= 0:
                raise Malformed("what one pack holds is a mass or a volume, for example 100 毫升")
            master["suyuan:netWeight"] = {"value": as_json(amount.value), "uom": amount.unit}
        except Refused as problem:
            found.append(problem.at("/new_net"))
    if len(found) == 1:
        raise found[0]
    if found:
        raise Many(found)
    return master


def buyer_of(given: Mapping[str, str], *, named: bool) -> dict[str, str]:
    """Name, phone and identity number of a buyer, in one form. ``named``: a sale by name asks for name
    and phone (农药管理条例 2017, art. 27, asks for who bought)."""
    found: list[Refused] = []
    name = " ".join(given.get("buyer_name", "").split())
    phone = given.get("buyer_phone", "").strip()
    number = unicodedata.normalize("NFKC", given.get("buyer_number", "")).strip().upper()
    if named and not name:
        found.append(Malformed("write the buyer's name", path="/buyer_name"))
    if named and not phone:
        found.append(Malformed("write the buyer's phone number", path="/buyer_phone"))
    if phone and phone_of(phone) is None:
        found.append(
            Malformed(
                "this is no phone number; a mobile has 11 digits, a landline begins with its area"
                " code",
                path="/buyer_phone",
            )
        )
    if number and not is_id_number(number):
        found.append(
            Malformed(
                "this identity number does not check: 18 characters, the birthday within, the last"
                " one checks the others",
                path="/buyer_number",
            )
        )
    if len(found) == 1:
        raise found[0]
    if found:
        raise Many(found)
    told = {
        "buyer_name": name,
        "buyer_phone": (phone_of(phone) or "") if phone else "",
        "buyer_number": number,
    }
    return {key: value for key, value in told.items() if value}


__all__ = ["buyer_of", "fits_pack", "input_of", "kind_of_pack", "registration_of_pack"]
