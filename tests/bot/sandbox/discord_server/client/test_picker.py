from typing import Any

import httpx
import pytest

from bot.sandbox.discord_server import Attachment, Channel, Message, User
from bot.sandbox.discord_server.client.picker import (
    Resolved,
    check_option,
    check_selection,
    fill_modal,
    fill_options,
    find_component,
    invocation,
)
from tests.bot.sandbox.discord_server.conftest import Kitchen

ALICE, BOT = User(1, "alice", "Alice"), User(2, "Abi", "Abi", bot=True)
CHANNEL = Channel(3, "alice", kind=1, recipients=[ALICE, BOT])
WORD = {"name": "word", "type": 3, "required": True, "autocomplete": True}
COUNT = {"name": "count", "type": 4, "min_value": 1, "max_value": 9}


def resolved() -> Resolved:
    return Resolved(CHANNEL, BOT)


def test_options_are_sent_in_the_order_of_the_command_without_those_left_empty() -> None:
    options = [WORD, COUNT, {"name": "who", "type": 6}]
    filled = fill_options(options, {"count": 3, "word": "x", "who": None}, resolved())
    assert filled == [
        {"name": "word", "type": 3, "value": "x"},
        {"name": "count", "type": 4, "value": 3},
    ]


def test_an_option_that_is_being_typed_is_sent_unchecked_and_without_the_required_ones() -> None:
    size = {"name": "size", "type": 4, "max_value": 9, "autocomplete": True}
    filled = fill_options([WORD, size], {"size": "1x"}, resolved(), focused="size")
    assert filled == [{"name": "size", "type": 4, "value": "1x", "focused": True}]


def test_only_an_option_with_autocomplete_can_be_focused() -> None:
    with pytest.raises(LookupError, match="no autocomplete"):
        fill_options([COUNT], {}, resolved(), focused="count")


@pytest.mark.parametrize("value", [0, 10, True, "3", 2.5])
def test_an_integer_outside_its_range_or_type_is_refused(value: Any) -> None:
    with pytest.raises(ValueError, match="count"):
        check_option(COUNT, value, resolved())


def test_things_are_sent_as_ids_and_resolved_once() -> None:
    things = resolved()
    option = {"name": "who", "type": 9}
    assert check_option(option, ALICE, things) == check_option(option, ALICE, things) == "1"
    assert list(things.data()["resolved"]) == ["users"]
    assert resolved().data() == {}


def test_a_channel_option_takes_only_its_kinds_of_channel() -> None:
    option = {"name": "where", "type": 7, "channel_types": [0]}
    with pytest.raises(ValueError, match="type 1"):
        check_option(option, CHANNEL, resolved())


def test_options_stand_inside_the_group_and_the_sub_command() -> None:
    command = {"id": "5", "name": "digest", "guild_id": "6"}
    data = invocation(command, ["weekly", "add"], [{"name": "x"}])
    assert data["guild_id"] == "6"
    (group,) = data["options"]
    assert (group["name"], group["type"]) == ("weekly", 2)
    assert group["options"] == [{"name": "add", "type": 1, "options": [{"name": "x"}]}]


def button(**fields: Any) -> Message:
    part = {"type": 2, "label": "Again", "custom_id": "again"} | fields
    rows = [{"type": 1, "components": [{"type": 2, "label": "again", "custom_id": "x"}, part]}]
    return Message(9, CHANNEL, BOT, 0.0, components=rows)


def test_a_custom_id_counts_before_a_label() -> None:
    assert find_component(button(), "again", frozenset({2}))["label"] == "Again"
    assert find_component(button(), "Again", frozenset({2}))["custom_id"] == "again"


def test_a_disabled_button_and_a_link_cannot_be_pressed() -> None:
    with pytest.raises(ValueError, match="disabled"):
        find_component(button(disabled=True), "again", frozenset({2}))
    linking = button()
    del linking.components[0]["components"][1]["custom_id"]
    with pytest.raises(ValueError, match="is a link"):
        find_component(linking, "Again", frozenset({2}))


@pytest.mark.parametrize("values", [[], ["a", "b"], ["c"]])
def test_a_select_takes_as_many_of_its_own_values_as_it_allows(values: list[str]) -> None:
    select = {"type": 3, "options": [{"value": "a"}, {"value": "b"}]}
    check_selection(select, ["a"])
    with pytest.raises(ValueError, match=r"allowed|not among"):
        check_selection(select, values)


def modal(**fields: Any) -> dict[str, Any]:
    part = {"type": 4, "custom_id": "name", "max_length": 5} | fields
    return {"components": [{"type": 18, "component": part}]}


def test_a_modal_is_submitted_with_what_was_there_before() -> None:
    (row,) = fill_modal(modal(value="soup"), {}, resolved())
    assert row["component"] == {"type": 4, "id": 0, "custom_id": "name", "value": "soup"}


@pytest.mark.parametrize(("fields", "match"), [({}, "required"), ({"name": "x" * 6}, "6 char")])
def test_a_text_that_is_missing_or_too_long_is_refused(fields: dict[str, str], match: str) -> None:
    with pytest.raises(ValueError, match=match):
        fill_modal(modal(), fields, resolved())


def test_a_modal_has_no_other_fields() -> None:
    with pytest.raises(LookupError, match="no field"):
        fill_modal(modal(), {"age": "7"}, resolved())


def test_a_file_is_resolved_as_an_attachment() -> None:
    things = resolved()
    file = Attachment("soup.txt", b"hot", id=7)
    assert check_option({"name": "file", "type": 11}, file, things) == "7"
    assert things.body["attachments"]["7"]["size"] == 3


def command(**fields: Any) -> dict[str, Any]:
    return {"name": "ask", "description": "Ask"} | fields


async def test_the_client_offers_what_a_person_may_use(
    kitchen: Kitchen, http: httpx.AsyncClient
) -> None:
    bodies = [
        command(),
        command(name="settings", default_member_permissions="0"),
        command(name="chat", contexts=[1]),
    ]
    await http.put(f"/applications/{kitchen.server.application_id}/commands", json=bodies)
    server = kitchen.server

    def offered(dm: bool) -> list[str]:
        place = server.dm(kitchen.alice) if dm else kitchen.channel
        return [entry["name"] for entry in server.offered_commands(kitchen.alice, place)]

    assert offered(dm=False) == ["ask"]
    assert offered(dm=True) == ["ask", "settings", "chat"]
