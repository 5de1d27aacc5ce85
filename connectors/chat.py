"""What is asked of a model and what comes back, and the protocols a connector can fulfil."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol, TypedDict, Unpack, runtime_checkable

import msgspec

from connectors.shared import ChatMessage, ToolCall, refuse_bare_string

if TYPE_CHECKING:
    from typing import Self

__all__ = [
    "ChatMessage",
    "ChatRequest",
    "Chunk",
    "Completion",
    "Connector",
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
    """A function the model may call; parameters is a JSON Schema of type object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = msgspec.field(
        default_factory=lambda: {"type": "object", "properties": {}}
    )


class ChatRequest(msgspec.Struct, frozen=True):
    """One question with its history. What is None is not sent, so the provider's own default holds.

    ``tool_choice`` is ``auto``, ``none``, ``required`` or the name of one tool. ``top_p`` and ``top_k`` are sent where the
    wire has them. Raises TypeError for a bare string in place of messages or stops.
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

    def __post_init__(self) -> None:
        refuse_bare_string("messages", self.messages)
        refuse_bare_string("stop", self.stop)
        refuse_bare_string("tools", self.tools)


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Tokens as the provider counted them; None where it did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    reasoning_tokens: int | None = None


class Chunk(msgspec.Struct, frozen=True, gc=False):
    """A piece of a streamed answer.

    Text, reasoning and refusal are what is new, to be appended. Tool calls come whole, one per chunk, near the end. The
    last chunk of a stream, and only it, has a ``finish_reason``: stop, length, tool_calls, content_filter, pause or error.
    ``tool_plan`` is what Cohere says it will do with its tools: no part of the answer. With ``retracts``, all text of
    this stream so far was reasoning, and the answer begins anew: some servers close thinking that they never opened.
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
    """A whole answer; ``model`` is the one that answered, ``finish_raw`` the provider's own word."""

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
    """One text's place: its index among those given, and its score, the higher the better."""

    index: int
    score: float


class Model(msgspec.Struct, frozen=True):
    """One entry of a provider's list; ``shutdown`` is the day it stops answering, if announced."""

    id: str
    is_chat: bool = True
    context_length: int | None = None
    shutdown: date | None = None
    successor: str | None = None
    aliases: tuple[str, ...] = ()


@runtime_checkable
class Connector(Protocol):
    """One provider; ``async with`` closes it. Every method raises only ConnectorError, and TypeError for a bare string."""

    async def __aenter__(self) -> Self: ...
    async def __aexit__(self, *_: object) -> None: ...
    async def ask(self, prompt: str, system: str | None = None) -> str: ...
    async def chat(self, request: ChatRequest) -> Completion: ...
    def stream(self, request: ChatRequest) -> AsyncGenerator[Chunk, None]: ...
    async def models(self) -> list[Model]: ...
    async def aclose(self) -> None: ...


@runtime_checkable
class Embedder(Protocol):
    async def embed(self, texts: Sequence[str], *, model: str | None = None) -> list[list[float]]:
        """Return one vector per text, in the order given; without a model, of the row's or the server's first."""
        ...


@runtime_checkable
class Health(Protocol):
    async def health(self) -> float:
        """Return the seconds a small request took; raises ConnectorError when the provider is down."""
        ...


@runtime_checkable
class Probe(Protocol):
    async def probe(self) -> list[Model]:
        """Return what the provider lists, nothing where it has no list; raises as a question would, and costs nothing."""
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
        """Return the texts by how well they answer the query, the best first, at most top_n."""
        ...


class GenerateOptions(TypedDict, total=False):
    """What a Generator takes beside the prompt, as a ChatRequest has it."""

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
