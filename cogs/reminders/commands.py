"""/remind, /reminders, /timezone, and the menu "Remind me about this"."""

from __future__ import annotations

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
from cogs.reminders.manage import list_all
from cogs.reminders.moderate import MODERATOR_ITEMS, list_channel
from cogs.rights import is_away
from cogs.ui import ChannelId, reply

if TYPE_CHECKING:
    from bot.app import Bot

HERE, DM = "here", "dm"
WHERE = [
    app_commands.Choice(name="here", value=HERE),
    app_commands.Choice(name="in a direct message", value=DM),
]
Place = tuple[int | None, int | None]  # the ids of a channel and its server
DIRECT: Place = (None, None)
EXAMPLES = ("in 20 minutes", "tomorrow 9:00", "every weekday at 08:30", "friday 17:00")


class Reminders(commands.Cog):
    @app_commands.command(description="Set a reminder, once or recurring")
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
        place, note = destination(interaction, where)
        reminder = NewReminder(when, text.strip(), *place)
        await reply(interaction, set_reminder(interaction, reminder, note))

    @remind.autocomplete("when")
    async def complete_when(self, interaction: Interaction[Bot], typed: str) -> Choices:
        schedules = interaction.client.services.schedules
        preview = partial(schedules.preview, user_id=interaction.user.id)
        return await phrase_choices(typed, EXAMPLES, preview)

    @app_commands.command(
        description="List your reminders, to change, snooze, pause or cancel them"
    )
    @app_commands.describe(channel="For its moderators: what others are reminded of there")
    async def reminders(
        self, interaction: Interaction[Bot], channel: ChannelId | None = None
    ) -> None:
        if channel is None:
            await reply(interaction, list_all(interaction))
        else:
            await reply(interaction, list_channel(interaction, channel))

    @app_commands.command(description="Show or set your time zone")
    @app_commands.describe(zone="City, time zone or what your clock shows; type to search")
    async def timezone(self, interaction: Interaction[Bot], zone: str | None = None) -> None:
        if zone is None:
            await reply(interaction, show_zone(interaction))
        else:
            await reply(interaction, choose_zone(interaction, zone, None))

    @timezone.autocomplete("zone")
    async def complete_zone(self, interaction: Interaction[Bot], typed: str) -> Choices:
        found = find_zones(typed, interaction.client.services.now())
        return [app_commands.Choice(name=label[:CHOICE_LENGTH], value=key) for key, label in found]


@app_commands.context_menu(name="Remind me about this")
async def remind_about(interaction: Interaction[Bot], message: Message) -> None:
    interaction.client.services.schedules.check_storage()
    place, note = destination(interaction, HERE)
    reminder = NewReminder("", "", *place, message.jump_url)
    modal = ReminderModal(reminder, interaction.id, note, texts.ABOUT_THIS)
    await interaction.response.send_modal(modal)


def destination(interaction: Interaction[Bot], where: str) -> tuple[Place, str]:
    """Return the place to post in, and a note if it is a direct message that was not wanted."""
    if where == DM or interaction.guild_id is None:
        return DIRECT, ""
    if is_away(interaction):
        return DIRECT, texts.NO_MEMBER
    is_thread = isinstance(interaction.channel, Thread)
    for permissions, note in (
        (interaction.app_permissions, texts.I_MAY_NOT),
        (interaction.permissions, texts.YOU_MAY_NOT),
    ):
        can_send = permissions.send_messages_in_threads if is_thread else permissions.send_messages
        if not (can_send and permissions.view_channel):
            return DIRECT, note
    return (interaction.channel_id, interaction.guild_id), ""


async def setup(bot: Bot) -> None:
    bot.tree.add_command(remind_about)
    bot.add_dynamic_items(*ITEMS, *MODERATOR_ITEMS)
    await bot.add_cog(Reminders())
