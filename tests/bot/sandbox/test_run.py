import asyncio
import json

import pytest

from bot.sandbox.model_server import Reply
from bot.sandbox.run import NO_PROVIDER, Sandbox
from bot.settings import load
from tests.sandbox import plain_client, start_inside


@pytest.mark.parametrize(
    ("environ", "banner"),
    [
        ({}, NO_PROVIDER),
        ({"OPENAI_API_KEY": "k"}, "Your questions go to OpenAI."),
        (
            {"ABI_PROVIDER": "mistral", "OPENAI_API_KEY": "k", "MISTRAL_API_KEY": "k"},
            "Your questions go to Mistral.",
        ),
    ],
)
async def test_the_banner_says_which_model_answers(environ: dict[str, str], banner: str) -> None:
    async with Sandbox(load(environ), environ, port=0, start=start_inside) as sandbox:
        assert sandbox.banner == banner


async def test_the_story_lies_in_the_past_and_new_messages_do_not() -> None:
    async with Sandbox(load({}), {}, port=0, start=start_inside) as sandbox:
        world = sandbox.discord.world
        (planning,) = [c for c in world.channels.values() if c.name == "planning"]
        told = [message.created for message in planning.messages.values()]
        now = sandbox.discord.clock()
    assert told == sorted(told)
    assert 86_400 > now - told[0] > 80_000
    assert now - told[-1] > 600


async def test_digests_and_reminders_come_when_the_clock_is_moved() -> None:
    async with (
        Sandbox(load({}), {}, port=0, start=start_inside) as sandbox,
        plain_client(base_url=sandbox.url) as page,
    ):
        discord = sandbox.discord
        named = {channel.name: channel for channel in discord.world.channels.values()}
        (you,) = [user for user in discord.world.users.values() if user.username == "you"]

        def says(channel: str, text: str) -> bool:
            return any(text in message.content for message in discord.messages(named[channel]))

        soup = {"when": "in 100 hours", "text": "Stir the soup"}
        asked = await discord.slash(you, named["general"], "remind", soup)
        await discord.until(lambda: asked.is_answered)
        moved = (await page.post("/api/clock", json={"to": "next"})).json()
        assert moved["next"]["what"] == "digest"
        await discord.until(lambda: says("planning", "Digest of"))
        await page.post("/api/clock", json={"by": 100 * 3600})
        await discord.until(lambda: says("general", f"<@{you.id}>"))
        (reminder,) = [m for m in discord.messages(named["general"]) if you in m.mentions]
        assert "Stir the soup" in reminder.content
        assert reminder.pings == {you.id}
        assert reminder.created - asked.created > 100 * 3600
        assert "was due" in reminder.content
        salt = {"when": "in 5 minutes", "text": "Add salt"}
        asked = await discord.slash(you, named["general"], "remind", salt)
        await discord.until(lambda: asked.is_answered)
        goes_on = asyncio.Event()
        sandbox.model.script.append(Reply(chunks=["Salt is ", "white."], gates={1: goes_on}))
        answer = await discord.slash(you, named["general"], "ask", {"prompt": "What is salt?"})
        await discord.until(lambda: any("Salt is" in m.content for m in answer.messages))
        shown = (await page.post("/api/clock", json={"by": 0})).json()
        moved = (await page.post("/api/clock", json={"to": "next"})).json()
        assert moved["next"]["what"] == "reminder"
        assert 200 < moved["ahead_s"] - shown["ahead_s"] <= 300
        await discord.until(lambda: says("general", f"<@{you.id}> Add salt"))
        goes_on.set()
        await discord.until(lambda: says("general", "Salt is white.\n-# Scripted model"))
        assert not says("general", "restarted")  # its lease has not ended
        wire = (await page.get("/api/wire")).text
        assert {entry["side"] for entry in json.loads(wire)["entries"]} == {
            "rest",
            "gateway",
            "model",
        }
        secrets = [discord.token, *discord.core.interactions.by_token]
        assert [secret for secret in secrets if secret in wire] == []
