import asyncio
import logging

import pytest

from bot.answers.background import Background


async def test_what_still_runs_at_the_end_is_cancelled() -> None:
    said: list[str] = []

    async def say(word: str) -> None:
        said.append(word)

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            said.append("cancelled")

    background = Background()
    background.spawn(say("done"))
    background.spawn(wait())
    await asyncio.sleep(0)
    assert said == ["done"]
    await background.aclose()
    assert said == ["done", "cancelled"]


@pytest.mark.parametrize("is_closed", [False, True])
async def test_an_error_is_logged_unless_it_comes_of_the_stop(
    caplog: pytest.LogCaptureFixture, is_closed: bool
) -> None:
    async def work() -> None:
        raise RuntimeError("called after shutdown")

    caplog.set_level(logging.INFO)
    background = Background()
    if is_closed:
        await background.aclose()
    background.spawn(work())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    (logged,) = caplog.records
    assert (logged.levelname == "INFO", logged.exc_info is None) == (is_closed, is_closed)
