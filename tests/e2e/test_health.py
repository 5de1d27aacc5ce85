"""The health of a real process, asked over HTTP while somebody asks a question."""

import json
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.model_server import ModelServer, Reply
from tests.connectors.local_scheduler.rooms import eventually
from tests.e2e.test_process import login, running

KEY, PROMPT, ANSWER = "sk-very-secret-key", "my secret question", "my secret answer"


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def samples(text: str) -> dict[tuple[str, str], float]:
    """Return each sample by its name and one label: the provider, the kind or the shard."""
    return {
        (s.name, next((s.labels[n] for n in ("provider", "kind", "shard") if n in s.labels), "")): (
            s.value
        )
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


async def test_a_question_is_counted_and_nobody_is_named(
    tmp_path: Path, discord: DiscordServer
) -> None:
    guild = discord.add_guild("Kitchen")
    channel = discord.add_channel(guild, "general")
    alice = discord.add_user("alice")
    discord.add_member(guild, alice)
    port = free_port()
    async with ModelServer() as model, aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        model.open_reply = Reply(chunks=[ANSWER])
        environ = login(discord, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.base_url)
        async with running(tmp_path, **environ, PORT=str(port)) as process:
            log = await process.says("Registered")
            asked = await discord.slash(alice, channel, "ask", {"prompt": PROMPT})
            await discord.until(
                lambda: any("Ask again" in str(m.components) for m in asked.messages), why="an end"
            )
            async with client.get("/healthz") as reply:
                assert (reply.status, await reply.text()) == (200, "ok\n")
            # A command may come before all servers have.
            await eventually(lambda: _is_ready(client))
            async with client.get("/metrics") as reply:
                text = await reply.text()
            process.signal(signal.SIGTERM)
            code, rest = await process.ends()
    assert code == 0, rest
    found = samples(text)
    assert found["abi_questions_total", "openai"] == 1
    assert 'outcome="answered"' in text
    for name in ("abi_answer_seconds", "abi_first_word_seconds", "abi_queue_wait_seconds"):
        assert found[f"{name}_count", "openai"] == 1
    assert found["abi_gateway_connected", ""] == 1
    assert found["abi_shard_connected", "0"] == 1
    assert 'abi_provider_requests_total{provider="openai",status="200"} ' in text
    assert 'status="200"' in next(line for line in text.splitlines() if "PATCH /webhooks/" in line)
    ids = (str(thing.id) for thing in (guild, channel, alice, asked))
    for secret in (KEY, PROMPT, ANSWER, discord.token, "Kitchen", "alice", *ids):
        assert secret not in text
        assert secret not in log + rest


async def _is_ready(client: aiohttp.ClientSession) -> bool:
    async with client.get("/readyz") as reply:
        return (reply.status, json.loads(await reply.text())["ready"]) == (200, True)
