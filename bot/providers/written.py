"""The text and the reasoning of an answer, as far as they are written."""

from connectors import ApiRequestFailed, ConnectorError, InvalidResponse


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


def empty_answer(name: str, finish_reason: str | None, *, has_thought: bool) -> ConnectorError:
    """Return the error of an answer that ended without a word."""
    if finish_reason == "content_filter":
        return ApiRequestFailed(name, reason="content_filter")
    if finish_reason == "error":
        return ApiRequestFailed(name, reason="server", retryable=False)
    reason, summary = "empty", "the answer is empty"
    if finish_reason == "length":
        reason, summary = "only_thoughts", "the model used its whole length limit for thinking"
    elif finish_reason == "tool_calls":
        reason, summary = "tool_call", "the model tried to call a tool, although none was offered"
    elif has_thought:
        reason, summary = "only_thoughts", "the model only thought and wrote no answer"
    return InvalidResponse(name, reason=reason, summary=summary)
