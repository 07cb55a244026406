"""A sentence that is put into words later, in the language of whoever reads it."""

from __future__ import annotations


class Said:
    """A sentence: an English template that faces translate, and what fills it.

    Params are texts, numbers, dates, Names, Quantities, Units, or further sentences.
    """

    __slots__ = ("params", "template")

    def __init__(self, template: str, **params: object) -> None:
        self.template = template
        self.params = params

    def __str__(self) -> str:
        """The English sentence; what is no text yet is shown as Python shows it."""
        return self.template.format(**self.params)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Said)
            and self.template == other.template
            and self.params == other.params
        )

    def __hash__(self) -> int:
        return hash((self.template, *self.params.values()))

    def __repr__(self) -> str:
        return f"Said({self.template!r}, {self.params!r})"
