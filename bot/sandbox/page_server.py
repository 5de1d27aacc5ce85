"""The page that plays the Discord client: its files, its requests and its stream of events."""

import asyncio
import base64
import errno
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from aiohttp import web

from bot.sandbox.discord_server import (
    Attachment,
    Channel,
    DiscordServer,
    Interaction,
    InteractionFailed,
    Message,
    Role,
    User,
)
from bot.sandbox.discord_server.errors import DiscordError
from bot.sandbox.discord_server.permissions import can_see
from bot.sandbox.discord_server.picker import THINGS, find_command, leaf_options
from bot.sandbox.discord_server.world import JSON, walk

log = logging.getLogger(__name__)

PORTS_TRIED = 50
REQUEST_LIMIT_BYTES = 40 * 1024 * 1024
ANSWER_LIMIT_S = 60.0  # the server gives the bot 3 s; this is longer than any test makes that
NOT_ANSWERED = "The application did not respond"
FAILED = "This interaction failed"
THING_SELECTS = frozenset({5, 6, 7, 8})
SLASH_COMMAND = 1
FOLDER = Path(__file__).parent / "page"
CONTENT_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
HEADERS = {
    # No inline script and no other host: what a model wrote can neither run nor fetch anything.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Post(msgspec.Struct):
    """Send a plain message."""

    channel: str
    content: str


class File(msgspec.Struct):
    """A file that was chosen for an option."""

    filename: str
    content_type: str
    base64: str


class Slash(msgspec.Struct):
    """Run a slash command; sub-commands are part of the name, after a space."""

    channel: str
    name: str
    options: dict[str, Any] = {}
    files: dict[str, File] = {}


class Autocomplete(msgspec.Struct):
    """Ask the bot for choices of one option."""

    channel: str
    name: str
    focused: str
    options: dict[str, Any] = {}


class Click(msgspec.Struct):
    """Press a button."""

    message: str
    custom_id: str


class Select(msgspec.Struct):
    """Choose values of a select."""

    message: str
    custom_id: str
    values: list[str]


class Submit(msgspec.Struct):
    """Send a filled-in modal."""

    interaction: str
    values: dict[str, str | list[str]]


class Context(msgspec.Struct):
    """Use a message command."""

    message: str
    name: str


class Dismiss(msgspec.Struct):
    """Take an ephemeral message out of sight."""

    message: str


Asked = TypeVar("Asked", bound=msgspec.Struct)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageServer:
    """Serves the page to one person, who acts as `user`; `banner` is shown above everything."""

    def __init__(self, discord: DiscordServer, *, user: User, banner: str) -> None:
        self._discord = discord
        self._user = user
        self._banner = banner
        self._world = discord._world  # noqa: SLF001  (ids of a page have to become things again)
        self._dm = discord.dm(user)
        self._modals: dict[str, Interaction] = {}
        self._dismissed: set[str] = set()
        self._listening: set[asyncio.Task[Any]] = set()
        self._hosts: frozenset[str] = frozenset()
        self._runner: web.AppRunner | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 8420) -> str:
        """Listen and return the page's address; a taken port gives way to the next free one.

        Raises OSError when none of 50 is free.
        """
        app = web.Application(middlewares=[self._guard], client_max_size=REQUEST_LIMIT_BYTES)
        for path in sorted(FOLDER.iterdir()):
            app.router.add_get(f"/{path.name}", _static(path))
        app.router.add_get("/", _static(FOLDER / "index.html"))
        app.router.add_get("/attachments/{channel_id}/{id}/{filename}", self._file)
        app.router.add_get("/api/events", self._events)
        app.router.add_post("/api/post", _answering(Post, self._post))
        app.router.add_post("/api/slash", _answering(Slash, self._slash))
        app.router.add_post("/api/autocomplete", _answering(Autocomplete, self._autocomplete))
        app.router.add_post("/api/click", _answering(Click, self._click))
        app.router.add_post("/api/select", _answering(Select, self._select))
        app.router.add_post("/api/submit", _answering(Submit, self._submit))
        app.router.add_post("/api/context", _answering(Context, self._context))
        app.router.add_post("/api/dismiss", _answering(Dismiss, self._dismiss))
        self._runner = web.AppRunner(
            app, handler_cancellation=True, access_log=None, shutdown_timeout=1.0
        )
        await self._runner.setup()
        bound = await _listen(self._runner, host, port)
        self._hosts = frozenset(f"{name}:{bound}" for name in (host, "127.0.0.1", "localhost"))
        return f"http://{host}:{bound}"

    async def aclose(self) -> None:
        for task in self._listening:
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Serve this machine's own page only: other pages in the same browser can reach the port."""
        origin = request.headers.get("Origin")
        is_ours = origin is None or origin.removeprefix("http://") in self._hosts
        if request.host not in self._hosts or not is_ours:
            return web.Response(status=403, text="This page serves only its own address.\n")
        if request.method == "POST" and request.content_type != "application/json":
            return web.Response(status=415, text="Send application/json.\n")
        return await handler(request)

    async def _file(self, request: web.Request) -> web.Response:
        file = self._world.attachments.get(_snowflake(request.match_info["id"]))
        if file is None:
            raise web.HTTPNotFound
        headers = {
            **HEADERS,
            "Content-Type": file.content_type,
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename)}",
        }
        return web.Response(body=file.data, headers=headers)

    # What the page hears

    async def _events(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        async with self._subscribed() as events:
            await response.write(_sse({"type": "state", **self._state(), **self._messages()}))
            async for event in events:
                shown = self._shown(event)
                if shown is not None:
                    await response.write(_sse(shown))
        return response

    @asynccontextmanager
    async def _subscribed(self) -> AsyncIterator[AsyncIterator[JSON]]:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  (a handler always runs in a task)
        self._listening.add(task)
        subscription = self._discord.subscribe()
        try:
            yield subscription
        finally:
            self._listening.discard(task)
            await subscription.aclose()

    def _shown(self, event: JSON) -> JSON | None:
        """Return what the page is told of an event, None for nothing."""
        kind = event["type"]
        if kind == "typing":
            return event
        if kind == "interaction":
            return None
        if not kind.startswith("message_"):
            return {"type": "places", **self._state()}
        message = event["message"]
        channel = self._world.channels.get(int(message["channel_id"]))
        is_seen = channel is not None and can_see(channel, self._user)
        return event if is_seen and self._is_for_me(message) else None

    def _is_for_me(self, message: JSON) -> bool:
        is_mine = message["visible_to"] in (None, str(self._user.id))
        return is_mine and message["id"] not in self._dismissed

    def _state(self) -> JSON:
        seen = self._discord.snapshot(self._user)
        guilds = seen["guilds"]
        dms = [dm | {"name": self._discord.bot_user.display_name} for dm in seen["dms"]]
        return {
            "me": seen["viewer"],
            "bot": seen["bot"],
            "banner": self._banner,
            "guilds": guilds,
            "channels": [channel for guild in guilds for channel in guild["channels"]] + dms,
            "commands": seen["commands"],
        }

    def _messages(self) -> JSON:
        lists = self._discord.snapshot(self._user)["messages"].values()
        return {"messages": [m for messages in lists for m in messages if self._is_for_me(m)]}

    # What the person does

    async def _post(self, asked: Post) -> JSON:
        await self._discord.post(self._user, self._channel(asked.channel), asked.content)
        return {}

    async def _slash(self, asked: Slash) -> JSON:
        channel = self._channel(asked.channel)
        options = self._options(channel, asked.name, asked.options)
        options |= {name: _attachment(file) for name, file in asked.files.items()}
        begun = await self._discord.slash(self._user, channel, asked.name, options)
        return await self._outcome(begun, NOT_ANSWERED)

    async def _autocomplete(self, asked: Autocomplete) -> JSON:
        channel = self._channel(asked.channel)
        choices = await self._discord.autocomplete(
            self._user,
            channel,
            asked.name,
            self._options(channel, asked.name, asked.options),
            focused=asked.focused,
        )
        return {"choices": choices}

    async def _click(self, asked: Click) -> JSON:
        message = self._message(asked.message)
        begun = await self._discord.click(self._user, message, asked.custom_id)
        return await self._outcome(begun, FAILED)

    async def _select(self, asked: Select) -> JSON:
        message = self._message(asked.message)
        values = self._chosen(message.components, asked.custom_id, asked.values)
        begun = await self._discord.select(self._user, message, asked.custom_id, values)
        return await self._outcome(begun, FAILED)

    async def _submit(self, asked: Submit) -> JSON:
        opened = self._modals.get(asked.interaction)
        if opened is None or opened.modal is None:
            raise LookupError("This dialog is no longer open.")
        parts = opened.modal["components"]
        fields = {
            custom_id: value if isinstance(value, str) else self._chosen(parts, custom_id, value)
            for custom_id, value in asked.values.items()
        }
        begun = await self._discord.submit(self._user, opened, fields)
        return await self._outcome(begun, "Something went wrong. Try again.")

    async def _context(self, asked: Context) -> JSON:
        message = self._message(asked.message)
        begun = await self._discord.context(
            self._user, message.channel, asked.name, message=message
        )
        return await self._outcome(begun, NOT_ANSWERED)

    async def _dismiss(self, asked: Dismiss) -> JSON:
        self._dismissed.add(asked.message)
        return {}

    async def _outcome(self, interaction: Interaction, failure: str) -> JSON:
        """Wait for the bot's first response: nothing to add, a modal to show, or a failure."""
        await self._discord.until(lambda: interaction.state != "waiting", timeout_s=ANSWER_LIMIT_S)
        if interaction.state == "failed":
            return {"error": failure}
        if interaction.modal is None:
            return {}
        self._modals[str(interaction.id)] = interaction
        return {"modal": interaction.modal, "interaction": str(interaction.id)}

    # Ids become things

    def _channel(self, channel_id: str) -> Channel:
        channel = self._world.channels.get(_snowflake(channel_id))
        if channel is None or not can_see(channel, self._user):
            raise LookupError("This channel is gone.")
        return channel

    def _message(self, message_id: str) -> Message:
        wanted = _snowflake(message_id)
        for channel in self._world.channels.values():
            if wanted in channel.messages:
                return channel.messages[wanted]
        raise LookupError("This message is gone.")

    def _thing(self, thing_id: str) -> User | Role | Channel:
        wanted = _snowflake(thing_id)
        for guild in self._world.guilds.values():
            if wanted in guild.roles:
                return guild.roles[wanted]
        found = self._world.users.get(wanted) or self._world.channels.get(wanted)
        if found is None:
            raise LookupError("What was chosen is gone.")
        return found

    def _options(self, channel: Channel, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return the options with users, roles and channels instead of their ids."""
        command, *path = name.split()
        offered = self._discord.offered_commands(self._user, channel)
        options = leaf_options(find_command(offered, SLASH_COMMAND, command), path)
        things = {option["name"] for option in options if option["type"] in THINGS}
        return {
            name: self._thing(value) if name in things else value for name, value in values.items()
        }

    def _chosen(
        self, components: Sequence[JSON], custom_id: str, values: Sequence[str]
    ) -> list[Any]:
        parts = [part for _, part in walk(components) if part.get("custom_id") == custom_id]
        if parts and parts[0]["type"] in THING_SELECTS:
            return [self._thing(value) for value in values]
        return list(values)


def _answering(kind: type[Asked], act: Callable[[Asked], Awaitable[JSON]]) -> Handler:
    """Return a handler that decodes a request, acts, and says in one sentence what went wrong."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            asked = msgspec.json.decode(await request.read(), type=kind)
        except msgspec.DecodeError as error:
            return _json({"error": str(error)}, status=400)
        try:
            return _json(await act(asked))
        except InteractionFailed:
            return _json({"error": NOT_ANSWERED})
        except DiscordError as error:
            return _json({"error": " ".join(_details(error.errors or {})) or error.message})
        except (LookupError, ValueError) as error:
            return _json({"error": str(error)})

    return handle


def _details(errors: JSON, path: str = "") -> Iterator[str]:
    """Yield Discord's nested form errors as sentences, each with the field it is about."""
    for key, value in errors.items():
        if key == "_errors":
            yield from (f"{path}: {error['message']}" for error in value)
        else:
            yield from _details(value, f"{path}.{key}" if path else key)


def _static(path: Path) -> Handler:
    body = path.read_bytes()
    headers = {**HEADERS, "Content-Type": f"{CONTENT_TYPES[path.suffix]}; charset=utf-8"}

    async def handle(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers=headers)

    return handle


async def _listen(runner: web.AppRunner, host: str, port: int) -> int:
    """Return the port that is listened on: the first free one from port on."""
    last = port + PORTS_TRIED - 1 if port else 0
    for candidate in range(port, last + 1):
        try:
            await web.TCPSite(runner, host, candidate).start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE or candidate == last:
                raise
        else:
            break
    return int(runner.addresses[0][1])


def _json(body: JSON, *, status: int = 200) -> web.Response:
    headers = {**HEADERS, "Content-Type": "application/json"}
    return web.Response(status=status, body=msgspec.json.encode(body), headers=headers)


def _sse(event: JSON) -> bytes:
    return b"data: " + msgspec.json.encode(event) + b"\n\n"


def _snowflake(text: str) -> int:
    """Return an id, 0 for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else 0


def _attachment(file: File) -> Attachment:
    data = base64.b64decode(file.base64, validate=True)
    return Attachment(file.filename, data, content_type=file.content_type)
