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
    length = len(text)
    if text.isascii():
        return int(length / CHARS_PER_TOKEN) + 1
    extra = len(text.encode(errors="replace")) - length
    return int(length / CHARS_PER_TOKEN + extra * TOKENS_PER_EXTRA_BYTE) + 1


def tokens_in(messages: Iterable[ChatMessage]) -> int:
    tokens = 0
    for message in messages:  # some hundred: a generator would take half as long again
        tokens += PER_MESSAGE + tokens_of(message.content) + PER_IMAGE * len(message.images)
    return tokens
