"""``suyuan witness``: cosign other people's logs, so that none can show two histories."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import Annotated

import typer

from suyuan.cli.show import in_words, node, read, tell
from suyuan.core.encoding import b64url, unb64url
from suyuan.core.errors import Refused

witness = typer.Typer(help="Cosign the heads of logs that only ever grew", no_args_is_help=True)

_KeyFile = Annotated[Path, typer.Option("--key", help="File of the witness's own key")]
_Name = Annotated[
    str, typer.Argument(help="Name of the witness: an address without scheme, for ever")
]


@witness.command("keygen")
@in_words
def keygen(name: _Name, key: _KeyFile) -> None:
    """Make a key, and print what logs and verifiers are told of it."""
    from suyuan.adapters.keys import write_private
    from suyuan.core.cosignature import Cosigner

    seed = secrets.token_bytes(32)
    made = Cosigner(name, seed)
    try:
        write_private(key, (b64url(seed) + "\n").encode(), first=True)
    except FileExistsError:
        raise Refused("{file} is there already, and is another", file=str(key)) from None
    typer.echo(made.key.vkey)


@witness.command("serve")
@in_words
def serve(
    name: _Name,
    key: _KeyFile,
    log: Annotated[
        list[str], typer.Option(help="Verifier key of a log to follow (logKeys of its policy)")
    ],
    data: Annotated[Path, typer.Option(help="Folder of what was cosigned; never lose it")],
    host: Annotated[str, typer.Option(help="Address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on")] = 8001,
) -> None:
    """Answer add-checkpoint (C2SP tlog-witness) until Ctrl-C."""
    import uvicorn

    from suyuan.adapters.witness_files import WitnessFiles
    from suyuan.core.cosignature import Cosigner
    from suyuan.core.note import NoteVerifier
    from suyuan.flow.witness import Witness
    from suyuan.web.witness import create_witness

    verifiers = [NoteVerifier.parse(text) for text in log]
    cosigner = Cosigner(name, unb64url(read(key).decode().strip(), size=32))
    by_origin = {v.name: [w for w in verifiers if w.name == v.name] for v in verifiers}
    made = Witness(cosigner, by_origin, WitnessFiles(data), lambda: int(time.time()))
    tell("{name} cosigns {logs}", name=name, logs=", ".join(by_origin))
    uvicorn.run(
        create_witness(made),
        host=host,
        port=port,
        log_level="warning",
        timeout_graceful_shutdown=5,
        server_header=False,
    )


@witness.command("pin")
@in_words
def pin(
    quorum: Annotated[
        int, typer.Option(min=0, help="How many of them have to cosign; 0: it is only told who did")
    ] = 0,
    none: Annotated[bool, typer.Option("--none", help="Name none any more")] = False,
) -> None:
    """Name the settings' witnesses in the log's policy: whoever takes its fingerprint believes them."""
    from suyuan.rotate import pin_witnesses

    opened = node()
    policy = pin_witnesses(opened, quorum, none=none)
    tell(
        "the policy names {count} witnesses and asks for {quorum}",
        count=len(policy.witnesses),
        quorum=policy.quorum,
    )
    tell(
        "policy {fingerprint}: hand it on with `suyuan policy`",
        fingerprint=policy.fingerprint(),
    )
    opened.close()
