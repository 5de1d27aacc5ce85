"""The number of tokens of a request: estimated with a margin, corrected by what is reported."""

from collections.abc import Iterable
from typing import Final

from connectors import ChatMessage, Usage

# English has more than 4 characters a token, code about 3, Chinese 1 to 1.5.
CHARS_PER_TOKEN: Final = 3.0
TOKENS_PER_EXTRA_BYTE: Final = 0.75
PER_MESSAGE: Final = 6  # the marks of a chat template
PER_IMAGE: Final = 1_600  # Anthropic, at 1,568 pixels; others count less
# Below this, what a server adds of its own would count for too much.
ENOUGH_TO_LEARN: Final = 400
LEAST, MOST = 0.6, 4.0
IMPLAUSIBLE: Final = 0.4


def tokens_of(text: str) -> int:
    """Return an estimate that is rarely too low."""
    extra = 0 if text.isascii() else len(text.encode(errors="replace")) - len(text)
    return int(len(text) / CHARS_PER_TOKEN + extra * TOKENS_PER_EXTRA_BYTE) + 1


def tokens_in(messages: Iterable[ChatMessage]) -> int:
    return sum(
        PER_MESSAGE + tokens_of(message.content) + PER_IMAGE * len(message.images)
        for message in messages
    )


class Corrections:
    """The factor by which the estimate of each model is corrected."""

    def __init__(self) -> None:
        self._factors: dict[tuple[str, str | None], float] = {}

    def of(self, provider: str, model: str | None) -> float:
        return self._factors.get((provider, model), 1.0)

    def learn(self, provider: str, model: str | None, estimate: int, usage: Usage) -> None:
        """Raise the factor at once if the estimate was too low, and lower it little by little."""
        counted = usage.input_tokens
        # Some servers do not count what is still in memory from the last request.
        if counted is None or estimate < ENOUGH_TO_LEARN or counted < estimate * IMPLAUSIBLE:
            return
        found, known = counted / estimate, self.of(provider, model)
        factor = found if found > known else 0.8 * known + 0.2 * found
        self._factors[provider, model] = min(max(factor, LEAST), MOST)
