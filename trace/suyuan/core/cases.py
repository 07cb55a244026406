"""A report from the public as a case: its kinds, its states, and how it goes from one to the next.

    received → looking → answered → closed
                  └──────────────────↗

A case may be closed from anywhere but needs an answer by then: who reported reads it at look-up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal, get_args

from suyuan.core.errors import Refused
from suyuan.core.people import letters_of
from suyuan.core.story_values import Said
from suyuan.core.timestamps import from_datetime

State = Literal["received", "looking", "answered", "closed"]
STATES: tuple[State, ...] = get_args(State)
Outcome = Literal["", "unfounded", "resolved", "recall"]
OUTCOMES: tuple[Outcome, ...] = ("unfounded", "resolved", "recall")

STATE_WORDS: Mapping[State, Said] = {
    "received": Said("received"),
    "looking": Said("being looked at"),
    "answered": Said("answered"),
    "closed": Said("closed"),
}
OUTCOME_WORDS: Mapping[str, Said] = {
    "unfounded": Said("nothing was found to be wrong"),
    "resolved": Said("put right"),
    "recall": Said("taken off sale or recalled"),
}
KINDS: Mapping[str, Said] = {
    "fake": Said("The pack looks like a copy"),
    "quality": Said("Spoilt, smells odd, something in it"),
    "ill": Said("Somebody fell ill after eating it"),
    "wrong": Said("What the page says is not what I have"),
    "other": Said("Something else is wrong"),
}
LONGEST = 2_000
LONGEST_CONTACT = 200
CODE = 8
NEVER = "9999-12-31T23:59:59.999Z"
"""Time limit of a case that came while no table stated one."""
_NEXT: Mapping[State, tuple[State, ...]] = {
    "received": ("looking", "answered", "closed"),
    "looking": ("answered", "closed"),
    "answered": ("looking", "closed"),
    "closed": (),
}


def may_move(before: State, after: State) -> bool:
    """Whether a case goes from one state to the other."""
    return after in _NEXT[before]


def number_of(day: str, octets: bytes) -> str:
    """``20261126-7K3MQ``: the day in China, and letters that tell nobody how many there were."""
    return f"{day.replace('-', '')}-{letters_of(octets)[:5]}"


_NUMBER = re.compile(r"(\d{8})-?([0-9A-Z]{5})")


def number_typed(text: str) -> str:
    """As it is kept, of what a person typed; Refused for what is none."""
    found = _NUMBER.fullmatch(re.sub(r"[\s·]", "", text).upper())
    if found is None:
        raise Refused("a number looks like 20261126-7K3MQ", path="/number")
    return f"{found[1]}-{found[2]}"


def written(text: str, most: int) -> str:
    """What a stranger wrote, as plain text: line breaks made one kind, control characters gone."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(char for char in lines if char in "\n\t" or ord(char) >= 32)
    kept = "".join(char for char in kept if not 0x7F <= ord(char) < 0xA0)
    # Half a character, as a form in a strange encoding can have it, is none.
    kept = re.sub("[\ud800-\udfff]", "", kept)
    # Marks that turn the direction of reading would let a text look like another one.
    kept = re.sub("[\u202a-\u202e\u2066-\u2069]", "", kept).strip()
    if len(kept) > most:
        raise Refused("at most {most} characters", most=most)
    return kept


def due(at: str, days: int) -> str:
    """So many days after a time, as the log writes times."""
    return from_datetime(datetime.fromisoformat(at) + timedelta(days=days))
