"""/persona: how the bot answers in a server, a channel or a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from discord import Interaction, Thread, app_commands
from discord.ext import commands

from bot.conversations import personas, texts
from bot.conversations.instructions import BUILT_IN
from bot.conversations.personas import NAME_LIMIT, PROMPT_LIMIT, Spot
from bot.errors import Refused
from bot.storage.persona import Persona, Scope
from cogs.autocomplete import CHOICE_LIMIT, Choices
from cogs.ui import show
from connectors.database import DatabaseUnavailable

if TYPE_CHECKING:
    from bot.app import Bot

WHERE = [
    app_commands.Choice(name="in this conversation", value=Scope.CONVERSATION.value),
    app_commands.Choice(name="in this channel", value=Scope.CHANNEL.value),
    app_commands.Choice(name="in this server", value=Scope.SERVER.value),
]
DEFAULT_PLACE = "Where it applies (default: this thread, these direct messages, or this channel)"


@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class PersonaCommands(
    commands.GroupCog, group_name="persona", group_description="How the bot answers here"
):
    @app_commands.command(name="set", description="Give the bot a persona")
    @app_commands.describe(
        name="What it is called",
        prompt="How it should answer (not needed for a persona that exists in this server)",
        where=DEFAULT_PLACE,
    )
    @app_commands.choices(where=WHERE)
    async def set_here(
        self,
        interaction: Interaction[Bot],
        name: app_commands.Range[str, 1, NAME_LIMIT],
        prompt: app_commands.Range[str, 1, PROMPT_LIMIT] | None = None,
        where: str | None = None,
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        spot, stored = await spot_of(interaction), interaction.client.services.personas
        known = [] if prompt else await _visible(interaction, spot)
        scope = Scope(where) if where else spot.usual
        said = await personas.choose(stored, spot, scope, name, prompt or "", known)
        await show(interaction, said)

    @set_here.autocomplete("name")
    async def complete_name(self, interaction: Interaction[Bot], typed: str) -> Choices:
        try:
            known = await _visible(interaction, _spot(interaction))
        except DatabaseUnavailable:
            return []
        names = dict.fromkeys(p.name for p in known if typed.casefold() in p.name.casefold())
        return [app_commands.Choice(name=n, value=n) for n in list(names)[:CHOICE_LIMIT]]

    @app_commands.command(name="show", description="Show the persona that answers here")
    async def show_here(self, interaction: Interaction[Bot]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        spot = _spot(interaction)
        stored = interaction.client.services.personas
        here = await stored.at(spot.channel_id, spot.guild_id, spot.parent_id)
        await show(interaction, personas.shown(here, BUILT_IN))

    @app_commands.command(name="list", description="Show all personas of this server")
    async def show_all(self, interaction: Interaction[Bot]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await _visible(interaction, _spot(interaction))
        await show(interaction, personas.listed(found))

    @app_commands.command(description="Remove a persona")
    @app_commands.describe(where=DEFAULT_PLACE)
    @app_commands.choices(where=WHERE)
    async def clear(self, interaction: Interaction[Bot], where: str | None = None) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        spot, stored = await spot_of(interaction), interaction.client.services.personas
        scope = Scope(where) if where else spot.usual
        await show(interaction, await personas.clear(stored, spot, scope))


async def spot_of(interaction: Interaction[Bot]) -> Spot:
    """Return where a command is used. Raise Refused outside of servers and our messages."""
    if interaction.guild_id is None and not interaction.context.dm_channel:
        raise Refused(texts.NOT_OURS)
    channel, user_id = interaction.channel, interaction.user.id
    is_theirs = interaction.guild_id is None
    if isinstance(channel, Thread) and not is_theirs:
        started = await interaction.client.services.conversations.author_of(channel.id)
        is_theirs = user_id in (channel.owner_id, started)
    return _spot(interaction, is_theirs=is_theirs)


def _spot(interaction: Interaction[Bot], *, is_theirs: bool = False) -> Spot:
    channel, may = interaction.channel, interaction.permissions
    return Spot(
        channel_id=interaction.channel_id or 0,
        guild_id=interaction.guild_id,
        parent_id=channel.parent_id if isinstance(channel, Thread) else 0,
        is_theirs=is_theirs,
        manages_server=may.manage_guild,
        manages_channels=may.manage_channels,
    )


async def _visible(interaction: Interaction[Bot], spot: Spot) -> list[Persona]:
    """Return the personas of places that the person sees."""
    guild, user = interaction.guild, interaction.user

    def may_see(channel_id: int) -> bool:
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        member = guild.get_member(user.id) if guild else None
        return bool(channel and member and channel.permissions_for(member).view_channel)

    return await personas.visible(interaction.client.services.personas, spot, may_see)


async def setup(bot: Bot) -> None:
    await bot.add_cog(PersonaCommands())
