import asyncio

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
