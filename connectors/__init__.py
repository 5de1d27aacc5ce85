"""Nine language-model providers behind one protocol, Discord's REST API and the scheduler."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from connectors.chat import (
    ChatRequest,
    Chunk,
    Completion,
    Connector,
    Contextual,
    Embedder,
    Generator,
    Health,
    Model,
    Ranked,
    Reranker,
    Tool,
    Usage,
)
from connectors.provider import Config, Dialect, Provider
from connectors.registry import PROVIDERS, Connectors, connect
from connectors.secret import Secret
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

if TYPE_CHECKING:
    from connectors import (
        anthropic,
        cohere,
        discord,
        huggingface,
        lm_studio,
        local_scheduler,
        mistral,
        mlx,
        ollama,
        openai,
        vllm,
    )
    from connectors.anthropic import load_from_env as load_anthropic
    from connectors.anthropic import try_load as try_load_anthropic
    from connectors.cohere import load_from_env as load_cohere
    from connectors.cohere import try_load as try_load_cohere
    from connectors.discord import load_from_env as load_discord
    from connectors.discord import try_load as try_load_discord
    from connectors.http.transport import Transport
    from connectors.huggingface import load_from_env as load_huggingface
    from connectors.huggingface import try_load as try_load_huggingface
    from connectors.lm_studio import load_from_env as load_lm_studio
    from connectors.lm_studio import try_load as try_load_lm_studio
    from connectors.local_scheduler import load_from_env as load_local_scheduler
    from connectors.local_scheduler import try_load as try_load_local_scheduler
    from connectors.mistral import load_from_env as load_mistral
    from connectors.mistral import try_load as try_load_mistral
    from connectors.mlx import load_from_env as load_mlx
    from connectors.mlx import try_load as try_load_mlx
    from connectors.ollama import load_from_env as load_ollama
    from connectors.ollama import try_load as try_load_ollama
    from connectors.openai import load_from_env as load_openai
    from connectors.openai import try_load as try_load_openai
    from connectors.vllm import load_from_env as load_vllm
    from connectors.vllm import try_load as try_load_vllm
else:
    # Hidden from type checkers, which would take any name for one of the package.
    def __getattr__(name: str) -> object:
        """Import what a script may not need: a provider, asyncio, httpx."""
        if name in _MODULES:
            return import_module(f"connectors.{name}")
        if name in _LATE:
            module, attribute = _LATE[name]
            return getattr(import_module(f"connectors.{module}"), attribute)
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__version__ = "0.1.0"

_MODULES = (*PROVIDERS, "discord", "local_scheduler")
# Name -> the module and the attribute of it that is meant.
_LATE = {
    "Transport": ("http.transport", "Transport"),
    **{f"load_{name}": (name, "load_from_env") for name in _MODULES},
    **{f"try_load_{name}": (name, "try_load") for name in _MODULES},
}


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_LATE})


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
    "Contextual",
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
    "anthropic",
    "cohere",
    "connect",
    "discord",
    "huggingface",
    "lm_studio",
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
    "local_scheduler",
    "mistral",
    "mlx",
    "ollama",
    "openai",
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
    "vllm",
]
