"""A Discord server for one process, with what tests and the page do in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Generic, Self, TypeVar

from aiohttp import web

from bot.sandbox.discord_server.client.people import People
from bot.sandbox.discord_server.client.talk import Talk
from bot.sandbox.discord_server.client.views import snapshot, visible
from bot.sandbox.discord_server.core import Core
from bot.sandbox.discord_server.objects import JSON, Channel, Message, User
from bot.sandbox.discord_server.rest import (
    application,
    channels,
    guilds,
    interactions,
    messages,
    oauth2,
    webhooks,
)
from bot.sandbox.discord_server.rest.api import Api
from bot.sandbox.discord_server.rest.call import Request
from bot.sandbox.discord_server.rest.cdn import ROUTES as FILES
from bot.sandbox.discord_server.rest.cdn import Cdn
from bot.sandbox.discord_server.rules.checks import REQUEST_LIMIT
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.limits import Limits
from bot.sandbox.discord_server.world.world import World
from bot.sandbox.listener import Listener

RESOURCES = (application, channels, guilds, interactions, messages, oauth2, webhooks)
ROUTES = [route for resource in RESOURCES for route in resource.ROUTES]

LAST_MESSAGES = 8
LAST_REQUESTS = 12

Value = TypeVar("Value")


class Setting(Generic[Value]):
    """An attribute of one of the server's parts, under the same name."""

    def __init__(self, part: str) -> None:
        self._part = part

    def __set_name__(self, _: type, name: str) -> None:
        self._name = name

    def __get__(self, server: DiscordServer, _: type | None = None) -> Value:
        value: Value = getattr(getattr(server.core, self._part), self._name)
        return value

    def __set__(self, server: DiscordServer, value: Value) -> None:
        setattr(getattr(server.core, self._part), self._name, value)


class DiscordServer:
    """A Discord that runs in one process.

    ``privileged_intents`` are those switched on in the developer portal: none by default;
    ``installs`` are the installation contexts there: 0 for guilds and 1 for users, both by default.
    In a guild added with ``has_bot=False``, and in the direct messages of others, which
    ``add_private_channel`` adds, people use the bot only if they have installed it for themselves
    (``User.has_app``).
    Without MESSAGE_CONTENT among them (or, over the gateway, among those of the bot's session)
    other people's messages in guilds are empty unless they mention the bot. With ``mutes_threads``
    the bot hears nothing in threads that it has not joined: documented is that it does, but
    people have reported that it did not.

    What people do with commands is told in ``client/people.py`` (``slash``, ``autocomplete``,
    ``context``, ``click``, ``select``, ``submit``), how they talk in ``client/talk.py``:

    - ``post``, ``reply``, ``mention``, ``upload``, ``send_voice``, ``forward`` and, for webhooks,
      ``send_as`` return the message; a person's DM with the bot is ``dm(user)``.
    - ``post_system(channel, 6)`` posts a system message, here of a pin.
    - ``edit_message``, ``delete_message``, ``purge`` (many at once) and ``show_embeds`` (those of
      links, a moment later) change it; ``send_again("MESSAGE_CREATE", message)`` repeats its event.
    - ``create_thread(user, message or channel, name)``, ``join_thread``, ``edit_thread(thread,
      archived=True)`` and ``start_typing``.
    - ``remove_file(message.attachments[0])`` makes its link answer 404; ``downloads`` are the paths
      of files asked for. They are served by the host of ``api_url``.
    """

    identifies = Setting[int]("gateway")
    max_concurrency = Setting[int]("gateway")
    privileged_intents = Setting[int]("gateway")
    session_starts = Setting[int]("gateway")
    shards = Setting[int]("gateway")
    mutes_threads = Setting[bool]("gateway")
    installs = Setting[tuple[int, ...]]("commands")
    response_deadline_s = Setting[float]("interactions")

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
        self.world = World(clock)
        self.core = Core(
            self.world, token, life_s=interaction_life_s, response_deadline_s=response_deadline_s
        )
        self.gateway = self.core.gateway
        self.api = Api(self.core, Limits(clock, enforced=rate_limits), token, ROUTES)
        self.cdn = Cdn(self.world.files, self.api.faults)
        self.api_url = ""
        self.gateway_url = ""
        self.bot_user = self.world.bot
        self.application_id = self.world.application_id
        self.client_secret = self.core.grants.client_secret
        self._listener = Listener()
        self._offer_world()
        self._offer_people()
        self._offer_talk()
        self._offer_faults()

    def _offer_world(self) -> None:
        places = self.core.places
        self.add_guild = places.add_guild
        self.add_channel = places.add_channel
        self.add_private_channel = places.add_private_channel
        self.add_user = places.add_user
        self.add_member = places.add_member
        self.remove_member = places.remove_member
        self.time_out = places.time_out
        self.end_time_outs = places.end_time_outs
        self.add_role = places.add_role
        self.allow_role = places.allow_role
        self.remove_role = places.remove_role
        self.add_webhook = places.add_webhook
        self.set_overwrite = places.set_overwrite
        self.remove_channel = places.remove_channel
        self.dm = self.world.dm
        self.subscribe = self.world.feed.subscribe
        self.requests = self.api.requests
        self.on_request = self.api.on_request

    def _offer_people(self) -> None:
        people = People(self.core)
        self.offered_commands = people.commands
        self.slash = people.slash
        self.autocomplete = people.autocomplete
        self.context = people.context
        self.click = people.click
        self.select = people.select
        self.submit = people.submit
        self.authorize = self.core.grants.allow

    def _offer_talk(self) -> None:
        talk = Talk(self.core)
        self.post = talk.post
        self.reply = talk.reply
        self.mention = talk.mention
        self.upload = talk.upload
        self.send_voice = talk.send_voice
        self.forward = talk.forward
        self.edit_message = talk.edit_message
        self.delete_message = talk.delete_message
        self.react = talk.react
        self.purge = talk.purge
        self.post_system = self.core.timeline.add_system
        self.show_embeds = talk.show_embeds
        self.send_as = talk.send_as
        self.start_typing = talk.start_typing
        self.create_thread = talk.create_thread
        self.edit_thread = talk.edit_thread
        self.join_thread = talk.join_thread
        self.send_again = self.core.timeline.announce
        self.remove_file = self.world.files.remove
        self.downloads = self.cdn.downloads

    def _offer_faults(self) -> None:
        self.inject = self.api.faults.add
        self.clear_faults = self.api.faults.clear
        self.allow_words = self.core.timeline.refused_words.clear
        self.drop_gateway = self.gateway.drop
        self.invalidate_session = self.gateway.invalidate
        self.request_reconnect = self.gateway.request_reconnect

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen, with port 0 on a free port, and set the addresses."""
        app = web.Application(client_max_size=REQUEST_LIMIT + 65536)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        for route in FILES:
            app.router.add_get(route, self.cdn.handle)
        app.router.add_route("*", "/api/v10/{path:.*}", self.api.handle)
        # A request takes effect even if its client disconnects.
        bound = await self._listener.start(app, host, (port,), cancels_handlers=False)
        self.api_url = f"http://{bound}/api/v10"
        self.gateway_url = self.gateway.url = f"ws://{bound}/gateway"
        self.world.files.address = f"http://{bound}"

    async def aclose(self) -> None:
        self.core.interactions.aclose()
        await self.gateway.aclose()
        await self._listener.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    @property
    def commands(self) -> list[JSON]:
        """The global commands."""
        return self.core.commands.all(None)

    def messages(self, channel: Channel, viewer: User | None = None) -> list[Message]:
        """Return the messages to be seen, in order; ephemeral ones only for their viewer."""
        return visible(channel, viewer)

    def snapshot(self, viewer: User) -> JSON:
        """Return everything that viewer sees, as JSON for a page."""
        return snapshot(self.core, viewer)

    def refuse_word(self, word: str, code: int = 240000, *, status: int | None = None) -> None:
        """Refuse every message and edit whose content contains word, as a filter does."""
        self.core.timeline.refused_words[word] = DiscordError(code, status=status)

    def refuse_gateway(self, times: int = 1) -> None:
        """Answer the next connections with 503."""
        self.gateway.refusals = times

    async def ready(self, timeout_s: float = 10.0) -> None:
        """Wait until every shard of the bot is identified and connected."""
        await self.until(lambda: self.gateway.is_ready, timeout_s=timeout_s, why="the bot")

    async def until(
        self, condition: Callable[[], object], timeout_s: float = 10.0, why: str = ""
    ) -> None:
        """Wait until condition holds; it is checked after each change and 20 times a second.

        Raises AssertionError with the last messages and requests.
        """
        if not await self.world.feed.until(condition, timeout_s):
            raise AssertionError(f"waited {timeout_s} s for {why or condition}\n{self.dump()}")

    def dump(self) -> str:
        """Return the last messages and requests as text."""
        lines = ["last messages:"]
        for channel in self.world.channels.values():
            shown = list(channel.messages.values())[-LAST_MESSAGES:]
            lines += [f"  #{channel.name} {_message_line(message)}" for message in shown]
        requests = list(self.requests)[-LAST_REQUESTS:]
        return "\n".join([*lines, "last requests:", *map(_request_line, requests)])


def _message_line(message: Message) -> str:
    marks = [name for name in ("ephemeral", "loading") if getattr(message, name)]
    text = message.content if len(message.content) <= 200 else message.content[:200] + "…"
    return f"{message.author.username}: {text!r} {' '.join(marks)}".rstrip()


def _request_line(request: Request) -> str:
    sent = request.body[:200].decode(errors="replace")
    answer = request.answer[:200].decode(errors="replace") if request.status >= 400 else ""
    return f"  {request.status} {request.method} {request.path} {sent} {answer}"
