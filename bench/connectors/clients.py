"""The measured clients, lower bounds, ours and peers, each with the module that uses it."""

import importlib
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

Messages = tuple[Mapping[str, str], ...]


class Client(Protocol):
    """The clients of a scenario; each is made with (api, base address, connections at once)."""

    async def complete(self, messages: Messages) -> str: ...
    def stream(self, messages: Messages) -> AsyncGenerator[str, None]: ...
    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One client, its packages, which ``import`` times, and the services it can talk to."""

    name: str
    place: str
    packages: tuple[str, ...] = ()
    apis: tuple[str, ...] = ("openai",)

    def load(self) -> None:
        """Import the packages. Raises ModuleNotFoundError when one is not installed."""
        for package in self.packages:
            importlib.import_module(package)

    def connect(self, api: str, base: str, limit: int) -> Client:
        module, _, name = self.place.partition(":")
        client: Client = getattr(importlib.import_module(module), name)(api, base, limit)
        return client


ALL_APIS: Final = ("openai", "anthropic", "ollama")
_ROWS: Final = (
    Entry("raw_socket", "bench.connectors.floors:RawSocket", (), ALL_APIS),
    Entry("raw_httpx", "bench.connectors.floors:RawHttpx", ("httpx",), ALL_APIS),
    Entry("ours", "bench.connectors.ours:Ours", ("connectors",), ALL_APIS),
    Entry("openai_sdk", "bench.connectors.peers:OpenAISDK", ("openai",)),
    Entry("anthropic_sdk", "bench.connectors.peers:AnthropicSDK", ("anthropic",), ("anthropic",)),
    Entry("ollama_sdk", "bench.connectors.peers:OllamaSDK", ("ollama", "httpx"), ("ollama",)),
    Entry("litellm", "bench.connectors.peers:LiteLLM", ("litellm",), ALL_APIS),
)
CLIENTS: Final[Mapping[str, Entry]] = MappingProxyType({row.name: row for row in _ROWS})
PEERS: Final = ("openai_sdk", "anthropic_sdk", "ollama_sdk", "litellm")
