"""``suyuan``: every verb of a node, and the verifier that needs none."""

from __future__ import annotations

import typer

from suyuan.cli import (
    admin,
    anchoring,
    backup,
    balance,
    brand,
    case,
    certificate,
    closing,
    codes,
    demo,
    dl,
    doctor,
    epcis,
    export,
    farm,
    init,
    labels,
    laboratory,
    lineage,
    master,
    mirror,
    node,
    person,
    printing,
    prove,
    query,
    record,
    repair,
    rules,
    settings_page,
    subscription,
    templates,
    witness,
)
from suyuan.cli.help import speaking
from suyuan.cli.usage import Speaking

app = typer.Typer(
    name="suyuan",
    cls=Speaking,
    help="Farm records as signed events in a log that an Ethereum contract keeps honest.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.command()(init.init)
app.command()(node.serve)
app.command()(node.status)
app.command("settings")(settings_page.settings_page)
app.command()(node.seal)
app.add_typer(anchoring.anchoring, name="anchor")
app.command()(node.policy)
app.command()(doctor.doctor)
app.command()(closing.close)
app.command()(backup.backup)
app.command()(backup.restore)
app.command()(repair.repair)
app.command()(record.capture)
app.command()(record.keygen)
app.command()(record.sign)
app.command()(record.submit)
app.command()(master.master)
app.command()(query.query)
app.command()(admin.erase)
app.add_typer(admin.organisations, name="org")
app.add_typer(person.persons, name="person")
app.add_typer(admin.tokens, name="token")
app.add_typer(admin.keys, name="key")
app.add_typer(admin.secrets, name="secret")
app.command()(prove.bundle)
app.command()(prove.verify)
app.command()(prove.audit)
app.command()(codes.issue)
app.command()(labels.label)
app.add_typer(printing.printing, name="labels")
app.command()(mirror.mirror)
app.add_typer(witness.witness, name="witness")
app.add_typer(master.things, name="thing")
app.add_typer(subscription.subscriptions, name="subscription")
app.add_typer(epcis.epcis, name="epcis")
app.add_typer(dl.links, name="dl")
app.add_typer(rules.rules, name="rules")
app.add_typer(templates.templates, name="template")
app.command()(balance.balance)
app.add_typer(brand.brands, name="brand")
app.add_typer(codes.codes, name="codes")
app.command()(lineage.lineage)
app.add_typer(lineage.recalls, name="recall")
app.add_typer(case.cases, name="case")
app.add_typer(certificate.gates, name="gate")
app.add_typer(certificate.certificates, name="certificate")
app.add_typer(laboratory.laboratories, name="laboratory")
app.add_typer(export.exports, name="export")
app.add_typer(farm.farm, name="farm")
app.command()(demo.demo)
speaking(app)
