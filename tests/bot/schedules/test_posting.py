from typing import Any, Self, cast

import pytest

from bot.schedules.posting import post
from connectors import ApiRequestFailed
from connectors.discord import MessageBody, codes


class Refusing:
    """A claim that holds, and a client that refuses every message with one code."""

    def __init__(self, code: str) -> None:
        self.code = code

    async def ensure_claim(self) -> None:
        return

    def check_claim(self) -> None:
        return

    def fenced(self, *_: object) -> Self:
        return self

    async def create_message(self, *_: object) -> None:
        raise ApiRequestFailed("discord", 404, reason="not_found", provider_code=self.code)


async def posted(code: str) -> str:
    refusing = cast(Any, Refusing(code))
    return await post(refusing, refusing, 1, MessageBody("tea"), "A reminder:")


async def test_a_message_that_was_deleted_after_an_earlier_try_counts_as_posted() -> None:
    assert await posted(codes.UNKNOWN_MESSAGE) == ""


async def test_any_other_refusal_is_raised() -> None:
    with pytest.raises(ApiRequestFailed, match="10003"):
        await posted(codes.UNKNOWN_CHANNEL)
