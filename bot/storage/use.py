"""The use of an answer, and the account that it counts for; values only."""

from __future__ import annotations

import msgspec


class Use(msgspec.Struct, frozen=True):
    """The use of a model for an answer; ``cost`` is in millionths of a dollar.

    It is None where no price is known.
    """

    provider: str
    model: str
    input_tokens: int = 0
    cached_tokens: int = 0  # of the input
    output_tokens: int = 0
    cost: int | None = 0
    is_estimated: bool = False


class Account(msgspec.Struct, frozen=True):
    """The owner of a use: ``id`` names the answer, ``job_id`` its row in the ledger if it has one.

    ``guild_id`` is 0 outside of the servers that the bot is in, and ``user_id`` where the bot asks
    by itself.
    """

    id: str
    guild_id: int
    user_id: int
    job_id: str | None = None


class Spent(msgspec.Struct, frozen=True):
    """The tokens of one model. ``is_estimated`` if its provider has not counted them all."""

    provider: str
    model: str = ""
    input_tokens: int = 0
    cached_tokens: int = 0  # of the input
    output_tokens: int = 0
    is_estimated: bool = False

    def plus(self, other: Spent) -> Spent:
        """Return the sum; both are of the same model."""
        return Spent(
            self.provider,
            self.model,
            self.input_tokens + other.input_tokens,
            self.cached_tokens + other.cached_tokens,
            self.output_tokens + other.output_tokens,
            self.is_estimated or other.is_estimated,
        )
