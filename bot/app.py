"""The bot: builds its services, loads the cogs, turns errors into replies."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import discord
from discord import Interaction, app_commands
from discord.ext import commands

from bot.acknowledgements import IN_TIME, use_for_first_responses
from bot.command_sync import allowed, to_register
from bot.elsewhere import Arrivals, ensure_unanswered
from bot.errors import (
    IN_DOUBT,
    IN_OTHER_WORDS,
    NO_DATABASE,
    NOT_STORABLE,
    OUR_FAULT,
    RESTARTING,
    AnsweredElsewhere,
    Refused,
    cannot_be_answered,
)
from bot.process.application import installs_of, may_read_content, owners_of
from bot.process.gateway import leave_out_edits_by_bots, use_own_reading
from bot.process.guild_cache import trim_guilds
from bot.process.logs import describe
from bot.process.shards.sharding import Sharding
from bot.replies import send_ephemeral
from bot.services import Services
from bot.settings import Settings
from bot.text.formatting import counted
from connectors import ConnectorError, Connectors
from connectors.database import DatabaseUnavailable, InvalidValue
from connectors.discord import API_URL, Config, MessageBody
from connectors.http.connections import NETWORK_ERRORS, ProxyConnector

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine

    from connectors.local_scheduler import Pace

log = logging.getLogger(__name__)

COGS = (
    "cogs.ask.commands",
    "cogs.chat.messages",
    "cogs.chat.openings",
    "cogs.models",
    "cogs.personas",
    "cogs.reminders.commands",
    "cogs.digests.commands",
    "cogs.settings.commands",
    "cogs.usage",
    "cogs.privacy",
    "cogs.help",
    "cogs.doctor",
)
# How long discord.py waits for another guild before on_ready; commands work before that.
GUILD_WAIT_S = 0.1

# For every command that does not say otherwise.
EVERYWHERE = app_commands.AppCommandContext(guild=True, dm_channel=True, private_channel=True)
ANYBODY = app_commands.AppInstallationType(guild=True, user=True)


class ContentWithdrawn(discord.DiscordException):
    """Message Content was switched off in the portal since the login; the next one asks."""

    def __init__(self) -> None:
        super().__init__("Message Content was switched off in the developer portal")


class Tree(app_commands.CommandTree["Bot"]):
    """The slash commands; only ``on_error`` turns a command's error into a reply."""

    def __init__(self, client: Bot) -> None:
        super().__init__(client, allowed_contexts=EVERYWHERE, allowed_installs=ANYBODY)

    async def interaction_check(self, interaction: Interaction[Bot]) -> bool:
        if interaction.type is discord.InteractionType.autocomplete:
            await self.client.services.loaded()
            return True
        command = interaction.command
        waits = command is None or not command.extras.get(IN_TIME)
        return await self.client.is_open(interaction, when_loaded=waits)

    async def on_error(
        self, interaction: Interaction[Bot], error: app_commands.AppCommandError
    ) -> None:
        await self.client.reply_to_error(interaction, error)


class Bot(commands.AutoShardedBot):
    """Abi: its services, and a gateway."""

    def __init__(
        self,
        settings: Settings,
        connectors: Connectors,
        config: Config,
        *,
        pace_s: float = 1.0,
        job_pace: Pace | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        # The bot does not speak: no warnings that the packages for voice are missing.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        # What else there is (emojis, voice, reactions, typing) costs memory and time, unread.
        self._wanted = discord.Intents(guilds=True, messages=True)
        super().__init__(
            command_prefix=commands.when_mentioned,
            tree_cls=Tree,
            help_command=None,
            intents=self._wanted,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=GUILD_WAIT_S,
            connector=ProxyConnector(),
            max_messages=None,  # none are looked up, and they cost memory
        )
        leave_out_edits_by_bots(self._connection.parsers)
        self.services = Services(
            settings, connectors, config, pace_s=pace_s, job_pace=job_pace, clock=clock
        )
        trim_guilds(self)
        self.services.close_with(partial(commands.AutoShardedBot.close, self))
        self.installs: Collection[int] = ()  # the kinds that the portal allows
        self.sharding = Sharding(self, settings, self.services, self._begin)
        self.command_ids: dict[str, int] = {}  # once they are registered
        self.when_ready: Callable[[Bot], Coroutine[Any, Any, None]] | None = None  # called once
        self._telling: asyncio.Task[None] | None = None
        self._config = config
        self._arrivals = Arrivals()
        self._syncing: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None
        self.is_closing = False
        discord.http.Route.BASE = config.api_url
        use_own_reading()

    async def run_until_closed(self) -> None:
        """Log in and stay connected. Raises what discord.py raises if that fails for good."""
        self.services.load()
        use_for_first_responses(self.services.rest, lambda: self.application_id or 0)
        try:
            await self.start(self._config.token.reveal())
        except discord.PrivilegedIntentsRequired as error:
            if self.reads_content:
                raise ContentWithdrawn from error
            raise

    async def setup_hook(self) -> None:
        """Load the cogs; discord.py calls it once, before it connects."""
        await self._point_gateway()
        self._wanted.message_content = may_read_content(self.application)
        self.services.owner_ids = owners_of(self.application)
        self.installs = installs_of(self.application)
        await self.load_cogs()

    async def load_cogs(self) -> None:
        for name in COGS:
            await self._load_cog(name)

    async def _load_cog(self, name: str) -> None:
        """Set up a cog. Unlike ``load_extension`` it does not run its module for each bot again."""
        try:
            await import_module(name).setup(self)
        except Exception as error:
            raise commands.ExtensionFailed(name, error) from error

    def own_commands(self) -> list[Any]:
        """Return our commands as Discord's JSON objects, as far as the application has them."""
        return allowed([c.to_dict(self.tree) for c in self.tree.get_commands()], self.installs)

    @property
    def reads_content(self) -> bool:
        """True if Discord shows the bot what people write without a mention."""
        return self._wanted.message_content

    async def close(self) -> None:
        """End answers in progress, then close everything in reverse order. Takes 10 s at most."""
        if self._closing is None:  # discord.py calls it too if its gateway fails
            self._closing = asyncio.create_task(self._close())
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        for task in filter(None, (self._syncing, self._telling)):
            task.cancel()
        # What comes until others have taken over is answered, here or by them.
        self.services.stop_within_s -= await self.sharding.leave()
        self.is_closing = True
        await self.services.aclose()

    async def connect(self, **_: bool) -> None:
        """Connect this process's shards, and stay connected."""
        await self.sharding.run()

    def is_ready(self) -> bool:
        """Return whether all shards of this process are connected and have their servers."""
        return super().is_ready() and self.sharding.is_ready

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait, as discord.py would: the turn has come before."""

    async def on_shard_ready(self, shard_id: int) -> None:
        self.sharding.shard_ready(shard_id)

    async def on_connect(self) -> None:
        """Start the services; commands may be used from now on."""
        self._begin()

    def _begin(self) -> None:
        """Start the services, once."""
        if self._syncing is None:
            self._syncing = asyncio.create_task(self._sync())
            self.services.tasks.watch(self._syncing, may_end=True)
            self.services.start()

    async def on_message(self, message: discord.Message, /) -> None:
        """Ignore messages: discord.py would log the first word of each unknown command."""

    async def on_ready(self) -> None:
        if not self.sharding.may_say_ready():
            return
        log.info("Ready as %s in %s.", self.user, counted(len(self.guilds), "server"))
        self.dispatch("shards_taken", self.sharding.keys)
        if self.when_ready is not None and self._telling is None:
            self._telling = asyncio.create_task(self.when_ready(self))

    async def is_open(self, interaction: Interaction[Any], *, when_loaded: bool = True) -> bool:
        """Return whether to handle an interaction: it is new, and new work is accepted.

        If none is, say so. Wait until services are loaded.
        """
        if not self._arrivals.is_first(interaction.id):
            return False
        if not self.is_closing and when_loaded:
            await self.services.loaded()
        if self.is_closing:
            with suppress(ConnectorError, AnsweredElsewhere):
                await send_ephemeral(interaction, self.services.rest, MessageBody(RESTARTING))
        return not self.is_closing

    async def reply_to_error(self, interaction: Interaction[Any], error: Exception) -> None:
        """Tell the person who used a command what happened and what to do. Never raises."""
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if cannot_be_answered(cause):
            return
        if isinstance(cause, Refused):
            text = str(cause)
        elif isinstance(cause, DatabaseUnavailable):
            log.error("A command failed: %s", cause)
            text = IN_DOUBT if cause.is_doubtful else NO_DATABASE
        elif isinstance(cause, InvalidValue):
            text = NOT_STORABLE
        elif self.is_closing and isinstance(cause, RuntimeError):
            text = RESTARTING  # it was accepted while the services closed
        else:
            log.error("A command failed", exc_info=cause)
            text = OUR_FAULT
        kind = interaction.response.type
        is_thinking = kind is discord.InteractionResponseType.deferred_channel_message
        try:
            rest, body = self.services.rest, MessageBody(text)
            if is_thinking:  # what another process has shown by now stays
                webhook = interaction.application_id, interaction.token
                await ensure_unanswered(rest, *webhook, (0.0,))
            await send_ephemeral(interaction, rest, body, IN_OTHER_WORDS, is_thinking=is_thinking)
        except (ConnectorError, AnsweredElsewhere, discord.DiscordException) as failure:
            if not cannot_be_answered(failure):
                log.warning("Could not reply that a command failed: %s", failure)

    async def _point_gateway(self) -> None:
        # After an invalid session discord.py connects to its built-in gateway, whatever
        # /gateway/bot said.
        if self._config.api_url != API_URL:
            _, url, _ = await self.http.get_bot_gateway()
            socket = discord.gateway.DiscordWebSocket
            socket.DEFAULT_GATEWAY = type(socket.DEFAULT_GATEWAY)(url)

    async def _sync(self) -> None:
        """Register the commands if Discord has others; the daily number of changes is limited."""
        await self.services.loaded()  # a question that is already here comes first
        application_id = self.application_id or 0
        want = self.own_commands()
        try:
            have = await self.http.get_global_commands(application_id)
            commands = to_register(want, have)
            if commands is not None:
                have = await self.http.bulk_upsert_global_commands(application_id, commands)
                log.info("Registered %s.", counted(len(want), "command"))
            self.command_ids = {c["name"]: int(c["id"]) for c in have if c.get("type", 1) == 1}
        except (discord.DiscordException, *NETWORK_ERRORS) as error:
            log.error("Could not register the commands: %s. Restart to try again.", describe(error))
