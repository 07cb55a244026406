"""The unit and the nginx example of docs/running start, and the page of settings is the code's."""

from __future__ import annotations

import configparser
import contextlib
import json
import os
import re
import secrets
import shlex
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from nodes import make_world
from parts import absent
from shared import ROOT
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from suyuan.cli.settings_page import page

UNIT = ROOT / "docs" / "running" / "suyuan.service"
NGINX = ROOT / "docs" / "running" / "nginx.conf"
PROGRAM = Path(sys.executable).with_name("suyuan")


def test_the_page_of_settings_is_made_from_the_code() -> None:
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == page(), (
        "suyuan settings --markdown > docs/settings.md"
    )


def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(UNIT.read_text(encoding="utf-8"))
    return parser


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        absent("systemd")
    copy = tmp_path / "suyuan.service"
    text = UNIT.read_text(encoding="utf-8").replace("/opt/suyuan/bin/suyuan", str(PROGRAM))
    copy.write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    own = [line for line in done.stderr.splitlines() if "suyuan" in line]
    assert (done.returncode, own) == (0, [])


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[bytes], **how: object) -> requests.Response:
    until = time.monotonic() + 60
    while True:
        assert process.poll() is None, f"ended with {process.returncode}"
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(url, timeout=60, **how)  # type: ignore[arg-type]
        assert time.monotonic() < until, f"nothing at {url}"
        time.sleep(0.1)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[tuple[int, subprocess.Popen[bytes]]]:
    """What the unit starts, as systemd would: its command, its environment, its credential."""
    told = unit()["Service"]
    credentials, folder = tmp_path / "credentials", tmp_path / "state"
    credentials.mkdir()
    name, _, _source = told["LoadCredential"].partition(":")
    secret = secrets.token_bytes(32)
    (credentials / name).write_bytes(secret)
    variable, _, value = told["Environment"].partition("=")
    assert (variable, value) == ("SUYUAN_DATA_DIR", f"/var/lib/{told['StateDirectory']}")
    with contextlib.closing(make_world(folder, secret_file=credentials / name).node):
        pass
    port = free_port()
    (folder / "suyuan.toml").write_text(
        'origin = "node.example/log"\nuri_base = "https://node.example/"\n'
        f"port = {port}\nsettle_seconds = 0.0\n"
    )
    environment = {k: v for k, v in os.environ.items() if not k.startswith("SUYUAN_")}
    environment |= {"CREDENTIALS_DIRECTORY": str(credentials), variable: str(folder)}
    program, *words = shlex.split(told["ExecStart"])
    assert program == "/opt/suyuan/bin/suyuan"
    process = subprocess.Popen([str(PROGRAM), *words], env=environment, cwd="/")
    try:
        wait_for(f"http://127.0.0.1:{port}/healthz", process)
        yield port, process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_the_unit_starts_and_ends_in_order(
    service: tuple[int, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    port, process = service
    assert requests.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code == 200
    assert not (tmp_path / "state" / "secret.key").exists()
    told = unit()["Service"]
    process.send_signal(getattr(signal, told["KillSignal"]))
    # uvicorn ends in order, and then by the signal that it was sent, as systemd expects.
    assert process.wait(int(told["TimeoutStopSec"])) in {0, -signal.SIGTERM}


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed one, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "fullchain.pem", folder / "privkey.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, private


def test_nginx_answers_outside_with_tls(
    service: tuple[int, subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(program).exists():
        absent("nginx")
    port, _ = service
    plain, secure = free_port(), free_port()
    chain, private = certificate(tmp_path, "localhost")
    text = NGINX.read_text(encoding="utf-8")
    for example, here in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "/etc/letsencrypt/live/trace.example.cn/fullchain.pem": str(chain),
        "/etc/letsencrypt/live/trace.example.cn/privkey.pem": str(private),
        "/var/log/nginx/suyuan.log": str(tmp_path / "access.log"),
        "http://127.0.0.1:8000": f"http://127.0.0.1:{port}",
        "trace.example.cn": "localhost",
    }.items():
        assert example in text
        text = text.replace(example, here)
    text = re.sub(r"^ *listen \[::\].*$", "", text, flags=re.MULTILINE)
    (tmp_path / "site.conf").write_text(text, encoding="utf-8")
    temporary = "\n".join(
        f"{kind}_temp_path {tmp_path}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = tmp_path / "nginx.conf"
    main.write_text(
        f"daemon off; master_process off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log;\n"
        f"events {{}}\nhttp {{ {temporary}\ninclude {tmp_path}/site.conf; }}\n"
    )
    process = subprocess.Popen([program, "-p", str(tmp_path), "-c", str(main)])
    try:
        site = f"https://localhost:{secure}"
        answer = wait_for(f"{site}/healthz", process, verify=str(chain))
        assert answer.json() == {"status": "ok"}
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        moved = requests.get(
            f"http://127.0.0.1:{plain}/01/09521234000068?x=1",
            headers={"Host": "localhost"},
            allow_redirects=False,
            timeout=60,
        )
        assert (moved.status_code, moved.headers["Location"]) == (
            301,
            "https://localhost/01/09521234000068?x=1",
        )
        log = requests.get(f"{site}/log/checkpoint", verify=str(chain), timeout=60)
        assert log.status_code in {200, 404}
        assert log.headers.get("server", "").startswith("nginx")
        big = requests.post(f"{site}/capture", data=b" " * 2_000_000, verify=str(chain), timeout=30)
        assert big.status_code == 401  # passed on: it is the service that asks who it is
        assert json.loads(big.content)["status"] == 401
        with pytest.raises(InvalidStatus) as refused:
            connect(
                f"wss://localhost:{secure}/queries/none/events",
                ssl=ssl.create_default_context(cafile=str(chain)),
                proxy=None,
            )
        assert refused.value.response.status_code in {401, 403}
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(20)
    logged = (tmp_path / "access.log").read_text()
    assert '"GET /healthz"' in logged
