import json

from tests.bot.sandbox.discord_server.conftest import Kitchen


async def test_a_snapshot_is_what_one_person_sees(kitchen: Kitchen) -> None:
    server = kitchen.server
    await server.post(kitchen.alice, kitchen.channel, "hi")
    hidden = server.add_channel(kitchen.guild, "hidden")
    server.set_overwrite(hidden, kitchen.alice, deny=1 << 10)
    server.dm(kitchen.alice)
    server.set_overwrite(kitchen.channel, kitchen.alice, deny=1 << 6)
    seen = json.loads(json.dumps(server.snapshot(kitchen.alice)))
    (general,) = seen["guilds"][0]["channels"]
    assert general["name"] == "general"
    assert int(general["permissions"]) & (1 << 6 | 1 << 11) == 1 << 11
    assert [m["content"] for m in seen["messages"][str(kitchen.channel.id)]] == ["hi"]
    assert len(seen["dms"]) == 1
    bob = server.add_user("bob")
    assert server.snapshot(bob)["guilds"] == []
