"""Conversations as they are remembered, and as they reach the model."""

from __future__ import annotations

import pytest

from bot.conversations import texts
from bot.conversations.summary import INSTRUCTIONS
from bot.sandbox.model_server import Reply
from connectors import Model
from tests.e2e.test_chat import answer, asked, call, post, thread_of
from tests.e2e.test_failures import refusal
from tests.e2e.world import World, is_end

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


def systems(world: World) -> list[str]:
    """Return the first message of each request."""
    return [request["messages"][0]["content"] for request in world.openai.requests]


async def test_a_long_conversation_is_summarised_once_by_the_model_and_that_is_said(
    world: World,
) -> None:
    catalog = world.bot.services.catalog
    await world.discord.until(lambda: catalog.names("openai"), why="a list of models")
    catalog._models["openai"] = [Model("sandbox-small", context_length=1_200)]
    dm = world.discord.dm(world.alice)
    for n in range(2):
        await answer(world, await post(world, f"question {n} " + "x" * 900, dm))
    world.openai.script += [Reply(chunks=["They spoke of x."]), Reply(chunks=["Fine."])]
    third = await answer(world, await post(world, "question 2 " + "x" * 900, dm))
    assert systems(world).count(INSTRUCTIONS) == 1
    assert third.content == f"Fine.\n-# {texts.SUMMARISED}\n-# OpenAI · sandbox-small"
    assert "They spoke of x." in asked(world)[0]
    assert not any("question 0" in said for said in asked(world))
    await answer(world, await post(world, "and?", dm))
    assert "They spoke of x." in asked(world)[0]
    assert systems(world).count(INSTRUCTIONS) == 1


async def test_a_request_that_is_refused_as_too_long_is_made_shorter(world: World) -> None:
    too_long = refusal(400, "maximum context length is 500 tokens", "context_length_exceeded")
    world.openai.script += [too_long, Reply(chunks=["Fine."])]
    dm = world.discord.dm(world.alice)
    shown = await answer(world, await post(world, "why " + "\u00e9" * 1_900, dm))
    assert shown.content == f"Fine.\n-# {texts.CLIPPED}\n-# OpenAI · sandbox-small"
    assert "characters left out" in asked(world)[0]


async def test_people_in_a_thread_are_named_and_private_answers_are_not_remembered(
    world: World,
) -> None:
    first = await answer(world, await post(world, f"{call(world)} I am nine"))
    thread = await thread_of(world, first)
    hidden = await world.ask("my secret", channel=thread, private=True)
    await world.discord.until(lambda: any(map(is_end, hidden.messages)), why="an end")
    await answer(world, await world.discord.post(world.bob, thread, f"{call(world)} how old?"))
    said = "\n".join(asked(world))
    assert '<speaker name="alice">\nI am nine\n</speaker>' in said
    assert '<speaker name="bob">\nhow old?\n</speaker>' in said
    assert "secret" not in said
