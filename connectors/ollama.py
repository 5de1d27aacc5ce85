"""Ollama: a local server with an API of its own.

Source: github.com/ollama/ollama, envconfig/config.go.
"""

import re

from connectors.address import Layout
from connectors.provider import Dialect, Provider, Unlisted
from connectors.wires.ollama.wire import OllamaWire

# What a pasted address may end in.
_TAIL = re.compile(
    r"(/(api|v\d\w*))*(/(chat/completions|completions|responses|messages|models(/.+)?|chat"
    r"|generate|embed|embeddings|tags|show|ps|version|pull|push|create|copy|delete))?$",
    re.IGNORECASE,
)

PROVIDER = Provider(
    name="ollama",
    label="Ollama",
    connect=OllamaWire,
    base_url="http://127.0.0.1:11434",
    key_env=("ABI_OLLAMA_API_KEY", "OLLAMA_API_KEY"),
    url_env=("ABI_OLLAMA_HOST", "ABI_OLLAMA_BASE_URL", "OLLAMA_HOST", "OLLAMA_BASE_URL"),
    model_env=("ABI_OLLAMA_MODEL", "OLLAMA_MODEL"),
    is_local=True,
    parallel=1,
    context_length=4_096,
    layout=Layout("api", _TAIL, default_port=11434, cloud_host="ollama.com"),
    dialect=Dialect(health_path="version", strips_think_block=True, unlisted=Unlisted.ABSENT),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
