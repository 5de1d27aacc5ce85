from __future__ import annotations

import httpx
import msgspec
import pytest

from connectors import PROVIDERS, Connector, ConnectorError, connect
from connectors.address import (
    Address,
    is_private_host,
    read_address,
    root_address,
    typed_address,
)
from connectors.http.transport import Transport
from connectors.shared import ApiRequestFailed
from tests.connectors.replay import KEY, QUESTION
from tests.connectors.shapes import shape_of
from tests.rows import each


@each(
    "typed, base",
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
        ("192.168.1.5:8080", "http://192.168.1.5:8080/v1"),
        ("10.0.0.7", "http://10.0.0.7/v1"),
        ("[fd00::5]:8080", "http://[fd00::5]:8080/v1"),
        ("8.8.8.8:8080", "https://8.8.8.8:8080/v1"),
    ],
)
def test_an_address_is_completed(typed: str, base: str) -> None:
    assert read_address("openai", "OPENAI_BASE_URL", typed, is_local=False).base == base


def test_a_local_server_speaks_http_wherever_it_runs() -> None:
    assert read_address("vllm", "VLLM_HOST", "box:8000", is_local=True).base == "http://box:8000/v1"


@each(
    "typed",
    [
        "ftp://host/v1",
        "https://",
        "https://ho st/v1",
        "https://host:99999",
        "https://host:port",
        "https://user:hunter2@host/v1",
        "https://host/v1#hunter2",
        "https://host/v1?key=hunter 2",
        "https://[::1/v1",
        "https://host/\x00",
        "hunter2 is my password",
        "://",
        "https:/host/hunter2",
        "https//host.example/hunter2",
        "htps//api.example.org/hunter2",
        "http;//host.example/v1",
    ],
)
def test_nonsense_names_the_variable_and_not_its_value(typed: str) -> None:
    with pytest.raises(ApiRequestFailed, match="OPENAI_BASE_URL") as raised:
        read_address("openai", "OPENAI_BASE_URL", typed, is_local=False)
    assert raised.value.reason == "bad_request"
    assert "hunter2" not in f"{raised.value}{raised.value.detail}"


@each(
    "row, typed, base",
    [
        # The path of a call is no part of the base of all paths, whichever wire it is of.
        ("openai", "https://h/v1/chat/completions/", "https://h/v1"),
        ("openai", "https://h/v1/completions", "https://h/v1"),
        ("openai", "https://h/v1/responses", "https://h/v1"),
        ("openai", "https://h/v1/embeddings", "https://h/v1"),
        ("openai", "https://h/v1/models", "https://h/v1"),
        ("openai", "https://h/V1/Chat/Completions", "https://h/V1"),
        ("openai", "https://h/v1/chat/completions/chat/completions", "https://h/v1"),
        ("openai", "https://h/v1/images/generations", "https://h/v1"),
        ("openai", "https://h/v1/models/gpt-4", "https://h/v1"),
        ("openai", "https://h/v1/acc/gw/openai", "https://h/v1/acc/gw/openai"),
        ("openai", "https://h/v1/models/x/v1", "https://h/v1/models/x/v1"),
        ("mistral", "https://h/v1/fim/completions", "https://h/v1"),
        ("vllm", "http://h:8000/v1/rerank", "http://h:8000/v1"),
        ("anthropic", "https://h/v1/messages/batches", "https://h/v1"),
        ("ollama", "http://h:1/api/show", "http://h:1/api"),
        ("ollama", "http://h:1/api/ps", "http://h:1/api"),
        ("cohere", "https://api.cohere.com/v1/generate", "https://api.cohere.com/v2"),
        ("openai", "https://h/api/v3/chat/completions", "https://h/api/v3"),
        ("openai", "h.example/v1/chat", "https://h.example/v1"),
        ("mistral", "https://h/v1/chat/completions", "https://h/v1"),
        ("anthropic", "https://h/v1/messages", "https://h/v1"),
        ("anthropic", "https://h/v1/messages/count_tokens", "https://h/v1"),
        ("anthropic", "https://h/v1/chat/completions", "https://h/v1"),
        ("anthropic", "https://h/anthropic", "https://h/anthropic/v1"),
        ("ollama", "http://h:1/api/generate", "http://h:1/api"),
        ("ollama", "http://h:1/api/chat/", "http://h:1/api"),
        ("ollama", "http://h:1/api/tags", "http://h:1/api"),
        ("ollama", "http://h:1/api/embed", "http://h:1/api"),
        ("ollama", "http://h:1/v1/chat/completions", "http://h:1/api"),
        ("ollama", "http://h:1/v1/", "http://h:1/api"),
        ("ollama", "http://h:1/api/v1", "http://h:1/api"),
        ("ollama", "http://h/ollama/api/chat", "http://h/ollama/api"),
        ("ollama", "http://h/generate-it", "http://h/generate-it/api"),
        ("cohere", "https://api.cohere.com/v2/chat", "https://api.cohere.com/v2"),
        ("cohere", "https://api.cohere.ai/v1/embed", "https://api.cohere.ai/v2"),
        ("cohere", "https://api.cohere.ai/v1/rerank", "https://api.cohere.ai/v2"),
        ("cohere", "https://api.cohere.ai/compatibility/v1", "https://api.cohere.ai/v2"),
        ("huggingface", "https://router.huggingface.co/v1/chat/completions", "https://router.huggingface.co/v1"),
        ("huggingface", "https://api-inference.huggingface.co/models/gpt2", "https://api-inference.huggingface.co/v1"),
        ("huggingface", "https://router.huggingface.co/hf-inference/models/a/b", "https://router.huggingface.co/v1"),
        ("huggingface", "https://mine.example/generate_stream", "https://mine.example/v1"),
        ("huggingface", "https://mine.example/models/a/v1", "https://mine.example/models/a/v1"),
        ("lm_studio", "http://h:1234/v1/chat/completions", "http://h:1234/v1"),
        ("vllm", "http://h:8000/v1/completions", "http://h:8000/v1"),
        ("mlx", "http://h:8080/v1/models", "http://h:8080/v1"),
        # A path without a version, written out to the call, is as typed.
        ("openai", "https://h/inference/chat/completions", "https://h/inference"),
        ("openai", "https://h/chat/completions", "https://h"),
        ("anthropic", "https://h/claude/messages", "https://h/claude"),
        # A deployment may be called "models", "chat" or "completions-x".
        ("openai", "https://h/models", "https://h/models/v1"),
        ("openai", "https://h/chat", "https://h/chat/v1"),
        ("openai", "https://h/completions-x", "https://h/completions-x/v1"),
        # A version before the end of an address is a gateway's, and Anthropic's own comes behind
        # it.
        ("anthropic", "https://gateway.example/v1/me/anthropic", "https://gateway.example/v1/me/anthropic/v1"),
        ("openai", "https://gateway.example/v1/me/openai", "https://gateway.example/v1/me/openai"),
        ("ollama", "http://h:11434/API/Chat", "http://h:11434/api"),
        ("cohere", "https://h/V2/CHAT", "https://h/v2"),
    ],
)  # fmt: skip
def test_the_path_of_a_call_is_understood(row: str, typed: str, base: str) -> None:
    assert PROVIDERS[row].address(typed) == base


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        (
            "https://x.openai.azure.com/openai/deployments/gpt-4o?api-version=2024-10-21",
            "https://x.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
        ),
        (
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=preview",
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=preview",
        ),
        (
            "https://x.services.ai.azure.com/models?api-version=1",
            "https://x.services.ai.azure.com/models/chat/completions?api-version=1",
        ),
        ("https://h/v1/?a=1&b=%20", "https://h/v1/chat/completions?a=1&b=%20"),
        ("https://h?a=1", "https://h/chat/completions?a=1"),
    ],
)
def test_a_query_follows_every_path(typed: str, url: str) -> None:
    address = PROVIDERS["openai"].locate(typed)
    assert address.url("chat/completions") == url


def test_a_query_is_added_to_one_that_a_path_has_already() -> None:
    assert Address("https://h/v1", "a=1").url("models?limit=1") == "https://h/v1/models?limit=1&a=1"
    assert Address("https://h/v1", "a=1").url("/health") == "https://h/health?a=1"


@each(
    "row, typed, read",
    [
        ("openai", "  https://Host/v1/ ", "https://Host/v1/"),
        ("openai", "https://h/v1/chat/completions?a=1", "https://h/v1/chat/completions?a=1"),
        ("openai", '"https://h"', "https://h"),
        ("openai", "h.example/x", "https://h.example/x"),
        ("openai", "localhost:9", "http://localhost:9"),
        ("ollama", "0.0.0.0", "http://127.0.0.1:11434"),  # noqa: S104 - read here, not bound
        ("ollama", "0.0.0.0:1", "http://127.0.0.1:1"),
        ("ollama", ":1", "http://127.0.0.1:1"),
        ("ollama", "::", "http://[::1]:11434"),
        ("ollama", "box/path", "http://box:11434/path"),
        ("ollama", "ollama.com", "https://ollama.com"),
        ("lm_studio", "192.168.1.5", "http://192.168.1.5:1234"),
        ("vllm", "gpu-box", "http://gpu-box:8000"),
        ("mlx", "mac.local", "http://mac.local:8080"),
        ("mlx", "mac.local:80", "http://mac.local:80"),
        ("vllm", "http://gpu-box", "http://gpu-box"),
    ],
)
def test_an_address_with_a_scheme_stays_as_typed_and_a_host_becomes_an_address(
    row: str, typed: str, read: str
) -> None:
    provider = PROVIDERS[row]
    assert typed_address(typed, is_local=provider.is_local, layout=provider.layout) == read
    assert typed_address(read, is_local=provider.is_local, layout=provider.layout) == read


def test_the_root_lies_above_the_version() -> None:
    assert root_address("http://host:1/x/v1") == "http://host:1/x"
    assert root_address("http://host:1/v1beta/openai") == "http://host:1/v1beta/openai"


PRIVATE = """
localhost LOCALHOST. a.localhost 127.0.0.1 127.9.9.9 0.0.0.0 ::1 :: 10.1.2.3 172.16.0.1 172.31.9.9
192.168.1.5 169.254.1.1 100.64.0.1 fd00::5 fe80::1 ::ffff:10.0.0.1 ollama gpu-box gpu_1 mac.local
host.docker.internal ollama.lan box.home.arpa ollama.default.svc.cluster.local
"""
# Numbers are addresses, too: 134744072 and 0x08080808 are 8.8.8.8.
PUBLIC = """
8.8.8.8 172.32.0.1 100.128.0.1 192.169.1.1 2001:4860:4860::8888 ::ffff:8.8.8.8 134744072 0x08080808
010.8.8.8 example.com ollama.com localhost.example.com internal.example 10.0.0.1.example.com
127.0.0.1.nip.io box.ts.net
"""


@each("host", PRIVATE.split())
def test_a_host_is_private_by_its_address_or_by_a_name_that_nobody_else_has(host: str) -> None:
    assert is_private_host(host)


@each("host", [*PUBLIC.split(), ""])
def test_every_other_host_is_public(host: str) -> None:
    assert not is_private_host(host)


class Gateway:
    """Answers on some paths only; elsewhere with 404, or with a page for whoever only looks."""

    def __init__(self, *paths: str, page: bool = False) -> None:
        self.asked: list[str] = []
        self._paths = paths
        self._page = page
        self.transport = Transport(http=httpx.MockTransport(self._answer))

    def connector(
        self, row: str = "openai", typed: str = "http://gw.example/inference"
    ) -> Connector:
        provider = PROVIDERS[row]
        environ = {provider.key_env[0]: KEY, provider.url_env[0]: typed, provider.model_env[0]: "m"}
        return connect(provider.load_from_env(environ), transport=self.transport, retries=0)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if request.url.path in self._paths:
            listed = {"data": [{"id": "m"}]}
            answer = msgspec.json.decode(shape_of(PROVIDERS["openai"]).answer)
            return httpx.Response(200, json=listed if request.method == "GET" else answer)
        if self._page and request.method == "GET":
            return httpx.Response(200, html="<html>Welcome</html>")
        return httpx.Response(404, json={"detail": "Not Found"})


async def test_a_deployment_without_a_version_is_found_and_kept() -> None:
    gateway = Gateway("/inference/chat/completions", "/inference/models")
    connector = gateway.connector()
    assert (await connector.chat(QUESTION)).text == "hi"
    assert (await connector.chat(QUESTION)).text == "hi"
    assert [model.id for model in await connector.models()] == ["m"]
    chat = "/inference/chat/completions"
    assert gateway.asked == ["/inference/v1/chat/completions", chat, chat, "/inference/models"]


async def test_a_version_that_answered_once_is_never_doubted_again() -> None:
    gateway = Gateway("/inference/v1/chat/completions")
    connector = gateway.connector()
    await connector.chat(QUESTION)
    with pytest.raises(ApiRequestFailed):
        await connector.models()
    assert gateway.asked == ["/inference/v1/chat/completions", "/inference/v1/models"]


async def test_a_page_in_place_of_a_list_is_not_taken_for_the_deployment() -> None:
    gateway = Gateway("/inference/v1/chat/completions")
    connector = gateway.connector()
    with pytest.raises(ApiRequestFailed) as raised:
        await connector.models()
    assert raised.value.status == 404
    assert (await connector.chat(QUESTION)).text == "hi"

    with_page = Gateway("/v1/chat/completions", page=True)
    found = with_page.connector(typed="http://gw.example")
    with pytest.raises(ConnectorError):
        await found.models()
    assert (await found.chat(QUESTION)).text == "hi"


@pytest.mark.parametrize(
    ("row", "typed"),
    [
        ("openai", "http://gw.example/v1"),  # the version was typed
        ("openai", "https://api.openai.com"),  # the owner's own, where it is known
        ("vllm", "http://gw.example"),  # a local server's, too
        ("openai", "http://gw.example/x/chat/completions"),
        ("cohere", "http://gw.example"),
    ],
)
async def test_a_version_that_is_sure_is_not_dropped(row: str, typed: str) -> None:
    gateway = Gateway()
    with pytest.raises(ApiRequestFailed):
        await gateway.connector(row, typed).chat(QUESTION)
    assert len(gateway.asked) == 1


async def test_the_first_refusal_is_told_where_neither_path_is_there() -> None:
    gateway = Gateway()
    with pytest.raises(ApiRequestFailed) as raised:
        await gateway.connector().chat(QUESTION)
    assert raised.value.status == 404
    assert gateway.asked == ["/inference/v1/chat/completions", "/inference/chat/completions"]


async def test_azure_gets_the_key_in_its_own_header_too_and_no_other_server_does() -> None:
    headers: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        headers.append(request.headers)
        return httpx.Response(200, content=shape_of(PROVIDERS["openai"]).answer)

    for host in ("x.openai.azure.com", "azure.com.example", "gw.example"):
        url = f"https://{host}/openai/deployments/d?api-version=1"
        config = PROVIDERS["openai"].load_from_env(
            {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": url, "OPENAI_MODEL": "m"}
        )
        await connect(config, transport=Transport(http=httpx.MockTransport(answer))).chat(QUESTION)
    assert [sent.get("api-key") for sent in headers] == [KEY, None, None]
    assert {sent["authorization"] for sent in headers} == {f"Bearer {KEY}"}
