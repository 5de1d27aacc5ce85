"""Requests to models, their answers, and the protocols of connectors."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date
from typing import Any, Protocol, Self, TypedDict, Unpack, runtime_checkable

import msgspec

from connectors.shared import ChatMessage, ToolCall, refuse_bare_string

__all__ = [
    "ChatMessage",
    "ChatRequest",
    "Chunk",
    "Completion",
    "Connector",
    "Contextual",
    "Embedder",
    "Generator",
    "Health",
    "Model",
    "Probe",
    "Ranked",
    "Reranker",
    "Tool",
    "ToolCall",
    "Usage",
]


class Tool(msgspec.Struct, frozen=True):
    """A function that the model may call; ``parameters`` is a JSON Schema of type object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = msgspec.field(
        default_factory=lambda: {"type": "object", "properties": {}}
    )


class ChatRequest(msgspec.Struct, frozen=True):
    """A conversation to be continued. None is not sent and means the provider's default.

    ``tool_choice`` is ``auto``, ``none``, ``required`` or the name of a tool. ``top_p`` and
    ``top_k`` are sent to providers that support them. ``stable`` is how many of the messages will
    begin the next request, too, for providers that must be told what to cache. ``stays_local``: a
    local server is to refuse it rather than to pass it on, as Ollama does for models of its cloud.
    Raises TypeError for a bare string in place of messages or stops.
    """

    messages: Sequence[ChatMessage]
    model: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    stop: Sequence[str] = ()
    seed: int | None = None
    tools: Sequence[Tool] = ()
    tool_choice: str | None = None
    reasoning_effort: str | None = None
    top_p: float | None = None
    top_k: int | None = None
    stable: int = 0
    stays_local: bool = False

    def __post_init__(self) -> None:
        refuse_bare_string("messages", self.messages)
        refuse_bare_string("stop", self.stop)
        refuse_bare_string("tools", self.tools)


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens as counted by the provider; None where it sent no count."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """A piece of a streamed answer.

    ``text``, ``reasoning``, ``refusal`` and ``tool_plan`` (Cohere's, no part of the answer) are to
    be appended. Tool calls come whole, one per chunk, near the end. Only the last chunk has a
    ``finish_reason``: stop, length, tool_calls, content_filter, pause or error.
    ``retracts``: all text so far was reasoning, and the answer starts again. Some servers close
    thinking that they never opened.
    """

    text: str = ""
    reasoning: str = ""
    tool_call: ToolCall | None = None
    usage: Usage | None = None
    finish_reason: str | None = None
    model: str | None = None
    refusal: str = ""
    finish_raw: str | None = None
    tool_plan: str = ""
    retracts: bool = False


class Completion(msgspec.Struct, frozen=True):
    """A whole answer; ``finish_raw`` is the provider's own word for the ``finish_reason``."""

    text: str
    reasoning: str = ""
    model: str | None = None
    usage: Usage | None = None
    finish_reason: str = "stop"
    finish_raw: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    refusal: str = ""
    tool_plan: str = ""


class Ranked(msgspec.Struct, frozen=True, gc=False):
    """The index of a text among those given, and its score: the higher, the better."""

    index: int
    score: float


class Model(msgspec.Struct, frozen=True):
    """One entry of a model list; ``shutdown`` is the announced day on which it ends.

    ``sees_images`` is None where the list does not say it. ``is_remote``: a local server lists it,
    and has it run elsewhere.
    """

    id: str
    is_chat: bool = True
    context_length: int | None = None
    shutdown: date | None = None
    successor: str | None = None
    aliases: tuple[str, ...] = ()
    sees_images: bool | None = None
    is_remote: bool = False


@runtime_checkable
class Connector(Protocol):
    """One provider; ``async with`` closes it.

    Every method raises only ConnectorError, and TypeError for a bare string.
    """

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    async def ask(self, prompt: str, system: str | None = None) -> str: ...
    async def chat(self, request: ChatRequest) -> Completion: ...
    def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]: ...
    async def models(self) -> list[Model]: ...
    async def aclose(self) -> None: ...


@runtime_checkable
class Contextual(Protocol):
    async def context_length(self, model: str | None = None) -> int | None:
        """Return how many tokens a model takes now, which its list does not say; None if unknown.

        Without a model, the one that a question would be asked with.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    async def embed(self, texts: Sequence[str], *, model: str | None = None) -> list[list[float]]:
        """Return one vector per text, in order; the default model is the row's or server's."""
        ...


@runtime_checkable
class Health(Protocol):
    async def health(self) -> float:
        """Return the seconds that a small request took. Raises ConnectorError if it failed."""
        ...


@runtime_checkable
class Probe(Protocol):
    async def probe(self) -> list[Model]:
        """Return the model list, if there is one. Raises what a question would, but is free."""
        ...


@runtime_checkable
class Reranker(Protocol):
    async def rerank(
        self,
        query: str,
        texts: Sequence[str],
        *,
        model: str | None = None,
        top_n: int | None = None,
    ) -> list[Ranked]:
        """Return at most top_n texts by how well they answer the query, the best first."""
        ...


class GenerateOptions(TypedDict, total=False):
    """Options of a Generator, as in ChatRequest."""

    model: str | None
    max_tokens: int | None
    temperature: float | None
    stop: Sequence[str]
    seed: int | None


@runtime_checkable
class Generator(Protocol):
    """Continues a prompt as it stands, without the turns of a conversation."""

    async def generate(self, prompt: str, **options: Unpack[GenerateOptions]) -> Completion: ...

    def generate_stream(
        self, prompt: str, **options: Unpack[GenerateOptions]
    ) -> AsyncGenerator[Chunk, None]: ...
