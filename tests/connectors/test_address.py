from __future__ import annotations

import pytest

from connectors.address import base_address, root_address
from connectors.shared import ApiRequestFailed


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("https://host/v1", "https://host/v1"),
        ("https://host/v1/", "https://host/v1"),
        ("https://host", "https://host/v1"),
        ("https://host/", "https://host/v1"),
        ("  HTTPS://Host  ", "https://host/v1"),
        ("https://host/proxy", "https://host/proxy/v1"),
        ("https://host/proxy/v1", "https://host/proxy/v1"),
        ("https://host/api/v3", "https://host/api/v3"),
        ("https://host/v1beta/openai/", "https://host/v1beta/openai"),
        ("https://host/v1/chat/completions", "https://host/v1"),
        ("host.example", "https://host.example/v1"),
        ("host.example:8443/x", "https://host.example:8443/x/v1"),
        ("localhost:1234", "http://localhost:1234/v1"),
        ("127.0.0.1:1234/v1", "http://127.0.0.1:1234/v1"),
        ("0.0.0.0:8000", "http://127.0.0.1:8000/v1"),
        (":8000", "http://127.0.0.1:8000/v1"),
        ("[::1]:8000", "http://[::1]:8000/v1"),
    ],
)
def test_an_address_is_completed(typed: str, base: str) -> None:
    assert base_address("openai", "OPENAI_BASE_URL", typed, is_local=False) == base


def test_a_local_server_speaks_http_wherever_it_runs() -> None:
    assert base_address("vllm", "VLLM_BASE_URL", "box:8000", is_local=True) == "http://box:8000/v1"


@pytest.mark.parametrize(
    "typed",
    [
        "ftp://host/v1",
        "https://",
        "https://ho st/v1",
        "https://host:99999",
        "https://host:port",
        "https://user:hunter2@host/v1",
        "https://host/v1?key=hunter2",
        "https://[::1/v1",
        "https://host/\x00",
        "hunter2 is my password",
        "://",
    ],
)
def test_nonsense_names_the_variable_and_not_its_value(typed: str) -> None:
    with pytest.raises(ApiRequestFailed, match="OPENAI_BASE_URL") as raised:
        base_address("openai", "OPENAI_BASE_URL", typed, is_local=False)
    assert raised.value.reason == "bad_request"
    assert "hunter2" not in f"{raised.value}{raised.value.detail}"


def test_the_root_lies_above_the_version() -> None:
    assert root_address("http://host:1/x/v1") == "http://host:1/x"
    assert root_address("http://host:1/v1beta/openai") == "http://host:1/v1beta/openai"
