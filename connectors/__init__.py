"""The outside world: nine language-model providers behind one protocol, Discord's REST API, the scheduler."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from connectors import (
    anthropic,
    cohere,
    huggingface,
    lm_studio,
    mistral,
    mlx,
    ollama,
    openai,
    vllm,
)
from connectors.chat import (
    ChatRequest,
    Chunk,
    Completion,
    Connector,
    Embedder,
    Generator,
    Health,
    Model,
    Ranked,
    Reranker,
    Tool,
    Usage,
)
from connectors.provider import Config, Dialect, Provider, Secret
from connectors.registry import PROVIDERS, Connectors, connect
from connectors.shared import (
    ApiRequestFailed,
    ChatMessage,
    ConnectorError,
    InvalidResponse,
    MissingApiKey,
    OutOfMemory,
    RateLimitExceeded,
    Role,
    Timeout,
    ToolCall,
    UnmarkedEnd,
)

__version__ = "0.1.0"

if TYPE_CHECKING:
    from connectors import discord, local_scheduler
    from connectors.http.transport import Transport
else:
    # They cost asyncio or httpx, which a script may not need. Not before a type checker, which would know no typing error.
    def __getattr__(name: str) -> object:
        if name not in _LATE:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        module = import_module(_LATE[name])
        return module.Transport if name == "Transport" else module


_LATE = {
    "Transport": "connectors.http.transport",
    "discord": "connectors.discord",
    "local_scheduler": "connectors.local_scheduler",
}


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATE})


load_openai, try_load_openai = openai.load_from_env, openai.try_load
load_anthropic, try_load_anthropic = anthropic.load_from_env, anthropic.try_load
load_ollama, try_load_ollama = ollama.load_from_env, ollama.try_load
load_huggingface, try_load_huggingface = huggingface.load_from_env, huggingface.try_load
load_mistral, try_load_mistral = mistral.load_from_env, mistral.try_load
load_cohere, try_load_cohere = cohere.load_from_env, cohere.try_load
load_lm_studio, try_load_lm_studio = lm_studio.load_from_env, lm_studio.try_load
load_vllm, try_load_vllm = vllm.load_from_env, vllm.try_load
load_mlx, try_load_mlx = mlx.load_from_env, mlx.try_load


def load_discord(environ: Mapping[str, str] = os.environ) -> "discord.Config":
    """Return the configuration of Discord's REST API. Raises MissingApiKey without a token."""
    from connectors import discord

    return discord.load_from_env(environ)


def try_load_discord(environ: Mapping[str, str] = os.environ) -> "discord.Config | None":
    """Return the configuration of Discord's REST API, or None when no variable holds a token."""
    from connectors import discord

    return discord.try_load(environ)


def load_local_scheduler(environ: Mapping[str, str] = os.environ) -> "local_scheduler.Config":
    """Return where jobs are kept; it needs no key, so there always is such a place."""
    from connectors import local_scheduler

    return local_scheduler.load_from_env(environ)


def try_load_local_scheduler(environ: Mapping[str, str] = os.environ) -> "local_scheduler.Config":
    """Return where jobs are kept, as ``load_local_scheduler`` does."""
    return load_local_scheduler(environ)


__all__ = [
    "PROVIDERS",
    "ApiRequestFailed",
    "ChatMessage",
    "ChatRequest",
    "Chunk",
    "Completion",
    "Config",
    "Connector",
    "ConnectorError",
    "Connectors",
    "Dialect",
    "Embedder",
    "Generator",
    "Health",
    "InvalidResponse",
    "MissingApiKey",
    "Model",
    "OutOfMemory",
    "Provider",
    "Ranked",
    "RateLimitExceeded",
    "Reranker",
    "Role",
    "Secret",
    "Timeout",
    "Tool",
    "ToolCall",
    "Transport",
    "UnmarkedEnd",
    "Usage",
    "__version__",
    "connect",
    "load_anthropic",
    "load_cohere",
    "load_discord",
    "load_huggingface",
    "load_lm_studio",
    "load_local_scheduler",
    "load_mistral",
    "load_mlx",
    "load_ollama",
    "load_openai",
    "load_vllm",
    "try_load_anthropic",
    "try_load_cohere",
    "try_load_discord",
    "try_load_huggingface",
    "try_load_lm_studio",
    "try_load_local_scheduler",
    "try_load_mistral",
    "try_load_mlx",
    "try_load_ollama",
    "try_load_openai",
    "try_load_vllm",
]
