import httpx
import pytest

from bot.sandbox.discord_server.rules import permissions as p
from tests.bot.sandbox.discord_server.conftest import Clock, Kitchen


@pytest.fixture
def manager(kitchen: Kitchen) -> None:
    member = kitchen.guild.members[kitchen.server.bot_user.id]
    member.roles[0].permissions |= p.MANAGE_CHANNELS | p.MANAGE_ROLES


@pytest.mark.usefixtures("manager")
async def test_a_channel_is_made_changed_and_deleted(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    overwrite = {"id": str(kitchen.alice.id), "type": 1, "allow": "0", "deny": "1024"}
    body = {"name": "recipes", "topic": "soup", "permission_overwrites": [overwrite]}
    made = await http.post(f"/guilds/{kitchen.guild.id}/channels", json=body)
    address = f"/channels/{made.json()['id']}"
    assert made.status_code == 201
    assert made.json()["permission_overwrites"] == [overwrite]
    changed = await http.patch(address, json={"topic": "cake"})
    assert (changed.json()["name"], changed.json()["topic"]) == ("recipes", "cake")
    assert (await http.delete(f"{address}/permissions/{kitchen.alice.id}")).status_code == 204
    assert (await http.get(address)).json()["permission_overwrites"] == []
    assert (await http.delete(address)).status_code == 200
    assert (await http.get(address)).json()["code"] == 10003


async def test_without_the_permission_nothing_is_changed(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    address = f"/channels/{kitchen.channel.id}"
    answers = [
        await http.patch(address, json={"name": "mine"}),
        await http.delete(address),
        await http.put(f"{address}/permissions/{kitchen.alice.id}", json={"type": 1}),
        await http.post(f"/guilds/{kitchen.guild.id}/channels", json={"name": "x"}),
    ]
    assert [answer.json()["code"] for answer in answers] == [50013] * 4
    assert kitchen.channel.name == "general"


@pytest.mark.parametrize("name", ["", "x" * 101])
async def test_a_name_has_one_to_a_hundred_characters(
    kitchen: Kitchen, http: httpx.AsyncClient, name: str
) -> None:
    address = f"/channels/{kitchen.channel.id}/threads"
    answer = await http.post(address, json={"name": name, "type": 11})
    assert answer.json()["code"] == 50035


async def test_a_message_takes_one_thread(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    message = await kitchen.server.post(kitchen.alice, kitchen.channel, "soup?")
    address = f"/channels/{kitchen.channel.id}/messages/{message.id}/threads"
    made = await http.post(address, json={"name": "soup"})
    assert (made.status_code, made.json()["id"]) == (201, str(message.id))
    assert (await http.post(address, json={"name": "cake"})).json()["code"] == 160004


async def test_an_archived_thread_is_listed_apart_and_takes_no_members(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    channel = f"/channels/{kitchen.channel.id}"
    made = await http.post(f"{channel}/threads", json={"name": "soup", "type": 11})
    thread = f"/channels/{made.json()['id']}"
    await http.patch(thread, json={"archived": True})
    active = (await http.get(f"/guilds/{kitchen.guild.id}/threads/active")).json()
    archived = (await http.get(f"{channel}/threads/archived/public")).json()
    assert active["threads"] == []
    assert [one["name"] for one in archived["threads"]] == ["soup"]
    joined = await http.put(f"{thread}/thread-members/@me")
    assert joined.json()["code"] == 50083


async def test_nobody_opens_a_dm_with_the_bot_itself(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    body = {"recipient_id": str(kitchen.server.bot_user.id)}
    assert (await http.post("/users/@me/channels", json=body)).json()["code"] == 50033


async def test_a_third_name_in_ten_minutes_is_refused_though_no_header_told(
    timed: Kitchen, timed_http: httpx.AsyncClient, clock: Clock
) -> None:
    made = await timed_http.post(
        f"/channels/{timed.channel.id}/threads", json={"name": "soup", "type": 11}
    )
    thread = f"/channels/{made.json()['id']}"
    for name in ("cake", "pie", "pie"):
        answer = await timed_http.patch(thread, json={"name": name})
        assert answer.status_code == 200
        assert int(answer.headers["X-RateLimit-Remaining"]) > 2
    refused = await timed_http.patch(thread, json={"name": "tea"})
    assert (refused.status_code, refused.json()["retry_after"]) == (429, 600.0)
    assert refused.headers["X-RateLimit-Scope"] == "shared"
    assert (await timed_http.patch(thread, json={"auto_archive_duration": 60})).status_code == 200
    clock.now += 600
    assert (await timed_http.patch(thread, json={"name": "tea"})).status_code == 200


async def test_a_thread_without_a_message_is_private_unless_it_says_so(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    threads = f"/channels/{kitchen.channel.id}/threads"
    assert (await http.post(threads, json={"name": "soup"})).json()["type"] == 12
    kitchen.guild.everyone.permissions &= ~p.CREATE_PRIVATE_THREADS
    assert (await http.post(threads, json={"name": "soup"})).json()["code"] == 50013
    assert (await http.post(threads, json={"name": "soup", "type": 11})).json()["type"] == 11


async def test_the_bot_posts_in_a_forum(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    forum = kitchen.server.add_channel(kitchen.guild, "help", kind=15)
    body = {"name": "soup", "message": {"content": "how?"}}
    made = (await http.post(f"/channels/{forum.id}/threads", json=body)).json()
    assert made["message"]["id"] == made["id"]
    assert made["parent_id"] == str(forum.id)


async def test_members_of_a_thread_come_and_go(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    thread = await kitchen.server.create_thread(kitchen.alice, kitchen.channel, "soup")
    members = f"/channels/{thread.id}/thread-members"
    assert (await http.put(f"{members}/@me")).status_code == 204
    listed = (await http.get(members)).json()
    bot, alice = str(kitchen.server.bot_user.id), str(kitchen.alice.id)
    assert [member["user_id"] for member in listed] == [alice, bot]
    assert (await http.delete(f"{members}/{alice}")).json()["code"] == 50013
    assert (await http.delete(f"{members}/@me")).status_code == 204
    assert (await http.put(f"{members}/12345")).json()["code"] == 10013
    assert list(thread.thread_members) == [kitchen.alice.id]
