"""Standing queries, for who runs the node: who is told of events, how far, and what is in the way."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from suyuan.cli.show import in_words, language, node, tell, write_json
from suyuan.core.errors import NotFound
from suyuan.core.kept import read_kept
from suyuan.words import told as spoken

subscriptions = typer.Typer(help="Webhooks that are told of new events", no_args_is_help=True)

_AT_ONCE = 500


@subscriptions.command("list")
@in_words
def list_subscriptions(
    failing: Annotated[
        bool,
        typer.Option(
            "--failing", help="Only those whose last delivery failed, or who missed an event"
        ),
    ] = False,
) -> None:
    """All subscriptions, a JSON object each: what waits, since when, and why."""
    opened = node()
    size, after = opened.database.log.tail().size, ""
    while found := opened.database.subscriptions.list(None, None, after=after, limit=_AT_ONCE):
        for one in found:
            after = one.id
            skipped = json.loads(one.skipped)
            if failing and not one.failures and not skipped:
                continue
            terms = json.loads(one.terms)
            write_json(
                {
                    "id": one.id,
                    "organisation": one.organisation,
                    "query": one.query,
                    "dest": one.dest,
                    "when": terms.get("schedule", "stream"),
                    "recordsBehind": size - one.cursor,
                    "lastNotifiedAt": one.notified_at,
                    "failures": one.failures,
                    "problem": spoken(read_kept(one.problem), language()) if one.problem else None,
                    "skipped": skipped,
                }
            )
    opened.close()


@subscriptions.command("end")
@in_words
def end(
    subscription_id: Annotated[str, typer.Argument(help="Its id, as `list` tells it")],
) -> None:
    """Send nothing more to it."""
    opened = node()
    ended = opened.database.subscriptions.delete(subscription_id)
    opened.close()
    if not ended:
        raise NotFound("no subscription {id}", id=subscription_id[:100])
    tell("ended")
