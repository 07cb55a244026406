"""Every setting of a node, from ``<data dir>/suyuan.toml`` and ``SUYUAN_…`` environment variables.

The environment wins. No secret is a setting: secrets are files (see ``secret_file``).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Settings(BaseSettings):
    """One node: one log, one database, one contract."""

    model_config = SettingsConfigDict(env_prefix="SUYUAN_", extra="forbid")

    data_dir: Path = Field(
        default=Path(".suyuan"), description="Folder for keys, the database and state"
    )
    database_url: str = Field(
        default="", description="SQLAlchemy URL; empty: SQLite in the data folder"
    )
    secret_file: Path | None = Field(
        default=None,
        description="File with the secret that keys at rest are encrypted with; empty: the systemd "
        "credential suyuan-secret, else secret.key in the data folder. Back it up apart from the data",
    )
    origin: str = Field(
        default="localhost/log", description="Name of the log in its checkpoints; for ever"
    )
    uri_base: str = Field(
        default="https://localhost/",
        description="Base of the vocabulary and of objects of our own; outlives any host name",
    )
    public_url: str = Field(
        default="http://127.0.0.1:8000",
        description="Where the public pages are reached; printed on labels",
    )
    former_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts that public_url once named, for example old.example.cn: labels with them are "
        "still scanned, and lead on to public_url",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8000, description="Port to listen on")
    rpc_urls: list[str] = Field(
        default_factory=list, description="Ethereum RPC URLs; all must agree; empty: never anchored"
    )
    page_rpc_urls: list[str] = Field(
        default_factory=list,
        description="RPC URLs that the reader's browser may ask; empty: through this server",
    )
    confirmations: int = Field(
        default=2,
        ge=1,
        description="Depth at which an anchor is final where the chain has no finalized block",
    )
    rpc_timeout: float = Field(default=10.0, description="Seconds until an RPC call is given up")
    resubmit_after: float = Field(
        default=48.0, description="Seconds until a transaction is sent again"
    )
    settle_seconds: float = Field(
        default=0.0,
        description="Seconds between a checkpoint and its transaction: as many as the chain's clock may "
        "lie behind ours, so that no record is younger than the block that anchors it",
    )
    max_fee_gwei: float = Field(
        default=200.0,
        description="Fee for each unit of gas that anchoring never passes, however long it has to wait",
    )
    max_backlog: int = Field(
        default=1_000_000,
        ge=0,
        description="Records that may wait for the chain; beyond it new ones are answered 503 with "
        "Retry-After; 0: no bound",
    )
    poll_seconds: float = Field(default=12.0, description="Seconds between looks at the chain")
    seal_seconds: float = Field(
        default=60.0,
        description="Seconds between checkpoints, where not 4096 records make one before",
    )
    scrub_rate: float = Field(
        default=100.0,
        ge=0,
        description="Stored records re-hashed each second in the background, with their attachments (a "
        "megabyte counts as a record) and tiles; a million take three hours; 0: none",
    )
    max_body: int = Field(default=32 * 1024 * 1024, description="Largest request body in bytes")
    max_events: int = Field(
        default=20_000, ge=1, description="Most events in one document that is captured"
    )
    company_prefixes: list[str] = Field(
        default_factory=list,
        description="GS1 company prefixes from outside China whose products are recorded here: an EPC "
        "URN can be written only where the prefix's length is known",
    )
    witnesses: list[str] = Field(
        default_factory=list,
        description="Witnesses that cosign the log's heads, each its key, a space and its address: "
        "witness.example.cn/w1+5a1f…+BM… https://witness.example.cn",
    )
    outgoing_hosts: list[str] = Field(
        default_factory=list,
        description="Where webhooks may lead, for example https://hooks.example.cn:8443; an address "
        "that is not public has to be named itself, http://10.1.2.3:8080 or https://hooks.lan=10.1.2.3; "
        "empty: nothing is sent to anybody",
    )
    outgoing_timeout: float = Field(
        default=10.0, description="Seconds until a receiver that does not answer is given up"
    )
    printer_hosts: list[str] = Field(
        default_factory=list,
        description="Label printers that may be printed on, for example 192.168.1.50 (port 9100), "
        "192.168.1.50:9101 or labels.lan=192.168.1.50; empty: none, and labels are saved as files",
    )
    socket_origins: list[str] = Field(
        default_factory=list,
        description="Whose pages may listen over WebSocket beside our own, for example "
        "https://market.example.cn; programs need no such leave",
    )
    filing_number: str = Field(
        default="", description="Blockchain information service filing number"
    )
    contact: str = Field(default="", description="Whom to ask, shown on public pages")
    scan_scoring: Path | None = Field(
        default=None,
        description="JSON file with the figures by which scans of codes raise an alarm (docs/codes.md); "
        "empty: those that come with the program",
    )
    workers: bool = Field(default=True, description="Seal, anchor and run jobs in this process")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        given: dict[str, Any] = init_settings()
        folder = Path(given.get("data_dir") or os.environ.get("SUYUAN_DATA_DIR") or ".suyuan")
        return (
            init_settings,
            env_settings,
            TomlConfigSettingsSource(settings_cls, folder / "suyuan.toml"),
        )

    @classmethod
    def of(cls, folder: Path) -> Settings:
        """Those of another node's folder, whatever the environment says of ours."""

        class Other(cls):  # type: ignore[misc,valid-type]
            @classmethod
            def settings_customise_sources(
                cls,
                settings_cls: type[BaseSettings],
                init_settings: PydanticBaseSettingsSource,
                env_settings: PydanticBaseSettingsSource,
                dotenv_settings: PydanticBaseSettingsSource,
                file_secret_settings: PydanticBaseSettingsSource,
            ) -> tuple[PydanticBaseSettingsSource, ...]:
                file = TomlConfigSettingsSource(settings_cls, folder / "suyuan.toml")
                return init_settings, file

        return Other(data_dir=folder)

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'suyuan.db').resolve()}"
