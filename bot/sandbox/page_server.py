"""The page that plays the Discord client: its files, its requests and its stream of events."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from aiohttp import web

from bot.sandbox import page_requests as asked
from bot.sandbox.discord_server.objects import JSON, InteractionFailed, User
from bot.sandbox.discord_server.rest.cdn import ROUTES as FILES
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.listener import Listener
from bot.sandbox.page_actions import NOT_ANSWERED, snowflake
from bot.sandbox.page_view import View, actors

if TYPE_CHECKING:
    from bot.sandbox.controls import Controls
    from bot.sandbox.discord_server import DiscordServer

PORTS_TRIED = 50
REQUEST_LIMIT_BYTES = 40 * 1024 * 1024
FOLDER = Path(__file__).parent / "page"
CONTENT_TYPES = {".html": "text/html", ".js": "text/javascript", ".css": "text/css"}
ACTS: dict[str, type[msgspec.Struct]] = {
    "post": asked.Post,
    "edit": asked.Edit,
    "delete": asked.Delete,
    "react": asked.React,
    "forward": asked.Forward,
    "thread": asked.NewThread,
    "close": asked.CloseThread,
    "slash": asked.Slash,
    "autocomplete": asked.Autocomplete,
    "click": asked.Click,
    "select": asked.Select,
    "submit": asked.Submit,
    "context": asked.Context,
    "dismiss": asked.Dismiss,
}
CONTROLS: dict[str, type[msgspec.Struct]] = {
    "plug": asked.Plug,
    "clock": asked.MoveClock,
    "permissions": asked.Permit,
    "faults": asked.SwitchFault,
}
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

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class PageServer:
    """Serves the page; ``banner`` is shown at its top.

    Who opens it acts as ``user``, or with ``?as=`` and a name as another person of the servers.
    ``controls`` are those of the sandbox's panels, if it has any.
    """

    def __init__(
        self,
        discord: DiscordServer,
        *,
        user: User,
        banner: str,
        controls: Controls | None = None,
    ) -> None:
        self._discord = discord
        self._controls = controls
        self._user = user
        self._banner = banner
        self._world = discord.world
        self._views = {user.username: View(discord, user)}
        self._listener = Listener()
        self.aclose = self._listener.aclose

    async def start(self, host: str = "127.0.0.1", port: int = 8420) -> str:
        """Listen and return the page's address; if the port is taken, use the next free one.

        Raises OSError if none of 50 is free.
        """
        app = web.Application(middlewares=[self._guard], client_max_size=REQUEST_LIMIT_BYTES)
        for path in sorted(FOLDER.iterdir()):
            app.router.add_get(f"/{path.name}", _static(path))
        app.router.add_get("/", _static(FOLDER / "index.html"))
        for route in FILES:
            app.router.add_get(route, self._file)
        app.router.add_get("/api/events", self._events)
        for name, kind in ACTS.items():
            app.router.add_post(f"/api/{name}", _answering(kind, self._act(name)))
        if self._controls is not None:
            self._add_controls(app.router, self._controls)
        ports = range(port, port + PORTS_TRIED) if port else (0,)
        return f"http://{await self._listener.start(app, host, ports)}"

    def _add_controls(self, router: web.UrlDispatcher, controls: Controls) -> None:
        async def faults(_: web.Request) -> web.StreamResponse:
            return _json(controls.all_faults())

        async def wire(request: web.Request) -> web.StreamResponse:
            return _json(controls.wire(snowflake(request.query.get("after", ""))))

        router.add_get("/api/faults", faults)
        router.add_get("/api/wire", wire)
        for name, kind in CONTROLS.items():
            router.add_post(f"/api/{name}", _answering(kind, _moving(getattr(controls, name))))

    def _act(self, name: str) -> Callable[[web.Request, Any], Awaitable[JSON]]:
        async def act(request: web.Request, body: Any) -> JSON:
            done: JSON = await getattr(self._view(request).person, name)(body)
            return done

        return act

    def _view(self, request: web.Request) -> View:
        """Return the view of the person that the request acts as."""
        name = request.query.get("as", self._user.username)
        if name not in self._views:
            named = [user for user in actors(self._discord) if user.username == name]
            if not named:
                raise web.HTTPNotFound(text="Nobody has this name.\n")
            self._views[name] = View(self._discord, named[0])
        return self._views[name]

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse forms, which any other page can send."""
        if request.method == "POST" and request.content_type != "application/json":
            return web.Response(status=415, text="Send application/json.\n")
        return await handler(request)

    async def _file(self, request: web.Request) -> web.Response:
        file = self._world.attachments.get(snowflake(request.match_info["id"]))
        if file is None:
            raise web.HTTPNotFound
        headers = {
            **HEADERS,
            "Content-Type": file.content_type or "application/octet-stream",
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.filename)}",
        }
        return web.Response(body=file.data, headers=headers)

    # The stream of events

    async def _events(self, request: web.Request) -> web.StreamResponse:
        view = self._view(request)
        response = web.StreamResponse(headers={**HEADERS, "Content-Type": "text/event-stream"})
        await response.prepare(request)
        with self._listener.open():
            async with aclosing(self._discord.subscribe()) as events:
                panels = {} if self._controls is None else self._controls.state()
                seen = {**view.places(), **view.messages(), **panels, "banner": self._banner}
                await response.write(_sse({"type": "state", **seen}))
                async for event in events:
                    shown = view.shown(event)
                    if shown is not None:
                        await response.write(_sse(shown))
        return response


def _moving(
    move: Callable[[Any], Awaitable[JSON]],
) -> Callable[[web.Request, Any], Awaitable[JSON]]:
    """Return an act that is the same whoever acts."""

    async def act(_: web.Request, body: Any) -> JSON:
        return await move(body)

    return act


def _answering(
    kind: type[msgspec.Struct], act: Callable[[web.Request, Any], Awaitable[JSON]]
) -> Handler:
    """Return a handler that decodes a request and acts; an error is answered as one sentence."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            decoded = msgspec.json.decode(await request.read(), type=kind)
        except msgspec.DecodeError as error:
            return _json({"error": str(error)}, status=400)
        try:
            return _json(await act(request, decoded))
        except InteractionFailed:
            return _json({"error": NOT_ANSWERED})
        except DiscordError as error:
            return _json({"error": " ".join(_details(error.errors or {})) or error.message})
        except (LookupError, ValueError) as error:
            return _json({"error": str(error)})

    return handle


def _details(errors: JSON, path: str = "") -> Iterator[str]:
    """Yield Discord's nested form errors, each as its field and its message."""
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


def _json(body: JSON, *, status: int = 200) -> web.Response:
    headers = {**HEADERS, "Content-Type": "application/json"}
    return web.Response(status=status, body=msgspec.json.encode(body), headers=headers)


def _sse(event: JSON) -> bytes:
    return b"data: " + msgspec.json.encode(event) + b"\n\n"
