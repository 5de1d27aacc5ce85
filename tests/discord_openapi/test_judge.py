from typing import Any

import msgspec
import pytest

from bot.sandbox.discord_server import Request
from tests.discord_openapi.judge import Judge
from tests.rows import each


def request(method: str, path: str, body: Any = None, **query: str) -> Request:
    encoded = b"" if body is None else msgspec.json.encode(body)
    return Request(method, path, query, {}, encoded, time=0.0)


ROW = {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x"}]}
COMMANDS = "/applications/1/commands"

FINE = [
    request("GET", "/users/@me"),
    request("GET", "/channels/1/messages", limit="100", before="5"),
    request("POST", "/channels/1/messages", {"content": "x" * 2000, "components": [ROW]}),
    request("POST", "/users/@me/channels", {"recipient_id": 12}),
    request("POST", "/interactions/1/t/callback", {"type": 5}, with_response="1"),
    request("PATCH", "/webhooks/1/t/messages/@original", {"content": "x"}),
    request("PUT", COMMANDS, [{"name": "ask", "description": "Ask", "type": 1}]),
]

WRONG = [
    (request("GET", "/nowhere"), "not in the description"),
    (request("PUT", "/users/@me"), "not in the description"),
    (request("GET", "/channels/x/messages"), "path parameter channel_id"),
    (request("GET", "/channels/1/messages", limit="101"), "query parameter limit"),
    (request("GET", "/channels/1/messages", newest="1"), "unknown query parameter newest"),
    (request("POST", "/channels/1/messages", {"content": "x" * 2001}), "at /content"),
    (request("POST", "/channels/1/messages", {"content": 5}), "at /content"),
    (request("POST", "/channels/1/messages"), "the body is missing"),
    (request("POST", "/channels/1/typing", {"x": 1}), "a body where none is described"),
    (request("PATCH", "/webhooks/1/t/messages/2", {"embeds": [{}] * 11}), "at /embeds"),
    (request("PUT", COMMANDS, [{"name": "x" * 33, "description": "Ask"}]), "at /0/name"),
    (request("POST", "/interactions/1/t/callback", {"type": 99}), "at /type"),
]


@pytest.mark.parametrize("good", FINE, ids=lambda good: f"{good.method} {good.path}")
def test_what_discord_takes_passes(good: Request) -> None:
    Judge().check(good)


@each("bad, reason", WRONG)
def test_what_discord_would_refuse_is_named(bad: Request, reason: str) -> None:
    with pytest.raises(AssertionError, match=reason):
        Judge().check(bad)
