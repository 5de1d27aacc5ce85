"""Bodies of any form: events, lines of JSON, or a page. The first bytes decide, not the label."""

from collections.abc import Callable
from typing import Final, Literal

from connectors.wires.decoders.lenient import is_json
from connectors.wires.decoders.lines import BOM
from connectors.wires.decoders.ndjson import NDJSONDecoder
from connectors.wires.decoders.sse import SSEDecoder

Form = Literal["events", "lines", "page"]

_FIELDS: Final = (b":", b"data:", b"event:", b"id:", b"retry:")
_SPACE: Final = b" \t\r\n"
# An event of more lines is no answer, and each of them would be tried.
APART_LINES: Final = 10_000


class BodyDecoder:
    """Decodes a body into its events or JSON values; ``feed`` takes reads of any size."""

    __slots__ = ("_finish", "_held", "_lines", "_spread", "feed", "form")

    def __init__(self) -> None:
        self.form: Form | None = None
        self.feed: Callable[[bytes], list[bytes]] = self._look
        self._finish: Callable[[], list[bytes]] = self._undecided
        self._held = b""
        self._lines = NDJSONDecoder()
        self._spread: list[bytes] = []

    def finish(self) -> list[bytes]:
        """Return what is left: an event or a line without its end, or a whole page."""
        return self._finish()

    def _look(self, read: bytes) -> list[bytes]:
        self._held = (self._held + read).lstrip(_SPACE)
        if len(self._held) < len(BOM) and BOM.startswith(self._held):
            return []
        self._held = self._held.removeprefix(BOM).lstrip(_SPACE)
        self.form = form_of(self._held)
        if self.form is None:
            return []
        held, self._held = self._held, b""
        if self.form == "lines":
            self.feed, self._finish = self._first_line, self._value
        else:
            decoder = SSEDecoder() if self.form == "events" else _PageDecoder()
            self.feed, self._finish = decoder.feed, decoder.finish
        return self.feed(held)

    def _first_line(self, read: bytes) -> list[bytes]:
        """Read JSON: one value in each line, or one over many lines."""
        lines = self._lines.feed(read)
        if not lines:
            return []
        if not self._spread and is_json(lines[0]):
            self.feed, self._finish = self._lines.feed, self._lines.finish
            return lines
        self._spread += lines
        return []

    def _value(self) -> list[bytes]:
        lines = self._first_line(b"\n")
        value = b"\n".join(self._spread)
        return [value] if is_json(value) else self._spread or lines

    def _undecided(self) -> list[bytes]:
        return [self._held] if self._held else []


class _PageDecoder:
    """Keeps a body that is neither events nor JSON."""

    __slots__ = ("_parts",)

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def feed(self, read: bytes) -> list[bytes]:
        self._parts.append(read)
        return []

    def finish(self) -> list[bytes]:
        return [b"".join(self._parts)]


def form_of(start: bytes) -> Form | None:
    """Return the form of a body with this beginning, or None if it is too short to tell."""
    if not start:
        return None
    if start[:1] in (b"{", b"["):
        return "lines"
    if any(start.startswith(field) for field in _FIELDS):
        return "events"
    return None if any(field.startswith(start) for field in _FIELDS) else "page"


def is_stream(body: bytes) -> bool:
    """Return whether a whole body is a stream: events, or more than one line of JSON."""
    start = body.removeprefix(BOM).lstrip(_SPACE)
    form = form_of(start)
    if form != "lines":
        return form == "events"
    first, _, rest = start.partition(b"\n")
    return bool(rest.strip(_SPACE)) and is_json(first)


def apart(data: bytes) -> list[bytes]:
    """Return the events in one whose blank lines between them are missing, else the one."""
    if data.count(b"\n") not in range(1, APART_LINES):
        return [data]
    lines = data.split(b"\n")
    return lines if any(map(is_json, lines)) and not is_json(data) else [data]
