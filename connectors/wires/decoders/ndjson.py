"""How newline-delimited JSON is cut out of bytes, wherever the network cuts it."""

from __future__ import annotations

from typing import Final

_BOM: Final = b"\xef\xbb\xbf"


class NDJSONDecoder:
    """Collects lines; ``feed`` takes reads of any size. Lines end at LF; a CR before it is dropped, as are empty lines."""

    __slots__ = ("_is_first_line", "_parts")

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # of a line that has not ended, joined only once
        self._is_first_line = True

    def feed(self, read: bytes) -> list[bytes]:
        """Return the lines that this read completes."""
        lines = read.split(b"\n")
        if len(lines) == 1:
            self._parts.append(read)
            return []
        if self._parts:
            self._parts.append(lines[0])
            lines[0] = b"".join(self._parts)
        rest = lines.pop()
        self._parts = [rest] if rest else []
        if self._is_first_line:
            self._is_first_line = False
            lines[0] = lines[0].removeprefix(_BOM)
        return [stripped for line in lines if (stripped := line.strip(b" \t\r"))]

    def finish(self) -> list[bytes]:
        """Return the last line if it has no line end."""
        return self.feed(b"\n")
