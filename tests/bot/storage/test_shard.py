from bot.storage.shard import is_of


def test_a_server_belongs_to_one_of_all_parts_and_direct_messages_to_the_first() -> None:
    guild_id = 5 << 22
    assert is_of([(3, 2)], guild_id)
    assert not is_of([(3, 0), (3, 1)], guild_id)
    assert is_of([(3, 1), (4, 1)], guild_id)
    assert is_of([(3, 0)], None)
    assert not is_of([(3, 1)], None)
