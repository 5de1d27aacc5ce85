"""How a question would fare at a provider, found out without asking one.

What is asked, in this order, until something is sure:

1. ``Dialect.health_path``: refused keys and servers that are down show here already.
2. The model list, read as one: a page that answers everywhere, and keys that an open /health does not ask for.
3. Where no list can be read, or a restricted key may not read it: an empty request to the chat path. A chat server
   refuses it for what it lacks (400, 422), and anything else for being there at all (404, 405, a page).
4. Where the list is open to everybody (``Dialect.has_open_list``) or stands at an address of the user's own: the same
   empty request, only to hear of a refused key, or of nothing that answers there.
5. Whether the model that is set exists, where ``Dialect.unlisted`` says how that is known.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

import msgspec

from connectors.provider import Unlisted
from connectors.shared import ApiRequestFailed, ConnectorError, InvalidResponse
from connectors.wires.chat_models import is_same_model

if TYPE_CHECKING:
    from connectors.chat import Model
    from connectors.wires.endpoint import Endpoint

# A question would fare the same.
_SURE: Final = frozenset(
    {
        *("auth", "malformed_key", "billing"),
        *("unavailable", "overloaded", "loading", "timeout"),
    }
)
_ABOUT_THE_KEY: Final = frozenset({"auth", "malformed_key", "permission", "billing"})
# Only what reads such requests finds this wrong with one that is empty.
_OF_A_CHAT_SERVER: Final = frozenset(
    {"bad_request", "validation", "not_found", "context_length", "too_large", "content_filter"}
)
_NOTHING: Final = b"{}"
# Where the wires have the text of an answer, and the type of what stands there.
_ANSWERS: Final[Mapping[str, type]] = {
    "choices": list,
    "content": list,
    "message": dict,
    "generated_text": str,
}


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
        await _ask_nothing(endpoint, chat_path, is_failing=(error.status or 0) >= 500)
        return []
    if _may_list_to_all(endpoint):
        await _check_chat(endpoint, chat_path)
    model = endpoint.config.model_on(today)
    if model is not None and listed:
        await _check_model(endpoint, model, listed)
    return listed


async def _listed(connector: Listing, endpoint: Endpoint) -> list[Model]:
    dialect = endpoint.config.provider.dialect
    if not dialect.health_path.startswith("models"):  # else it is the list that comes next
        await connector.health()
    try:
        return await connector.models()
    except ConnectorError as error:
        # MLX drops a request for its list when nothing was ever downloaded, and is healthy.
        if dialect.health_path.startswith("/") and error.reason == "unavailable":
            return []
        raise


async def _ask_nothing(endpoint: Endpoint, chat_path: str, *, is_failing: bool) -> None:
    """Raise what a question would, where an empty request tells it. ``is_failing``: so far the server only failed."""
    try:
        await _send_nothing(endpoint, chat_path)
    except ConnectorError as error:
        # llama.cpp calls the fault of a request one of its own.
        is_fault_of_request = error.status == 500 and error.reason == "server" and not is_failing
        if error.reason not in _OF_A_CHAT_SERVER and not is_fault_of_request:
            raise


async def _check_chat(endpoint: Endpoint, chat_path: str) -> None:
    try:
        await _send_nothing(endpoint, chat_path)
    except ConnectorError as error:
        is_page = isinstance(error, InvalidResponse) and error.reason == "server"
        if is_page or error.reason == "wrong_address" or error.reason in _ABOUT_THE_KEY:
            raise


async def _send_nothing(endpoint: Endpoint, chat_path: str) -> None:
    provider = endpoint.config.provider

    def read(body: bytes) -> None:
        if not _may_be_an_answer(body):
            raise InvalidResponse(provider.name, status=200)

    timeouts = endpoint.short_timeouts()
    await endpoint.fetch("POST", chat_path, _NOTHING, read=read, timeouts=timeouts, retries=0)


def _may_be_an_answer(body: bytes) -> bool:
    if body.lstrip().startswith((b"data:", b"event:", b":")):
        return True
    data = _decoded(body) or _decoded(body.partition(b"\n")[0])  # NDJSON
    return isinstance(data, dict) and (
        "error" in data or any(isinstance(data.get(name), kind) for name, kind in _ANSWERS.items())
    )


def _decoded(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, ValueError):
        return None


def _may_list_to_all(endpoint: Endpoint) -> bool:
    config = endpoint.config
    return (
        config.provider.dialect.has_open_list
        or config.provider.is_local
        or not config.is_own_address
    )


async def _check_model(endpoint: Endpoint, model: str, listed: Sequence[Model]) -> None:
    provider = endpoint.config.provider
    if any(is_same_model(model, known.id) or model in known.aliases for known in listed):
        return
    if provider.dialect.unlisted is Unlisted.ABSENT:
        raise ApiRequestFailed(provider.name, reason="not_found")
    if provider.dialect.unlisted is Unlisted.ASK:
        await _ask_for_model(endpoint, model)


async def _ask_for_model(endpoint: Endpoint, model: str) -> None:
    path, timeouts = f"models/{quote(model, safe='')}", endpoint.short_timeouts()
    try:
        await endpoint.fetch("GET", path, read=len, timeouts=timeouts, retries=0)
    except ConnectorError as error:
        # A gateway may know no such path, and say so in words of its own.
        if error.reason == "not_found" and model in error.detail:
            raise
