"""The outside world: language-model providers behind one protocol."""

from connectors import lm_studio, mistral, mlx, openai, vllm
from connectors.chat import (
    ChatRequest,
    Chunk,
    Completion,
    Connector,
    Embedder,
    Health,
    Model,
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

try_load_openai = openai.try_load
try_load_mistral = mistral.try_load
try_load_lm_studio = lm_studio.try_load
try_load_vllm = vllm.try_load
try_load_mlx = mlx.try_load

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
    "Health",
    "InvalidResponse",
    "MissingApiKey",
    "Model",
    "OutOfMemory",
    "Provider",
    "RateLimitExceeded",
    "Role",
    "Secret",
    "Timeout",
    "Tool",
    "ToolCall",
    "Usage",
    "__version__",
    "connect",
    "try_load_lm_studio",
    "try_load_mistral",
    "try_load_mlx",
    "try_load_openai",
    "try_load_vllm",
]
