import asyncio
import re

from bot.sandbox.model_server import ModelServer, Reply
from connectors import PROVIDERS, Connectors
from connectors.__main__ import table
from connectors.check import check
from connectors.survey import survey

KEY = "sk-a-key-that-nothing-shows"


def openai(server: ModelServer) -> Connectors:
    environ = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.base_url}
    return Connectors(environ, providers={n: PROVIDERS[n] for n in ("openai", "mistral")})


async def test_a_provider_that_answers_is_shown_with_its_models() -> None:
    async with ModelServer() as server:
        found = await survey(openai(server))
    checked = found[0]
    assert checked.is_configured
    assert checked.latency_s is not None
    assert checked.models == server.models
    assert re.match(r"OpenAI +yes +yes, \d+ ms ", table(found).splitlines()[1])


async def test_a_provider_without_a_key_is_not_asked() -> None:
    async with ModelServer() as server:
        found = await survey(openai(server))
    assert table(found).splitlines()[2].split("  ")[0] == "Mistral"
    assert "no (MISTRAL_API_KEY)" in table(found)
    assert (found[1].latency_s, found[1].error) == (None, None)


async def test_a_provider_that_refuses_is_shown_with_the_reason() -> None:
    async with ModelServer() as server:
        server.api_key = "another"
        found = await survey(openai(server))
    assert "no: the key was refused" in table(found)
    assert KEY not in table(found)


async def test_a_provider_that_hangs_holds_nobody_up() -> None:
    async with ModelServer() as server:
        server.models_reply = Reply(first_byte=asyncio.Event())
        connectors = openai(server)
        checked = await check(connectors, "openai", within_s=0.05)
        await connectors.aclose()
    assert checked.error is not None
    assert checked.error.reason == "timeout"
