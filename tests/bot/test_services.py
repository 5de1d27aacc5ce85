from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest

from bot import services as module
from bot.services import Services
from bot.settings import load
from connectors import Connectors
from connectors.discord import Config
from connectors.discord import load_from_env as load_discord


class Answers:
    """Keeps questions, and acknowledges each as answers do."""

    def __init__(self) -> None:
        self.questions: list[str] = []

    async def accept(
        self, question: str, _: object, acknowledge: Callable[[], Awaitable[bool]], __: object
    ) -> None:
        self.questions.append(question)
        self.is_certain = await acknowledge()


@pytest.fixture
def config() -> Config:
    return load_discord({"DISCORD_BOT_TOKEN": "token", "DISCORD_API_URL": "http://127.0.0.1:9"})


@pytest.fixture
async def services(tmp_path: Path, config: Config) -> AsyncIterator[Services]:
    services = Services(load({"ABI_DATA_DIR": str(tmp_path)}), Connectors({}), config)
    yield services
    await services.aclose()


async def test_what_needs_the_database_is_there_after_the_start(services: Services) -> None:
    assert not hasattr(services, "reminders")
    services.start()
    await services.loaded()
    assert await services.reminders.of(1) == []
    assert await services.digests.of(1) == []


async def test_what_a_question_needs_is_loaded_before_the_rest(services: Services) -> None:
    await services.load()
    assert hasattr(services, "answers")
    assert not hasattr(services, "reminders")
    services.start()
    await services.loaded()


async def test_all_is_closed_in_reverse_order_and_the_token_wiped(
    services: Services, config: Config
) -> None:
    closed: list[object] = []

    def closing(name: str) -> Callable[[], Awaitable[None]]:
        async def close() -> None:
            closed.append((name, config.token.is_closed))

        return close

    services.close_with(closing("first"))
    services.close_with(closing("second"))
    await services.aclose()
    assert closed == [("second", False), ("first", False)]
    assert config.token.is_closed


async def test_services_that_are_still_starting_can_be_closed(
    services: Services, config: Config
) -> None:
    services.start()
    await services.aclose()
    assert config.token.is_closed


async def test_a_question_waits_for_services_that_are_almost_there(services: Services) -> None:
    answers, acknowledged = Answers(), []

    async def acknowledge() -> bool:
        acknowledged.append(len(answers.questions))
        return True

    services.answers = cast(Any, answers)
    asking = asyncio.create_task(services.accept(cast(Any, "q"), cast(Any, None), acknowledge))
    await asyncio.sleep(0)
    assert answers.questions == []
    services._is_open.set()
    await asking
    assert (answers.questions, acknowledged) == (["q"], [1])


async def test_where_they_take_long_a_question_is_acknowledged_first_and_once(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OPEN_WITHIN_S", 0.0)
    answers, acknowledged = Answers(), asyncio.Event()
    count = 0

    async def acknowledge() -> bool:
        nonlocal count
        count += 1
        acknowledged.set()
        return False

    services.answers = cast(Any, answers)
    asking = asyncio.create_task(services.accept(cast(Any, "q"), cast(Any, None), acknowledge))
    await acknowledged.wait()
    assert answers.questions == []
    services._is_open.set()
    await asking
    assert (answers.questions, answers.is_certain, count) == (["q"], False, 1)


async def test_who_owns_the_application_is_known_once_discord_says_so(services: Services) -> None:
    assert not services.is_owned_by(5)
    services.owner_ids = {5}
    assert services.is_owned_by(5)
    assert not services.is_owned_by(6)


async def test_an_error_while_closing_does_not_keep_the_rest_open(
    services: Services, config: Config
) -> None:
    async def fail() -> None:
        raise OSError("it does not close")

    services.close_with(fail)
    with pytest.raises(OSError, match="it does not close"):
        await services.aclose()
    assert config.token.is_closed
