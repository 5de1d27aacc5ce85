"""Thinking that servers leave in the text, split off while the answer streams."""

from collections.abc import Callable
from functools import partial
from typing import Final

from connectors.wires.decoders.channels import BEGINNINGS, ChannelSplitter
from connectors.wires.decoders.thinking_marks import (
    HARMONY_TURN,
    LONE_CLOSES,
    Opening,
    held_from,
    lone_close,
    may_open,
    opening,
    overlap,
)

_FIRST_SIGNS: Final = frozenset(mark[0] for mark in LONE_CLOSES)
HELD_LIMIT: Final = 64_000  # characters that may turn out to be thinking
_INVISIBLE: Final = "\ufeff\u200b"


class ThinkSplitter:
    """Splits text in pieces of any size into (text, reasoning).

    A block of thinking counts only at the start or right after another block; a mark anywhere else
    belongs to the answer, which may be about marks. White space at the start of a block and after
    it is dropped.

    Some templates write the opening mark into the prompt, so that only the closing one comes. Text
    is therefore held until ``settle``, to be called after each read, or with ``waits_for_close``,
    for models that always think first, until the mark. A mark that comes later takes back text
    that was already returned: ``retracts`` is then True, and all of it was reasoning.
    While ``is_light``, pieces without the first character of a mark need only be appended to
    ``seen``.
    """

    __slots__ = (
        "_channels", "_held", "_is_nested", "_is_separate", "_opening", "_searched", "_step",
        "_waits", "has_lone_close", "is_over", "retracts", "seen",
    )  # fmt: skip

    def __init__(self, *, waits_for_close: bool = False) -> None:
        self.is_over = False  # the rest is answer
        self.has_lone_close = False
        self.retracts = False
        self.seen: list[str] | None = None  # returned text that a mark can still take back
        self._waits = waits_for_close
        self._is_separate = False
        self._is_nested = False
        self._held = ""
        self._searched = 0  # held text before this has no closing mark
        self._opening = Opening("", "")
        self._channels = ChannelSplitter()
        # Functions, not methods: those would hold this, and it them.
        self._step: Callable[[ThinkSplitter], tuple[str, str]] = ThinkSplitter._before

    @property
    def is_light(self) -> bool:
        """True while most pieces need not be fed."""
        return self.is_over or (self.seen is not None and not self._held)

    def feed(self, piece: str) -> tuple[str, str]:
        if self.is_over:
            return piece, ""
        self._held += piece
        return self._step(self)

    def settle(self) -> tuple[str, str]:
        """Return (text, reasoning) of what was held only until the end of a read."""
        if self._step is not ThinkSplitter._unopened or not self._held.strip():
            return "", ""
        close, is_sure = lone_close(self._held, self._searched, is_whole=False)
        if close is not None and is_sure:
            return self._close_lone(self._held, 0, close.span())
        # A mark may be incomplete, or its context may show that it is only quoted.
        end = close.start() if close is not None else held_from(self._held)
        self._searched = max(self._searched, end)
        if self._waits and len(self._held) < HELD_LIMIT:
            return "", ""
        if self._is_separate:
            return self._answer(self._held), ""
        self.seen, self._step = [], ThinkSplitter._watching
        return self._watching()

    def stop_waiting(self) -> None:
        """Note that the server itself separates reasoning."""
        self._waits = False
        self._is_separate = True

    def finish(self, *, is_cut: bool = False) -> tuple[str, str]:
        """Return what was held: a block that never closed is reasoning.

        So is text held for a closing mark if the answer was cut off.
        """
        if self._step is ThinkSplitter._in_channels:
            return self._channels.finish()
        if self._step in (ThinkSplitter._unopened, ThinkSplitter._watching):
            return self._last(is_cut=is_cut)
        held, self._held = self._held, ""
        opened = self._opening
        if self._step is ThinkSplitter._opened and opened.mark != "<think>":
            return opened.mark, ""  # a mark with nothing after it is a word
        if self._step is ThinkSplitter._inside:
            return (opened.mark + held, "") if opened.is_spoken else ("", held)
        return held, ""

    def _last(self, *, is_cut: bool) -> tuple[str, str]:
        before = "".join(self.seen or ())
        close, _ = lone_close(before + self._held, len(before), is_whole=True)
        if close is not None:
            return self._close_lone(before + self._held, len(before), close.span())
        held, self._held = self._held, ""
        if not (is_cut and self._waits):
            return held, ""
        self.retracts, self.seen = before != "", None
        return "", held

    def _before(self) -> tuple[str, str]:
        start = self._held.lstrip(_INVISIBLE).lstrip()
        if may_open(start) or any(mark.startswith(start) for mark in BEGINNINGS):
            return "", ""
        return self._open(start, otherwise=self._start_unopened)

    def _start_unopened(self) -> tuple[str, str]:
        self._step = ThinkSplitter._unopened
        return self._unopened()

    def _opened(self) -> tuple[str, str]:
        if not self._opening.is_spoken:
            self._held = self._held.lstrip()
        if not self._held:
            return "", ""
        self._step = ThinkSplitter._inside
        return self._step(self)

    def _inside(self) -> tuple[str, str]:
        close, held = self._opening.close, self._held
        # A few letters change their length in lower case, which would shift the position.
        at = _lowered(held).find(close)
        if at >= 0:
            self._is_nested = self._is_nested or self._opening.mark in held[:at]
            self._held, self._step = held[at + len(close) :], ThinkSplitter._closed
            text, thought = self._closed()
            return text, held[:at] + thought
        if self._opening.is_spoken:
            return "", ""
        cut = len(held) - max(overlap(_lowered(held), close), overlap(held, self._opening.mark))
        self._is_nested = self._is_nested or self._opening.mark in held
        self._held = held[cut:]
        return "", held[:cut]

    def _unopened(self) -> tuple[str, str]:
        return "", ""  # settled once per read, which may hold many pieces

    def _watching(self) -> tuple[str, str]:
        seen, piece = self.seen, self._held
        if seen is None:
            return "", ""
        if not _FIRST_SIGNS.intersection(piece):
            self._held = ""
            seen.append(piece)
            return piece, ""
        seen[:] = ["".join(seen)]
        start, whole = len(seen[0]), seen[0] + piece
        close, is_sure = lone_close(whole, start, is_whole=False)
        if close is not None and is_sure:
            return self._close_lone(whole, start, close.span())
        cut = held_from(piece) if close is None else close.start() - start
        self._held = piece[cut:]
        seen.append(piece[:cut])
        return piece[:cut], ""

    def _close_lone(self, whole: str, start: int, close: tuple[int, int]) -> tuple[str, str]:
        """Return the text after the mark, and the thinking from start on."""
        self.has_lone_close, self.retracts, self.seen = True, start > 0, None
        thought, self._held = whole[start : close[0]], whole[close[1] :]
        if whole[slice(*close)].lower() == HARMONY_TURN:
            self._held, self._step = "<|start|>assistant" + self._held, ThinkSplitter._in_channels
        else:
            self._step = ThinkSplitter._closed
        text, more = self._step(self)
        return text, thought + more

    def _closed(self) -> tuple[str, str]:
        """Continue after a block: another may follow, or a second closing mark."""
        self._held = self._held.lstrip()
        if not self._held or may_open(self._held):
            return "", ""
        lowered = self._held[:40].lower()
        if any(len(lowered) < len(mark) and mark.startswith(lowered) for mark in LONE_CLOSES):
            return "", ""
        again = next((mark for mark in LONE_CLOSES if lowered.startswith(mark)), None)
        if again is not None:
            self._held = self._held[len(again) :]
            return self._closed()
        return self._open(self._held, otherwise=self._start_answer)

    def _start_answer(self) -> tuple[str, str]:
        if self._is_nested:
            self.seen, self._step = [], ThinkSplitter._watching
            return self._watching()
        return self._answer(self._held), ""

    def _open(self, start: str, otherwise: Callable[[], tuple[str, str]]) -> tuple[str, str]:
        """Continue inside the block that opens at the start, if there is one."""
        found = opening(start)
        if found is not None:
            self._opening = found
            self._held, self._step = start[len(found.mark) :], ThinkSplitter._opened
        elif start.lower().startswith(BEGINNINGS):
            self._held, self._step = start, ThinkSplitter._in_channels
        else:
            return otherwise()
        return self._step(self)

    def _in_channels(self) -> tuple[str, str]:
        held, self._held = self._held, ""
        return self._channels.feed(held)

    def _answer(self, text: str) -> str:
        self.is_over, self._held = True, ""
        return text


def without_think_block(text: str) -> tuple[str, str]:
    """Return (text, reasoning) of a whole answer."""
    splitter = ThinkSplitter()
    answer = reasoning = ""
    for step in (partial(splitter.feed, text), splitter.finish):
        more, thought = step()
        if splitter.retracts:  # also where a nested block closes
            splitter.retracts, answer, reasoning = False, "", reasoning + answer
        answer, reasoning = answer + more, reasoning + thought
    return answer, reasoning


def _lowered(text: str) -> str:
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text
