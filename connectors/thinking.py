"""A leading ``<think>`` block, as local models write it, told apart from the answer while it streams."""

from __future__ import annotations

from typing import Final

_OPEN: Final = "<think>"
_CLOSE: Final = "</think>"


class ThinkSplitter:
    """Splits text that comes in pieces into (text, reasoning); only a block at the very start counts.

    White space at the start of the block and between the block and the answer is dropped. How the text is cut into
    pieces makes no difference.
    """

    __slots__ = ("_held", "_step", "is_over")

    def __init__(self) -> None:
        self.is_over = False  # the rest is answer: no more need to ask
        self._held = ""
        self._step = self._before

    def feed(self, piece: str) -> tuple[str, str]:
        """Return what has become surely answer and what surely reasoning."""
        if self.is_over:
            return piece, ""
        self._held += piece
        return self._step()

    def finish(self) -> tuple[str, str]:
        """Return what was held back: a block that never closed is reasoning."""
        held, self._held = self._held, ""
        return ("", held) if self._step == self._inside else (held, "")

    def _before(self) -> tuple[str, str]:
        start = self._held.lstrip()
        if len(start) < len(_OPEN) and _OPEN.startswith(start):
            return "", ""
        if not start.startswith(_OPEN):
            return self._answer(self._held), ""
        self._held = start.removeprefix(_OPEN)
        self._step = self._opened
        return self._step()

    def _opened(self) -> tuple[str, str]:
        self._held = self._held.lstrip()
        if not self._held:
            return "", ""
        self._step = self._inside
        return self._step()

    def _inside(self) -> tuple[str, str]:
        thought, mark, rest = self._held.partition(_CLOSE)
        if mark:
            self._held, self._step = rest, self._closed
            return self._step()[0], thought
        cut = len(self._held) - _overlap(self._held, _CLOSE)
        thought, self._held = self._held[:cut], self._held[cut:]
        return "", thought

    def _closed(self) -> tuple[str, str]:
        self._held = self._held.lstrip()
        return (self._answer(self._held), "") if self._held else ("", "")

    def _answer(self, text: str) -> str:
        self.is_over, self._held = True, ""
        return text


def without_think_block(text: str) -> tuple[str, str]:
    """Return (text, reasoning) of a whole answer."""
    splitter = ThinkSplitter()
    answer, thought = splitter.feed(text)
    rest, last_thought = splitter.finish()
    return answer + rest, thought + last_thought


def _overlap(text: str, mark: str) -> int:
    """Return how many characters at the end of text may be the beginning of mark."""
    longest = min(len(text), len(mark) - 1)
    return next((n for n in range(longest, 0, -1) if text.endswith(mark[:n])), 0)
