"""/digest: regular summaries of a channel, written by a model."""

from typing import Any

from discord import (
    AppCommandOptionType,
    ChannelType,
    Interaction,
    Member,
    app_commands,
)
from discord.ext import commands

from bot.app import Bot
from bot.digests.job import FEWEST, MINIMUM, MOST, Requester, listed, rule_words, source_of
from bot.digests.service import EXAMPLE
from bot.errors import DatabaseUnavailable
from bot.replies import send_ephemeral
from bot.text.chunking import split
from bot.text.formatting import on_one_line
from cogs.autocomplete import CHOICE_LENGTH, CHOICE_LIMIT
from cogs.digests.setup import ITEMS, Places, managed, set_up
from cogs.ui import show
from connectors import ConnectorError
from connectors.discord import MessageBody, timestamp
from connectors.local_scheduler import Job, State

NONE_YET = "This server has no digests. Set one with `/digest add`."
HINT = "-# `/digest now` posts one at once. `/digest resume` resumes one that is paused or has stopped."
EXAMPLES = (EXAMPLE, "every weekday at 08:30", "every 6 hours", "every monday 9:00")

Choices = list[app_commands.Choice[str]]


class Readable(app_commands.Transformer):
    """A channel that can be read and written in, as its id: whether it may be, Discord is asked."""

    @property
    def type(self) -> AppCommandOptionType:
        return AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[ChannelType]:
        kinds = ChannelType
        return [kinds.text, kinds.news, kinds.public_thread, kinds.news_thread]

    async def transform(
        self,
        _: Interaction[Any],
        value: app_commands.AppCommandChannel | app_commands.AppCommandThread,
        /,
    ) -> int:
        return value.id


ChannelId = app_commands.Transform[int, Readable]


@app_commands.guild_install()
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.default_permissions(manage_guild=True)
class Digests(
    commands.GroupCog,
    group_name="digest",
    group_description="Regular summaries of a channel",
):
    """What happened in a channel."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    async def cog_load(self) -> None:
        self.bot.add_dynamic_items(*ITEMS)

    async def cog_unload(self) -> None:
        self.bot.remove_dynamic_items(*ITEMS)

    @app_commands.command(description="Post a regular summary of a channel")
    @app_commands.describe(
        channel="Channel to summarise",
        when=f"{EXAMPLE}, every weekday at 08:30, every 6 hours …",
        to="Where to post it (default: the same channel)",
        minimum=f"Fewest new messages that are worth a post (default: {MINIMUM})",
    )
    async def add(
        self,
        interaction: Interaction[Bot],
        channel: ChannelId,
        when: str,
        to: ChannelId | None = None,
        minimum: app_commands.Range[int, FEWEST, MOST] = MINIMUM,
    ) -> None:
        await begin(interaction)
        await set_up(interaction, Places(channel, to or channel, minimum), when)

    @add.autocomplete("when")
    async def how_it_is_read(self, interaction: Interaction[Bot], typed: str) -> Choices:
        phrase = " ".join(typed.split())
        if not phrase:
            return [app_commands.Choice(name=example, value=example) for example in EXAMPLES]
        if len(phrase) > CHOICE_LENGTH:
            return []
        try:
            read = await self.bot.services.digests.preview(phrase, interaction.user.id)
        except DatabaseUnavailable:
            return []
        return [app_commands.Choice(name=read, value=phrase)]

    @app_commands.command(name="list", description="Show the digests of this server")
    async def show_all(self, interaction: Interaction[Bot]) -> None:
        jobs = await self.bot.services.digests.of(await begin(interaction))
        text = f"{listed(jobs)}\n{HINT}" if jobs else NONE_YET
        first, *rest = split(text)
        await show(interaction, first)
        for more in rest:
            await send_ephemeral(interaction, self.bot.services.rest, MessageBody(more))

    @app_commands.command(description="Post a digest now")
    @app_commands.describe(digest="Which digest (default: the only one)")
    async def now(self, interaction: Interaction[Bot], digest: str | None = None) -> None:
        guild_id = await begin(interaction)
        asked = Requester(interaction.application_id, interaction.token, interaction.user.id)
        await self.bot.services.digests.now(digest, guild_id, asked)

    @app_commands.command(description="Pause a digest")
    @app_commands.describe(digest="Which digest")
    async def pause(self, interaction: Interaction[Bot], digest: str) -> None:
        job = await self.bot.services.digests.pause(digest, await begin(interaction))
        await show(
            interaction,
            f"The digest of <#{source_of(job)}> is paused. Resume it with `/digest resume`.",
        )

    @app_commands.command(description="Resume a digest that is paused or has stopped")
    @app_commands.describe(digest="Which digest")
    async def resume(self, interaction: Interaction[Bot], digest: str) -> None:
        job = await self.bot.services.digests.resume(digest, await begin(interaction))
        at = timestamp(job.next_run, "R")
        await show(
            interaction, f"The digest of <#{source_of(job)}> goes on: the next one comes {at}."
        )

    @app_commands.command(description="Remove a digest")
    @app_commands.describe(digest="Which digest")
    async def remove(self, interaction: Interaction[Bot], digest: str) -> None:
        job = await self.bot.services.digests.remove(digest, await begin(interaction))
        await show(interaction, f"The digest of <#{source_of(job)}> is removed.")

    @now.autocomplete("digest")
    @pause.autocomplete("digest")
    @resume.autocomplete("digest")
    @remove.autocomplete("digest")
    async def digests_here(self, interaction: Interaction[Bot], typed: str) -> Choices:
        if interaction.guild_id is None or not interaction.permissions.manage_guild:
            return []
        try:
            jobs = await self.bot.services.digests.of(interaction.guild_id)
        except ConnectorError:
            return []
        choices = [
            app_commands.Choice(name=self._label(interaction, job), value=job.id) for job in jobs
        ]
        wanted = typed.strip().lower()
        return [choice for choice in choices if wanted in choice.name.lower()][:CHOICE_LIMIT]

    def _label(self, interaction: Interaction[Bot], job: Job) -> str:
        waits = {State.PAUSED: " · paused", State.PARKED: " · stopped"}.get(job.state, "")
        where = self._named(interaction, source_of(job))
        if job.channel_id and job.channel_id != source_of(job):
            where += f" → {self._named(interaction, job.channel_id)}"
        return f"{where} · {rule_words(job)}{waits}"[:CHOICE_LENGTH]

    def _named(self, interaction: Interaction[Bot], channel_id: int) -> str:
        guild, person = interaction.guild, interaction.user
        channel = guild.get_channel_or_thread(channel_id) if guild else None
        if channel is None or not isinstance(person, Member):
            return "a channel I cannot see"
        is_seen = channel.permissions_for(person).view_channel
        return f"#{on_one_line(channel.name)}" if is_seen else "a channel you cannot see"


async def begin(interaction: Interaction[Bot]) -> int:
    """Take a command whose answer only this person sees, and return the server. Raises Refused."""
    guild_id = managed(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    return guild_id


async def setup(bot: Bot) -> None:
    """Load the cog; called by discord.py."""
    await bot.add_cog(Digests(bot))
