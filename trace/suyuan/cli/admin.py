"""Organisations, tokens, keys, erasure: the administrator's commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from suyuan.cli.record import As, RoleOption, caller_for
from suyuan.cli.show import in_words, node, settings, tell, write_json
from suyuan.core.errors import Malformed
from suyuan.flow.accounts import KEY_ROLE, Caller
from suyuan.flow.capture import key_value

if TYPE_CHECKING:
    from suyuan.bootstrap import Node

organisations = typer.Typer(help="Organisations that record here", no_args_is_help=True)
tokens = typer.Typer(help="Bearer tokens for the API", no_args_is_help=True)
keys = typer.Typer(help="Signing keys in the log", no_args_is_help=True)
secrets = typer.Typer(help="The secret that keys at rest are sealed with", no_args_is_help=True)

SuspectSince = Annotated[
    int | None, typer.Option(min=0, help="Index from which it may have been stolen")
]
StolenAt = Annotated[
    str, typer.Option(help="Time from which it may have been stolen, as 2026-09-01T08:00:00+08:00")
]

_ANY_TEXT = {"ignore_unknown_options": True}
"""One key of 64, as text, begins with the hyphen of an option: it is a key all the same."""


def administrator(opened: Node) -> Caller:
    """The organisation of entry 0, with its administrator's role."""
    ring = opened.appender.ring()
    owner = next(
        (s.owner for s in map(ring.state, ring.known) if s and s.role == "admin" and s.active), None
    )
    if owner is None:
        raise Malformed("this log has no administrator yet; `suyuan init` makes one")
    return caller_for(opened, owner, "administrator")


@organisations.command("add")
@in_words
def add_organisation(
    organisation: Annotated[
        str, typer.Argument(help="Its URI, a PGLN Digital Link or one of ours")
    ],
    zh: Annotated[str, typer.Option(help="Chinese name")],
    county: Annotated[str, typer.Option(help="GB/T 2260 code, six digits")],
    en: Annotated[str, typer.Option(help="English name")] = "",
) -> None:
    """Register an organisation."""
    opened = node()
    added = opened.accounts.add_organisation(organisation, name_zh=zh, name_en=en, county=county)
    tell("{name} is registered as {id}", name=added.name_zh, id=added.id)
    opened.close()


@organisations.command("list")
@in_words
def list_organisations() -> None:
    """All organisations, as JSON."""
    opened = node()
    write_json(
        [
            {"id": o.id, "zh": o.name_zh, "en": o.name_en, "county": o.county}
            for o in opened.database.accounts.organisations()
        ]
    )
    opened.close()


@tokens.command("add")
@in_words
def add_token(organisation: As, role: RoleOption = "recorder", label: str = "") -> None:
    """Make a token. It is printed this once."""
    opened = node()
    caller = caller_for(opened, organisation, role)
    text, token = opened.accounts.add_token(organisation, caller.role, label)
    write_json({"id": token.id, "token": text})
    opened.close()


@tokens.command("list")
@in_words
def list_tokens() -> None:
    """All tokens, without their texts."""
    opened = node()
    write_json(
        [
            {
                "id": t.id,
                "organisation": t.organisation,
                "role": t.role,
                "label": t.label,
                "revokedAt": t.revoked_at,
            }
            for t in opened.database.accounts.tokens()
        ]
    )
    opened.close()


@tokens.command("revoke")
@in_words
def revoke_token(token_id: str) -> None:
    """Revoke a token at once."""
    opened = node()
    opened.accounts.revoke_token(token_id)
    tell("token {id} is revoked", id=token_id)
    opened.close()


@keys.command("make")
@in_words
def make_key(organisation: As, role: RoleOption = "recorder") -> None:
    """Make a key that the service keeps for an organisation, and enrol it."""
    opened = node()
    caller_for(opened, organisation, role)
    kid, index = opened.capture.enrol_kept(
        administrator(opened), organisation, KEY_ROLE[role], opened.clock.now()
    )
    write_json({"kid": kid, "index": index})
    opened.close()


@keys.command("enrol", context_settings=_ANY_TEXT)
@in_words
def enrol_key(
    x: Annotated[str, typer.Argument(help="Public key, as `suyuan keygen` printed it")],
    organisation: As,
    role: RoleOption = "recorder",
) -> None:
    """Enrol a key that its signer alone holds."""
    from suyuan.core.encoding import unb64url

    opened = node()
    caller_for(opened, organisation, role)
    value = key_value(unb64url(x, size=32), organisation, KEY_ROLE[role])
    write_json({"index": opened.capture.key(administrator(opened), value)})
    opened.close()


@keys.command("revoke", context_settings=_ANY_TEXT)
@in_words
def revoke_key(
    kid: str,
    suspect_since: SuspectSince = None,
    stolen_at: StolenAt = "",
) -> None:
    """Revoke a key for good. What it signed stays; from the index or time on it is marked."""
    opened = node()
    state = opened.appender.ring().state(kid)
    if state is None:
        raise Malformed("the key {kid} is not enrolled", kid=kid)
    since = _since(opened, suspect_since, stolen_at)
    value = key_value(state.x, state.owner, state.role, "revoked", since)
    write_json({"index": opened.capture.key(administrator(opened), value)})
    opened.close()


@keys.command("rotate")
@in_words
def rotate_key(
    organisation: As,
    role: RoleOption = "recorder",
    suspect_since: SuspectSince = None,
    stolen_at: StolenAt = "",
) -> None:
    """Make another key that the service keeps for an organisation, and revoke those before it."""
    opened = node()
    caller_for(opened, organisation, role)
    since = _since(opened, suspect_since, stolen_at)
    kid, revoked = opened.capture.rotate_kept(
        administrator(opened), organisation, KEY_ROLE[role], opened.clock.now(), since
    )
    write_json({"kid": kid, "revoked": list(revoked), "suspectSince": since})
    opened.close()


@keys.command("list")
@in_words
def list_keys() -> None:
    """All keys that the log knows, as JSON, and which of them this service keeps."""
    opened = node()
    ring = opened.appender.ring()
    kept = {key.kid for key in opened.database.accounts.keys(None)}
    states = [state for kid in ring.known if (state := ring.state(kid)) is not None]
    write_json(
        [
            {
                "kid": s.kid,
                "owner": s.owner,
                "role": s.role,
                "active": s.active,
                "kept": s.kid in kept,
                "suspectSince": s.suspect_since,
            }
            for s in sorted(states, key=lambda s: (s.owner, s.role, s.kid))
        ]
    )
    opened.close()


@keys.command("rotate-log")
@in_words
def rotate_log(
    stolen: Annotated[
        bool,
        typer.Option("--stolen", help="The new policy does not list the old key any more"),
    ] = False,
) -> None:
    """Sign the log with another key from now on, under a new policy. The service is stopped meanwhile.

    Every verifier and witness needs the new key, by another way than this server. Safe to repeat.
    """
    from suyuan.rotate import rotate_log_key

    opened = node()
    before, after, policy = rotate_log_key(opened, stolen=stolen)
    tell("the log signs as {after} in place of {before}", before=before, after=after)
    if policy is not None:
        tell(
            "policy {fingerprint}: hand it on with `suyuan policy`",
            fingerprint=policy.fingerprint(),
        )
    tell("witnesses need the new key before they cosign again")
    opened.close()


@keys.command("rotate-label")
@in_words
def rotate_label(
    stolen: Annotated[
        bool,
        typer.Option("--stolen", help="Of the old key's serials only those count that were issued"),
    ] = False,
) -> None:
    """Make the serials of labels with another key from now on. The service is stopped meanwhile."""
    from suyuan.rotate import rotate_label_key

    opened = node()
    retired = rotate_label_key(opened, stolen=stolen)
    tell("serials are made with a new key; {count} keys are retired", count=retired)
    opened.close()


@secrets.command("rotate")
@in_words
def rotate_secret_command() -> None:
    """Seal all keys at rest under a new secret. The service is stopped meanwhile. Safe to repeat."""
    from suyuan.rotate import rotate_secret

    count = rotate_secret(settings())
    tell("{count} keys are sealed under a new secret", count=count)
    tell("make a new backup, data and keys: the old ones open each other only")


@secrets.callback()
def secret() -> None:
    """The secret that keys at rest are sealed with."""


def _since(opened: Node, index: int | None, time: str) -> int | None:
    if not time:
        return index
    if index is not None:
        raise Malformed("give the index or the time, not both")
    from suyuan.core.timestamps import to_utc_millis

    return opened.database.log.recorded_since(to_utc_millis(time))


@in_words
def erase(index: int, reason: Annotated[str, typer.Option(help="Why, for the record")]) -> None:
    """Erase what record INDEX says; its entry, its link and the log stay."""
    opened = node()
    write_json({"index": opened.capture.erase(administrator(opened), index, reason)})
    opened.close()
