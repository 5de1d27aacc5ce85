"""Cohere: version 2 of its API, whichever version the address names.

Source: docs.cohere.com/docs/deprecations.
"""

import re
from datetime import date

from connectors.address import Layout
from connectors.provider import Dialect, Provider, Unlisted
from connectors.wires.cohere.wire import CohereWire

# What a pasted address may end in.
_TAIL = re.compile(
    r"(/compatibility)?(/v\d\w*)*(/(chat/completions|chat|embed|embeddings|rerank|models"
    r"|check-api-key|generate|tokenize|detokenize|classify|summarize))?$",
    re.IGNORECASE,
)

PROVIDER = Provider(
    name="cohere",
    label="Cohere",
    connect=CohereWire,
    base_url="https://api.cohere.ai/v1",
    key_env=("ABI_COHERE_API_KEY", "COHERE_API_KEY", "CO_API_KEY"),
    url_env=("ABI_COHERE_BASE_URL", "COHERE_BASE_URL"),
    model_env=("ABI_COHERE_MODEL", "COHERE_MODEL"),
    model="command",
    context_length=128_000,
    embed_model="embed-v4.0",
    rerank_model="rerank-v4.0-fast",
    own_hosts=("api.cohere.com",),
    # Source: docs.cohere.com/changelog/2025-09-15-major-command-deprecations.
    retired={"command": (date(2025, 9, 15), "command-a-03-2025")},
    layout=Layout("v2", _TAIL),
    dialect=Dialect(unlisted=Unlisted.ABSENT),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
