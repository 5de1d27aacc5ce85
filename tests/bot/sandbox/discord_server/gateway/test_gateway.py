from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import msgspec
import pytest

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_server.gateway.session import HISTORY
from bot.sandbox.discord_server.rules.intents import GUILD_MEMBERS, MESSAGE_CONTENT
from tests.bot.sandbox.discord_server.conftest import Cook, Kitchen

Connect = Callable[[Cook], Awaitable[None]]


@asynccontextmanager
async def plain_socket(server: DiscordServer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(server.gateway_url + "?v=10&encoding=json") as socket,
    ):
        assert (await socket.receive_json())["op"] == 10
        yield socket


def identify(**fields: Any) -> dict[str, Any]:
    data = {"token": "sandbox-token", "intents": 1, "properties": {}} | fields
    return {"op": 2, "d": data}


async def close_code(server: DiscordServer, *payloads: Any) -> int | None:
    async with plain_socket(server) as socket:
        for payload in payloads:
            await socket.send_json(payload)
        while not socket.closed:
            await socket.receive()
        return socket.close_code


async def test_the_real_client_logs_in_and_knows_the_guild(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    guild = cook.get_guild(kitchen.guild.id)
    assert guild is not None
    assert guild.name == "Kitchen"
    assert [channel.name for channel in guild.text_channels] == ["general"]
    assert guild.me.guild_permissions.send_messages
    assert not guild.me.guild_permissions.administrator


async def test_a_dropped_connection_resumes_and_gets_what_it_missed(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    server = kitchen.server
    await server.drop_gateway(4000)
    missed = await server.post(kitchen.alice, kitchen.channel, "while you were away")
    await cook.until(lambda: [m.id for m in cook.seen] == [missed.id])
    assert cook.resumes == 1
    assert server.identifies == 1


async def test_reconnect_is_obeyed_with_a_resume(kitchen: Kitchen, connect: Connect) -> None:
    cook = Cook()
    await connect(cook)
    await kitchen.server.request_reconnect()
    await cook.wait_for("shard_resumed", timeout=30)
    assert kitchen.server.identifies == 1


async def test_an_invalid_session_that_is_resumable_resumes(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    await kitchen.server.invalidate_session(resumable=True)
    await cook.wait_for("shard_resumed", timeout=30)
    assert kitchen.server.identifies == 1


async def test_an_invalid_session_that_is_lost_identifies_again(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    await kitchen.server.invalidate_session(resumable=False)
    await kitchen.server.until(lambda: kitchen.server.identifies == 2)
    await kitchen.server.ready()


async def test_a_wrong_token_cannot_log_in(kitchen: Kitchen, connect: Connect) -> None:
    cook = Cook()
    with pytest.raises(discord.LoginFailure):
        await cook.login("wrong")
    await cook.close()


async def test_intents_that_the_portal_does_not_allow_stop_the_client(
    kitchen: Kitchen, connect: Connect
) -> None:
    intents = discord.Intents.default()
    intents.message_content = True
    cook = Cook(intents)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        await cook.start(kitchen.server.token)


@pytest.mark.parametrize(
    ("payloads", "code"),
    [
        ([identify(token="wrong")], 4004),
        ([identify(intents=1 << 40)], 4013),
        ([identify(intents=GUILD_MEMBERS)], 4014),
        ([identify(shard=[2, 2])], 4010),
        ([identify(), identify()], 4005),
        ([{"op": 3, "d": {}}], 4003),
        ([{"op": 99}], 4001),
        ([{"no": "op"}], 4002),
        ([{"op": 1, "d": "x" * 5000}], 4002),
        ([{"op": 1}] * 121, 4008),
    ],
)
async def test_a_misbehaving_client_is_closed_with_the_right_code(
    kitchen: Kitchen, payloads: list[Any], code: int
) -> None:
    assert await close_code(kitchen.server, *payloads) == code


async def test_heartbeats_are_acknowledged(kitchen: Kitchen) -> None:
    async with plain_socket(kitchen.server) as socket:
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11


async def test_too_many_identifies_in_five_seconds_invalidate_the_session(
    kitchen: Kitchen,
) -> None:
    kitchen.server.max_concurrency = 1
    async with plain_socket(kitchen.server) as first, plain_socket(kitchen.server) as second:
        await first.send_json(identify())
        assert (await first.receive_json())["t"] == "READY"
        await second.send_json(identify())
        refused = await second.receive_json()
        assert (refused["op"], refused["d"]) == (9, False)


async def test_a_refused_connection_is_refused_once(kitchen: Kitchen) -> None:
    kitchen.server.refuse_gateway(times=1)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with plain_socket(kitchen.server):
            pass
    async with plain_socket(kitchen.server) as socket:
        assert not socket.closed


async def test_guilds_are_spread_over_shards_and_dms_go_to_the_first(
    kitchen: Kitchen, connect: Connect
) -> None:
    server = kitchen.server
    server.shards = 2
    guilds = [kitchen.guild, *(server.add_guild(f"Guild {n}") for n in range(5))]
    cook = Cook()
    await connect(cook)
    assert len(cook.shards) == 2
    assert {g.id: g.shard_id for g in cook.guilds} == {g.id: (g.id >> 22) % 2 for g in guilds}
    other = next(guild for guild in guilds if (guild.id >> 22) % 2 == 1)
    server.add_member(other, kitchen.alice)
    room = server.add_channel(other, "room")
    await server.post(kitchen.alice, room, "from shard 1")
    await server.post(kitchen.alice, server.dm(kitchen.alice), "from a DM")
    await cook.until(lambda: len(cook.seen) == 2)
    assert {message.content for message in cook.seen} == {"", "from a DM"}


async def test_each_shard_is_sent_its_own_guilds_only(kitchen: Kitchen) -> None:
    server = kitchen.server
    guilds = [kitchen.guild, *(server.add_guild(f"Guild {n}") for n in range(3))]
    for shard in (0, 1):
        async with plain_socket(server) as socket:
            await socket.send_json(identify(shard=[shard, 2]))
            ready = (await socket.receive_json())["d"]
            expected = [str(guild.id) for guild in guilds if (guild.id >> 22) % 2 == shard]
            assert [guild["id"] for guild in ready["guilds"]] == expected
            created = [(await socket.receive_json())["d"]["id"] for _ in expected]
            assert created == expected


async def test_content_is_empty_without_the_intent_but_not_in_mentions_and_dms(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    server, alice = kitchen.server, kitchen.alice
    mention = f"<@{server.bot_user.id}> hello"
    await server.post(alice, kitchen.channel, "not for you", attachments=[("a.txt", b"x")])
    await server.post(alice, kitchen.channel, mention)
    await server.post(alice, server.dm(alice), "in private")
    await cook.until(lambda: len(cook.seen) == 3)
    assert [message.content for message in cook.seen] == ["", mention, "in private"]
    assert cook.seen[0].attachments == []


async def test_content_is_there_with_the_intent(kitchen: Kitchen, connect: Connect) -> None:
    kitchen.server.privileged_intents = MESSAGE_CONTENT
    intents = discord.Intents.default()
    intents.message_content = True
    cook = Cook(intents)
    await connect(cook)
    await kitchen.server.post(kitchen.alice, kitchen.channel, "for everyone")
    await cook.until(lambda: cook.seen)
    assert cook.seen[0].content == "for everyone"


async def test_messages_of_a_channel_the_bot_cannot_see_are_not_dispatched(
    kitchen: Kitchen, connect: Connect
) -> None:
    cook = Cook()
    await connect(cook)
    server = kitchen.server
    hidden = server.add_channel(kitchen.guild, "hidden")
    server.set_overwrite(hidden, server.bot_user, deny=1 << 10)
    await server.post(kitchen.alice, hidden, "unseen")
    seen = await server.post(kitchen.alice, kitchen.channel, "seen")
    await cook.until(lambda: cook.seen)
    assert [message.id for message in cook.seen] == [seen.id]


async def test_a_resume_beyond_what_is_kept_starts_anew(kitchen: Kitchen) -> None:
    server = kitchen.server
    async with plain_socket(server) as socket:
        await socket.send_json(identify(intents=1 | 1 << 9))
        session_id = (await socket.receive_json())["d"]["session_id"]
        await server.drop_gateway(4000)
    for number in range(HISTORY + 1):
        await server.post(kitchen.alice, kitchen.channel, str(number))
    async with plain_socket(server) as socket:
        data = {"token": server.token, "session_id": session_id, "seq": 1}
        await socket.send_json({"op": 6, "d": data})
        answer = await socket.receive_json()
        assert (answer["op"], answer["d"]) == (9, False)


async def test_a_replay_ends_with_resumed(kitchen: Kitchen) -> None:
    server = kitchen.server
    async with plain_socket(server) as socket:
        await socket.send_json(identify(intents=1 | 1 << 9))
        ready = await socket.receive_json()
        await socket.receive_json()
        await server.drop_gateway(1006)
        assert (await socket.receive()).type == aiohttp.WSMsgType.CLOSED
    await server.post(kitchen.alice, kitchen.channel, "missed")
    async with plain_socket(server) as socket:
        data = {"token": server.token, "session_id": ready["d"]["session_id"], "seq": 2}
        await socket.send_json({"op": 6, "d": data})
        events = [(await socket.receive_json())["t"] for _ in range(2)]
    assert events == ["MESSAGE_CREATE", "RESUMED"]


async def test_members_are_found_by_id_and_by_name(kitchen: Kitchen) -> None:
    async with plain_socket(kitchen.server) as socket:
        await socket.send_json(identify())
        wanted = {"guild_id": str(kitchen.guild.id), "query": "ali", "limit": 5}
        await socket.send_json({"op": 8, "d": wanted})
        payload: dict[str, Any] = {}
        while payload.get("t") != "GUILD_MEMBERS_CHUNK":
            payload = msgspec.json.decode(await socket.receive_str())
        names = [member["user"]["username"] for member in payload["d"]["members"]]
        assert names == ["alice"]


async def test_hooks_hear_what_both_sides_say(kitchen: Kitchen) -> None:
    heard: list[tuple[bool, int, str | None]] = []

    def hear(raw: bytes, *, is_from_bot: bool) -> None:
        payload = msgspec.json.decode(raw)
        heard.append((is_from_bot, payload["op"], payload.get("t")))

    kitchen.server.gateway.on_payload.append(hear)
    async with plain_socket(kitchen.server) as socket:
        await socket.send_json(identify())
        assert (await socket.receive_json())["t"] == "READY"
    assert heard[:3] == [(False, 10, None), (True, 2, None), (False, 0, "READY")]
