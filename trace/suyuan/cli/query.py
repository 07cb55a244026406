"""Asking for events from the command line, with the parameters of the REST binding."""

from __future__ import annotations

from typing import Annotated

import typer

from suyuan.cli.epcis import line
from suyuan.cli.record import RoleOption, caller_for
from suyuan.cli.show import in_words, node
from suyuan.core.errors import Malformed
from suyuan.core.visibility import Viewer

AT_ONCE = 500


def pairs(given: list[str], example: str) -> dict[str, str]:
    """``name=value`` texts; Malformed where one is none, or a name stands there twice."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise Malformed(
                "{name} is not as it should be; for example {example}",
                name=one[:200],
                example=example,
            )
        if name in found:
            raise Malformed("this parameter stands here twice", path=f"/{name}")
        found[name] = value
    return found


@in_words
def query(
    parameters: Annotated[
        list[str] | None,
        typer.Argument(help="EQ_bizStep=shipping, GE_eventTime=…; lists are divided by |"),
    ] = None,
    organisation: Annotated[
        str | None, typer.Option("--as", help="Only what this organisation may see")
    ] = None,
    role: RoleOption = "recorder",
    prefix: Annotated[
        list[str] | None,
        typer.Option(help="A prefix of extensions: example=https://ns.example.com/epcis/"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="No more events than these are written")
    ] = None,
) -> None:
    """Write the events that a SimpleEventQuery of EPCIS 2.0 finds, a JSON object each."""
    opened = node()
    try:
        viewer = Viewer(role="administrator")
        if organisation is not None:
            viewer = caller_for(opened, organisation, role).viewer
        prefixes = pairs(prefix or [], "example=https://ns.example.com/epcis/")
        asked = opened.asking.query(
            viewer, pairs(parameters or [], "EQ_bizStep=shipping"), [prefixes]
        )
        most = [one for one in (limit, asked.count_limit) if one is not None]
        left = min(most, default=None)
        after = None
        while left is None or left > 0:
            size = AT_ONCE if left is None else min(left, AT_ONCE)
            page = opened.events.page(viewer, asked, size=size, after=after)
            for one in page.events:
                line(
                    {"index": one.index, "recordTime": one.record_time, "eventID": one.event_id,
                     "event": one.event}
                )  # fmt: skip
            left = None if left is None else left - len(page.events)
            if page.after is None:
                break
            after = page.after
    finally:
        opened.close()
