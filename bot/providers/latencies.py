"""The waits for a provider's last first words, as a bar of block characters; pure."""

from collections import deque
from collections.abc import Sequence

SHOWN = 20
_BLOCKS = "▁▂▃▄▅▆▇█"
# The highest block stands for the longest, but never for less, so that quick ones look quick.
LEAST_FULL_S = 2.0


class Latencies:
    """The seconds from a request to the first word of its answer, of the last 20 answers."""

    def __init__(self) -> None:
        self._seconds: deque[float] = deque(maxlen=SHOWN)

    def add(self, seconds: float) -> None:
        self._seconds.append(seconds)

    def text(self) -> str:
        """Return the bar, the oldest first, and the range in words; "" if there are none."""
        if not self._seconds:
            return ""
        least, most = in_words(min(self._seconds)), in_words(max(self._seconds))
        return f"{bar(self._seconds)} {least}" + (f" to {most}" if most != least else "")


def bar(seconds: Sequence[float]) -> str:
    full = max(LEAST_FULL_S, *seconds)
    return "".join(_BLOCKS[min(int(len(_BLOCKS) * s / full), len(_BLOCKS) - 1)] for s in seconds)


def in_words(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
