"""Static files: read once, served for ever under an address that holds their digest."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is served."""

    name: str
    body: bytes
    packed: bytes
    """The same, gzipped."""
    digest: str
    media_type: str

    @property
    def url(self) -> str:
        """Where it is; another content has another address."""
        return f"/static/{self.digest}/{self.name}"


@dataclass(frozen=True, slots=True)
class Assets:
    """All that pages load, and what scripts/build_front.mjs made, where it was run."""

    files: Mapping[str, Asset]
    verifier: bytes | None
    """The verifier in a single HTML file."""
    verifier_csp: str
    check_words: Mapping[str, str]
    """By language: what the page's script says, as JSON."""

    def url(self, name: str) -> str:
        """Address of a file; KeyError for one that is not there."""
        return self.files[name].url

    @property
    def has_script(self) -> bool:
        """Whether the page can check itself in the reader's browser."""
        return "verify.js" in self.files

    @property
    def has_signer(self) -> bool:
        """Whether a laboratory can sign in its own browser."""
        return "sign.js" in self.files


@cache
def load() -> Assets:
    """Read everything; the built part may be missing in a checkout where Node.js never ran."""
    here = files(__package__)
    static, built = here / "static", here / "static" / "build"
    tokens = static / "tokens.css"
    styles = {
        "page.css": (tokens, static / "page.css", built / "check.css"),
        "report.css": (static / "report.css",),
        "desk.css": (tokens, static / "desk.css"),
    }
    found = [
        _asset(name, b"\n".join(part.read_bytes() for part in parts if part.is_file()))
        for name, parts in styles.items()
    ]
    scripts = ("icon.svg", "live.js", "place.js", "scan.js")
    found += [_asset(name, (static / name).read_bytes()) for name in scripts]
    verifier = _read(built / "verifier.html")
    script = _read(built / "verify.js")
    if script is not None:
        found.append(_asset("verify.js", script))
    signs = _read(built / "sign.js")
    if signs is not None:
        found.append(_asset("sign.js", signs))
    facts = json.loads(_read(built / "build.json") or b"{}")
    words = json.loads((here / "front" / "words.json").read_bytes())
    return Assets(
        {asset.name: asset for asset in found},
        verifier,
        str(facts.get("verifierCsp", "default-src 'none'")),
        {
            language: json.dumps(said["check"], ensure_ascii=False, separators=(",", ":"))
            for language, said in words.items()
        },
    )


def _read(path: Traversable) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _asset(name: str, body: bytes) -> Asset:
    return Asset(
        name,
        body,
        gzip.compress(body, 9, mtime=0),
        hashlib.sha256(body).hexdigest()[:16],
        _TYPES["." + name.rsplit(".", 1)[-1]],
    )
