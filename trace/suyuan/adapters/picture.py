"""Pictures as a page shows them: small, and without what a camera writes beside them."""

from __future__ import annotations

import io
import warnings
from functools import lru_cache

from PIL import Image, ImageOps, UnidentifiedImageError

from suyuan.core.errors import Refused

WIDTH = 480
"""Pixels: a phone's width, sharp."""
_MOST_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP")
EVIDENCE = 1_600
"""Pixels of a photo that is kept with a case: enough to read a label by."""


@lru_cache(maxsize=64)
def small(body: bytes) -> bytes:
    """JPEG, at most WIDTH wide; position and all else in the file's metadata are left out.

    Refused for what is no picture, or one that would fill the memory.
    """
    return _made(body, WIDTH)


def evidence(body: bytes) -> bytes:
    """The same, large enough to be looked at closely."""
    return _made(body, EVIDENCE)


def _made(body: bytes, width: int) -> bytes:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(body), formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise Refused("the picture is too large to be shown")
                # A JPEG is decoded no larger than it is wanted: a phone's 50 megapixels need no 200 MB.
                picture.draft("RGB", (width, 2 * width))
                turned = ImageOps.exif_transpose(picture)
                turned.thumbnail((width, 2 * width))
                shown = Image.new("RGB", turned.size, "white")
                layer = turned.convert("RGBA")
                shown.paste(layer, mask=layer)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Warning):
        raise Refused("this is no picture that can be shown") from None
    except Image.DecompressionBombError:
        raise Refused("the picture is too large to be shown") from None
    made = io.BytesIO()
    shown.save(made, "JPEG", quality=72, optimize=True, progressive=True)
    return made.getvalue()
