from collections.abc import Callable

import pytest

from bot.sandbox.discord_server.rules.permissions import BOT_PERMISSIONS, SEND_MESSAGES
from tests.e2e.world import World


async def test_each_way_to_open_a_place_again_has_the_bot_look_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with World() as world:
        discord, guild, bot = world.discord, world.guild, world.discord.bot_user
        looked: list[int] = []

        async def look_again(guild_id: int) -> None:
            looked.append(guild_id)

        monkeypatch.setattr(world.bot.services.leftovers, "look_again", look_again)
        own, less = guild.me_role, BOT_PERMISSIONS & ~SEND_MESSAGES
        thread = await discord.create_thread(world.alice, world.channel, "tea")
        hidden = discord.add_channel(guild, "hidden")
        discord.set_overwrite(hidden, bot, deny=BOT_PERMISSIONS)
        await discord.create_thread(world.alice, hidden, "secret tea")

        def edit(**changes: bool) -> Callable[[], None]:
            return lambda: discord.core.threads.edit(thread, changes)

        until = discord.clock() + 3600.0
        closing: dict[str, Callable[[], None]] = {
            "a channel": lambda: discord.set_overwrite(world.channel, bot, deny=SEND_MESSAGES),
            "a role": lambda: discord.allow_role(guild, own, less),
            "a time-out": lambda: discord.time_out(guild, bot, until),
            "an archive": edit(archived=True),
            "a lock": edit(locked=True),
        }
        opening: dict[str, Callable[[], None]] = {
            "a channel": lambda: discord.set_overwrite(world.channel, bot),
            "a role": lambda: discord.allow_role(guild, own, BOT_PERMISSIONS),
            "a time-out": lambda: discord.time_out(guild, bot, None),
            "an archive": edit(archived=False),
            "a lock": edit(locked=False),
        }
        for name, open_again in opening.items():
            closing[name]()
            before = len(looked)
            open_again()
            await discord.until(lambda: len(looked) > before, why=f"a look after {name}")  # noqa: B023
        count = len(looked)
        discord.set_overwrite(hidden, bot, allow=BOT_PERMISSIONS)
        await discord.until(lambda: len(looked) == count + 2, why="a look for channel and thread")
        assert set(looked) == {guild.id}
        count = len(looked)
        joined = discord.add_guild("Cellar")
        await discord.until(lambda: joined.id in looked, why="a look into a new server")
        discord.remove_channel(thread)
        closing["a role"]()
        opening["a role"]()
        await discord.until(lambda: len(looked) == count + 2, why="one look more")
        assert looked[-2:] == [joined.id, guild.id], "none after what only closes a place"
