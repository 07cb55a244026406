"""Serials and labels from the command line."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.show import in_words, node, tell
from suyuan.core.errors import NotFound, Refused
from suyuan.core.identifiers import object_id
from suyuan.flow.supplies import DOTS
from suyuan_labels import Head, Language


class Form(StrEnum):
    """What a label is written as."""

    sheet = "sheet"
    thermal = "thermal"
    png = "png"
    svg = "svg"
    zpl = "zpl"
    tspl = "tspl"
    escpos = "escpos"


@in_words
def label(
    lot: Annotated[str, typer.Argument(help="The lot, as a Digital Link")],
    output: Annotated[Path, typer.Option("--output", "-o", help="File (sheet) or folder")],
    form: Annotated[
        Form,
        typer.Option(
            help="A4 sheet as PDF; 1-bit PNG, PNG or SVG; or one file for a printer that speaks ZPL, "
            "TSPL or ESC/POS"
        ),
    ] = Form.sheet,
    stock: Annotated[
        str, typer.Option(help="60x40, 50x30 or 40x30 mm; sheet: a4-3x8, a4-4x10")
    ] = "",
    dpi: Annotated[int, typer.Option(help="203 or 300, of the printer")] = 203,
    record: Annotated[
        int | None, typer.Option(help="Packs: the record that issued the serials")
    ] = None,
) -> None:
    """Write the label of a lot, or with --record of each of its packs."""
    from suyuan_labels import SPEECH, Press, bitmap_png, pdf, png, svg

    opened = node()
    paper = opened.supplies.paper("", stock or ("a4-3x8" if form is Form.sheet else "60x40"))
    if dpi not in DOTS:
        raise Refused("choose one of {choices}", path="--dpi", choices="203 / 300")
    dots = DOTS[dpi]
    name = object_id(lot)
    if name is None:
        raise NotFound("{lot} is no lot of a product", lot=lot)
    if record is None:
        labels = [opened.labeller.lot_label(name)]
    else:
        serials = opened.database.log.serials_of(record)
        if not serials or serials[0].lot != name:
            raise NotFound("record {index} issued no serials of this lot", index=record)
        labels = opened.labeller.pack_labels(name, [s.serial for s in serials], record)
    if form is Form.sheet:
        output.write_bytes(pdf(labels, paper.pages))
    elif form in (Form.zpl, Form.tspl, Form.escpos):
        name_of: dict[Form, Language] = {
            Form.zpl: "zpl", Form.tspl: "tspl", Form.escpos: "escpos"
        }  # fmt: skip
        speech, press = SPEECH[name_of[form]], Press(paper.stock, dots)
        head = Head(paper.stock.width, paper.stock.height, dots, paper.gap, paper.media)
        with output.open("wb") as file:
            file.write(speech.opening(head))
            for one in labels:
                file.write(speech.one(press.bits(one), head))
    else:
        output.mkdir(parents=True, exist_ok=True)
        for number, one in enumerate(labels, 1):
            stem = one.link.serial or one.link.lot
            if form is Form.svg:
                (output / f"{number:05d}-{stem}.svg").write_text(
                    svg(one, paper.stock), encoding="utf-8"
                )
            else:
                draw = bitmap_png if form is Form.thermal else png
                image = draw(one, paper.stock, dots)
                (output / f"{number:05d}-{stem}.png").write_bytes(image)
    tell("{count} labels in {output}", count=len(labels), output=str(output))
    opened.close()
