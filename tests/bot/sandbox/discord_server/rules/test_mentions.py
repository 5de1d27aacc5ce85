from typing import Any

import httpx
import pytest

from tests.bot.sandbox.discord_server.conftest import Kitchen

EVERYTHING = "<@{alice}> <@&{cooks}> @everyone"


async def pings(
    kitchen: Kitchen, http: httpx.AsyncClient, content: str, **body: Any
) -> set[int | str]:
    cooks = kitchen.server.add_role(kitchen.guild, "cooks", mentionable=True)
    text = content.format(alice=kitchen.alice.id, cooks=cooks.id)
    named = {kitchen.alice.id: "alice", cooks.id: "cooks"}
    answer = await http.post(
        f"/channels/{kitchen.channel.id}/messages", json={"content": text} | body
    )
    message = kitchen.channel.messages[int(answer.json()["id"])]
    return {named.get(ping, ping) for ping in message.pings if isinstance(ping, int)} | {
        ping for ping in message.pings if isinstance(ping, str)
    }


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (None, {"alice", "cooks", "everyone"}),
        ({"parse": []}, set()),
        ({"parse": ["users"]}, {"alice"}),
        ({"parse": ["roles"]}, {"cooks"}),
        ({"parse": ["everyone"]}, {"everyone"}),
        ({"parse": [], "users": ["1"]}, set()),
    ],
)
async def test_allowed_mentions_decide_who_is_notified(
    kitchen: Kitchen, http: httpx.AsyncClient, allowed: object, expected: set[str]
) -> None:
    body = {} if allowed is None else {"allowed_mentions": allowed}
    assert await pings(kitchen, http, EVERYTHING, **body) == expected


async def test_one_named_user_is_notified(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    allowed = {"parse": [], "users": [str(kitchen.alice.id)]}
    assert await pings(kitchen, http, EVERYTHING, allowed_mentions=allowed) == {"alice"}


async def test_everyone_needs_the_permission(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    kitchen.guild.everyone.permissions &= ~(1 << 17)
    assert await pings(kitchen, http, EVERYTHING) == {"alice", "cooks"}


async def test_mentions_in_code_are_text(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    assert await pings(kitchen, http, "`@everyone` ```\n<@{alice}>\n```") == set()


@pytest.mark.parametrize(
    ("body", "is_notified"),
    [
        ({}, True),
        ({"allowed_mentions": {"parse": []}}, False),
        ({"allowed_mentions": {"parse": [], "replied_user": True}}, True),
    ],
)
async def test_a_reply_notifies_its_target_unless_told_otherwise(
    kitchen: Kitchen, http: httpx.AsyncClient, body: dict[str, Any], is_notified: bool
) -> None:
    message = await kitchen.server.post(kitchen.alice, kitchen.channel, "question")
    reference = {"message_reference": {"message_id": str(message.id)}}
    found = await pings(kitchen, http, "answer", **reference, **body)
    assert found == ({"alice"} if is_notified else set())


async def test_an_interaction_notifies_users_only_by_default(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    server = kitchen.server
    command = {"name": "ask", "description": "Ask"}
    await http.post(f"/applications/{server.application_id}/commands", json=command)
    bob = server.add_user("bob")
    server.add_member(kitchen.guild, bob)
    it = await server.slash(kitchen.alice, kitchen.channel, "ask")
    data = {"content": f"@everyone <@{bob.id}>"}
    await http.post(f"/interactions/{it.id}/{it.token}/callback", json={"type": 4, "data": data})
    assert it.messages[0].pings == {bob.id}


async def test_an_edit_notifies_nobody(kitchen: Kitchen, http: httpx.AsyncClient) -> None:
    address = f"/channels/{kitchen.channel.id}/messages"
    made = (await http.post(address, json={"content": "hi"})).json()
    mention = {"content": f"<@{kitchen.alice.id}>"}
    changed = (await http.patch(f"{address}/{made['id']}", json=mention)).json()
    assert [user["username"] for user in changed["mentions"]] == ["alice"]
    assert kitchen.channel.messages[int(made["id"])].pings == set()


async def test_a_reply_to_a_command_or_to_a_webhook_notifies_nobody(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    server = kitchen.server
    command = {"name": "ask", "description": "Ask"}
    await http.post(f"/applications/{server.application_id}/commands", json=command)
    it = await server.slash(kitchen.alice, kitchen.channel, "ask")
    data = {"type": 4, "data": {"content": "an answer"}}
    await http.post(f"/interactions/{it.id}/{it.token}/callback", json=data)
    proxied = await server.send_as(server.add_webhook(kitchen.channel, "proxy"), "hi")
    for target in (it.messages[0], proxied):
        assert (await server.reply(kitchen.alice, target, "and?")).mentions == []
