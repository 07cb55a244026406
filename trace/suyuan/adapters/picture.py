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


@lru_cache(maxsize=64)
def small(body: bytes) -> bytes:
    """JPEG, at most WIDTH wide; position and all else in the file's metadata are left out.

    Refused for what is no picture, or one that would fill the memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(body), formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    raise Refused("the picture is too large to be shown")
                turned = ImageOps.exif_transpose(picture)
                turned.thumbnail((WIDTH, 2 * WIDTH))
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
