import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from bot.sandbox.discord_server import Attachment, Channel, DiscordServer, User
from bot.sandbox.page_server import PageServer
from tests.sandbox import plain_client


@dataclass
class World:
    discord: DiscordServer
    channel: Channel
    you: User
    other: User
    url: str


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with DiscordServer() as discord:
        guild = discord.add_guild("kitchen")
        channel = discord.add_channel(guild, "general")
        you, other = discord.add_user("you"), discord.add_user("other")
        discord.add_member(guild, you)
        discord.add_member(guild, other)
        page = PageServer(discord, user=you, banner="A scripted model answers.")
        yield World(discord, channel, you, other, await page.start(port=0))
        await page.aclose()


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with plain_client(base_url=world.url, timeout=10) as opened:
        yield opened


async def decoded(lines: AsyncIterator[str]) -> AsyncIterator[Any]:
    async for line in lines:
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


@pytest.mark.parametrize("path", ["/", "/page.js", "/page.css"])
async def test_files_come_with_a_policy_that_forbids_foreign_scripts(
    client: httpx.AsyncClient, path: str
) -> None:
    response = await client.get(path)
    policy = response.headers["content-security-policy"]
    assert response.status_code == 200
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1"])
async def test_another_host_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/", headers={"Host": host})).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_origin_is_refused(client: httpx.AsyncClient, origin: str) -> None:
    body = {"channel": "1", "content": "hi"}
    response = await client.post("/api/post", json=body, headers={"Origin": origin})
    events = await client.get("/api/events", headers={"Origin": origin})
    assert response.status_code == events.status_code == 403


async def test_a_form_of_another_page_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/post", content='{"channel": "1", "content": "hi"}')
    assert response.status_code == 415


async def test_a_body_of_the_wrong_shape_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/click", json={"message": 1})
    assert response.status_code == 400


async def test_a_taken_port_gives_way_to_the_next(world: World) -> None:
    taken = int(world.url.rpartition(":")[2])
    second = PageServer(world.discord, user=world.you, banner="")
    url = await second.start(port=taken)
    await second.aclose()
    assert int(url.rpartition(":")[2]) > taken


async def test_events_begin_with_everything_there_is(
    world: World, client: httpx.AsyncClient
) -> None:
    await world.discord.post(world.other, world.channel, "earlier")
    async with client.stream("GET", "/api/events") as response:
        state = await anext(decoded(response.aiter_lines()))
    assert state["type"] == "state"
    assert state["banner"] == "A scripted model answers."
    assert [channel["name"] for channel in state["channels"]] == ["general", "Abi"]
    assert [message["content"] for message in state["messages"]] == ["earlier"]


async def test_what_is_written_on_the_page_comes_back_as_an_event(
    world: World, client: httpx.AsyncClient
) -> None:
    async with client.stream("GET", "/api/events") as response:
        events = decoded(response.aiter_lines())
        await anext(events)
        body = {"channel": str(world.channel.id), "content": "hello"}
        answer = await client.post("/api/post", json=body)
        event = await anext(events)
    assert answer.json() == {}
    assert event["type"] == "message_create"
    assert event["message"]["content"] == "hello"
    assert event["message"]["author"]["username"] == "you"


async def test_a_new_channel_is_told(world: World, client: httpx.AsyncClient) -> None:
    async with client.stream("GET", "/api/events") as response:
        events = decoded(response.aiter_lines())
        await anext(events)
        assert world.channel.guild is not None
        world.discord.add_channel(world.channel.guild, "recipes")
        event = await anext(events)
    assert event["type"] == "places"
    assert "recipes" in [channel["name"] for channel in event["channels"]]


async def test_what_cannot_be_done_is_said_in_a_sentence(
    world: World, client: httpx.AsyncClient
) -> None:
    channel = str(world.channel.id)
    gone = await client.post("/api/post", json={"channel": "1", "content": "hi"})
    long = await client.post("/api/post", json={"channel": channel, "content": "x" * 2001})
    dialog = await client.post("/api/submit", json={"interaction": "1", "values": {}})
    assert gone.json() == {"error": "This channel no longer exists."}
    assert long.json() == {"error": "content: Must be 2000 or fewer in length."}
    assert dialog.json() == {"error": "This dialog is no longer open."}


async def test_a_bot_that_does_not_answer_is_told_as_discord_tells_it() -> None:
    async with DiscordServer(response_deadline_s=0.01) as discord, plain_client() as client:
        guild = discord.add_guild("kitchen")
        channel, you = discord.add_channel(guild, "general"), discord.add_user("you")
        discord.add_member(guild, you)
        await client.put(
            f"{discord.api_url}/applications/{discord.application_id}/commands",
            json=[{"name": "ask", "description": "Ask"}],
            headers={"Authorization": f"Bot {discord.token}"},
        )
        page = PageServer(discord, user=you, banner="")
        url = await page.start(port=0)
        asked = {"channel": str(channel.id), "name": "ask"}
        answer = await client.post(f"{url}/api/slash", json=asked)
        await page.aclose()
    assert answer.json() == {"error": "The application did not respond"}


async def test_a_file_is_offered_as_a_download(world: World, client: httpx.AsyncClient) -> None:
    file = Attachment("größe.html", b"<script>alert(1)</script>")
    await world.discord.post(world.you, world.channel, "see", attachments=[file])
    response = await client.get(httpx.URL(file.url).path)
    assert response.content == file.data
    assert (
        response.headers["content-disposition"]
        == "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.html"
    )
    assert "script-src 'self'" in response.headers["content-security-policy"]


async def test_a_dismissed_message_stays_away(world: World, client: httpx.AsyncClient) -> None:
    message = await world.discord.post(world.other, world.channel, "go away")
    await client.post("/api/dismiss", json={"message": str(message.id)})
    async with client.stream("GET", "/api/events") as response:
        state = await anext(decoded(response.aiter_lines()))
    assert state["messages"] == []


async def test_closing_ends_open_event_streams() -> None:
    async with DiscordServer() as discord:
        guild = discord.add_guild("kitchen")
        you = discord.add_user("you")
        discord.add_member(guild, you)
        page = PageServer(discord, user=you, banner="")
        url = await page.start(port=0)
        async with (
            plain_client(base_url=url) as client,
            client.stream("GET", "/api/events") as response,
        ):
            events = decoded(response.aiter_lines())
            await anext(events)
            await page.aclose()
            with pytest.raises(httpx.TransportError):
                await anext(events)


async def test_the_page_may_act_as_another_person(world: World, client: httpx.AsyncClient) -> None:
    body = {"channel": str(world.channel.id), "content": "hello"}
    await client.post("/api/post", params={"as": "other"}, json=body)
    (posted,) = world.discord.messages(world.channel)
    assert posted.author is world.other
    unknown = await client.post("/api/post", params={"as": "Abi"}, json=body)
    assert unknown.status_code == 404
