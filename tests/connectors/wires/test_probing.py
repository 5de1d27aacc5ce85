"""Probes of servers that are handlers in memory."""

from collections.abc import Callable

import httpx
import pytest

from connectors import PROVIDERS, ConnectorError, Model, connect
from connectors.chat import Probe
from connectors.http.transport import Transport
from tests.e2e.world import no_wait
from tests.rows import each

Handler = Callable[[httpx.Request], httpx.Response]
KEY = "k" * 12
MODELS = {"data": [{"id": "m-1"}, {"id": "m-2"}]}
TAGS = {"models": [{"name": "m-1:latest"}]}
PAGE = httpx.Response(200, html="<!DOCTYPE html><title>Welcome</title>")
NO_SUCH = {"error": {"message": "The model `m-9` does not exist", "code": "model_not_found"}}


async def probed(handle: Handler, name: str = "openai", **environ: str) -> list[Model]:
    row = PROVIDERS[name]
    both = {row.key_env[1]: KEY, row.url_env[1]: "http://127.0.0.1:1/v1"} if row.key_env else {}
    transport = Transport(http=httpx.MockTransport(handle), sleep=no_wait)
    connector = connect(row.load_from_env(both | environ), transport=transport)
    assert isinstance(connector, Probe)
    return await connector.probe()


async def trouble(handle: Handler, name: str = "openai", **environ: str) -> str:
    with pytest.raises(ConnectorError) as raised:
        await probed(handle, name, **environ)
    return raised.value.reason


def served(**paths: httpx.Response) -> Handler:
    """Answer by the last word of the path; anything else is a path that does not exist."""

    def handle(request: httpx.Request) -> httpx.Response:
        found = paths.get(request.url.path.rpartition("/")[2])
        return found or httpx.Response(404, json={"detail": "Not Found"})

    return handle


def refused(status: int, message: str = "messages: field required") -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": message}})


def listed(data: object = MODELS) -> httpx.Response:
    return httpx.Response(200, json=data)


async def test_what_is_listed_is_returned() -> None:
    models = await probed(served(models=listed(), completions=refused(400)))
    assert [model.id for model in models] == ["m-1", "m-2"]


@pytest.mark.parametrize("status", [400, 422, 500])
async def test_a_chat_server_without_a_list_is_well(status: int) -> None:
    assert await probed(served(completions=refused(status))) == []


@pytest.mark.parametrize("status", [404, 405, 501, 500])
async def test_a_list_that_cannot_be_read_is_not_the_end(status: int) -> None:
    handle = served(models=httpx.Response(status, text="nope"), completions=refused(400))
    assert await probed(handle) == []


async def test_a_server_that_answers_even_nothing_is_well() -> None:
    answer = {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]}
    assert await probed(served(completions=listed(answer))) == []


async def test_a_page_that_answers_everywhere_is_no_provider() -> None:
    assert await trouble(lambda _: PAGE) == "server"


async def test_an_address_where_nothing_is_at_all_is_wrong() -> None:
    assert await trouble(served()) == "wrong_address"


async def test_a_refused_key_behind_an_open_health_is_seen() -> None:
    handle = served(health=httpx.Response(200), models=refused(401, "Unauthorized"))
    assert await trouble(handle, "vllm") == "auth"


async def test_a_refused_key_behind_an_open_list_is_seen() -> None:
    handle = served(models=listed(), completions=refused(401, "No auth credentials found"))
    assert await trouble(handle) == "auth"


async def test_no_credit_is_seen_where_an_empty_request_tells_it() -> None:
    handle = served(models=listed(), completions=refused(402, "Insufficient credits"))
    assert await trouble(handle) == "billing"


async def test_what_an_empty_request_lacks_is_no_trouble_behind_a_list() -> None:
    assert await probed(served(models=listed(), completions=refused(503)))


@pytest.mark.parametrize(("status", "reason"), [(401, "auth"), (503, "unavailable")])
async def test_what_the_list_tells_for_sure_needs_no_second_look(status: int, reason: str) -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.method)
        return httpx.Response(status, json={})

    assert await trouble(handle) == reason
    assert asked == ["GET"]


async def test_a_model_that_the_provider_does_not_know_by_name_is_seen() -> None:
    paths = {
        "models": listed(),
        "completions": refused(400),
        "m-9": httpx.Response(404, json=NO_SUCH),
    }
    assert await trouble(served(**paths), OPENAI_MODEL="m-9") == "not_found"


async def test_a_gateway_that_cannot_be_asked_for_one_model_is_believed() -> None:
    assert await probed(served(models=listed(), completions=refused(400)), OPENAI_MODEL="m-9")


async def test_ollama_has_only_what_it_lists() -> None:
    handle = served(version=listed({"version": "1"}), tags=listed(TAGS), chat=refused(400))
    assert await probed(handle, "ollama", OLLAMA_MODEL="m-1")
    assert await trouble(handle, "ollama", OLLAMA_MODEL="m-9") == "not_found"


async def test_a_healthy_mlx_that_drops_the_request_for_its_list_is_well() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/health":
            return httpx.Response(200, json={"status": "ok"})
        raise httpx.ReadError("dropped")

    assert await probed(handle, "mlx") == []


async def test_a_probe_costs_nothing() -> None:
    bodies = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            bodies.append(request.content)
        return httpx.Response(404, json={"detail": "Not Found"})

    for name in PROVIDERS:
        await trouble(handle, name)
    assert set(bodies) <= {b"{}", b""}


@pytest.mark.parametrize(
    "reply", [refused(403), refused(401, "Missing scopes: api.model.read"), refused(429)]
)
async def test_a_list_that_is_kept_from_the_key_says_nothing_of_questions(
    reply: httpx.Response,
) -> None:
    assert await probed(served(models=reply, completions=refused(400))) == []
    assert await trouble(served(models=reply, completions=refused(401))) == "auth"


@pytest.mark.parametrize("name", ["openai", "lm_studio", "vllm", "mlx"])
@pytest.mark.parametrize("chat", [httpx.Response(404, text="404 page not found"), PAGE])
async def test_a_list_without_a_chat_beside_it_is_not_enough(
    name: str, chat: httpx.Response
) -> None:
    paths = {"models": listed(), "health": httpx.Response(200)}
    assert await probed(served(**paths, completions=refused(400)), name)
    assert await trouble(served(**paths, completions=chat), name) in ("wrong_address", "server")


async def test_a_key_that_a_local_chat_asks_for_is_seen() -> None:
    handle = served(models=listed(), completions=refused(401, "Unauthorized"))
    assert await trouble(handle, "lm_studio", LM_STUDIO_HOST="http://localhost:1") == "auth"


@pytest.mark.parametrize("json", [{"status": "ok"}, {"message": "Welcome to my API"}, [], None])
async def test_json_that_answers_everywhere_is_no_provider(json: object) -> None:
    assert await trouble(lambda _: httpx.Response(200, json=json)) == "server"


async def test_a_server_that_fails_at_everything_is_not_well() -> None:
    assert await trouble(lambda _: refused(500, "boom")) == "server"


@each("name", PROVIDERS)
async def test_a_probe_tries_nothing_twice(name: str) -> None:
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append((request.method, request.url.path))
        return refused(500 if request.method == "GET" else 400)

    assert await probed(handle, name) == []
    assert len(set(asked)) == len(asked)
