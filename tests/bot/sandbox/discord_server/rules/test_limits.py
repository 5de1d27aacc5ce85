import asyncio
from collections.abc import Awaitable, Callable

import discord
import httpx

from bot.sandbox.discord_server import DiscordServer, Fault
from tests.bot.sandbox.discord_server.conftest import Clock, Cook, Kitchen, client, furnish

Connect = Callable[[Cook], Awaitable[None]]


def messages(kitchen: Kitchen) -> str:
    return f"/channels/{kitchen.channel.id}/messages"


async def test_five_messages_pass_and_the_sixth_waits(
    timed: Kitchen, timed_http: httpx.AsyncClient, clock: Clock
) -> None:
    answers = [await timed_http.post(messages(timed), json={"content": "x"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == list("432100")
    refused = answers[-1]
    assert refused.json() == {
        "message": "You are being rate limited.",
        "retry_after": 5.0,
        "global": False,
    }
    assert refused.headers["Retry-After"] == "5"
    assert refused.headers["X-RateLimit-Scope"] == "user"
    assert "Via" in refused.headers
    assert refused.headers["Content-Type"] == "application/json"
    clock.now += 5
    assert (await timed_http.post(messages(timed), json={"content": "x"})).status_code == 200


async def test_every_answer_names_its_bucket(timed: Kitchen, timed_http: httpx.AsyncClient) -> None:
    made = await timed_http.post(messages(timed), json={"content": "x"})
    edited = await timed_http.patch(f"{messages(timed)}/{made.json()['id']}", json={"content": "y"})
    assert made.headers["X-RateLimit-Bucket"] != edited.headers["X-RateLimit-Bucket"]
    assert made.headers["X-RateLimit-Limit"] == "5"
    assert float(made.headers["X-RateLimit-Reset"]) == 1_800_000_005.0
    assert float(made.headers["X-RateLimit-Reset-After"]) == 5.0


async def test_channels_have_buckets_of_their_own(
    timed: Kitchen, timed_http: httpx.AsyncClient
) -> None:
    other = timed.server.add_channel(timed.guild, "other")
    for _ in range(5):
        await timed_http.post(messages(timed), json={"content": "x"})
    answer = await timed_http.post(f"/channels/{other.id}/messages", json={"content": "x"})
    assert answer.status_code == 200


async def test_fifty_requests_a_second_is_all_but_interactions_do_not_count(
    timed: Kitchen, timed_http: httpx.AsyncClient, clock: Clock
) -> None:
    addresses = [f"/users/{timed.alice.id}", "/users/@me", "/voice/regions"]
    answers = [await timed_http.get(addresses[number % 3]) for number in range(51)]
    assert [answer.status_code for answer in answers] == [200] * 50 + [429]
    assert answers[-1].headers["X-RateLimit-Global"] == "true"
    assert answers[-1].headers["X-RateLimit-Scope"] == "global"
    assert answers[-1].json()["global"] is True
    free = await timed_http.post("/interactions/1/x/callback", json={"type": 5})
    assert free.status_code == 404
    clock.now += 1
    assert (await timed_http.get("/users/@me")).status_code == 200


async def test_an_interaction_token_takes_five_in_two_seconds(
    timed: Kitchen, timed_http: httpx.AsyncClient
) -> None:
    address = f"/webhooks/{timed.server.application_id}/token"
    codes = [(await timed_http.post(address, json={})).status_code for _ in range(6)]
    assert codes == [401] * 5 + [429]
    other = f"/webhooks/{timed.server.application_id}/other"
    assert (await timed_http.post(other, json={})).status_code == 401


async def test_limits_switched_off_refuse_nothing_and_keep_the_headers() -> None:
    async with DiscordServer(rate_limits=False) as server:
        kitchen = furnish(server)
        async with client(server) as http:
            answers = [await http.post(messages(kitchen), json={"content": "x"}) for _ in range(60)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["X-RateLimit-Limit"] == "5"


async def test_the_real_client_waits_out_a_429(kitchen: Kitchen, connect: Connect) -> None:
    cook = Cook()
    await connect(cook)
    channel = cook.get_channel(kitchen.channel.id)
    assert isinstance(channel, discord.TextChannel)
    path = r"/channels/\d+/messages"
    fault = kitchen.server.inject(
        Fault(method="POST", path=path, times=2, status=429, retry_after=0.01)
    )
    async with asyncio.timeout(30):
        await channel.send("at last")
    assert fault.seen == 2
    assert [m.content for m in kitchen.server.messages(kitchen.channel)] == ["at last"]
