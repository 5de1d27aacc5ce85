"""Limits: what questions use, and how much of it a server allows."""

from typing import Any

from sqlalchemy import text

from tests.e2e.world import World


async def used(world: World) -> list[tuple[Any, ...]]:
    """Return what is entered: whose it is, and the questions, models and tokens."""
    query = text(
        "SELECT user_id, provider, questions, input_tokens > 0, output_tokens > 0, cost"
        " FROM usage_days ORDER BY user_id"
    )
    rows = await world.bot.services.stored.usage.read(lambda c: c.execute(query).all())
    return list(map(tuple, rows))


async def test_what_a_question_uses_is_entered(world: World) -> None:
    await world.end(await world.ask("why?"))
    await world.bot.services.answers.settled(5)
    [row] = await used(world)
    assert row[:5] == (world.alice.id, "openai", 1, True, True)
