"""The probable use of a question, before it is known what it is sent with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bot.providers.tokens import PER_IMAGE, tokens_of
from bot.storage.use import Spent

if TYPE_CHECKING:
    from bot.providers.question import Question

OUTPUT_TOKENS: Final = 2_000  # few answers are longer
HISTORY_TOKENS: Final = 2_000
SYSTEM_TOKENS: Final = 300


def estimate(question: Question, provider: str, model: str) -> Spent:
    """Return an estimate that is rarely too low."""
    quote = question.quote
    files = len(question.attachments) + (len(quote.attachments) if quote else 0)
    said = (
        tokens_of(question.prompt) + tokens_of(question.so_far) + tokens_of(question.instructions)
    )
    said += tokens_of(quote.text) if quote else 0
    history = HISTORY_TOKENS if question.parent else 0
    tokens = SYSTEM_TOKENS + said + history + files * PER_IMAGE
    return Spent(provider, model, tokens, 0, OUTPUT_TOKENS, is_estimated=True)
