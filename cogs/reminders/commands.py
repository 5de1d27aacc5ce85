"""/remind, /reminders, /timezone, and the reminder about a message."""

from datetime import UTC, datetime

from discord import Interaction, Message, Thread, app_commands
from discord.ext import commands

from bot.app import Bot
from bot.errors import DatabaseUnavailable
from bot.reminders.job import TEXT_LIMIT, NewReminder
from bot.times.when import PHRASE_LIMIT
from bot.times.zones import find_zones
from cogs.autocomplete import CHOICE_LENGTH
from cogs.reminders.create import ITEMS, DraftModal, choose_zone, show_zone, take
from cogs.reminders.manage import show_all

HERE, DM = "here", "dm"
WHERE = [
    app_commands.Choice(name="here", value=HERE),
    app_commands.Choice(name="in a direct message", value=DM),
]
EXAMPLES = ("in 20 minutes", "tomorrow 9:00", "every weekday at 08:30", "friday 17:00")
ABOUT_THIS = "about this message"
AS_DM = "\n-# It comes as a direct message, because {why}."


class Reminders(commands.Cog):
    """What people want to be reminded of."""

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

    @app_commands.command(description="Remind me of something, once or again and again")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(
        when="tomorrow 9:00, in 2 hours, every weekday at 08:30 …",
        text=f"What should I remind you of? At most {TEXT_LIMIT:,} characters",
        where="Where I should remind you (default: here)",
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
        await take(interaction, NewReminder(when, text.strip(), channel_id, guild_id), note=note)

    @remind.autocomplete("when")
    async def how_it_is_read(
        self, interaction: Interaction[Bot], typed: str
    ) -> list[app_commands.Choice[str]]:
        phrase = " ".join(typed.split())
        if not phrase:
            return [app_commands.Choice(name=example, value=example) for example in EXAMPLES]
        if len(phrase) > CHOICE_LENGTH:
            return []
        try:
            read = await self.bot.services.reminders.preview(phrase, interaction.user.id)
        except DatabaseUnavailable:
            return []
        return [app_commands.Choice(name=read, value=phrase)]

    @app_commands.command(description="Show my reminders, to change, snooze, pause or cancel them")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    async def reminders(self, interaction: Interaction[Bot]) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_all(interaction)

    @app_commands.command(description="Show or choose the time zone in which I read your times")
    @app_commands.allowed_installs(guilds=True, users=True)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    @app_commands.describe(zone="A city, a zone's name, or what your clock shows; type to search")
    async def timezone(self, interaction: Interaction[Bot], zone: str | None = None) -> None:
        await interaction.response.defer(ephemeral=True, thinking=True)
        if zone is None:
            await show_zone(interaction)
        else:
            await choose_zone(interaction, zone, None)

    @timezone.autocomplete("zone")
    async def zones_matching(
        self, _: Interaction[Bot], typed: str
    ) -> list[app_commands.Choice[str]]:
        found = find_zones(typed, datetime.now(UTC))
        return [app_commands.Choice(name=label[:CHOICE_LENGTH], value=key) for key, label in found]


async def remind_about(interaction: Interaction[Bot], message: Message) -> None:
    """Ask when to be reminded of a message."""
    interaction.client.services.reminders.check_place()
    channel_id, note = destination(interaction, HERE)
    guild_id = interaction.guild_id if channel_id else None
    draft = NewReminder("", "", channel_id, guild_id, message.jump_url)
    await interaction.response.send_modal(DraftModal(draft, note, ABOUT_THIS))


def destination(interaction: Interaction[Bot], where: str) -> tuple[int | None, str]:
    """Return the channel a reminder goes to, or None for a direct message, and why if it was not wanted."""
    if where == DM or interaction.guild_id is None:
        return None, ""
    if not interaction.is_guild_integration():
        return None, AS_DM.format(why="I am no member of this server")
    is_thread = isinstance(interaction.channel, Thread)
    for rights, who in ((interaction.app_permissions, "I"), (interaction.permissions, "you")):
        can_send = rights.send_messages_in_threads if is_thread else rights.send_messages
        if not (can_send and rights.view_channel):
            return None, AS_DM.format(why=f"{who} may not write here")
    return interaction.channel_id, ""


async def setup(bot: Bot) -> None:
    """Load the cog; called by discord.py."""
    await bot.add_cog(Reminders(bot))
