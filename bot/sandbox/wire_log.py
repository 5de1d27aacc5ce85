"""The traffic between the bot and the sandbox's servers, without secrets."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from bot.sandbox.discord_server import DiscordServer, Request
    from bot.sandbox.discord_server.objects import JSON
    from bot.sandbox.model_server import ModelServer, Served

KEPT = 500
SHOWN = 4_000
MASK = "***"
SECRET = frozenset(
    {"token", "access_token", "refresh_token", "client_secret", "authorization", "api_key"}
)
OPS = {2: "IDENTIFY", 6: "RESUME", 7: "RECONNECT", 9: "INVALID_SESSION", 10: "HELLO"}
OPS |= {3: "PRESENCE", 4: "VOICE", 8: "REQUEST_MEMBERS"}
HEARTBEATS = frozenset({1, 11})
_TOKEN = re.compile(r"(/(?:webhooks|interactions)/\d+/)([^/?]+)")
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 2, 3, 4, 5
SUB_COMMANDS = (1, 2)
CHAT_INPUT, BUTTON = 1, 2
LATEST_USES = 200


class Use(msgspec.Struct, frozen=True):
    """The command, button or form that a person used, such as ``/digest add``."""

    name: str
    is_autocomplete: bool


class Entry(msgspec.Struct, frozen=True):
    """One exchange, or one payload of the gateway. The page reads it with its secrets masked."""

    id: int
    at: float
    side: str
    sender: str
    title: str
    sent: object
    got: object = None
    status: int | None = None
    use: Use | None = None

    def shown(self) -> JSON:
        at = datetime.fromtimestamp(self.at, UTC).isoformat(timespec="milliseconds")
        return {
            "id": self.id,
            "at": at.replace("+00:00", "Z"),
            "side": self.side,
            "from": self.sender,
            "title": self.title,
            "status": self.status,
            "of": self.use.name if self.use else "",
            "is_autocomplete": self.use is not None and self.use.is_autocomplete,
            "sent": _text(self.sent),
            "got": _text(self.got),
        }


class WireLog:
    """The last exchanges. They are masked when they are read, since most are never read."""

    def __init__(
        self, discord: DiscordServer, model: ModelServer, clock: Callable[[], float]
    ) -> None:
        self._clock = clock
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._last = 0
        # By the interactions' tokens, since what answers them has these in its path.
        self._uses: dict[str, Use] = {}
        discord.on_request.append(self._on_request)
        discord.gateway.on_payload.append(self._on_payload)
        model.on_served.append(self._on_served)

    def after(self, last: int) -> JSON:
        """Return what was added since an answer whose ``last`` was this."""
        shown = [entry.shown() for entry in self._entries if entry.id > last]
        return {"last": self._last, "entries": shown}

    def _add(self, side: str, sender: str, title: str, sent: object, **more: Any) -> None:
        self._last += 1
        self._entries.append(Entry(self._last, self._clock(), side, sender, title, sent, **more))

    def _on_request(self, request: Request) -> None:
        token = _TOKEN.search(request.path)
        path = _TOKEN.sub(rf"\g<1>{MASK}", request.path)
        self._add(
            "rest",
            "bot",
            f"{request.method} {path}",
            request.body,
            got=request.answer,
            status=request.status,
            use=self._uses.get(token[2]) if token else None,
        )

    def _on_payload(self, raw: bytes, *, is_from_bot: bool) -> None:
        payload = msgspec.json.decode(raw)
        op = payload.get("op")
        if op not in HEARTBEATS:
            title = payload.get("t") or OPS.get(op, f"op {op}")
            use = self._used(payload["d"]) if title == "INTERACTION_CREATE" else None
            self._add("gateway", "bot" if is_from_bot else "discord", title, raw, use=use)

    def _used(self, interaction: Mapping[str, Any]) -> Use:
        use = Use(_name(interaction), interaction.get("type") == AUTOCOMPLETE)
        self._uses[interaction.get("token", "")] = use
        if len(self._uses) > LATEST_USES:
            del self._uses[next(iter(self._uses))]
        return use

    def _on_served(self, asked: Mapping[str, Any], served: Served) -> None:
        title = "POST /v1/chat/completions"
        self._add("model", "bot", title, asked, got=served.said, status=served.status)


def _name(interaction: Mapping[str, Any]) -> str:
    kind, data = interaction.get("type"), interaction.get("data", {})
    if kind in (COMMAND, AUTOCOMPLETE):
        slash = "/" if data.get("type") == CHAT_INPUT else ""
        return slash + " ".join(_path(data))
    if kind == COMPONENT:
        return "button" if data.get("component_type") == BUTTON else "select menu"
    return "form" if kind == MODAL else ""


def _path(node: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of a command and its sub-commands."""
    yield node["name"]
    for option in node.get("options", ()):
        if option["type"] in SUB_COMMANDS:
            yield from _path(option)


def _text(body: object) -> str:
    """Return JSON, or what is none, as text without secrets and of a length to be read."""
    if body is None:
        return ""
    if isinstance(body, bytes):
        try:
            body = msgspec.json.decode(body)
        except msgspec.DecodeError:
            body = ""
    text = body if isinstance(body, str) else msgspec.json.encode(_masked(body)).decode()
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def _masked(value: object) -> object:
    if isinstance(value, Mapping):
        return {
            key: MASK if str(key).lower() in SECRET else _masked(inner)
            for key, inner in value.items()
        }
    return [_masked(inner) for inner in value] if isinstance(value, list) else value
