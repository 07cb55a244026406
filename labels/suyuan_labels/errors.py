"""The one error of this package. It knows nothing of the rest of the project (a leaf)."""

from __future__ import annotations


class LabelError(ValueError):
    """A label that cannot be printed as asked; nothing was drawn.

    ``message`` is an English template with ``{named}`` holes and ``params`` fill it, so that a face
    can translate the template; ``str()`` is the English sentence.
    """

    def __init__(self, message: str, **params: object) -> None:
        self.message = message
        self.params = params
        super().__init__(message.format(**params) if params else message)
