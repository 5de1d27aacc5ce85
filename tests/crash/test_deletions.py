"""kill -9 while everything is being deleted: it is all deleted, and told once."""

from __future__ import annotations

import asyncio
import random

import pytest

from bot.privacy import texts
from bot.sandbox.discord_server import User
from bot.sandbox.model_server import Reply
from tests.crash.installation import IS_LONG, Installation

TIMES = 20
LONGEST_S = 0.3  # about what a deletion takes


@pytest.mark.skipif(not IS_LONG, reason="make soak: each bot takes seconds to start")
async def test_a_deletion_outlives_its_process_and_is_told_once(
    installation: Installation,
) -> None:
    chance = random.Random(13)
    await installation.start()
    for alice in installation.people(TIMES):
        await delete(installation, alice, chance.uniform(0.0, LONGEST_S))
    assert await installation.rows("SELECT prompt FROM turns WHERE prompt LIKE '%marzipan%'") == []


async def delete(installation: Installation, alice: User, wait_s: float) -> None:
    """Ask something, have everything deleted, and kill the bot meanwhile."""
    discord, (channel,) = installation.discord, installation.channels(1)
    installation.model.open_reply = Reply(chunks=["About ", "marzipan."])
    bot = await installation.start_bot()
    asked = await discord.slash(alice, channel, "ask", {"prompt": "my marzipan"})
    await installation.until(lambda: asked.messages and asked.messages[0].buttons())
    used = await discord.slash(alice, channel, "privacy", {})
    await installation.until(lambda: used.messages and used.messages[0].buttons())
    (page,) = used.messages
    await discord.click(alice, page, texts.DELETE)
    await installation.until(lambda: "cannot be undone" in page.content)
    await discord.click(alice, page, texts.YES_DELETE)
    await installation.until_none(
        f"SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM jobs WHERE owner_id = {alice.id}"  # noqa: S608
        " AND kind = 'deletion')"
    )
    await asyncio.sleep(wait_s)
    await bot.kill()
    await installation.until(lambda: texts.DELETED in page.content)
    assert "- conversations: 1" in page.content
    await installation.none_left()
    assert discord.messages(discord.dm(alice)) == []
    left = f"SELECT 1 FROM turns WHERE author_id = {alice.id} OR prompt LIKE '%marzipan%'"  # noqa: S608
    assert await installation.rows(left) == []
