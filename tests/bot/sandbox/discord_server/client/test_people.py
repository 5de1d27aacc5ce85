import pytest

from bot.sandbox.discord_server.rules import permissions as p
from tests.bot.sandbox.discord_server.conftest import Kitchen


async def test_a_person_who_cannot_see_or_write_is_refused_by_the_client(
    kitchen: Kitchen,
) -> None:
    kitchen.server.set_overwrite(kitchen.channel, kitchen.alice, deny=p.SEND_MESSAGES)
    with pytest.raises(LookupError, match="cannot write"):
        await kitchen.server.post(kitchen.alice, kitchen.channel, "hi")
    kitchen.server.set_overwrite(kitchen.channel, kitchen.alice, deny=p.VIEW_CHANNEL)
    with pytest.raises(LookupError, match="cannot see"):
        await kitchen.server.slash(kitchen.alice, kitchen.channel, "ask")


async def test_an_ephemeral_message_is_out_of_reach_of_others(kitchen: Kitchen) -> None:
    bob = kitchen.server.add_user("bob")
    kitchen.server.add_member(kitchen.guild, bob)
    message = await kitchen.server.post(kitchen.alice, kitchen.channel, "psst")
    message.visible_to = kitchen.alice
    with pytest.raises(LookupError, match="cannot see this message"):
        await kitchen.server.delete_message(bob, message)
    await kitchen.server.delete_message(kitchen.alice, message)
    assert message.deleted


async def test_a_context_command_needs_a_target(kitchen: Kitchen) -> None:
    with pytest.raises(ValueError, match="needs a message or a user"):
        await kitchen.server.context(kitchen.alice, kitchen.channel, "Greet")
