import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from bot.answers import forgetting
from bot.answers.forgetting import Forgetting
from bot.providers.question import Prepared, Question
from connectors import ChatMessage

REQUEST = Prepared([ChatMessage("user", "why?")])


def asking(forgets: Callable[[], Coroutine[Any, Any, bool]]) -> Forgetting:
    async def prepare(*_: object) -> Prepared:
        return REQUEST

    return Forgetting(prepare, forgets)


@pytest.mark.parametrize("is_wanted", [True, False])
async def test_the_database_is_asked_once_while_the_model_writes(*, is_wanted: bool) -> None:
    asked: list[bool] = []

    async def forgets() -> bool:
        asked.append(is_wanted)
        return is_wanted

    wanted = asking(forgets)
    for _ in range(2):  # a second provider takes over
        assert await wanted.prepare(Question("why?"), "openai", None) is REQUEST
    await asyncio.sleep(0)
    assert asked == [is_wanted]
    assert await wanted.is_wanted() is is_wanted
    assert asked == [is_wanted]


async def test_what_is_not_known_in_time_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "KNOWN_WITHIN_S", 0.0)
    ended = asyncio.Event()

    async def forgets() -> bool:
        try:
            return await asyncio.Event().wait()
        finally:
            ended.set()

    wanted = asking(forgets)
    assert not await wanted.is_wanted()
    await asyncio.sleep(0)
    wanted.cancel()
    await ended.wait()
