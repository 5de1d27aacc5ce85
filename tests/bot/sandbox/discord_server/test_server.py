import asyncio
import subprocess
import sys

import httpx
import pytest

from tests.bot.sandbox.discord_server.conftest import Kitchen


async def test_until_explains_what_it_saw_when_it_gives_up(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    await kitchen.server.post(kitchen.alice, kitchen.channel, "anybody there?")
    await http.get("/channels/1")
    with pytest.raises(AssertionError) as failed:
        await kitchen.server.until(lambda: False, timeout_s=0.01, why="an answer")
    assert "an answer" in str(failed.value)
    assert "anybody there?" in str(failed.value)
    assert "404 GET /channels/1" in str(failed.value)


async def test_a_page_hears_what_happens(kitchen: Kitchen) -> None:
    events = kitchen.server.subscribe()
    message = await kitchen.server.post(kitchen.alice, kitchen.channel, "hi")
    await kitchen.server.delete_message(kitchen.alice, message)
    async with asyncio.timeout(30):
        created, deleted = await anext(events), await anext(events)
    await events.aclose()
    assert created["type"] == "message_create"
    assert created["message"]["content"] == "hi"
    assert (deleted["type"], deleted["message"]["id"]) == ("message_delete", str(message.id))


async def test_requests_are_remembered_with_their_answers(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    heard: list[str] = []
    kitchen.server.on_request.append(lambda request: heard.append(request.path))
    path = f"/channels/{kitchen.channel.id}/messages"
    await http.post(path, json={"content": "x"}, params={"extra": "1"})
    request = kitchen.server.requests[-1]
    assert (request.method, request.path, request.status) == ("POST", path, 200)
    assert (request.json, request.query) == ({"content": "x"}, {"extra": "1"})
    assert request.response["content"] == "x"
    assert heard == [path]


def test_importing_the_server_does_not_import_discord_py() -> None:
    code = "import sys, bot.sandbox.discord_server; assert 'discord' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True)  # noqa: S603
    assert done.returncode == 0, done.stderr.decode()
