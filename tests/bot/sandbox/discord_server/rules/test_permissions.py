import httpx
import pytest

from bot.sandbox.discord_server.rules import permissions as p
from tests.bot.sandbox.discord_server.conftest import Kitchen


async def code(http: httpx.AsyncClient, kitchen: Kitchen) -> int:
    answer = await http.post(f"/channels/{kitchen.channel.id}/messages", json={"content": "x"})
    return int(answer.json().get("code", 0))


async def test_the_bot_has_what_its_invitation_asks_for(kitchen: Kitchen) -> None:
    bot = kitchen.server.bot_user
    assert kitchen.guild.members[bot.id].roles[0].permissions == 309237763072
    allowed = p.channel_permissions(kitchen.channel, bot)
    assert allowed & p.SEND_MESSAGES
    assert not allowed & p.MANAGE_MESSAGES


async def test_a_denied_bot_gets_50013_and_a_blind_one_50001(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    server = kitchen.server
    server.set_overwrite(kitchen.channel, server.bot_user, deny=p.SEND_MESSAGES)
    assert await code(http, kitchen) == 50013
    server.set_overwrite(kitchen.channel, server.bot_user, deny=p.VIEW_CHANNEL)
    assert await code(http, kitchen) == 50001


async def test_overwrites_count_from_everyone_over_roles_to_the_member(kitchen: Kitchen) -> None:
    server, channel, alice = kitchen.server, kitchen.channel, kitchen.alice
    cooks = server.add_role(kitchen.guild, "cooks")
    kitchen.guild.members[alice.id].roles.append(cooks)

    def may_write() -> bool:
        return bool(p.channel_permissions(channel, alice) & p.SEND_MESSAGES)

    server.set_overwrite(channel, kitchen.guild.everyone, deny=p.SEND_MESSAGES)
    assert not may_write()
    server.set_overwrite(channel, cooks, allow=p.SEND_MESSAGES)
    assert may_write()
    server.set_overwrite(channel, alice, deny=p.SEND_MESSAGES)
    assert not may_write()
    cooks.permissions = p.ADMINISTRATOR
    assert may_write()


async def test_a_member_who_is_timed_out_only_reads(kitchen: Kitchen) -> None:
    server, channel, alice = kitchen.server, kitchen.channel, kitchen.alice
    server.set_overwrite(channel, alice, allow=p.SEND_MESSAGES)
    server.time_out(kitchen.guild, alice, server.clock() + 60)
    assert p.channel_permissions(channel, alice) == p.VIEW_CHANNEL | p.READ_MESSAGE_HISTORY
    assert p.guild_permissions(kitchen.guild, alice) == p.TIMED_OUT
    with pytest.raises(LookupError):
        await server.post(alice, channel, "hi")
    kitchen.guild.everyone.permissions |= p.ADMINISTRATOR
    assert p.channel_permissions(channel, alice) == p.EVERYTHING


async def test_the_owner_may_everything(kitchen: Kitchen) -> None:
    kitchen.guild.owner = kitchen.alice
    kitchen.server.set_overwrite(kitchen.channel, kitchen.alice, deny=p.VIEW_CHANNEL)
    assert p.channel_permissions(kitchen.channel, kitchen.alice) == p.EVERYTHING


@pytest.mark.parametrize(
    ("denied", "body"),
    [
        (p.EMBED_LINKS, {"embeds": [{"title": "x"}]}),
        (p.ATTACH_FILES, None),
    ],
)
async def test_embeds_and_files_need_their_own_permission(
    kitchen: Kitchen, http: httpx.AsyncClient, denied: int, body: dict[str, object] | None
) -> None:
    kitchen.server.set_overwrite(kitchen.channel, kitchen.server.bot_user, deny=denied)
    files = {"files[0]": ("a.txt", b"x")} if body is None else None
    address = f"/channels/{kitchen.channel.id}/messages"
    answer = await http.post(address, json=body, files=files)
    assert (answer.status_code, answer.json()["code"]) == (403, 50013)


async def test_history_without_permission_is_empty_and_a_reply_refused(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    message = await kitchen.server.post(kitchen.alice, kitchen.channel, "hi")
    bot = kitchen.server.bot_user
    kitchen.server.set_overwrite(kitchen.channel, bot, deny=p.READ_MESSAGE_HISTORY)
    address = f"/channels/{kitchen.channel.id}/messages"
    assert (await http.get(address)).json() == []
    body = {"content": "x", "message_reference": {"message_id": str(message.id)}}
    assert (await http.post(address, json=body)).json()["code"] == 160002


async def test_threads_take_the_permissions_of_their_channel(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    made = await http.post(
        f"/channels/{kitchen.channel.id}/threads", json={"name": "talk", "type": 11}
    )
    bot = kitchen.server.bot_user
    kitchen.server.set_overwrite(kitchen.channel, bot, deny=p.SEND_MESSAGES_IN_THREADS)
    address = f"/channels/{made.json()['id']}/messages"
    assert (await http.post(address, json={"content": "x"})).json()["code"] == 50013
    assert await code(http, kitchen) == 0


async def test_a_private_thread_needs_its_permission(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    kitchen.guild.everyone.permissions &= ~p.CREATE_PRIVATE_THREADS
    address = f"/channels/{kitchen.channel.id}/threads"
    assert (await http.post(address, json={"name": "x"})).json()["code"] == 50013
