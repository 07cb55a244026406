"""Chinese and English words for people, from gettext catalogs.

The English sentence in the code is the key (and the English text); ``zh/messages.po`` holds the
Chinese. A test extracts every key and fails if one has no Chinese.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from babel.core import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

from suyuan.core.errors import SuyuanError
from suyuan.core.said import Said
from suyuan.core.story_values import Names

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@lru_cache
def translations(language: Language) -> NullTranslations:
    """The catalog of a language, compiled in memory from its .po file."""
    if language == "en":
        return NullTranslations()
    source = files(__package__).joinpath(language, "messages.po").read_bytes()
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.BytesIO(source), locale=language))
    compiled.seek(0)
    return Translations(compiled)


def say(language: Language) -> Callable[[str], str]:
    """The function that turns an English key into the language's words."""
    gettext = translations(language).gettext
    # To gettext the empty key means the catalog's own header.
    return lambda key: gettext(key) if key else ""


def locale_of(language: Language) -> Locale:
    """Babel's locale, for dates and numbers."""
    return Locale.parse("zh_CN" if language == "zh" else "en")


def choose(accept_language: str | None, wanted: str | None = None) -> Language:
    """The reader's language: the one asked for, else by Accept-Language (RFC 9110 §12.5.4), else zh."""
    for language in LANGUAGES:
        if wanted == language:
            return language
    ranges: list[tuple[float, int, str]] = []
    for position, item in enumerate((accept_language or "").split(",")[:20]):
        tag, _, weight = item.strip().partition(";q=")
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if tag and quality > 0:
            ranges.append((-quality, position, tag.strip().split("-")[0].lower()))
    found = negotiate_locale([tag for _, _, tag in sorted(ranges)], list(LANGUAGES))
    return "en" if found == "en" else "zh"


def text_of(error: SuyuanError, language: Language) -> str:
    """An error's sentence in the reader's language."""
    return _filled(error.message, error.params, language)


def told(sentence: Said, language: Language) -> str:
    """A sentence in the reader's language."""
    return _filled(sentence.template, sentence.params, language)


def _filled(key: str, params: Mapping[str, object], language: Language) -> str:
    """The words of a key; sentences and errors in its holes are said in the same language."""
    template = say(language)(key)
    if not params:
        return template
    return template.format(
        **{name: _shown(value, language) for name, value in with_parts(params, language).items()}
    )


_PARTS: Mapping[str, Said] = {
    "attachment": Said("attachment"),
    "checkpoint": Said("checkpoint"),
    "content": Said("content"),
    "disclosure": Said("private field"),
    "entry": Said("entry"),
    "history": Said("history"),
    "kind": Said("kind"),
    "link": Said("link"),
    "tile": Said("tree"),
    "time": Said("time"),
    "touches": Said("place in the index"),
}
"""What of a record is stored and may be damaged (ports.tree.Damage), in people's words."""


def with_parts(params: Mapping[str, object], language: Language) -> Mapping[str, object]:
    """What fills a sentence about a record: the name of the part that it is about is a word, too."""
    what = params.get("what")
    if language == "en" or "index" not in params or not isinstance(what, str):
        return params
    return {**params, "what": _PARTS.get(what, what)}


def _shown(value: object, language: Language) -> object:
    if isinstance(value, Said):
        return told(value, language)
    if isinstance(value, Names):
        return value.zh if language == "zh" else value.en
    return text_of(value, language) if isinstance(value, SuyuanError) else value
