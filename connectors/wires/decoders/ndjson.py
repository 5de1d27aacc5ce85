"""Newline-delimited JSON, cut out of bytes."""

from connectors.wires.decoders.lines import LineBuffer


class NDJSONDecoder:
    """Collects lines; a CR before the LF is dropped, as are empty lines."""

    __slots__ = ("_lines",)

    def __init__(self) -> None:
        self._lines = LineBuffer()

    def feed(self, read: bytes) -> list[bytes]:
        return [line for raw in self._lines.feed(read) if (line := raw.strip(b" \t\r"))]

    def finish(self) -> list[bytes]:
        return self.feed(b"\n")
