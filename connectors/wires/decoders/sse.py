"""Server-sent events, cut out of bytes."""

from typing import Final

import msgspec

from connectors.wires.decoders.lines import LineBuffer

_OPENING: Final = b"{["


class SSEDecoder:
    """Collects the data of server-sent events; ``feed`` takes reads of any size.

    Lines end at LF, CRLF or CR only: str.splitlines also cuts at U+2028, which is legal in JSON.
    Event names, ids and comments are dropped, but plain text of the event ``error`` becomes
    ``{"error": text}``.
    Source: html.spec.whatwg.org, "Interpreting an event stream".
    """

    __slots__ = ("_after_cr", "_data", "_is_error", "_lines", "_more")

    def __init__(self) -> None:
        self._lines = LineBuffer()
        self._data: bytes | None = None
        self._more = bytearray()  # of further lines of data, which would be copied at each one
        self._after_cr = False
        self._is_error = False

    def feed(self, read: bytes) -> list[bytes]:
        if self._after_cr or b"\r" in read:
            read = self._with_lf_only(read)
        return self._events(self._lines.feed(read))

    def finish(self) -> list[bytes]:
        return self.feed(b"\n\n")

    def _events(self, lines: list[bytes]) -> list[bytes]:
        events: list[bytes] = []
        data, more = self._data, self._more
        for line in lines:
            if not line:
                if more and data is not None:
                    data += bytes(more)
                    more.clear()
                if data:
                    events.append(_as_error(data) if self._is_error else data)
                    self._is_error = False
                data = None
            elif line.startswith(b"data:"):
                value = line[6:] if line[5:6] == b" " else line[5:]
                if data is None:
                    data = value
                else:
                    more += b"\n"
                    more += value
            elif line == b"event: error":
                self._is_error = True
            elif line[0] in _OPENING:
                events.append(line)  # some gateways send an error as a bare line of JSON
        self._data = data
        return events

    def _with_lf_only(self, read: bytes) -> bytes:
        if self._after_cr and read.startswith(b"\n"):
            read = read[1:]  # the second half of a CRLF
        self._after_cr = read.endswith(b"\r")
        return read.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _as_error(data: bytes) -> bytes:
    if data.lstrip().startswith(b"{"):
        return data
    return msgspec.json.encode({"error": data.decode("utf-8", "replace")})
