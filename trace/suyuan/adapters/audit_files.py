"""Audits as files of the data folder, one each: ``audits/<asked at>-<id>.json``."""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from suyuan.adapters.keys import write_private
from suyuan.core.errors import Malformed
from suyuan.ports.audits import Audit

_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{12}")


class AuditFiles:
    """ports.audits.AuditStore."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, audit: Audit) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        body = json.dumps(asdict(audit), ensure_ascii=False, indent=1)
        write_private(self._folder / f"{audit.id}.json", body.encode())

    def get(self, audit_id: str) -> Audit | None:
        path = self._folder / f"{audit_id}.json"
        if _ID.fullmatch(audit_id) is None or not path.is_file():
            return None
        return Audit(**json.loads(path.read_bytes()))

    def list(self, organisation: str, *, limit: int = 50) -> builtins.list[Audit]:
        found: builtins.list[Audit] = []
        for path in sorted(self._folder.glob("*.json"), reverse=True):
            one = self.get(path.stem)
            if one is not None and one.organisation == organisation:
                found.append(one)
            if len(found) == limit:
                break
        return found

    def files(self) -> dict[str, str]:
        """Every audit as it is kept, by its id: for backups."""
        return {
            path.stem: path.read_text(encoding="utf-8")
            for path in sorted(self._folder.glob("*.json"))
            if _ID.fullmatch(path.stem)
        }

    def restore(self, files: Mapping[str, object]) -> int:
        """Write those that are not there; how many were. Malformed for what is no audit, before any is
        written: the names come from a file, and lead nowhere else."""
        found = {}
        for name, text in files.items():
            try:
                found[name] = Audit(**json.loads(str(text)))
            except (ValueError, TypeError):
                raise Malformed("{name} in the backup is no audit", name=name[:60]) from None
            if _ID.fullmatch(name) is None or found[name].id != name:
                raise Malformed("{name} in the backup is no audit", name=name[:60])
        missing = [one for one in found.values() if self.get(one.id) is None]
        for one in missing:
            self.put(one)
        return len(missing)
