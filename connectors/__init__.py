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
)

__version__ = "0.1.0"

if TYPE_CHECKING:
    from connectors import discord, local_scheduler

try_load_openai = openai.try_load
try_load_anthropic = anthropic.try_load
try_load_ollama = ollama.try_load
try_load_huggingface = huggingface.try_load
try_load_mistral = mistral.try_load
try_load_cohere = cohere.try_load
try_load_lm_studio = lm_studio.try_load
try_load_vllm = vllm.try_load
try_load_mlx = mlx.try_load


def try_load_discord(environ: Mapping[str, str] = os.environ) -> "discord.Config | None":
    """Return the configuration of Discord's REST API, or None when the token is missing."""
    from connectors import discord  # it costs asyncio, which a script may not need

    return discord.try_load(environ)


def try_load_local_scheduler(
    environ: Mapping[str, str] = os.environ,
) -> "local_scheduler.Config | None":
    """Return where jobs are kept; it needs no key, so there always is such a place."""
    from connectors import local_scheduler

    return local_scheduler.try_load(environ)


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
    "Usage",
    "__version__",
    "connect",
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
