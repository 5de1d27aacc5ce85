from collections.abc import Awaitable, Callable
from io import BytesIO

import discord
import httpx
import pytest

from bot.sandbox.discord_server import Message
from tests.bot.sandbox.discord_server.conftest import Clock, Cook, Kitchen
from tests.discord_openapi.judge import Judge

Connect = Callable[[Cook], Awaitable[None]]


def address(kitchen: Kitchen) -> str:
    return f"/channels/{kitchen.channel.id}/messages"


async def sent(kitchen: Kitchen, http: httpx.AsyncClient, content: str) -> Message:
    answer = await http.post(address(kitchen), json={"content": content})
    return kitchen.channel.messages[int(answer.json()["id"])]


def told(response: httpx.Response) -> tuple[int, int]:
    return response.status_code, response.json()["code"]


async def test_the_real_client_sends_edits_replies_and_deletes(
    kitchen: Kitchen, connect: Connect, judged: Judge
) -> None:
    cook = Cook()
    await connect(cook)
    channel = cook.get_channel(kitchen.channel.id)
    assert isinstance(channel, discord.TextChannel)
    first = await channel.send("one")
    await first.edit(content="two")
    reply = await first.reply("three", embed=discord.Embed(title="A", description="B"))
    assert reply.reference is not None
    shown = kitchen.server.messages(kitchen.channel)
    assert [message.content for message in shown] == ["two", "three"]
    assert shown[1].reference is shown[0]
    await reply.delete()
    assert len(kitchen.server.messages(kitchen.channel)) == 1
    assert shown[1].deleted


async def test_files_are_stored_and_served_back(
    kitchen: Kitchen, connect: Connect, judged: Judge
) -> None:
    cook = Cook()
    await connect(cook)
    channel = cook.get_channel(kitchen.channel.id)
    assert isinstance(channel, discord.TextChannel)
    file = discord.File(BytesIO(b"\x00\xffsoup"), filename="soup.bin", description="a soup")
    message = await channel.send("look", file=file)
    assert await message.attachments[0].read() == b"\x00\xffsoup"
    stored = kitchen.server.messages(kitchen.channel)[0].attachments[0]
    assert (stored.filename, stored.description) == ("soup.bin", "a soup")
    assert [file.filename for file in kitchen.server.requests[-1].files] == ["soup.bin"]
    await message.edit(attachments=[discord.File(BytesIO(b"new"), filename="new.txt")])
    changed = kitchen.server.messages(kitchen.channel)[0].attachments
    assert [(file.filename, file.data) for file in changed] == [("new.txt", b"new")]


async def test_the_same_nonce_returns_the_first_message_for_a_few_minutes(
    timed: Kitchen, timed_http: httpx.AsyncClient, clock: Clock
) -> None:
    body = {"content": "once", "nonce": "n1", "enforce_nonce": True}
    first = (await timed_http.post(address(timed), json=body)).json()
    again = (await timed_http.post(address(timed), json=body)).json()
    assert again["id"] == first["id"]
    clock.now += 301
    assert (await timed_http.post(address(timed), json=body)).json()["id"] != first["id"]


async def test_a_nonce_that_is_not_enforced_posts_twice(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    for _ in range(2):
        await http.post(address(kitchen), json={"content": "twice", "nonce": "n1"})
    assert len(kitchen.server.messages(kitchen.channel)) == 2


async def test_history_is_paged_newest_first(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    ids = [str((await sent(kitchen, http, str(number))).id) for number in range(7)]
    await http.post(address(kitchen), json={"content": "7"})

    async def page(**query: str | int) -> list[str]:
        answer = await http.get(address(kitchen), params=query)
        return [message["content"] for message in answer.json()]

    assert await page(limit=2) == ["7", "6"]
    assert await page(before=ids[3], limit=2) == ["2", "1"]
    assert await page(after=ids[3], limit=2) == ["5", "4"]
    assert await page(around=ids[3], limit=3) == ["4", "3", "2"]
    assert told(await http.get(address(kitchen), params={"limit": 101})) == (400, 50035)


async def test_the_contents_of_others_are_hidden_from_history_without_the_intent(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    await kitchen.server.post(kitchen.alice, kitchen.channel, "not for you")
    assert (await http.get(address(kitchen))).json()[0]["content"] == ""
    kitchen.server.privileged_intents = 1 << 15
    assert (await http.get(address(kitchen))).json()[0]["content"] == "not for you"


async def test_the_message_of_another_cannot_be_edited_or_deleted(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    message = await kitchen.server.post(kitchen.alice, kitchen.channel, "mine")
    one = f"{address(kitchen)}/{message.id}"
    assert told(await http.patch(one, json={"content": "yours"})) == (403, 50013)
    assert told(await http.delete(one)) == (403, 50013)
    role = kitchen.guild.members[kitchen.server.bot_user.id].roles[0]
    role.permissions |= 1 << 13
    assert told(await http.patch(one, json={"content": "yours"})) == (403, 50005)
    assert (await http.delete(one)).status_code == 204


async def test_a_message_that_a_moderator_deleted_is_unknown(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    message = await sent(kitchen, http, "going")
    await kitchen.server.delete_message(kitchen.alice, message)
    one = f"{address(kitchen)}/{message.id}"
    assert told(await http.patch(one, json={"content": "x"})) == (404, 10008)
    reply = {"content": "x", "message_reference": {"message_id": str(message.id)}}
    assert told(await http.post(address(kitchen), json=reply)) == (400, 50035)
    reply["message_reference"]["fail_if_not_exists"] = False  # type: ignore[index]
    assert (await http.post(address(kitchen), json=reply)).status_code == 200


async def test_bulk_deletion_takes_two_to_a_hundred(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    kitchen.guild.members[kitchen.server.bot_user.id].roles[0].permissions |= 1 << 13
    ids = [str((await sent(kitchen, http, str(number))).id) for number in range(3)]
    bulk = address(kitchen) + "/bulk-delete"
    assert told(await http.post(bulk, json={"messages": ids[:1]})) == (400, 50016)
    assert told(await http.post(bulk, json={"messages": ["1", ids[0]]})) == (400, 50034)
    assert (await http.post(bulk, json={"messages": ids[:2]})).status_code == 204
    assert [m.content for m in kitchen.server.messages(kitchen.channel)] == ["2"]


async def test_reactions_come_and_go(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    message = await sent(kitchen, http, "nice")
    one = f"{address(kitchen)}/{message.id}/reactions/🍲"
    assert (await http.put(one + "/@me")).status_code == 204
    body = (await http.get(f"{address(kitchen)}/{message.id}")).json()
    assert body["reactions"][0]["emoji"]["name"] == "🍲"
    assert body["reactions"][0]["me"]
    assert (await http.delete(one + "/@me")).status_code == 204
    assert message.reactions == {}


async def test_a_thread_is_made_from_a_message_and_written_in(
    kitchen: Kitchen, connect: Connect, judged: Judge
) -> None:
    cook = Cook()
    await connect(cook)
    channel = cook.get_channel(kitchen.channel.id)
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send("let us talk")
    thread = await message.create_thread(name="talk")
    assert thread.id == message.id
    await thread.send("in here")
    inside = kitchen.server.messages(kitchen.guild.channels[thread.id])
    assert [message.content for message in inside][-1] == "in here"
    with pytest.raises(discord.HTTPException) as refused:
        await message.create_thread(name="again")
    assert refused.value.code == 160004


async def test_an_archived_thread_is_reopened_by_a_message_but_not_by_an_edit(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    body = {"name": "talk", "type": 11}
    made = await http.post(f"/channels/{kitchen.channel.id}/threads", json=body)
    thread = kitchen.guild.channels[int(made.json()["id"])]
    inside = f"/channels/{thread.id}/messages"
    first = (await http.post(inside, json={"content": "one"})).json()
    await http.patch(f"/channels/{thread.id}", json={"archived": True})
    assert thread.archived
    edit = await http.patch(f"{inside}/{first['id']}", json={"content": "two"})
    assert told(edit) == (400, 50083)
    assert (await http.post(inside, json={"content": "three"})).status_code == 200
    assert not thread.archived
    thread.locked = True
    assert told(await http.post(inside, json={"content": "four"})) == (403, 160005)


async def test_a_dm_reaches_its_person_unless_they_block_it(
    kitchen: Kitchen, connect: Connect, judged: Judge
) -> None:
    cook = Cook()
    await connect(cook)
    alice = await cook.fetch_user(kitchen.alice.id)
    await alice.send("hello")
    dm = kitchen.server.dm(kitchen.alice)
    assert [message.content for message in kitchen.server.messages(dm)] == ["hello"]
    kitchen.alice.blocks_dms = True
    with pytest.raises(discord.Forbidden) as refused:
        await alice.send("hello again")
    assert refused.value.code == 50007


async def test_an_unknown_channel_and_a_wrong_token_are_named(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    assert told(await http.get("/channels/1/messages")) == (404, 10003)
    refused = await http.get("/users/@me", headers={"Authorization": "Bot wrong"})
    assert told(refused) == (401, 0)
    assert refused.headers["Content-Type"] == "application/json"
    assert told(await http.get("/nowhere")) == (404, 0)
    assert told(await http.put("/users/@me")) == (405, 0)
    assert told(await http.post(address(kitchen), content=b"{oops")) == (400, 50109)


async def test_only_messages_of_this_channel_that_are_not_of_the_system_are_replied_to(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    server = kitchen.server
    message = await server.post(kitchen.alice, kitchen.channel, "soup?")
    thread = await server.create_thread(kitchen.alice, message, "soup")
    (starter,) = server.messages(thread)
    there = f"/channels/{thread.id}/messages"

    async def reply_to(target: Message, **more: object) -> httpx.Response:
        reference = {"message_id": str(target.id), "fail_if_not_exists": False} | more
        return await http.post(there, json={"content": "x", "message_reference": reference})

    elsewhere = await reply_to(message, channel_id=str(kitchen.channel.id))
    assert told(elsewhere) == told(await reply_to(starter)) == (400, 50035)
    assert (await reply_to(message)).json()["type"] == 0
    server.set_overwrite(kitchen.channel, server.bot_user, deny=1 << 16)
    assert told(await reply_to(starter)) == (400, 160002)


async def test_a_forward_needs_a_text_that_the_bot_may_read(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    message = await kitchen.server.post(kitchen.alice, kitchen.channel, "soup?")
    reference = {
        "type": 1,
        "channel_id": str(kitchen.channel.id),
        "message_id": str(message.id),
    }
    body = {"message_reference": reference}
    assert told(await http.post(address(kitchen), json=body)) == (403, 160014)
    kitchen.server.privileged_intents = 1 << 15
    forwarded = (await http.post(address(kitchen), json=body)).json()
    assert forwarded["message_snapshots"][0]["message"]["content"] == "soup?"
    assert (forwarded["content"], forwarded["flags"]) == ("", 1 << 14)
    reference["message_id"] = "1"
    assert told(await http.post(address(kitchen), json=body)) == (404, 10008)


async def test_what_a_reply_refers_to_is_read_only_if_it_may_be(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    asked = await kitchen.server.post(kitchen.alice, kitchen.channel, "not for you")
    reference = {"message_reference": {"message_id": str(asked.id)}}
    reply = (await http.post(address(kitchen), json={"content": "hm", **reference})).json()
    assert (reply["content"], reply["referenced_message"]["content"]) == ("hm", "")
    await kitchen.server.post(kitchen.alice, kitchen.channel, "x", reply_to=asked)
    unresolved = await kitchen.server.mention(
        kitchen.alice, kitchen.channel, reply_to=asked, is_resolved=False
    )
    fetched = (await http.get(f"{address(kitchen)}/{unresolved.id}")).json()
    assert fetched["content"] != ""
    assert "referenced_message" not in fetched


async def test_an_archived_thread_opens_for_a_message_but_not_for_an_edit(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    thread = await kitchen.server.create_thread(kitchen.alice, kitchen.channel, "soup")
    there = f"/channels/{thread.id}/messages"
    one = f"{there}/{(await http.post(there, json={'content': 'x'})).json()['id']}"
    await kitchen.server.edit_thread(thread, archived=True)
    assert told(await http.patch(one, json={"content": "y"})) == (400, 50083)
    assert told(await http.put(f"{one}/reactions/%F0%9F%91%80/@me")) == (400, 50083)
    assert (await http.post(there, json={"content": "z"})).status_code == 200
    assert not thread.archived
    await kitchen.server.edit_thread(thread, locked=True)
    assert told(await http.patch(one, json={"content": "y"})) == (403, 160005)
    await kitchen.server.edit_thread(thread, archived=True)
    assert told(await http.post(there, json={"content": "z"})) == (403, 160005)
    kitchen.guild.me_role.permissions &= ~(1 << 38)
    kitchen.guild.everyone.permissions &= ~(1 << 38)
    assert told(await http.post(there, json={"content": "z"})) == (403, 50013)
