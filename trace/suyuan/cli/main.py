"""``suyuan``: every verb of a node, and the verifier that needs none."""

from __future__ import annotations

import gc
from typing import Annotated, Any

import typer

from suyuan.cli.later import Later
from suyuan.cli.usage import Speaking

# Each with the first paragraph of its help, so that a list of all loads none; a test compares them.
COMMANDS = (
    (
        "init",
        "init:init",
        (
            "Make this folder a node: settings, keys, database, administrator and, "
            "with --rpc, the contract."
        ),
    ),
    ("serve", "node:serve", "Serve API, public log and pages, and run the workers, until Ctrl-C."),
    ("status", "node:status", "How the node is, as JSON."),
    (
        "settings",
        "settings_page:settings_page",
        "Every setting with its meaning and the value in force.",
    ),
    ("seal", "node:seal", "Sign a checkpoint over everything recorded, now."),
    (
        "policy",
        "node:policy",
        "The policy in force, for verifiers: hand it on by a way other than this server.",
    ),
    (
        "doctor",
        "doctor:doctor",
        "Look at folder, keys, database, log, clock, chain and service. Exit 1 if anything is wrong.",
    ),
    (
        "close",
        "closing:close",
        "Close the log for good: seal and anchor the last records, close in the contract.",
    ),
    ("backup", "backup:backup", "Write everything of the log into FILE, while it is being served."),
    (
        "restore",
        "backup:restore",
        "Put a backup into an empty database, re-read all of it, and ask the chain what is missing.",
    ),
    (
        "repair",
        "repair:repair",
        "Re-read records, attachments, tiles and checkpoints, and put right what is damaged.",
    ),
    (
        "capture",
        "record:capture",
        "Record files. Each goes in whole or not at all; a file recorded before is not doubled.",
    ),
    (
        "keygen",
        "record:keygen",
        "Make a signing key that only you hold, and print what an administrator enrols.",
    ),
    (
        "sign",
        "record:sign",
        "Sign offline; needs no service, no database and no network. Send the result to POST /records.",
    ),
    ("submit", "record:submit", "Record contents that were signed elsewhere."),
    (
        "master",
        "master:master",
        "Record master data: products, places, organisations. Each file goes in whole or not at all.",
    ),
    (
        "query",
        "query:query",
        "Write the events that a SimpleEventQuery of EPCIS 2.0 finds, a JSON object each.",
    ),
    ("erase", "admin:erase", "Erase what record INDEX says; its entry, its link and the log stay."),
    (
        "bundle",
        "prove:bundle",
        "Write the bundle of an object: everything that proves it, in one file.",
    ),
    (
        "verify",
        "prove:verify",
        "Check a bundle without trusting who made it. Exit 0 verified, 1 failed, 3 not (yet) anchored.",
    ),
    (
        "audit",
        "prove:audit",
        "Replay the whole log and name the first record that differs. Exit 0 agrees, 1 differs.",
    ),
    (
        "issue",
        "codes:issue",
        (
            "Issue codes for the packs of a lot; prints the record, the serials, "
            "and how the label's claims stand."
        ),
    ),
    ("label", "labels:label", "Write the label of a lot, or with --record of each of its packs."),
    (
        "mirror",
        "mirror:mirror",
        "Follow a log: every checkpoint computed again, all of them consistent, the contract asked.",
    ),
    (
        "balance",
        "balance:balance",
        (
            "What was bought, used, sold on, given back and should be in stock, a "
            "JSON object for each input."
        ),
    ),
    (
        "lineage",
        "lineage:lineage",
        "What a thing came from and what became of it: a JSON object for each step, then one in all.",
    ),
    (
        "demo",
        "demo:demo",
        "Play a hickory season from farm to pack, anchor it, verify it, and leave the service running.",
    ),
    ("anchor", "anchoring:anchoring", "Anchor the log in its contract"),
    ("org", "admin:organisations", "Organisations that record here"),
    ("person", "person:persons", "Persons who log in at the desk"),
    ("token", "admin:tokens", "Bearer tokens for the API"),
    ("key", "admin:keys", "Signing keys in the log"),
    ("secret", "admin:secrets", "The secret that keys at rest are sealed with"),
    ("labels", "printing:printing", "Label printers, and jobs of labels"),
    ("witness", "witness:witness", "Cosign the heads of logs that only ever grew"),
    ("thing", "master:things", "Master data as it is recorded"),
    ("subscription", "subscription:subscriptions", "Webhooks that are told of new events"),
    ("epcis", "epcis:epcis", "Check, hash and convert EPCIS documents, JSON or XML."),
    ("dl", "dl:links", "Read, check and build GS1 Digital Links, a JSON line each."),
    ("rules", "rules:rules", "What the rules of farming say."),
    ("template", "templates:templates", "Crop and livestock templates."),
    ("brand", "brand:brands", "Brands, and who may use them."),
    ("codes", "codes:codes", "Codes of packs, and what becomes of them."),
    ("recall", "lineage:recalls", "Hold, recall, and drills of it."),
    ("case", "case:cases", "Reports from the public"),
    ("gate", "certificate:gates", "A lot's gates: release at origin, check-in at a market."),
    ("certificate", "certificate:certificates", "Certificates of compliance 承诺达标合格证."),
    ("laboratory", "laboratory:laboratories", "Laboratories and certifiers that sign by a link"),
    ("export", "export:exports", "Exports for authorities abroad."),
    ("farm", "farm:farm", "The cooperative's books: what was done, with what, where"),
)
"""Name, place (``module:attribute``) and line of every command, in the order of the help."""


class Suyuan(Speaking):
    """All commands, none of which is loaded before it is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**{**attributes, "commands": {row[0]: Later(*row) for row in COMMANDS}})


# What is loaded is no garbage: looking for it costs a twentieth of the start.
gc.set_threshold(10_000, 10, 50)

app = typer.Typer(
    name="suyuan",
    cls=Suyuan,
    help="Farm records as signed events in a log that an Ethereum contract keeps honest.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(version("suyuan"))
        raise typer.Exit


@app.callback()
def suyuan(
    version: Annotated[
        bool,
        typer.Option("--version", help="Say the version and end", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """All that stands before a command."""
