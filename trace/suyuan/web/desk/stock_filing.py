"""What a page of the stock was filled in with: told what the rules say, kept as a draft, or signed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from starlette.responses import Response

from suyuan.core.errors import Blocked, Many, Refused, SuyuanError
from suyuan.core.packs import read_pack
from suyuan.core.rules.finding import Finding
from suyuan.flow.books import Entry
from suyuan.flow.inputs import Input
from suyuan.web.desk.deps import Desk
from suyuan.web.desk.sheet import carried, findings_of, judged, overrides_in
from suyuan.web.desk.stock import require
from suyuan.web.desk.stock import told as said_of
from suyuan.web.desk.telling import clock_of, key_of, told
from suyuan.web.desk.told import Called


class Heed(Exception):
    """The reader has not seen yet what the rules say of it."""

    def __init__(self, findings: Sequence[Finding], key: str) -> None:
        super().__init__()
        self.findings = tuple(findings)
        self.key = key


def file(
    desk: Desk,
    form: str,
    values: Mapping[str, Any],
    name: str,
    *,
    new: Mapping[str, Any] | None = None,
    named_now: str = "",
) -> Response:
    """Do what the button says: keep it as a draft, or sign and file it under ``name``.

    Raises Heed where its reader has to look once more, Blocked where a rule stands against it that no
    reason was given for. ``new``: master data of an input that is named here for the first time.
    ``named_now``: the id that the page has just made up, another one each time that it is sent.
    """
    node, actor = desk.node, desk.actor
    if desk.given("do") == "draft":
        if new is not None:
            # What the label says is no claim of what was done, and the draft could not name it else.
            node.masters.record(actor.caller, [("", dict(new))])
        node.drafts.save(actor.caller, form, values)
        now = clock_of(node.clock.now())
        kept = desk.words("Kept as a draft at {time}; it is not filed yet.", time=now)
        return desk.go("/desk/drafts", kept)
    overrides = overrides_in(desk)
    # Of most inputs something is not stated; asking twice for each of them would be asking for nothing.
    said = judged(desk, [Entry(form, values)], overrides, new)
    found = [one for one in said if one.verdict == "warn"]
    key = key_of(found, named_now)
    if found and desk.given("seen") != key:
        raise Heed(found, key)
    index = node.inputs.record(actor, form, values, new=new, overrides=overrides)
    return desk.go("/desk/stock", saved_as(desk, name, index))


T = TypeVar("T")


def tried(make: Callable[[], T], problems: list[SuyuanError]) -> T | None:
    """What it makes; None where it is refused, and why among the problems."""
    try:
        return make()
    except Many as several:
        problems += several.errors
    except Refused as problem:
        problems.append(problem)
    return None


def require_right(
    desk: Desk,
    form: str,
    values: Mapping[str, Any],
    problems: list[SuyuanError],
    page: Sequence[str],
    fields: Mapping[str, str] | None = None,
) -> None:
    """Many with all that is wrong: what the page found itself and what the form says of the rest, in the
    order of the fields on the page. A draft may be incomplete: the page's own questions are asked."""
    if desk.given("do") != "draft":
        entry = Entry(form, filled(values))
        tried(lambda: desk.node.books.check(desk.actor.caller, [entry]), problems)
    found: dict[tuple[str, str], SuyuanError] = {}
    for part in problems:
        on_page(part, fields or {})
        found.setdefault((part.path, part.text), part)
    if found:
        places = {f"/{name}": place for place, name in enumerate(page)}
        problems[:] = sorted(found.values(), key=lambda one: places.get(one.path, len(places)))
        raise Many(problems)


def told_rules(
    desk: Desk, problem: SuyuanError | Heed | None, fields: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What a page says on top: mistakes at their fields, what blocks, what is to be heeded."""
    blocked = findings_of(problem) if isinstance(problem, Blocked) else []
    findings = problem.findings if isinstance(problem, Heed) else ()
    wrong = problem if isinstance(problem, SuyuanError) and not blocked else None
    rules = list(dict.fromkeys(one.name for one in blocked))
    return {
        "problem": on_page(wrong, fields or {}),
        "status": 409 if blocked else 200,
        "blocked": told(blocked, desk.words),
        "findings": told(findings, desk.words),
        "rules": rules,
        "reasons": [desk.given(f"reason/{number}") for number in range(len(rules))],
        "kept": carried(desk) if desk.request.method == "POST" else [],
        "answers": (desk.given("answers") if desk.request.method == "POST" else "")
        or desk.actor.name,
        "seen": problem.key if isinstance(problem, Heed) else "",
        "may_override": desk.actor.may("override"),
    }


def countable(desk: Desk) -> list[tuple[str, str, str]]:
    """(id, name, what the books say is there) of every input that can be counted."""
    lines = desk.node.watch.stock(desk.actor.organisation)
    own = [line for line in lines if line.holder == desk.actor.organisation]
    called = Called(desk, {line.item for line in own})
    found = [(line.item, called(line.item), said_of(desk.words, line, line.book)) for line in own]
    there = {line.product for line in own}
    known = desk.node.inputs.known(desk.actor)
    found += [(one.id, one.name, "") for one in known if one.id not in there]
    return list({name: (name, said, book) for name, said, book in found}.values())


def of_stock(desk: Desk, wanted: str) -> Input:
    """A lot or an input that is in stock."""
    if not wanted:
        raise Refused("say which input it is", path="/item")
    for name, said, _ in countable(desk):
        if name == wanted:
            return Input(name, {"name": {"zh": said}})
    raise Refused("this input is not in your list", path="/item")


def writer(desk: Desk) -> None:
    require(desk)
    desk.actor.require("sign and file")


def today_of(desk: Desk) -> str:
    return desk.node.watch.today().isoformat()


def filled(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", [], ())}


def codes_of(text: str) -> list[str]:
    """Pack codes, one a line, each checked; Many at ``/pack_codes``."""
    found: dict[str, None] = {}
    problems: list[SuyuanError] = []
    for line in text.replace("；", "\n").replace(";", "\n").splitlines():
        if not line.strip():
            continue
        try:
            pack = read_pack(line)
            if pack.kind == "gtin":
                raise Refused(
                    "{code} is a barcode, the same on every pack; here belong the codes that differ",
                    code=pack.code,
                )
            found.setdefault(pack.code)
        except Refused as problem:
            problems.append(
                Refused("{line}: {why}", path="/pack_codes", line=line.strip()[:40], why=problem)
            )
    if problems:
        raise Many(problems)
    return list(found)


_FIELDS = {"items": "amount", "seller": "seller"}


def on_page(problem: SuyuanError | None, fields: Mapping[str, str] = _FIELDS) -> SuyuanError | None:
    """What a form calls a field may be several here."""
    for part in problem.errors if isinstance(problem, Many) else filter(None, [problem]):
        bits = part.path.split("/")
        if len(bits) > 1 and not bits[1].startswith("new_"):
            part.path = "/" + {**_FIELDS, **fields}.get(bits[1], bits[1])
    return problem


def members_of(desk: Desk, nobody: str) -> list[tuple[str, str]]:
    """The members to choose from, where the reader may know them; ``nobody`` says what none means."""
    if not desk.actor.may("members"):
        return []
    names = desk.people
    return [("", nobody), *sorted(names.items(), key=lambda pair: pair[1])]


def saved_as(desk: Desk, name: str, index: int) -> str:
    return desk.words("Saved: {name}, record {index}.", name=name, index=index)
