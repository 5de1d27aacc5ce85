"""OpenAI.

Source: platform.openai.com/docs/api-reference/chat and developers.openai.com/api/docs/deprecations.
"""

import re
from datetime import date

from connectors.provider import Dialect, Provider, Unlisted
from connectors.wires.openai.wire import OpenAIEmbeddings

PROVIDER = Provider(
    name="openai",
    label="OpenAI",
    connect=OpenAIEmbeddings,
    base_url="https://api.openai.com/v1",
    key_env=("ABI_OPENAI_API_KEY", "OPENAI_API_KEY"),
    url_env=("ABI_OPENAI_BASE_URL", "OPENAI_BASE_URL"),
    model_env=("ABI_OPENAI_MODEL", "OPENAI_MODEL"),
    model="gpt-4",
    context_length=128_000,  # platform.openai.com/docs/models; the list does not say
    embed_model="text-embedding-3-small",
    retired={"gpt-4": (date(2026, 10, 23), "gpt-5.6-sol")},
    dialect=Dialect(
        unlisted=Unlisted.ASK,
        cap_field="max_completion_tokens",
        max_stops=4,
        no_effort_with_tools=re.compile(r"gpt-(5\.[4-9]|[6-9])"),
    ),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
