"""The text and the reasoning of an answer, as far as they are written."""


class Written:
    """A text of which the end is of the provider that writes now; ``has_said`` if it wrote a word.

    ``length`` is that of the text, and ``own`` where the current provider's text begins.
    """

    def __init__(self, text: str, reasoning: str) -> None:
        self._pieces = [text]
        self._thoughts = [reasoning]
        self.length = len(text)
        self.own = 0
        self.has_said = False

    @property
    def text(self) -> str:
        return _joined(self._pieces)

    @property
    def reasoning(self) -> str:
        return _joined(self._thoughts)

    @property
    def has_begun(self) -> bool:
        return bool(self.text.strip())

    def begin(self, *, is_same: bool) -> None:
        """Begin the part of the next provider, or of the same one again.

        What came before counts only if some of it is visible.
        """
        self.has_said = False
        if not is_same or self.reasoning:
            self.own = self.length
        if not self.has_begun:
            self._pieces.clear()
            self._thoughts.clear()
            self.length = self.own = 0

    def add(self, text: str) -> bool:
        """Add text. Return whether it has the first word of the current provider."""
        self._pieces.append(text)
        self.length += len(text)
        is_first = not self.has_said and not text.isspace()
        self.has_said = self.has_said or is_first
        return is_first

    def think(self, reasoning: str) -> None:
        self._thoughts.append(reasoning)

    def retract(self) -> None:
        """Turn the text of the current provider into reasoning."""
        text = self.text
        self.think(text[self.own :])
        self._pieces, self.length = [text[: self.own]], self.own
        self.has_said = False


def _joined(pieces: list[str]) -> str:
    """Return the pieces as one string, and put it in their place."""
    if len(pieces) > 1:
        pieces[:] = ["".join(pieces)]
    return pieces[0] if pieces else ""
