"""The connectors' page, line by line; docs/specification.md says the same in prose."""

from __future__ import annotations

import re
from datetime import date
from functools import reduce
from pathlib import Path
from typing import Any

import pytest

import connectors
from connectors import PROVIDERS, ConnectorError, MissingApiKey, Role, connect, shared
from connectors.http.transport import Transport
from tests.connectors.replay import KEY, QUESTION
from tests.connectors.test_address import Gateway
from tests.rows import each

DOCUMENT = (Path(__file__).parents[2] / "docs" / "specification.md").read_text(encoding="utf-8")
HOSTED = ("openai", "anthropic", "huggingface", "mistral", "cohere")
LOCAL = ("ollama", "lm_studio", "vllm", "mlx")

HOSTS = {
    "openai": "https://api.openai.com/v1",
    "anthropic": "https://api.anthropic.com",
    "ollama": "http://127.0.0.1:11434",
    "huggingface": "https://api-inference.huggingface.co",
    "mistral": "https://api.mistral.ai/v1",
    "cohere": "https://api.cohere.ai/v1",
    "lm_studio": "http://localhost:1234",
    "vllm": "http://localhost:8000",
    "mlx": "http://localhost:8080",
}
MODELS = {"openai": "gpt-4", "anthropic": "claude-3-5-sonnet-20241022"}
VARIABLES = [
    (name, row, field)
    for names, row, field in [
        ("ABI_OPENAI_API_KEY OPENAI_API_KEY", "openai", "api_key"),
        ("ABI_OPENAI_BASE_URL OPENAI_BASE_URL", "openai", "base_url"),
        ("ABI_OPENAI_MODEL OPENAI_MODEL", "openai", "model"),
        ("ABI_ANTHROPIC_API_KEY ANTHROPIC_API_KEY", "anthropic", "api_key"),
        ("ABI_OLLAMA_HOST OLLAMA_HOST", "ollama", "host"),
        ("ABI_OLLAMA_MODEL OLLAMA_MODEL", "ollama", "model"),
        ("ABI_HF_API_TOKEN HF_API_TOKEN", "huggingface", "api_key"),
        ("ABI_LM_STUDIO_HOST LM_STUDIO_HOST", "lm_studio", "host"),
        ("ABI_LM_STUDIO_MODEL LM_STUDIO_MODEL", "lm_studio", "model"),
        ("ABI_LM_STUDIO_API_KEY LM_STUDIO_API_KEY", "lm_studio", "api_key"),
        ("ABI_VLLM_HOST VLLM_HOST", "vllm", "host"),
        ("ABI_VLLM_MODEL VLLM_MODEL", "vllm", "model"),
        ("ABI_VLLM_API_KEY VLLM_API_KEY", "vllm", "api_key"),
        ("ABI_MLX_HOST MLX_HOST", "mlx", "host"),
        ("ABI_MLX_MODEL MLX_MODEL", "mlx", "model"),
        ("ABI_MLX_API_KEY MLX_API_KEY", "mlx", "api_key"),
    ]
    for name in names.split()
]
# Beside the page: the other names of each row, in the order in which they win.
ALL_NAMES = {
    ("huggingface", "key_env"): (
        "ABI_HF_API_TOKEN ABI_HF_TOKEN ABI_HUGGINGFACE_API_KEY"
        " HF_API_TOKEN HF_TOKEN HUGGING_FACE_HUB_TOKEN HUGGINGFACE_API_KEY"
    ),
    ("huggingface", "url_env"): (
        "ABI_HF_BASE_URL ABI_HUGGINGFACE_BASE_URL HF_BASE_URL HUGGINGFACE_BASE_URL"
    ),
    ("huggingface", "model_env"): "ABI_HF_MODEL ABI_HUGGINGFACE_MODEL HF_MODEL HUGGINGFACE_MODEL",
    ("cohere", "key_env"): "ABI_COHERE_API_KEY COHERE_API_KEY CO_API_KEY",
    ("ollama", "url_env"): "ABI_OLLAMA_HOST ABI_OLLAMA_BASE_URL OLLAMA_HOST OLLAMA_BASE_URL",
    ("mlx", "url_env"): "ABI_MLX_HOST ABI_MLX_BASE_URL MLX_HOST MLX_BASE_URL",
}


def environ_for(row: str) -> dict[str, str]:
    return {PROVIDERS[row].key_env[-1]: KEY} if row in HOSTED else {}


@each("name", HOSTS)
def test_a_provider_has_its_namespace_and_its_default_host(name: str) -> None:
    config = getattr(connectors, name).load_from_env(environ_for(name))
    assert (config.base_url, config.host) == (HOSTS[name], HOSTS[name])
    assert f"| `connectors.{name}` | `{HOSTS[name]}` |" in DOCUMENT


@pytest.mark.parametrize("name", MODELS)
def test_a_default_model_is_the_documented_one(name: str) -> None:
    config = PROVIDERS[name].load_from_env(environ_for(name))
    assert (config.model, config.model_is_default) == (MODELS[name], True)
    chosen = PROVIDERS[name].load_from_env(
        environ_for(name) | {PROVIDERS[name].model_env[0]: "mine"}
    )
    assert (chosen.model, chosen.model_is_default) == ("mine", False)


def test_anthropic_has_a_cap_of_4096_tokens() -> None:
    assert connectors.load_anthropic({"ANTHROPIC_API_KEY": KEY}).max_tokens == 4096


@each("name, row, field", VARIABLES)
def test_each_variable_of_the_page_works_alone(name: str, row: str, field: str) -> None:
    values = {"api_key": "key-from-here", "model": "model-from-here"}
    value = values.get(field, "http://from.here:1")
    environ = {name: value} if field == "api_key" else environ_for(row) | {name: value}
    config = getattr(connectors, f"try_load_{row}")(environ)
    held = getattr(config, field)
    assert (held.reveal() if field == "api_key" else held) == value
    assert PROVIDERS[row].is_available(environ)
    assert f"`{name}`" in DOCUMENT


@pytest.mark.parametrize(("row", "kind"), ALL_NAMES)
def test_the_names_of_a_row_win_in_their_order(row: str, kind: str) -> None:
    names = ALL_NAMES[row, kind].split()
    assert getattr(PROVIDERS[row], kind) == tuple(names)
    fields = {"key_env": "api_key", "url_env": "base_url", "model_env": "model"}
    for at, name in enumerate(names):
        set_from_here = {later: f"http://set-by-{later}" for later in names[at:]}
        environ = set_from_here if kind == "key_env" else environ_for(row) | set_from_here
        held: Any = getattr(PROVIDERS[row].load_from_env(environ), fields[kind])
        assert (held.reveal() if kind == "key_env" else held) == f"http://set-by-{name}"
        assert f"`{name}`" in DOCUMENT


def test_discords_token_is_required() -> None:
    config = connectors.try_load_discord({"DISCORD_BOT_TOKEN": KEY})
    assert config is not None
    assert (config.token.reveal(), connectors.try_load_discord({})) == (KEY, None)


@pytest.mark.parametrize("name", HOSTED)
def test_a_hosted_provider_without_a_key_is_none_to_try_and_an_error_to_load(name: str) -> None:
    assert getattr(connectors, f"try_load_{name}")({}) is None
    with pytest.raises(MissingApiKey, match=PROVIDERS[name].key_env[0]):
        getattr(connectors, f"load_{name}")({})


@pytest.mark.parametrize("name", LOCAL)
def test_a_local_server_needs_no_key(name: str) -> None:
    config = getattr(connectors, f"try_load_{name}")({})
    assert (config.host, config.api_key) == (HOSTS[name], None)


@pytest.mark.parametrize("name", ["lm_studio", "vllm", "mlx"])
async def test_a_compatible_server_is_asked_below_its_host(name: str) -> None:
    gateway = Gateway("/v1/chat/completions", "/v1/models")
    async with connect(PROVIDERS[name].load_from_env({}), transport=gateway.transport) as connector:
        assert (await connector.chat(QUESTION)).text == "hi"
    assert gateway.asked[-1] == "/v1/chat/completions"
    config = PROVIDERS[name].load_from_env({})
    url = config.located_on(date(2026, 11, 22)).url("chat/completions")
    assert url == f"{HOSTS[name]}/v1/chat/completions"


def test_the_roles_and_the_six_errors_have_their_names() -> None:
    roles = (Role.SYSTEM, Role.USER, Role.ASSISTANT, Role.FUNCTION, Role.TOOL)
    assert roles == ("system", "user", "assistant", "function", "tool")
    errors = "MissingApiKey ApiRequestFailed InvalidResponse RateLimitExceeded Timeout OutOfMemory"
    for name in errors.split():
        assert issubclass(getattr(connectors, name), ConnectorError)
    message = connectors.ChatMessage(Role.USER, "hi")
    assert (message.role, message.content) == ("user", "hi")


def test_the_availability_checks_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("ABI_OPENAI_API_KEY", "OPENAI_API_KEY")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert not shared.any_env_is_set(names)
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert (shared.env_is_set(names[0]), shared.any_env_is_set(names)) == (False, True)


def test_closing_a_configuration_wipes_its_key() -> None:
    with connectors.load_openai({"OPENAI_API_KEY": KEY}) as config:
        assert config.api_key is not None
        assert config.api_key.reveal() == KEY
    assert config.api_key.is_closed


def test_the_delays_are_those_of_the_page() -> None:
    delays = [shared.exponential_backoff(attempt, 1000, 60_000) for attempt in range(8)]
    assert delays == [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]
    for attempt, delay in enumerate(delays):
        shortest = shared.calculate_retry_delay(attempt, 1000, 60_000, random=lambda: 0.0)
        longest = shared.calculate_retry_delay(attempt, 1000, 60_000, random=lambda: 1.0)
        assert (shortest, longest) == (delay * 0.75, min(delay * 1.25, 60_000))


def test_the_statuses_are_those_of_the_page() -> None:
    assert shared.is_success_status(200)
    assert shared.is_rate_limit_status(429)
    assert shared.is_client_error(404)
    assert shared.is_server_error(503)
    retryable = [status for status in range(200, 600) if shared.is_retryable_status(status)]
    assert retryable == [408, 409, 429, *range(500, 600)]


def test_the_encoders_return_json() -> None:
    messages = [connectors.ChatMessage(Role.USER, 'say "hi"')]
    assert shared.encode_message_array(messages) == b'[{"role":"user","content":"say \\"hi\\""}]'
    assert shared.encode_string_array(["a", "b"]) == b'["a","b"]'


def test_every_name_in_the_document_is_there() -> None:
    names = set(re.findall(r"`(?:async with )?(connectors(?:\.\w+)+)", DOCUMENT))
    assert len(names) > 50
    for name in names:
        assert reduce(getattr, name.split(".")[1:], connectors) is not None
    assert connectors.Transport is Transport


def test_the_document_names_every_variable_of_every_row() -> None:
    for row in PROVIDERS.values():
        for name in row.key_env + row.url_env + row.model_env:
            is_like_others = row.name in ("mistral", "cohere") and not name.endswith("_API_KEY")
            assert is_like_others or f"`{name}`" in DOCUMENT, name
