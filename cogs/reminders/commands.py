"""/remind, /reminders, /timezone, and the menu "Remind me about this"."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from discord import Interaction, Message, Thread, app_commands
from discord.ext import commands

from bot.reminders import texts
from bot.reminders.job import TEXT_LIMIT, NewReminder
from bot.times.when import PHRASE_LIMIT
from bot.times.zones import find_zones
from cogs.autocomplete import CHOICE_LENGTH, Choices, phrase_choices
from cogs.reminders.create import ITEMS, ReminderModal, choose_zone, set_reminder, show_zone
from cogs.reminders.manage import show_all

if TYPE_CHECKING:
    from bot.app import Bot

HERE, DM = "here", "dm"
WHERE = [
    app_commands.Choice(name="here", value=HERE),
    app_commands.Choice(name="in a direct message", value=DM),
]
EXAMPLES = ("in 20 minutes", "tomorrow 9:00", "every weekday at 08:30", "friday 17:00")


class Reminders(commands.Cog):
    """The commands for reminders."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        menu = app_commands.ContextMenu(name="Remind me about this", callback=remind_about)
        menu.allowed_installs = app_commands.AppInstallationType(guild=True, user=True)
        menu.allowed_contexts = app_commands.AppCommandContext(
            guild=True, dm_channel=True, private_channel=True
        )
        self._menu = menu

    async def cog_load(self) -> None:
        self.bot.tree.add_command(self._menu)
        self.bot.add_dynamic_items(*ITEMS)

    async def cog_unload(self) -> None:
        self.bot.tree.remove_command(self._menu.name, type=self._menu.type)
        self.bot.remove_dynamic_items(*ITEMS)

    @app_commands.command(description="Set a reminder, once or recurring")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(
        when="tomorrow 9:00, in 2 hours, every weekday at 08:30 …",
        text=f"What to remind you of (at most {TEXT_LIMIT:,} characters)",
        where="Where to remind you (default: here)",
    )
    @app_commands.choices(where=WHERE)
    async def remind(
        self,
        interaction: Interaction[Bot],
        when: app_commands.Range[str, 1, PHRASE_LIMIT],
        text: app_commands.Range[str, 1, TEXT_LIMIT],
        where: str = HERE,
    ) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        channel_id, note = destination(interaction, where)
        guild_id = interaction.guild_id if channel_id else None
        reminder = NewReminder(when, text.strip(), channel_id, guild_id)
        await set_reminder(interaction, reminder, note=note)

    @remind.autocomplete("when")
    async def complete_when(self, interaction: Interaction[Bot], typed: str) -> Choices:
        preview = partial(self.bot.services.schedules.preview, user_id=interaction.user.id)
        return await phrase_choices(typed, EXAMPLES, preview)

    @app_commands.command(
        description="List your reminders, to change, snooze, pause or cancel them"
    )
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def reminders(self, interaction: Interaction[Bot]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_all(interaction)

    @app_commands.command(description="Show or set your time zone")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(zone="City, time zone or what your clock shows; type to search")
    async def timezone(self, interaction: Interaction[Bot], zone: str | None = None) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        if zone is None:
            await show_zone(interaction)
        else:
            await choose_zone(interaction, zone, None)

    @timezone.autocomplete("zone")
    async def complete_zone(self, _: Interaction[Bot], typed: str) -> Choices:
        found = find_zones(typed, datetime.now(UTC))
        return [app_commands.Choice(name=label[:CHOICE_LENGTH], value=key) for key, label in found]


async def remind_about(interaction: Interaction[Bot], message: Message) -> None:
    """Ask when to remind somebody of a message."""
    interaction.client.services.schedules.check_storage()
    channel_id, note = destination(interaction, HERE)
    guild_id = interaction.guild_id if channel_id else None
    reminder = NewReminder("", "", channel_id, guild_id, message.jump_url)
    await interaction.response.send_modal(ReminderModal(reminder, note, texts.ABOUT_THIS))


def destination(interaction: Interaction[Bot], where: str) -> tuple[int | None, str]:
    """Return the channel to post in, or None for a direct message, and why if it was not wanted."""
    if where == DM or interaction.guild_id is None:
        return None, ""
    if not interaction.is_guild_integration():
        return None, texts.NO_MEMBER
    is_thread = isinstance(interaction.channel, Thread)
    for permissions, note in (
        (interaction.app_permissions, texts.I_MAY_NOT),
        (interaction.permissions, texts.YOU_MAY_NOT),
    ):
        can_send = permissions.send_messages_in_threads if is_thread else permissions.send_messages
        if not (can_send and permissions.view_channel):
            return None, note
    return interaction.channel_id, ""


async def setup(bot: Bot) -> None:
    """Load the cog; called by discord.py."""
    await bot.add_cog(Reminders(bot))
