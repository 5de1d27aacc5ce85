"""Probes that find out, for free, whether a question would be answered.

These requests are sent in order, until the result is certain:

1. ``Dialect.health_path``: shows refused keys and servers that are down.
2. The model list: shows web pages at the address, and keys that an open /health does not check.
3. Without a readable list: an empty request to the chat path. A chat server answers that something
   is missing (400, 422), any other server that the path is (404, 405, a page).
4. With a list that needs no key (``Dialect.has_open_list``) or a custom address: the same empty
   request, which shows a refused key, or that nothing answers there.
5. The configured model, as ``Dialect.unlisted`` says.
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

# Reasons for which a question would fail too.
_SURE: Final = frozenset(
    {"auth", "malformed_key", "billing", "unavailable", "overloaded", "loading", "timeout"}
)
_ABOUT_THE_KEY: Final = frozenset({"auth", "malformed_key", "permission", "billing"})
# Reasons that only a chat server has to refuse an empty request.
_OF_A_CHAT_SERVER: Final = frozenset(
    {"bad_request", "validation", "not_found", "context_length", "too_large", "content_filter"}
)
_NOTHING: Final = b"{}"
# Fields with the text of an answer, and their types.
_ANSWERS: Final[Mapping[str, type]] = {
    "choices": list,
    "content": list,
    "message": dict,
    "generated_text": str,
}


class Listing(Protocol):
    """A connector that has health and models."""

    async def health(self) -> float: ...
    async def models(self) -> list[Model]: ...


async def probe(connector: Listing, endpoint: Endpoint, today: date, chat_path: str) -> list[Model]:
    """Return the model list, if there is one. Raises the ConnectorError of a question."""
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
    if not dialect.health_path.startswith("models"):  # else the list itself follows
        await connector.health()
    try:
        return await connector.models()
    except ConnectorError as error:
        # A healthy MLX drops the request if no model was ever downloaded.
        if dialect.health_path.startswith("/") and error.reason == "unavailable":
            return []
        raise


async def _ask_nothing(endpoint: Endpoint, chat_path: str, *, is_failing: bool) -> None:
    """Raise what a question would. ``is_failing``: the model list was a server error."""
    try:
        await _send_nothing(endpoint, chat_path)
    except ConnectorError as error:
        # llama.cpp answers bad requests with 500.
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
        # A gateway may lack this path, and say so in words of its own.
        if error.reason == "not_found" and model in error.detail:
            raise
