"""Channels that are opened to the bot again: what it had to leave there is tidied."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import discord
from discord.ext import commands

from connectors import ConnectorError

if TYPE_CHECKING:
    from bot.app import Bot

log = logging.getLogger(__name__)


class Openings(commands.Cog):
    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        me: discord.Member | None = after.guild.me  # None while the server is not known yet
        if me is not None and gains(before.permissions_for(me), after.permissions_for(me)):
            await self._look_again(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        me: discord.Member | None = after.guild.me
        if me is not None and after in me.roles and gains(before.permissions, after.permissions):
            await self._look_again(after.guild.id)

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Discord tells each bot of its own roles, and of its timeouts, without an intent."""
        was_kept = before.is_timed_out() and not after.is_timed_out()
        if after == after.guild.me and (was_kept or before.roles != after.roles):
            await self._look_again(after.guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        await self._look_again(guild.id)

    @commands.Cog.listener()
    async def on_thread_join(self, thread: discord.Thread) -> None:
        await self._look_again(thread.guild.id)

    @commands.Cog.listener()
    async def on_raw_thread_update(self, event: discord.RawThreadUpdateEvent) -> None:
        """Archived threads are not known, so what they were before is not, either."""
        state = event.data.get("thread_metadata", {})
        if not (state.get("archived") or state.get("locked")):
            await self._look_again(event.guild_id)

    async def _look_again(self, guild_id: int) -> None:
        services = self._bot.services
        await services.loaded()
        if self._bot.is_closing:
            return
        try:
            await services.leftovers.look_again(guild_id)
            await services.edits.look_again(guild_id)
        except ConnectorError as error:  # it is tried again within an hour
            log.info("buttons of answers that have ended stay for now: %s", error)


def gains(before: discord.Permissions, after: discord.Permissions) -> bool:
    """Return whether permissions allow something that they did not."""
    return bool(after.value & ~before.value)


async def setup(bot: Bot) -> None:
    await bot.add_cog(Openings(bot))
