"""A Chromium whose camera shows a printed code: its frames come from a file, as from a phone's lens.

Chromium on Linux has no BarcodeDetector. The stand-in has its interface and nothing of its answers: it
takes the frame that the page's video shows, and the decoder of the label tests reads it.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import zxingcpp
from browser import _ARGS, Pages, _executable
from PIL import Image
from qrcode import constants
from qrcode.main import QRCode

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE, HIGH = 640, 480
DETECTOR = """
window.BarcodeDetector = class {
  static getSupportedFormats() { return Promise.resolve(["qr_code", "ean_13"]); }
  async detect(video) {
    if (!video.videoWidth) return [];
    const canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    return window.readFrame(canvas.toDataURL("image/png"));
  }
};
"""


def film(path: Path, text: str) -> None:
    """Two frames of a QR code on paper, as raw YUV 4:2:0, which Chromium plays over and over."""
    picture = Image.new("L", (WIDE, HIGH), 190)
    symbol = QRCode(error_correction=constants.ERROR_CORRECT_M, box_size=6, border=4)
    symbol.add_data(text)
    symbol.make(fit=True)
    code = symbol.make_image().get_image().convert("L")
    picture.paste(code, ((WIDE - code.width) // 2, (HIGH - code.height) // 2))
    grey = bytes([128]) * (WIDE * HIGH // 2)
    head = f"YUV4MPEG2 W{WIDE} H{HIGH} F10:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(head + (b"FRAME\n" + picture.tobytes() + grey) * 2)


@contextmanager
def filming(chromium: Browser, path: Path | None) -> Iterator[Pages]:
    """Pages of a Chromium of its own, which films this file; None: one without any camera."""
    more = [f"--use-file-for-fake-video-capture={path}"] if path else []
    fake = ["--use-fake-device-for-media-stream", *more] if path else []
    launched = chromium.browser_type.launch(executable_path=_executable(), args=[*_ARGS, *fake])
    pages = Pages(launched)
    try:
        yield pages
        pages.close()
    finally:
        launched.close()


def reading(page: Page) -> list[str]:
    """Give a page the browser's own API; what it has read so far."""
    read: list[str] = []

    def frame(address: str) -> list[dict[str, str]]:
        body = base64.b64decode(address.partition(",")[2])
        found = [one.text for one in zxingcpp.read_barcodes(Image.open(io.BytesIO(body)))]
        read.extend(found)
        return [{"rawValue": text} for text in found]

    page.expose_function("readFrame", frame)
    page.add_init_script(DETECTOR)
    return read
