"""Lines of a byte stream, joined across reads: the core of the SSE and NDJSON decoders."""

from typing import Final

BOM: Final = b"\xef\xbb\xbf"


class LineBuffer:
    """Collects lines that end at LF, in reads of any size; a byte order mark is dropped."""

    __slots__ = ("_is_first_line", "_parts")

    def __init__(self) -> None:
        self._parts: list[bytes] = []  # of a line that has not ended, joined only once
        self._is_first_line = True

    def feed(self, read: bytes) -> list[bytes]:
        """Return the lines that this read completes, without their ends."""
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
            lines[0] = lines[0].removeprefix(BOM)
        return lines
