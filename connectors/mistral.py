"""Mistral: OpenAI-compatible, but refuses extra fields and has a form of its own for tool call ids.

Source: docs.mistral.ai/api.
"""

from connectors.provider import Dialect, Provider, Unlisted
from connectors.wires.openai.wire import OpenAIEmbeddings

PROVIDER = Provider(
    name="mistral",
    label="Mistral",
    connect=OpenAIEmbeddings,
    base_url="https://api.mistral.ai/v1",
    key_env=("ABI_MISTRAL_API_KEY", "MISTRAL_API_KEY"),
    url_env=("ABI_MISTRAL_BASE_URL", "MISTRAL_BASE_URL"),
    model_env=("ABI_MISTRAL_MODEL", "MISTRAL_MODEL"),
    model="mistral-small-latest",
    embed_model="mistral-embed",
    dialect=Dialect(
        unlisted=Unlisted.ASK,
        seed_field="random_seed",
        asks_stream_usage=False,
        tool_id_length=9,
        max_temperature=1.5,
        efforts={
            "minimal": "none",
            "low": "none",
            "medium": "high",
            "xhigh": "high",
            "max": "high",
        },
    ),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
