"""A request counts once: pressed twice, seen by two processes, or slowly kept."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.discord_server import Fault
from connectors.database import DatabaseUnavailable
from tests.e2e.test_acknowledgements import CALLBACK, other_bot, running, shown
from tests.e2e.test_digests import add, furnished
from tests.e2e.test_digests import kept as kept_digest
from tests.e2e.test_reminders import in_berlin, kept, let_come, remind, shows, until_settled
from tests.e2e.world import World


async def test_every_press_in_two_processes_makes_one_reminder(world: World) -> None:
    async with running(world, other_bot(world)):
        await in_berlin(world)
        asked = await remind(world, "tomorrow at 7")
        labels = [button["label"] for button in asked.buttons()]
        pressed = [world.discord.click(world.alice, asked, label) for label in labels * 2]
        await asyncio.gather(*pressed)
        await shows(world, asked, "I will remind you <t:")
        (job,) = await kept(world)
        told = await let_come(world, datetime.now(UTC) - timedelta(seconds=1))
        assert f":{job.id}:" in str(told.components)
        await until_settled(world)
        await asyncio.gather(
            *(world.discord.click(world.alice, told, f"abi:rem:{name}:{at(told)}") for name in ALL)
        )
        await shows(world, told, "-# Snoozed until <t:")
        assert len(await kept(world)) == 1
        assert len(world.discord.messages(world.channel)) == 1


ALL = ("20m", "1h", "tomorrow") * 2


def at(told: Any) -> str:
    return str(told.buttons()[0]["custom_id"]).split(":", 3)[3]


async def test_a_form_that_is_sent_twice_makes_one_reminder(world: World) -> None:
    message = await world.discord.post(world.bob, world.channel, "look")
    opened = await world.discord.context(
        world.alice, world.channel, "Remind me about this", message=message
    )
    await world.discord.until(lambda: opened.modal, why="the form")
    fields = {"when": "in 1 hour", "text": "tea"}
    first, second = [await world.discord.submit(world.alice, opened, fields) for _ in range(2)]
    for sent in (first, second):
        await shown(world, sent, "Got it: ")
    assert len(await kept(world)) == 1


async def test_a_zone_that_is_chosen_twice_adds_one_digest(world: World) -> None:
    await furnished(world)
    asked = await add(world, "every day at 18:00")
    custom_id = asked.components[0]["components"][0]["custom_id"]
    async with running(world, other_bot(world)):
        chosen = [
            world.discord.select(world.alice, asked, custom_id, ["Europe/Berlin"]) for _ in range(2)
        ]
        await asyncio.gather(*chosen)
        await shows(world, asked, "Got it: a digest of ")
        assert (await kept_digest(world)).zone == "Europe/Berlin"


async def test_one_request_for_a_digest_in_two_processes_posts_one(world: World) -> None:
    await furnished(world)
    async with running(world, other_bot(world)):
        await add(world)
        asked = await world.discord.slash(world.alice, world.channel, "digest now")
        await shown(world, asked, "Posted: ")
        assert len(asked.messages) == 1
        assert len(world.openai.requests) == 1


async def test_what_is_slowly_kept_is_acknowledged_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminders, slow = world.bot.services.reminders, asyncio.Event()
    stored = reminders.add

    async def wait_and_add(*facts: Any) -> Any:
        await slow.wait()
        return await stored(*facts)

    monkeypatch.setattr(reminders, "add", wait_and_add)
    monkeypatch.setattr("cogs.ui.RESPOND_WITHIN_S", 0.0)
    lost = world.discord.inject(Fault("POST", CALLBACK, status=500, after_effect=True))
    asked = await world.discord.slash(
        world.alice, world.channel, "remind", {"when": "in 1 hour", "text": "tea"}
    )
    await world.discord.until(lambda: asked.messages, why="an acknowledgement")
    assert (asked.messages[0].loading, lost.seen) == (True, 1)
    slow.set()
    await shown(world, asked, "Got it: ")


async def test_what_is_stored_is_confirmed_although_the_database_fails_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(_: int) -> Any:
        raise DatabaseUnavailable("The database does not answer")

    monkeypatch.setattr(world.bot.services.schedules, "zone_of", unavailable)
    assert (await remind(world)).content.startswith("Got it: I will remind you <t:")
