"""``suyuan mirror``: follow a log, verify everything, serve it read-only."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.show import explain, in_words, progress, read, tell, words
from suyuan.core.errors import Damaged
from suyuan.core.policy import parse_policy


@in_words
def mirror(
    url: Annotated[str, typer.Argument(help="Address of the service whose log is followed")],
    policy: Annotated[Path, typer.Option(help="Policy file, got by another way than the log")],
    data: Annotated[Path, typer.Option(help="Folder of what was verified")],
    rpc: Annotated[str | None, typer.Option(help="RPC URL of a chain node that you trust")] = None,
    every: Annotated[float, typer.Option(min=1, help="Seconds between two looks")] = 60.0,
    contents: Annotated[
        bool,
        typer.Option(
            "--contents", help="Keep also what records say openly, for readers and repair"
        ),
    ] = False,
    once: Annotated[bool, typer.Option("--once", help="Look once, and serve nothing")] = False,
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on")] = 8002,
) -> None:
    """Follow a log: every checkpoint computed again, all of them consistent, the contract asked.

    With --once: exit 0 agrees, 1 a lie was found (the proof is in the folder), 3 not reached.
    """
    from suyuan.adapters.mirror_attachments import MirrorAttachments
    from suyuan.adapters.mirror_contents import MirrorContents
    from suyuan.adapters.mirror_files import MirrorFiles
    from suyuan.adapters.outside import SystemClock
    from suyuan.adapters.remote import PublishedLog
    from suyuan.flow.mirror import Mirror
    from suyuan.flow.mirror_contents import Contents
    from suyuan.web.mirror import Look, create_mirror, look_once

    held = read(policy)
    checked = parse_policy(held)
    chain = None
    if rpc:
        from suyuan.adapters.chain_view import AuditedChain

        chain = AuditedChain(rpc, checked.contract, checked.log_id)
    store, clock, look = MirrorFiles(data), SystemClock(), Look()
    with progress(words("Following")) as bar:
        task = bar.add_task("", total=None)
        source = PublishedLog(url)
        made = Mirror(
            source,
            store,
            checked,
            chain,
            clock,
            lambda done, total: bar.update(task, completed=done, total=total),
        )
        said = MirrorContents(data) if contents else None
        attached = MirrorAttachments(data) if contents else None
        reads = (
            Contents(source, store, said, attached).step
            if said is not None and attached is not None
            else None
        )
        look_once(made.step, look, clock.now, reads)
    if look.trouble is not None:
        explain(look.trouble)
    elif look.followed is not None:
        tell(
            "{size} records are mirrored, {new} of them new; chain: {chain}",
            size=look.followed.size,
            new=look.followed.new,
            chain=words(look.followed.chain),
        )
    if look.said is not None:
        tell("{count} contents are kept", count=look.said.held)
        tell("{count} attachments are kept", count=look.said.attached)
        for index in look.said.wrong:
            tell(
                "record {index}: what is told of it does not hash; it is asked for again",
                index=index,
            )
    if once:
        silent = look.trouble or look.followed is None or look.followed.chain == "not reached"
        raise typer.Exit(1 if isinstance(look.trouble, Damaged) else 3 if silent else 0)
    import uvicorn

    stop = threading.Event()

    def follow() -> None:
        while not stop.wait(every):
            look_once(made.step, look, clock.now, reads)

    thread = threading.Thread(target=follow, name="mirror", daemon=True)
    thread.start()
    try:
        uvicorn.run(
            create_mirror(store, held, checked.origin, look, said, attached),
            host=host,
            port=port,
            log_level="warning",
            timeout_graceful_shutdown=5,
            server_header=False,
        )
    finally:
        stop.set()
        thread.join(30)
