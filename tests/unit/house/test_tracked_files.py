"""What must not be in any committed file, and what a committed file must not promise in vain."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from shared import ROOT

# Written apart, so that this file does not name what it looks for.
REGISTRY_HOSTS = re.compile(
    "|".join(
        re.escape(".".join(host))
        for host in (
            ("pypi", "org"), ("pypi", "python", "org"), ("pythonhosted", "org"),
            ("registry", "npmjs"), ("npmjs", "org"), ("npmjs", "com"), ("npmmirror", "com"),
            ("yarnpkg", "com"), ("deb", "debian", "org"), ("security", "debian", "org"),
            ("mirrors", "tuna"), ("mirrors", "aliyun"), ("crates", "io"), ("proxy", "golang", "org"),
        )
    )
)  # fmt: skip
MACHINE_PATHS = re.compile(
    r"(?<![\w./-])/(?:" + "|".join(("work", "root", "home", "Users")) + r")/\w"
)

LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)\s#]+)")
MENTION = re.compile(
    r"`((?:docs|scripts|tests|trace|labels|devnet|contracts|requirements|\.ci)/[\w./-]+)`"
)


@cache
def tracked() -> tuple[str, ...]:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return tuple(name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file())


def lines(name: str) -> Iterator[tuple[int, str]]:
    """Numbered lines of a text file; nothing of a binary one."""
    data = (ROOT / name).read_bytes()
    if b"\0" not in data:
        yield from enumerate(data.decode("utf-8", errors="replace").splitlines(), 1)


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{name}:{number}: {line.strip()[:120]}"
        for name in tracked()
        for number, line in lines(name)
        if pattern.search(line)
    ]


def test_no_registry_host() -> None:
    """A mirror is the machine's choice: a host in a lock or a setting would overrule it."""
    assert found(REGISTRY_HOSTS) == []


def test_no_path_of_one_machine() -> None:
    assert found(MACHINE_PATHS) == []


@pytest.mark.parametrize(
    "text",
    [
        "index-url = https://" + "pypi" + ".org/simple",
        '"resolved": "https://registry.' + "npmjs" + '.org/x"',
    ],
)
def test_a_registry_host_is_seen(text: str) -> None:
    assert REGISTRY_HOSTS.search(text)


def test_a_machine_path_is_seen() -> None:
    assert MACHINE_PATHS.search("cd " + "/ro" + "ot/suyuan")
    assert not MACHINE_PATHS.search("GET /p/01/home/x and ../work/y")


@pytest.mark.parametrize("name", [name for name in tracked() if name.endswith(".md")])
def test_every_file_a_document_names_is_there(name: str) -> None:
    text = "\n".join(line for _, line in lines(name))
    folder = (ROOT / name).parent
    missing = [path for path in LINK.findall(text) if not (folder / path).exists()]
    missing += [path for path in MENTION.findall(text) if not (ROOT / path).exists()]
    assert missing == []


def test_nothing_tracked_is_ignored() -> None:
    """A file that is both would vanish from the wheel, which leaves out what git ignores."""
    both = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert both.stdout == ""


def test_every_file_is_below_a_megabyte() -> None:
    assert [n for n in tracked() if Path(ROOT, n).stat().st_size > 1_000_000] == []
