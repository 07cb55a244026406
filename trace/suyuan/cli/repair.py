"""``suyuan repair``: find what is damaged, and put it back from a backup or a mirror."""

from __future__ import annotations

from typing import Annotated

import typer

from suyuan.cli.show import err, in_words, language, node, progress, tell, words
from suyuan.words import text_of


@in_words
def repair(
    source: Annotated[
        str | None,
        typer.Option("--from", help="A .suyuan-backup file, a mirror's folder or address"),
    ] = None,
    first: Annotated[int, typer.Option(min=0, help="Index of the first record to re-read")] = 0,
    last: Annotated[int | None, typer.Option(min=0, help="Index of the last one")] = None,
    look: Annotated[bool, typer.Option("--look", help="Only say what is damaged")] = False,
) -> None:
    """Re-read records, attachments, tiles and checkpoints, and put right what is damaged.

    Nothing is written that does not hash, and nothing that was erased comes back. Exit 0 all is whole,
    1 something is damaged still.
    """
    from suyuan.adapters.spare import open_spare
    from suyuan.flow.repair import NoSpare, Repairer

    opened = node()
    stores = opened.database
    spare = open_spare(source, opened.settings.origin) if source is not None else NoSpare()
    head = stores.tree.latest()
    size = max(stores.log.tail().size, head.size if head else 0)
    stop = size if last is None else min(size, last + 1)
    with progress(words("Reading")) as bar:
        task = bar.add_task("", total=max(0, stop - first))
        repairer = Repairer(opened.scrubber, stores.repair, lambda count: bar.advance(task, count))
        done = repairer.run(first, stop, None if look else spare)
    for problem in done.found:
        err.print(text_of(problem, language()), markup=False)
    for index in done.erased:
        tell("record {index} was erased; what the backup has of it stays away", index=index)
    opened.close()
    if not done.left:
        tell("{count} records are re-read, and all is whole", count=done.read)
        return
    tell("damaged still:")
    for problem in done.left:
        tell("  {what}", what=text_of(problem, language()))
    raise typer.Exit(1)
