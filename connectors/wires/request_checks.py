"""Limits that a request is brought within, and questions that are refused before sending."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from connectors.chat import ChatRequest
from connectors.shared import ApiRequestFailed, ChatMessage, Role, ToolCall
from connectors.wires.images import image_problem

_ROLES: Final = frozenset(
    {Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.TOOL, Role.FUNCTION, "developer"}
)
_RESULTS: Final = frozenset({Role.TOOL, Role.FUNCTION})
SEEDS: Final = 2**63  # the limit of vLLM; Mistral, Cohere and TGI take none below 0


def check(provider: str, request: ChatRequest) -> None:
    """Raise ApiRequestFailed for a question that no provider would answer."""
    problem = next(filter(None, map(_problem, request.messages)), None)
    if problem is None and not any(map(_is_asked, request.messages)):
        problem = "there is nothing to ask, as the conversation is empty"
    if problem is not None:
        raise ApiRequestFailed(provider, reason="bad_request", summary=problem)


def spoken(messages: Iterable[ChatMessage]) -> list[ChatMessage]:
    """Return the turns without empty ones of the assistant, which several providers refuse."""
    return [m for m in messages if m.role != Role.ASSISTANT or _says_something(m)]


def role_of(message: ChatMessage) -> str:
    """Return the current name of the role: ``tool`` for function, ``system`` for developer."""
    if message.role in _RESULTS:
        return Role.TOOL
    return Role.SYSTEM if message.role == "developer" else message.role


def arguments_of(call: ToolCall) -> str:
    """Return the arguments; ``{}`` if they are no JSON object, which strict servers refuse."""
    return "{}" if call.parsed() is None else call.arguments


def given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are not null: many servers refuse null."""
    return {name: value for name, value in fields.items() if value is not None}


def within(value: float | None, low: float, high: float) -> float | None:
    """Return the value brought within the limits; None for None and for NaN."""
    if value is None or not math.isfinite(value):
        return None
    return min(max(value, low), high)


def count_of(value: int | None) -> int | None:
    """Return a number of tokens of at least 1; None (no limit) for a negative number."""
    return None if value is None or value < 0 else max(value, 1)


def top_k_of(value: int | None, most: int = 2**31 - 1) -> int | None:
    """Return top_k within the limits; 0 keeps all candidates."""
    return None if value is None else min(max(value, 0), most)


def seed_of(seed: int | None) -> int | None:
    """Return a seed that all providers take, always the same for the same seed."""
    return None if seed is None else seed % SEEDS


def stops_of(stops: Sequence[str], most: int | None = None) -> list[str] | None:
    """Return at most ``most`` stop sequences, or None for none."""
    return [stop for stop in stops if stop][:most] or None


def _problem(message: ChatMessage) -> str | None:
    if message.role not in _ROLES:
        return "a message has a role that no provider knows"
    if message.role in _RESULTS and not message.tool_call_id:
        return "the result of a tool does not say which call it answers (tool_call_id)"
    if not message.images:
        return None
    if message.role != Role.USER:
        return "images can only be part of what the user says"
    return next(filter(None, map(image_problem, message.images)), None)


def _is_asked(message: ChatMessage) -> bool:
    # Anthropic refuses a conversation with only a system message.
    return role_of(message) != Role.SYSTEM and _says_something(message)


def _says_something(message: ChatMessage) -> bool:
    return bool(message.content.strip() or message.images or message.tool_calls)
