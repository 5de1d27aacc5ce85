"""How a question would fare at a provider, found out without asking one.

What is asked, in this order, until something is sure:

1. ``Dialect.health_path``: refused keys and servers that are down show here already.
2. The model list, read as one: a page that answers everywhere, and keys that an open /health does not ask for.
3. Where there is no list that can be read: an empty request to the chat path. A chat server refuses it for what it
   lacks (400, 422), and anything else for being there at all (404, 405, a page).
4. Where the list is open to everybody (``Dialect.has_open_list``) or stands at an address of the user's own: the same
   empty request, only to hear of a refused key.
5. Whether the model that is set exists, where ``Dialect.unlisted`` says how that is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

import msgspec

from connectors.chat_models import is_same_model
from connectors.provider import Unlisted
from connectors.shared import ApiRequestFailed, ConnectorError, InvalidResponse

if TYPE_CHECKING:
    from connectors.chat import Model
    from connectors.endpoint import Endpoint

# A question would fare the same.
_SURE: Final = frozenset(
    {
        *("auth", "malformed_key", "permission", "billing", "rate_limit"),
        *("unavailable", "overloaded", "loading", "timeout"),
    }
)
_ABOUT_THE_KEY: Final = frozenset({"auth", "malformed_key", "permission", "billing"})
# Only what reads such requests finds this wrong with one that is empty.
_OF_A_CHAT_SERVER: Final = frozenset(
    {"bad_request", "validation", "not_found", "context_length", "too_large", "content_filter"}
)
_NOTHING: Final = b"{}"


class Listing(Protocol):
    """What can be asked for its health and its models."""

    async def health(self) -> float: ...
    async def models(self) -> list[Model]: ...


async def probe(connector: Listing, endpoint: Endpoint, today: date, chat_path: str) -> list[Model]:
    """Return what the provider lists, nothing where it has no list. Raises the ConnectorError of a question."""
    try:
        listed = await _listed(connector, endpoint)
    except ConnectorError as error:
        if error.reason in _SURE:
            raise
        await _ask_nothing(endpoint, chat_path)
        return []
    if _may_list_to_all(endpoint):
        await _check_key(endpoint, chat_path)
    model = endpoint.config.model_on(today)
    if model is not None and listed:
        await _check_model(endpoint, model, listed)
    return listed


async def _listed(connector: Listing, endpoint: Endpoint) -> list[Model]:
    await connector.health()
    try:
        return await connector.models()
    except ConnectorError as error:
        # MLX drops a request for its list when nothing was ever downloaded, and is healthy.
        is_healthy = endpoint.config.provider.dialect.health_path.startswith("/")
        if is_healthy and error.reason == "unavailable":
            return []
        raise


async def _ask_nothing(endpoint: Endpoint, chat_path: str) -> None:
    try:
        await _send_nothing(endpoint, chat_path)
    except ConnectorError as error:
        is_fault_of_request = error.reason == "server" and error.status == 500  # llama.cpp says so
        if error.reason not in _OF_A_CHAT_SERVER and not is_fault_of_request:
            raise


async def _check_key(endpoint: Endpoint, chat_path: str) -> None:
    try:
        await _send_nothing(endpoint, chat_path)
    except ConnectorError as error:
        if error.reason in _ABOUT_THE_KEY:
            raise


async def _send_nothing(endpoint: Endpoint, chat_path: str) -> None:
    provider = endpoint.config.provider

    def read(body: bytes) -> None:
        if not _may_be_an_answer(body):
            raise InvalidResponse(provider.name, status=200)

    waits = endpoint.short_waits()
    await endpoint.fetch("POST", chat_path, _NOTHING, read=read, waits=waits, retries=0)


def _may_be_an_answer(body: bytes) -> bool:
    if body.lstrip().startswith((b"data:", b"event:", b":")):
        return True
    try:
        return isinstance(msgspec.json.decode(body.splitlines()[0] if body else b""), dict)
    except (msgspec.DecodeError, ValueError):
        return False


def _may_list_to_all(endpoint: Endpoint) -> bool:
    config = endpoint.config
    is_open = config.provider.dialect.has_open_list or not config.is_own_address
    return config.api_key is not None and is_open


async def _check_model(endpoint: Endpoint, model: str, listed: Sequence[Model]) -> None:
    provider = endpoint.config.provider
    if any(is_same_model(model, known.id) or model in known.aliases for known in listed):
        return
    if provider.dialect.unlisted is Unlisted.ABSENT:
        raise ApiRequestFailed(provider.name, reason="not_found")
    if provider.dialect.unlisted is Unlisted.ASK:
        await _ask_for_model(endpoint, model)


async def _ask_for_model(endpoint: Endpoint, model: str) -> None:
    path, waits = f"models/{quote(model, safe='')}", endpoint.short_waits()
    try:
        await endpoint.fetch("GET", path, read=len, waits=waits, retries=0)
    except ConnectorError as error:
        # A gateway may know no such path, and say so in words of its own.
        if error.reason == "not_found" and model in error.detail:
            raise
