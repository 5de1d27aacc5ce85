from bot.sandbox.discord_server import Channel, Guild, Interaction, Member, Message, Role, User
from bot.sandbox.discord_server.objects import COMMAND, COMPONENT, MODAL_SUBMIT
from bot.sandbox.discord_server.rules.permissions import EVERYONE_PERMISSIONS
from bot.sandbox.discord_server.world.interaction_json import (
    callback_json,
    message_metadata,
    owners,
    payload_json,
)

ALICE, OWNER = User(1, "alice", "Alice", locale="de"), User(2, "owner", "Owner")
BOT = User(6, "Abi", "Abi", bot=True)
EVERYONE = Role(3, "@everyone", EVERYONE_PERMISSIONS, 0)
GUILD = Guild(3, "Kitchen", OWNER, roles={3: EVERYONE}, members={1: Member(ALICE, [], 0.0)})
CHANNEL = Channel(4, "general", guild=GUILD)
DM = Channel(5, "alice", kind=1, recipients=[ALICE])
ASK = {"id": "9", "name": "ask", "type": 1}


def used(kind: int = COMMAND, channel: Channel = CHANNEL, installed: bool = False) -> Interaction:
    data = ASK if kind == COMMAND else {"custom_id": "x"}
    return Interaction(7, "token", kind, ALICE, channel, data, 0.0, installed)


def test_a_guild_sends_the_member_with_permissions_and_a_dm_the_user() -> None:
    in_guild, in_dm = payload_json(used(), BOT), payload_json(used(channel=DM), BOT)
    assert in_guild["member"]["permissions"] == str(EVERYONE_PERMISSIONS)
    assert (in_guild["context"], in_guild["locale"], in_guild["guild_locale"]) == (0, "de", "en-US")
    assert "user" not in in_guild
    assert (in_dm["user"]["id"], in_dm["context"]) == ("1", 1)
    assert "guild_id" not in in_dm


def test_the_owner_of_the_installation_is_the_guild_or_the_user() -> None:
    assert owners(used()) == {"0": "3"}
    assert owners(used(channel=DM)) == {"0": "0"}
    assert owners(used(installed=True)) == {"1": "1"}


def test_a_message_names_the_command_the_button_or_the_modal_behind_it() -> None:
    command, button, modal = used(), used(COMPONENT), used(MODAL_SUBMIT)
    button.source = Message(8, CHANNEL, ALICE, 0.0)
    modal.opened_by = command
    assert message_metadata(command, 6)["interaction"]["name"] == "ask"
    pressed = message_metadata(button, 6)["interaction_metadata"]
    assert pressed["interacted_message_id"] == "8"
    submitted = message_metadata(modal, 6)["interaction_metadata"]
    assert submitted["triggering_interaction_metadata"]["command_type"] == 1


def test_a_callback_shows_its_message_unless_it_only_defers_an_update() -> None:
    interaction = used()
    assert callback_json(interaction, 9, ALICE) == {"interaction": {"id": "7", "type": 2}}
    interaction.original = Message(8, CHANNEL, ALICE, 0.0, content="hi")
    assert callback_json(interaction, 4, ALICE)["resource"]["message"]["content"] == "hi"
    assert "resource" not in callback_json(interaction, 6, ALICE)
