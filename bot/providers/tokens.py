"""The number of tokens of a text and of a request, estimated with a margin."""

from collections.abc import Iterable
from typing import Final

from connectors import ChatMessage

# English has more than 4 characters a token, code about 3, Chinese 1 to 1.5.
CHARS_PER_TOKEN: Final = 3.0
TOKENS_PER_EXTRA_BYTE: Final = 0.75
PER_MESSAGE: Final = 6  # the marks of a chat template
PER_IMAGE: Final = 1_600  # Anthropic, at 1,568 pixels; others count less


def tokens_of(text: str) -> int:
    """Return an estimate that is rarely too low."""
    extra = 0 if text.isascii() else len(text.encode(errors="replace")) - len(text)
    return int(len(text) / CHARS_PER_TOKEN + extra * TOKENS_PER_EXTRA_BYTE) + 1


def tokens_in(messages: Iterable[ChatMessage]) -> int:
    return sum(
        PER_MESSAGE + tokens_of(message.content) + PER_IMAGE * len(message.images)
        for message in messages
    )
