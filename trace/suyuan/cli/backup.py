"""Back a node up, keys apart from data, and put it back."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.show import err, in_words, progress, read, settings, tell, words
from suyuan.core.errors import Refused

if TYPE_CHECKING:
    from suyuan.backup import Restored

PASSPHRASE = "SUYUAN_PASSPHRASE_FILE"  # noqa: S105
"""Environment variable: a file with the key file's passphrase, where nobody can be asked."""

_File = Annotated[Path, typer.Argument(help="The backup's data, as .suyuan-backup")]


@in_words
def backup(
    file: _File,
    keys: Annotated[
        Path | None, typer.Option(help="Write the keys too, into a file of their own")
    ] = None,
) -> None:
    """Write everything of the log into FILE, while it is being served.

    Keys go into a file of their own, under a passphrase: keep the two in different places.
    """
    from suyuan.adapters.keys import write_private
    from suyuan.adapters.outside import SystemClock
    from suyuan.backup import back_up_keys, write_backup
    from suyuan.doctor import note_backup

    given, now = settings(), SystemClock().now()
    if keys is not None:
        # First: a passphrase mistyped is found before the long work.
        write_private(keys, back_up_keys(given, _passphrase(confirm=True)))
        tell("the keys are in {file}: keep it apart from the data", file=str(keys))
    with progress(words("Writing")) as bar:
        task = bar.add_task("", total=None)
        rows = write_backup(
            file,
            given,
            now,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
    note_backup(given.data_dir, now)
    tell("{rows} rows are in {file}", rows=rows, file=str(file))


@in_words
def restore(
    file: _File,
    keys: Annotated[Path | None, typer.Option(help="Put these keys back first")] = None,
) -> None:
    """Put a backup into an empty database, re-read all of it, and ask the chain what is missing.

    The database may be of the other kind than the one that was backed up. Exit 1 where the contract
    knows of more records than came back.
    """
    from suyuan.backup import open_backup, restore, restore_files, restore_keys

    opened = open_backup(file)
    given = settings()
    if files := restore_files(given, opened):
        tell("put back: {files}", files=", ".join(files))
        given = settings()
    if keys is not None:
        count = restore_keys(given, read(keys), _passphrase(confirm=False))
        tell("{count} key files are in place", count=count)
    with progress(words("Reading")) as bar:
        task = bar.add_task("", total=None)
        done = restore(
            given, opened, lambda done, total: bar.update(task, completed=done, total=total)
        )
    _tell(done)
    raise typer.Exit(1 if done.missing else 0)


def _tell(done: Restored) -> None:
    tell(
        "{records} records are back and whole, {sealed} of them sealed; the backup was made at {time}",
        records=done.records,
        sealed=done.sealed,
        time=done.made_at,
    )
    if done.missing:
        err.print(
            words(
                "the contract knows of {size} records: the last {missing} are not in this backup. Do "
                "not serve from it before they are back, from a newer backup or a mirror",
                size=done.chain_size,
                missing=done.missing,
            ),
            markup=False,
            style="red",
        )
    elif done.chain_size is not None:
        tell("the contract knows of {size} records; all of them are here", size=done.chain_size)
    elif done.silent is not None:
        tell("the chain was not reached, so nobody can say whether records are missing")
    tell("what was recorded after the backup was made is not here; ask who recorded it")


def _passphrase(*, confirm: bool) -> str:
    """From the file that the environment names, else from the person."""
    named = os.environ.get(PASSPHRASE)
    if named:
        return read(Path(named)).decode().rstrip("\r\n")
    try:
        given: str = typer.prompt(
            words("Passphrase of the key file"), hide_input=True, confirmation_prompt=confirm
        )
    except typer.Abort:
        raise Refused(
            "a passphrase is needed: type it, or name a file with it in {name}", name=PASSPHRASE
        ) from None
    return given
