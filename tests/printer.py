"""A label printer on loopback: speaks its language, runs out of paper, dies, keeps what it printed."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
from dataclasses import dataclass, field

from PIL import Image

Bitmap = tuple[tuple[int, int], bytes]
_TSPL = re.compile(rb"BITMAP \d+,\d+,(\d+),(\d+),0,")
_ZPL = re.compile(rb"\^GFA,(\d+),\d+,(\d+),([0-9A-F,]+)\^FS")


@dataclass
class Printer:
    """``paper``: labels left (None: any number). ``dies_after``: labels until it is gone."""

    paper: int | None = None
    dies_after: int | None = None
    silent: bool = False
    speaks: str = "tspl"
    bitmaps: list[Bitmap] = field(default_factory=list)
    """What came out: size in dots, and a bit a dot. Thousands fit, where pictures would not."""
    connections: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Condition()
        self._waiting: list[list[Bitmap]] = []
        self._picture: Bitmap = ((8, 1), b"\xff")
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._server.getsockname()[1]}"
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def printed(self) -> list[Image.Image]:
        return [picture_of(bitmap) for bitmap in list(self.bitmaps)]

    @property
    def idle(self) -> bool:
        """Whether nothing waits in its memory."""
        with self._lock:
            return not any(self._waiting)

    def load(self, count: int | None) -> None:
        """Put in a roll."""
        with self._lock:
            self.paper = count
            self._lock.notify_all()

    def close(self) -> None:
        self._open = False
        # Closing alone would leave the one open that waits in accept.
        with contextlib.suppress(OSError):  # a test that pulled the plug has closed it already
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _accept(self) -> None:
        while self._open:
            try:
                line, _ = self._server.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        """A reader that answers at once, and a printer behind it that takes its time."""
        queue: list[Bitmap] = []
        with self._lock:
            self._waiting.append(queue)
        ended = threading.Event()
        worker = threading.Thread(target=self._print, args=(line, queue, ended), daemon=True)
        worker.start()
        take = {"tspl": self._tspl, "zpl": self._zpl, "escpos": self._escpos}[self.speaks]
        data = b""
        with line, contextlib.suppress(OSError):
            while more := line.recv(65_536):
                data += more
                while (rest := take(data, line, queue)) is not None:
                    data = rest
        ended.set()
        with self._lock:
            self._lock.notify_all()

    def _tspl(self, data: bytes, line: socket.socket, queue: list[Bitmap]) -> bytes | None:
        """What is left behind one command; None where none is whole."""
        if data.startswith(b"\x1b!?"):
            out, busy = self._state(queue)
            self._say(line, b"\x04" if out else b"\x20" if busy else b"\x00")
            return data[3:]
        head = _TSPL.match(data)
        if head is not None:
            stride, rows = int(head[1]), int(head[2])
            end = head.end() + stride * rows
            if len(data) < end + 2:
                return None
            self._picture = (stride * 8, rows), data[head.end() : end]
            return data[end + 2 :]
        if data.startswith(b"BITMAP") or b"\r\n" not in data:
            return None
        command, _, rest = data.partition(b"\r\n")
        if command.startswith(b"PRINT"):
            self._queue(queue, self._picture)
        return rest

    def _zpl(self, data: bytes, line: socket.socket, queue: list[Bitmap]) -> bytes | None:
        if data.startswith(b"~HS"):
            out, _ = self._state(queue)
            with self._lock:
                waiting = len(queue)
            strings = (
                f"\x02030,{out:d},0,0320,{waiting:03d},0,0,0,000,0,0,0\x03\r\n"
                f"\x02000,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"
            )
            self._say(line, strings.encode())
            return data[3:]
        if data.startswith(b"~SD"):
            return data[5:] if len(data) >= 5 else None
        end = data.find(b"^XZ\n")
        if end < 0:
            return None
        found = _ZPL.search(data[:end])
        if found is not None:
            size, stride = int(found[1]), int(found[2])
            self._queue(queue, ((stride * 8, size // stride), _unpacked(found[3], stride)))
        return data[end + 4 :]

    def _escpos(self, data: bytes, line: socket.socket, queue: list[Bitmap]) -> bytes | None:
        if data.startswith(b"\x10\x04\x02\x10\x04\x04"):
            out, _ = self._state(queue)
            self._say(line, b"\x32\x72" if out else b"\x12\x12")
            return data[6:]
        if data.startswith(b"\x1dr\x01"):
            with self._lock:
                while queue:  # it answers in its turn
                    if not self._lock.wait(10):
                        return data
            self._say(line, b"\x00")
            return data[3:]
        if data.startswith(b"\x1dv0\x00"):
            if len(data) < 8:
                return None
            stride, rows = data[4], data[6] | data[7] << 8
            end = 8 + stride * rows
            if len(data) < end:
                return None
            self._queue(queue, ((stride * 8, rows), bytes(byte ^ 0xFF for byte in data[8:end])))
            return data[end:]
        if data[:2] in (b"\x1b@", b"\x1d\x0c"):
            return data[2:]
        if len(data) >= 8:
            raise AssertionError(f"this is no ESC/POS: {data[:8]!r}")
        return None

    def _say(self, line: socket.socket, reply: bytes) -> None:
        if not self.silent:
            line.sendall(reply)

    def _queue(self, queue: list[Bitmap], bitmap: Bitmap) -> None:
        with self._lock:
            queue.append(bitmap)
            self._lock.notify_all()

    def _state(self, queue: list[Bitmap]) -> tuple[bool, bool]:
        """Out of paper; something to print."""
        with self._lock:
            return self.paper == 0, bool(queue)

    def _print(
        self,
        line: socket.socket,
        queue: list[Bitmap],
        ended: threading.Event,
    ) -> None:
        while True:
            with self._lock:
                while not ended.is_set() and (not queue or self.paper == 0):
                    self._lock.wait(1)
                if not queue or self.paper == 0:
                    return  # switched off, and with it what it had in memory
                if self.dies_after is not None and len(self.bitmaps) >= self.dies_after:
                    queue.clear()
                    line.shutdown(socket.SHUT_RDWR)
                    return
                self.bitmaps.append(queue.pop(0))
                self._lock.notify_all()
                if self.paper is not None:
                    self.paper -= 1


def _unpacked(digits: bytes, stride: int) -> bytes:
    """Rows of ^GFA, in which a comma ends a row that is blank from there; 1 is printed."""
    rows: list[bytes] = []
    at = 0
    while at < len(digits):
        end = digits.find(b",", at, at + stride * 2 + 1)
        row = digits[at : at + stride * 2] if end < 0 else digits[at:end]
        at = at + stride * 2 if end < 0 else end + 1
        rows.append(bytes.fromhex(row.decode().ljust(stride * 2, "0")))
    return bytes(byte ^ 0xFF for byte in b"".join(rows))


def picture_of(bitmap: Bitmap) -> Image.Image:
    """As a reader of codes takes it."""
    return Image.frombytes("1", *bitmap).convert("L")
