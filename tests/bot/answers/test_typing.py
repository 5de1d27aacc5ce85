import asyncio
from collections.abc import Callable

import pytest

from bot.answers.typing import MOST_PER_S, Typing
from connectors import RateLimitExceeded
from tests.virtual_time import run


class Channels:
    """Channels in which somebody may be typing, and the loop's time."""

    def __init__(self) -> None:
        self.shown: list[tuple[int, float]] = []
        self.error: Exception | None = None

    async def trigger_typing(self, channel_id: int) -> None:
        self.shown.append((channel_id, asyncio.get_running_loop().time()))
        if self.error is not None:
            raise self.error


def typing_in(channels: Channels) -> Typing:
    clock: Callable[[], float] = lambda: asyncio.get_running_loop().time()  # noqa: E731
    return Typing(channels, clock=clock)  # type: ignore[arg-type]


def test_it_is_shown_until_the_first_word_and_not_for_ever() -> None:
    async def scenario() -> list[tuple[int, float]]:
        channels = Channels()
        await typing_in(channels).show(5, lambda: False)
        return channels.shown

    shown = run(scenario())
    assert len(shown) == 15
    assert shown[1][1] - shown[0][1] == 8.0


def test_a_quick_answer_shows_none() -> None:
    async def scenario() -> Channels:
        channels = Channels()
        await typing_in(channels).show(5, lambda: True)
        return channels

    assert run(scenario()).shown == []


def test_a_refusal_does_not_matter() -> None:
    async def scenario() -> Channels:
        channels = Channels()
        channels.error = RateLimitExceeded("discord", 429, retry_after=60.0)
        await typing_in(channels).show(5, lambda: len(channels.shown) > 1)
        return channels

    assert len(run(scenario()).shown) == 2


@pytest.mark.parametrize(("channels_count", "most"), [(1, 1), (50, MOST_PER_S)])
def test_many_answers_at_once_leave_the_limits_to_their_words(
    channels_count: int, most: int
) -> None:
    async def scenario() -> Channels:
        channels = Channels()
        typing, ends = typing_in(channels), asyncio.get_running_loop().time() + 5.0
        is_over = lambda: asyncio.get_running_loop().time() > ends  # noqa: E731
        answers = (typing.show(n % channels_count, is_over) for n in range(50))
        await asyncio.gather(*answers)
        return channels

    assert len(run(scenario()).shown) == most
