"""DiscordServer: starts it, fills it, acts in it, breaks it and waits for it."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

from aiohttp import web

from bot.sandbox.discord_server import core
from bot.sandbox.discord_server.client.people import File, People
from bot.sandbox.discord_server.client.views import dump, snapshot
from bot.sandbox.discord_server.faults import Fault
from bot.sandbox.discord_server.objects import (
    JSON,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
    Webhook,
    World,
)
from bot.sandbox.discord_server.rest import application as rest_application
from bot.sandbox.discord_server.rest import channels as rest_channels
from bot.sandbox.discord_server.rest import guilds as rest_guilds
from bot.sandbox.discord_server.rest import interactions as rest_interactions
from bot.sandbox.discord_server.rest import messages as rest_messages
from bot.sandbox.discord_server.rest import oauth2 as rest_oauth2
from bot.sandbox.discord_server.rest import webhooks as rest_webhooks
from bot.sandbox.discord_server.rest.api import Api
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.limits import Limits
from bot.sandbox.discord_server.world.feed import Subscription
from bot.sandbox.discord_server.world.interactions import Interaction
from bot.sandbox.discord_server.world.places import Places
from bot.sandbox.discord_server.world.timeline import REQUEST_LIMIT

ROUTES = [
    *rest_application.ROUTES,
    *rest_channels.ROUTES,
    *rest_guilds.ROUTES,
    *rest_interactions.ROUTES,
    *rest_messages.ROUTES,
    *rest_oauth2.ROUTES,
    *rest_webhooks.ROUTES,
]


class DiscordServer:
    """A Discord that fits into one process.

    `privileged_intents` is what the developer portal would have switched on: none by default.
    """

    def __init__(
        self,
        *,
        token: str = "sandbox-token",  # noqa: S107 - not a secret, the sandbox's own
        clock: Callable[[], float] = time.time,
        interaction_life_s: float = 900.0,
        response_deadline_s: float = 3.0,
        rate_limits: bool = True,
    ) -> None:
        self.token = token
        self.clock = clock
        self._core = core.build(
            token=token,
            clock=clock,
            interaction_life_s=interaction_life_s,
            response_deadline_s=response_deadline_s,
        )
        self._world = self._core.world
        self.bot_user = self._core.bot
        self.application_id = self._core.application_id
        self._gateway = self._core.gateway
        self._feed = self._core.feed
        limits = Limits(clock, enforced=rate_limits)
        self._api = Api(self._core, self._feed, limits, token, ROUTES)
        self._people = People(self._core)
        self._places = Places(self._core)
        self._runner: web.AppRunner | None = None
        self.on_request = self._api.on_request
        self.requests = self._api.requests
        self.api_url = ""
        self.gateway_url = ""

    # Its life

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; with port 0 on a free one. Addresses are known from here on."""
        app = web.Application(client_max_size=REQUEST_LIMIT + 65536)
        app.router.add_get("/gateway", self._gateway.handle)
        app.router.add_get("/gateway/", self._gateway.handle)
        app.router.add_get("/attachments/{channel_id}/{id}/{filename}", self._serve_file)
        app.router.add_route("*", "/api/v10/{path:.*}", self._api.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.api_url = f"http://{host}:{bound}/api/v10"
        self.gateway_url = self._gateway.url = f"ws://{host}:{bound}/gateway"
        self._core.timeline.files_url = f"http://{host}:{bound}"

    async def aclose(self) -> None:
        self._core.interactions.aclose()
        await self._gateway.aclose()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def _serve_file(self, request: web.Request) -> web.Response:
        file = self._world.attachments.get(int(request.match_info["id"]))
        if file is None:
            return web.Response(status=404)
        return web.Response(body=file.data, headers={"Content-Type": file.content_type})

    # What is in it

    @property
    def world(self) -> World:
        """Everything by its id, for a page that gets ids back from a browser."""
        return self._world

    def add_guild(self, name: str, *, has_bot: bool = True, guild_id: int | None = None) -> Guild:
        """Add a guild; without the bot its commands work there only as user-installed ones."""
        return self._places.add_guild(name, has_bot=has_bot, guild_id=guild_id)

    def add_channel(
        self, guild: Guild, name: str, kind: int = 0, parent: Channel | None = None
    ) -> Channel:
        return self._places.add_channel(guild, name, kind, parent)

    def add_user(
        self, username: str, *, display_name: str | None = None, locale: str = "en-US"
    ) -> User:
        return self._places.add_user(username, display_name or username, locale)

    def add_member(self, guild: Guild, user: User, roles: Sequence[Role] = ()) -> Member:
        return self._places.add_member(guild, user, roles)

    def add_role(
        self, guild: Guild, name: str, *, permissions: int = 0, mentionable: bool = False
    ) -> Role:
        return self._places.add_role(guild, name, permissions, mentionable=mentionable)

    def add_webhook(self, channel: Channel, name: str) -> Webhook:
        return self._places.add_webhook(channel, name)

    def set_overwrite(
        self, channel: Channel, target: User | Role, *, allow: int = 0, deny: int = 0
    ) -> None:
        self._places.set_overwrite(channel, target, allow, deny)

    def remove_channel(self, channel: Channel) -> None:
        self._places.remove_channel(channel)

    def dm(self, user: User) -> Channel:
        return self._world.dm(self.bot_user, user)

    def messages(self, channel: Channel, viewer: User | None = None) -> list[Message]:
        """Return what is to be seen, in order; ephemeral messages only by their own viewer."""
        shown = channel.messages.values()
        return [m for m in shown if m.visible_to is None or m.visible_to is viewer]

    @property
    def client_secret(self) -> str:
        return self._core.grants.client_secret

    @property
    def commands(self) -> list[JSON]:
        return self._core.commands.all(None)

    def offered_commands(self, user: User, channel: Channel) -> list[JSON]:
        """Return the commands that the client offers to user in channel."""
        return self._people.commands(user, channel)

    def snapshot(self, viewer: User) -> JSON:
        """Return everything viewer sees, as JSON for a page."""
        return snapshot(self._core, self._people, viewer)

    def subscribe(self) -> Subscription:
        """Return an async iterator of what happens from now on; close it with aclose()."""
        return self._feed.subscribe()

    # What people do

    async def slash(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Mapping[str, Any] | None = None,
    ) -> Interaction:
        return self._people.slash(user, channel, command, options or {})

    async def autocomplete(
        self,
        user: User,
        channel: Channel,
        command: str,
        options: Mapping[str, Any] | None = None,
        *,
        focused: str,
    ) -> list[JSON]:
        return await self._people.autocomplete(user, channel, command, options or {}, focused)

    async def click(self, user: User, message: Message, name: str) -> Interaction:
        return self._people.click(user, message, name)

    async def select(
        self, user: User, message: Message, custom_id: str, values: Sequence[Any]
    ) -> Interaction:
        return self._people.select(user, message, custom_id, values)

    async def submit(
        self, user: User, interaction: Interaction, fields: Mapping[str, Any]
    ) -> Interaction:
        return self._people.submit(user, interaction, fields)

    async def context(
        self,
        invoker: User,
        channel: Channel,
        command: str,
        *,
        message: Message | None = None,
        user: User | None = None,
    ) -> Interaction:
        target = message or user
        if target is None:
            raise ValueError("a context command needs a message or a user")
        return self._people.context(invoker, channel, command, target)

    async def post(
        self,
        user: User,
        channel: Channel,
        content: str,
        *,
        reply_to: Message | None = None,
        attachments: Sequence[File] = (),
    ) -> Message:
        return self._people.post(user, channel, content, reply_to, attachments)

    def authorize(self, redirect_uri: str, scope: str) -> str:
        """Allow the application what it asks for; return the code a browser takes to redirect_uri."""
        return self._core.grants.allow(redirect_uri, scope)

    async def delete_message(self, user: User, message: Message) -> None:
        self._people.delete(user, message)

    # What goes wrong

    def inject(self, fault: Fault) -> Fault:
        return self._api.faults.add(fault)

    def clear_faults(self) -> None:
        self._api.faults.clear()

    def refuse_word(self, word: str, code: int = 240000, *, status: int | None = None) -> None:
        """Refuse every message and edit whose content holds a word, as a filter does."""
        self._core.timeline.refused_words[word] = DiscordError(code, status=status)

    def allow_words(self) -> None:
        """Refuse no word any more."""
        self._core.timeline.refused_words.clear()

    async def drop_gateway(self, code: int = 4000) -> None:
        await self._gateway.drop(code)

    async def invalidate_session(self, *, resumable: bool) -> None:
        self._gateway.invalidate(resumable=resumable)

    async def request_reconnect(self) -> None:
        self._gateway.request_reconnect()

    def refuse_gateway(self, times: int = 1) -> None:
        self._gateway.refusals = times

    # What is known and waited for

    async def ready(self, timeout_s: float = 10.0) -> None:
        """Wait until every shard of the bot is identified and connected."""
        await self.until(lambda: self._gateway.is_ready, timeout_s=timeout_s, why="the bot")

    async def until(
        self, condition: Callable[[], object], timeout_s: float = 10.0, why: str = ""
    ) -> None:
        """Wait until condition holds; looked at after every change and every request.

        Raises AssertionError with the last messages and requests.
        """
        if not await self._feed.until(condition, timeout_s):
            raise AssertionError(f"waited {timeout_s} s for {why or condition}\n{self.dump()}")

    def dump(self) -> str:
        """Return the last messages and requests as text."""
        return dump(self._world, self.requests)

    @property
    def identifies(self) -> int:
        return self._gateway.identifies

    @property
    def response_deadline_s(self) -> float:
        return self._core.interactions.deadline_s

    @response_deadline_s.setter
    def response_deadline_s(self, seconds: float) -> None:
        self._core.interactions.deadline_s = seconds

    @property
    def shards(self) -> int:
        return self._gateway.shards

    @shards.setter
    def shards(self, count: int) -> None:
        self._gateway.shards = count

    @property
    def max_concurrency(self) -> int:
        return self._gateway.max_concurrency

    @max_concurrency.setter
    def max_concurrency(self, count: int) -> None:
        self._gateway.max_concurrency = count

    @property
    def privileged_intents(self) -> int:
        return self._gateway.privileged_intents

    @privileged_intents.setter
    def privileged_intents(self, intents: int) -> None:
        self._gateway.privileged_intents = intents
