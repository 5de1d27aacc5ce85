"""/digest: regular summaries of a channel, written by a model."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from discord import Interaction, Member, app_commands
from discord.ext import commands

from bot.digests import texts
from bot.digests.job import FEWEST, MINIMUM, MOST, DigestPayload, NewDigest, Requester
from bot.errors import Refused
from bot.replies import send_ephemeral
from bot.text.chunking import split
from bot.text.formatting import on_one_line
from cogs.autocomplete import CHOICE_LENGTH, CHOICE_LIMIT, Choices, phrase_choices
from cogs.digests.setup import ZoneSelect, add_digest, managed_guild
from cogs.ui import ChannelId, Reply, defer, in_time, reply, show
from connectors import ConnectorError
from connectors.discord import MessageBody, timestamp
from connectors.local_scheduler import Job, State

if TYPE_CHECKING:
    from bot.app import Bot

EXAMPLES = (texts.EXAMPLE, "every weekday at 08:30", "every 6 hours", "every monday 9:00")


@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=False, private_channels=False)
@app_commands.default_permissions(manage_guild=True)
class Digests(
    commands.GroupCog, group_name="digest", group_description="Regular summaries of a channel"
):
    @app_commands.command(description="Add a regular summary of a channel")
    @app_commands.describe(
        channel="Channel to summarise",
        when=f"{texts.EXAMPLE}, every weekday at 08:30, every 6 hours …",
        to="Where to post it (default: the same channel)",
        minimum=f"Fewest new messages worth a digest (default: {MINIMUM})",
    )
    async def add(
        self,
        interaction: Interaction[Bot],
        channel: ChannelId,
        when: str,
        to: ChannelId | None = None,
        minimum: app_commands.Range[int, FEWEST, MOST] = MINIMUM,
    ) -> None:
        guild_id, user_id = await managed_guild(interaction), interaction.user.id
        digest = NewDigest(guild_id, user_id, channel, to or channel, minimum)
        await reply(interaction, add_digest(interaction, digest, when))

    @add.autocomplete("when")
    async def complete_when(self, interaction: Interaction[Bot], typed: str) -> Choices:
        digests = interaction.client.services.digests
        user_id, guild_id = interaction.user.id, interaction.guild_id
        preview = partial(digests.preview, user_id=user_id, guild_id=guild_id)
        return await phrase_choices(typed, EXAMPLES, preview)

    @app_commands.command(name="list", description="Show the digests of this server")
    async def show_all(self, interaction: Interaction[Bot]) -> None:
        digests = interaction.client.services.digests
        jobs = await in_time(interaction, digests.of(await managed_guild(interaction)), defer)
        text = f"{texts.listed(jobs)}\n{texts.HINT}" if jobs else texts.NONE_YET
        first, *rest = split(text)
        await show(interaction, first)
        for more in rest:
            await send_ephemeral(interaction, interaction.client.services.rest, MessageBody(more))

    @app_commands.command(description="Post a digest now")
    @app_commands.describe(digest="Which digest (default: the only one)")
    async def now(self, interaction: Interaction[Bot], digest: str | None = None) -> None:
        guild_id = await managed_guild(interaction)
        requester = Requester(
            interaction.application_id, interaction.token, interaction.user.id, interaction.id
        )
        work = interaction.client.services.digests.run_now(digest, guild_id, requester)
        await in_time(interaction, work, defer)
        if not interaction.response.is_done():
            # Whoever waits is told by the run, also if this fails.
            await defer(interaction)

    @app_commands.command(description="Pause a digest")
    @app_commands.describe(digest="Which digest")
    async def pause(self, interaction: Interaction[Bot], digest: str) -> None:
        await reply(interaction, _changed(interaction, digest, "pause"))

    @app_commands.command(description="Resume a digest that is paused or has stopped")
    @app_commands.describe(digest="Which digest")
    async def resume(self, interaction: Interaction[Bot], digest: str) -> None:
        await reply(interaction, _changed(interaction, digest, "resume"))

    @app_commands.command(description="Remove a digest")
    @app_commands.describe(digest="Which digest")
    async def remove(self, interaction: Interaction[Bot], digest: str) -> None:
        await reply(interaction, _changed(interaction, digest, "remove"))

    @now.autocomplete("digest")
    @pause.autocomplete("digest")
    @resume.autocomplete("digest")
    @remove.autocomplete("digest")
    async def complete_digest(self, interaction: Interaction[Bot], typed: str) -> Choices:
        digests = interaction.client.services.digests
        try:
            jobs = await digests.of(await managed_guild(interaction))
        except (ConnectorError, Refused):
            return []
        choices = [app_commands.Choice(name=_label(interaction, job), value=job.id) for job in jobs]
        wanted = typed.strip().lower()
        return [choice for choice in choices if wanted in choice.name.lower()][:CHOICE_LIMIT]


def _label(interaction: Interaction[Bot], job: Job) -> str:
    state = {State.PAUSED: " · paused", State.PARKED: " · stopped"}.get(job.state, "")
    payload = DigestPayload.try_of(job)
    source_id = payload.source if payload else 0
    where = _channel_name(interaction, source_id)
    if job.channel_id and job.channel_id != source_id:
        where += f" → {_channel_name(interaction, job.channel_id)}"
    return f"{where} · {texts.rule(job)}{state}"[:CHOICE_LENGTH]


def _channel_name(interaction: Interaction[Bot], channel_id: int) -> str:
    guild, person = interaction.guild, interaction.user
    channel = guild.get_channel_or_thread(channel_id) if guild else None
    if channel is None or not isinstance(person, Member):
        return texts.I_CANNOT_SEE
    is_seen = channel.permissions_for(person).view_channel
    return f"#{on_one_line(channel.name)}" if is_seen else texts.YOU_CANNOT_SEE


async def _changed(interaction: Interaction[Bot], digest: str, action: str) -> Reply:
    """Pause, resume or remove a digest. Raises Refused."""
    digests, guild_id = interaction.client.services.digests, await managed_guild(interaction)
    if action == "pause":
        said = texts.PAUSED.format(texts.name(await digests.pause(digest, guild_id)))
    elif action == "resume":
        job = await digests.resume(digest, guild_id)
        said = texts.RESUMED.format(texts.name(job), timestamp(job.next_run, "R"))
    else:
        said = texts.REMOVED.format(texts.name(await digests.remove(digest, guild_id)))
    return Reply(said, is_stored=True)


async def setup(bot: Bot) -> None:
    bot.add_dynamic_items(ZoneSelect)
    await bot.add_cog(Digests())
