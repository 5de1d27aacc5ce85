"""Anthropic, over the Messages API.

Source: platform.claude.com/docs/en/about-claude/model-deprecations.
"""

from datetime import date

from connectors.address import Layout
from connectors.provider import Dialect, Provider, Unlisted
from connectors.wires.anthropic.wire import MAX_TOKENS, AnthropicWire

PROVIDER = Provider(
    name="anthropic",
    label="Anthropic",
    connect=AnthropicWire,
    base_url="https://api.anthropic.com",
    key_env=("ABI_ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY"),
    url_env=("ABI_ANTHROPIC_BASE_URL", "ANTHROPIC_BASE_URL"),
    model_env=("ABI_ANTHROPIC_MODEL", "ANTHROPIC_MODEL"),
    model="claude-3-5-sonnet-20241022",
    context_length=200_000,
    max_tokens=MAX_TOKENS,
    # The page names Sonnet 4.5 as the successor, which itself ends on 2026-11-30; the models
    # overview now lists claude-sonnet-5-5.
    retired={"claude-3-5-sonnet-20241022": (date(2025, 10, 28), "claude-sonnet-5-5")},
    # Anthropic's own clients add /v1/messages to any base (docs.claude.com/en/api/client-sdks).
    layout=Layout(ends_in_version=True),
    key_header=("x-api-key", ""),
    headers={"anthropic-version": "2023-06-01"},
    dialect=Dialect(health_path="models?limit=1", unlisted=Unlisted.ASK),
)
load_from_env = PROVIDER.load_from_env
try_load = PROVIDER.try_load
is_available = PROVIDER.is_available
