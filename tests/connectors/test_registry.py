from __future__ import annotations

import subprocess
import sys
from datetime import date

import httpx
import msgspec
import pytest

import connectors
from connectors import PROVIDERS, Connectors, Embedder, Generator, Health, MissingApiKey, Reranker
from connectors.http.transport import Transport
from tests.connectors.replay import KEY, QUESTION, Naps
from tests.recorded import Recorded
from tests.rows import each

ANSWER = {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}]}


class Server:
    """Lists models and answers; keeps what each chat asked for."""

    def __init__(self, listed: httpx.Response) -> None:
        self.listed = listed
        self.lists = 0
        self.bodies: list[dict[str, object]] = []
        self.transport = Transport(http=httpx.MockTransport(self._answer), sleep=Naps())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/models"):
            self.lists += 1
            return httpx.Response(self.listed.status_code, content=self.listed.content)
        self.bodies.append(msgspec.json.decode(request.content))
        return httpx.Response(200, json=ANSWER)


def test_importing_loads_no_network_library() -> None:
    heavy = "aiohttp httpx asyncio ssl sqlalchemy apscheduler discord"
    code = f"import sys, connectors; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_importing_loads_no_provider() -> None:
    code = (
        "import sys, connectors; from connectors.registry import PROVIDERS; list(PROVIDERS);"
        "print([name for name in PROVIDERS if f'connectors.{name}' in sys.modules])"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_row_can_be_loaded_by_name() -> None:
    for name, row in PROVIDERS.items():
        assert getattr(connectors, f"try_load_{name}") == row.try_load
        assert getattr(connectors, f"load_{name}") == row.load_from_env
        module = getattr(connectors, name)
        assert (module.load_from_env, module.is_available) == (row.load_from_env, row.is_available)
        assert {f"try_load_{name}", f"load_{name}"} <= set(connectors.__all__)


def test_discord_and_the_scheduler_can_be_loaded_by_name_too() -> None:
    assert connectors.try_load_discord({}) is None
    config = connectors.try_load_discord({"DISCORD_BOT_TOKEN": KEY})
    assert config is not None
    config.close()
    assert connectors.try_load_local_scheduler({}) == connectors.load_local_scheduler({})
    with pytest.raises(MissingApiKey, match="DISCORD_BOT_TOKEN"):
        connectors.load_discord({})
    for prefix in ("try_load_", "load_"):
        loaders = [name for name in connectors.__all__ if name.startswith(prefix)]
        assert len(loaders) == len(PROVIDERS) + 2


def test_a_plain_import_is_enough_for_everything() -> None:
    code = (
        "import connectors; late = {'discord', 'local_scheduler', 'Transport', 'load_mlx', 'mlx'};"
        "assert late <= set(dir(connectors));"
        "connectors.discord.load_from_env, connectors.local_scheduler.load_from_env;"
        "connectors.Transport()"
    )
    subprocess.run([sys.executable, "-c", code], check=True)  # noqa: S603 - our own interpreter
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(connectors, "nonsense")  # noqa: B009 - a type checker knows that it is not there
    assert connectors.Transport is Transport


def test_the_rows_are_in_the_order_of_the_documents() -> None:
    order = "openai anthropic ollama huggingface mistral cohere lm_studio vllm mlx"
    assert list(PROVIDERS) == order.split()


def test_the_recorder_of_a_pool_is_its_transports() -> None:
    recorder = Recorded()
    given = Connectors({}, transport=Transport(recorder=recorder))
    own = Connectors({}, recorder=recorder)
    assert given.recorder is own.recorder is own.transport.recorder is recorder


def test_configured_is_what_is_set_up_in_the_order_of_the_rows() -> None:
    environ = {"MLX_MODEL": "x", "VLLM_API_KEY": KEY, "OPENAI_API_KEY": KEY, "MISTRAL_API_KEY": " "}
    assert Connectors(environ).configured() == ["openai", "vllm", "mlx"]


async def test_a_connector_is_opened_once_and_closed_with_the_pool() -> None:
    pool = Connectors({"OPENAI_API_KEY": KEY})
    connector = pool.get("openai")
    assert pool.get("openai") is connector
    await pool.aclose()
    with pytest.raises(MissingApiKey, match="wiped"):
        await connector.chat(QUESTION)


@pytest.mark.parametrize("is_given", [True, False])
async def test_a_connector_closes_only_a_transport_of_its_own(
    monkeypatch: pytest.MonkeyPatch, is_given: bool
) -> None:
    closed: list[Transport] = []

    async def aclose(transport: Transport) -> None:
        closed.append(transport)

    monkeypatch.setattr(Transport, "aclose", aclose)
    config = PROVIDERS["openai"].load_from_env({"OPENAI_API_KEY": KEY})
    transport = Transport() if is_given else None
    await connectors.connect(config, transport=transport).aclose()
    assert len(closed) == (0 if is_given else 1)


async def test_a_provider_without_a_key_is_not_opened() -> None:
    pool = Connectors({})
    with pytest.raises(MissingApiKey):
        pool.get("openai")
    await pool.aclose()


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    listed = r"there is no provider 'nobody'; there are: openai, anthropic, .*, mlx"
    for ask in (Connectors({}).get, Connectors({}).model_of, PROVIDERS.__getitem__):
        with pytest.raises(KeyError, match=listed):
            ask("nobody")
    few = Connectors({}, providers={"vllm": PROVIDERS["vllm"]})
    with pytest.raises(KeyError, match="there are: vllm"):
        few.get("openai")
    assert PROVIDERS.get("nobody") is None
    assert "nobody" not in PROVIDERS


async def test_leaving_closes_the_pool_and_each_connector_also_after_an_error() -> None:
    config = PROVIDERS["openai"].load_from_env({"OPENAI_API_KEY": KEY})
    with pytest.raises(ZeroDivisionError):
        async with connectors.connect(config):
            _ = 1 / 0
    assert config.api_key is not None
    assert config.api_key.is_closed
    async with Connectors({"OPENAI_API_KEY": KEY}) as pool:
        connector = pool.get("openai")
    with pytest.raises(MissingApiKey, match="wiped"):
        await connector.chat(QUESTION)


@pytest.mark.parametrize(
    ("typed", "number"), [(" 7 ", 7), ("", 32), ("0", 32), ("-1", 32), ("many", 32)]
)
def test_a_provider_takes_as_many_requests_as_set_or_as_its_row_says(
    typed: str, number: int
) -> None:
    assert Connectors({"ABI_HUGGINGFACE_PARALLEL": typed}).parallel_of("huggingface") == number
    assert Connectors({"ABI_HF_PARALLEL": typed}).parallel_of("huggingface") == number
    assert Connectors({"ABI_HF_PARALLEL": typed}).parallel_of("ollama") == 1


def test_model_of_names_the_successor_of_a_retired_default() -> None:
    after, before = date(2026, 11, 22), date(2026, 10, 22)
    assert Connectors({}, today=lambda: after).model_of("openai") == "gpt-5.6-sol"
    assert Connectors({}, today=lambda: before).model_of("openai") == "gpt-4"
    assert Connectors({"OPENAI_MODEL": "gpt-4"}, today=lambda: after).model_of("openai") == "gpt-4"
    assert Connectors({}).model_of("lm_studio") is None
    days = iter((before, after))
    running = Connectors({}, today=lambda: next(days))
    assert [running.model_of("openai") for _ in range(2)] == ["gpt-4", "gpt-5.6-sol"]


@pytest.mark.parametrize(
    ("ability", "names"),
    [
        (Embedder, "openai ollama huggingface mistral cohere lm_studio vllm"),
        (Reranker, "cohere"),
        (Generator, "ollama huggingface"),
        (Health, " ".join(PROVIDERS)),
    ],
)
def test_an_ability_is_there_only_where_the_provider_has_it(ability: type, names: str) -> None:
    pool = Connectors({name: KEY for row in PROVIDERS.values() for name in row.key_env})
    assert [name for name in PROVIDERS if isinstance(pool.get(name), ability)] == names.split()


async def test_lm_studio_answers_with_its_first_chat_model_asked_for_once() -> None:
    server = Server(
        httpx.Response(200, json={"data": [{"id": "text-embedding-x"}, {"id": "chat-x"}]})
    )
    pool = Connectors({}, transport=server.transport)
    for _ in range(3):
        await pool.get("lm_studio").chat(QUESTION)
    assert [body["model"] for body in server.bodies] == ["chat-x"] * 3
    assert server.lists == 1


@pytest.mark.parametrize(
    "listed",
    [httpx.Response(500), httpx.Response(200, json={"data": []}), httpx.Response(200, text="?")],
    ids=["broken", "empty", "nonsense"],
)
async def test_an_unreadable_list_leaves_the_model_to_the_server(listed: httpx.Response) -> None:
    server = Server(listed)
    await Connectors({}, transport=server.transport).get("lm_studio").chat(QUESTION)
    assert "model" not in server.bodies[0]


@pytest.mark.parametrize("name", ["vllm", "mlx"])
async def test_a_server_with_a_model_of_its_own_is_not_asked_for_a_list(name: str) -> None:
    server = Server(httpx.Response(200, json={"data": [{"id": "x"}]}))
    await Connectors({}, transport=server.transport).get(name).chat(QUESTION)
    assert "model" not in server.bodies[0]
    assert server.lists == 0


@each(
    "name, environ, local",
    [
        ("ollama", {}, True),
        ("ollama", {"OLLAMA_HOST": "ollama.com"}, False),
        ("ollama", {"OLLAMA_HOST": "http://192.168.1.5:1"}, True),
        ("vllm", {"VLLM_HOST": "https://gpu.example.com/v1"}, False),
        ("vllm", {"VLLM_BASE_URL": "http://gpu-box:8000"}, True),
        ("vllm", {"VLLM_HOST": "not an address"}, False),
        ("mlx", {"ABI_MLX_HOST": "8.8.8.8", "MLX_HOST": "127.0.0.1"}, False),
        ("openai", {"OPENAI_API_KEY": "k"}, False),
        # It may be a gateway to anywhere.
        ("openai", {"OPENAI_API_KEY": "k", "OPENAI_BASE_URL": "http://localhost:4000"}, False),
    ],
)
def test_a_provider_is_local_by_its_address(
    name: str, environ: dict[str, str], local: bool
) -> None:
    assert Connectors(environ).is_local(name) is local


@pytest.mark.parametrize(
    ("host", "proxy", "local"),
    [
        ("192.168.1.5", "http://proxy.example.com:3128", False),
        ("192.168.1.5", "http://10.0.0.2:3128", True),
        ("127.0.0.1", "http://proxy.example.com:3128", True),  # it is not used for this machine
    ],
)
def test_a_proxy_elsewhere_would_read_all(
    monkeypatch: pytest.MonkeyPatch, host: str, proxy: str, local: bool
) -> None:
    monkeypatch.setenv("http_proxy", proxy)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert Connectors({"OLLAMA_HOST": host}).is_local("ollama") is local
