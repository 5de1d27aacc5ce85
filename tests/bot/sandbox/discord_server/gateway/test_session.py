import msgspec

from bot.sandbox.discord_server.gateway.session import HISTORY, Session


def test_a_guild_belongs_to_one_shard_and_dms_to_the_first() -> None:
    shards = [Session((number, 3), 0) for number in range(3)]
    guild_id = (5 << 22) + 7
    assert [shard.sees(guild_id) for shard in shards] == [False, False, True]
    assert [shard.sees(None) for shard in shards] == [True, False, False]


def test_events_are_numbered_and_kept_for_a_resume() -> None:
    session = Session((0, 1), 0)
    session.dispatch("READY", b'{"v":10}')
    session.dispatch("RESUMED", b"{}")
    payloads = [msgspec.json.decode(payload) for _, payload in session.history]
    assert payloads[0] == {"op": 0, "t": "READY", "s": 1, "d": {"v": 10}}
    assert payloads[1]["s"] == 2


def test_a_session_remembers_only_so_many_events() -> None:
    session = Session((0, 1), 0)
    for _ in range(HISTORY + 1):
        session.dispatch("X", b"{}")
    assert session.remembers(1)
    assert not session.remembers(0)
