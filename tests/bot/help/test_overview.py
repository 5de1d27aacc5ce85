from typing import Any

from bot.help import texts
from bot.help.overview import About, Commands, Place, overview

MANAGE_GUILD = 1 << 5


def command(name: str, **fields: Any) -> dict[str, Any]:
    return {"type": 1, "name": name, "description": f"Do {name}", "options": []} | fields


COMMANDS = Commands(
    [
        command("ask", contexts=[0, 1, 2], integration_types=[0, 1]),
        command(
            "digest",
            contexts=[0],
            integration_types=[0],
            default_member_permissions=MANAGE_GUILD,
            options=[
                {"type": 1, "name": "add"},
                {"type": 2, "name": "more", "options": [{"type": 1, "name": "deep"}]},
            ],
        ),
        command("doctor", contexts=[0, 1, 2]),
        command("Ask about this", type=3),
    ],
    {"ask": 7, "digest": 8, "doctor": 9},
    for_managers=["doctor"],
)
ABOUT = About("Questions asked here go to **OpenAI**.", "Europe/Berlin", "14:05")


def test_a_member_of_a_server_reads_what_a_member_can_do() -> None:
    assert overview(COMMANDS, Place(0, held=0), ABOUT).splitlines() == [
        texts.TITLE,
        "</ask:7>: Do ask",
        "Right-click a message (on a phone, hold it), then *Apps*: *Ask about this*",
        texts.TALK,
        "",
        "-# Questions asked here go to **OpenAI**. Change that with `/model`.",
        "-# Your time zone is Europe/Berlin, where it is now 14:05 (`/timezone`).",
    ]


def test_a_manager_is_also_offered_what_managers_can_do() -> None:
    read = overview(COMMANDS, Place(0, held=MANAGE_GUILD, is_manager=True), ABOUT)
    assert "</digest add:8> (and more): Do digest\n</doctor:9>: Do doctor\n" in read


def test_direct_messages_need_no_permissions_and_have_no_servers_commands() -> None:
    here = overview(COMMANDS, Place(1, held=0), ABOUT)
    assert texts.TALK_IN_DM in here
    assert "digest" not in here
    elsewhere = overview(COMMANDS, Place(2, held=0, is_member=False), ABOUT)
    assert texts.NO_MEMBER in elsewhere
    assert texts.TALK not in elsewhere
    assert texts.TALK_IN_DM not in elsewhere


def test_where_the_bot_is_no_member_only_commands_for_everywhere_work() -> None:
    place = Place(0, held=MANAGE_GUILD, is_member=False, lacks=["Send Messages"])
    read = overview(COMMANDS, place, ABOUT)
    assert texts.NO_MEMBER in read
    assert "digest" not in read
    assert "Send Messages" not in read


def test_what_does_not_work_is_told_in_plain_words() -> None:
    place = Place(0, held=0, lacks=["Send Messages", "Attach Files"], keeps=False)
    read = overview(COMMANDS, place, About("It goes nowhere.", ""))
    assert "Missing: Send Messages, Attach Files." in read
    assert texts.NOTHING_KEPT in read
    assert "I do not know your time zone yet. Set it with `/timezone`." in read


def test_a_time_zone_that_cannot_be_looked_up_is_not_mentioned() -> None:
    assert "time zone" not in overview(COMMANDS, Place(0, held=0), About("It goes nowhere."))


def test_who_may_not_ask_reads_why_and_what_else_they_can_do() -> None:
    read = overview(COMMANDS, Place(0, held=MANAGE_GUILD, refusal="Not in this channel."), ABOUT)
    assert "/ask" not in read
    assert "Ask about this" not in read
    assert texts.TALK not in read
    assert "</digest add:8>" in read
    assert "Not in this channel." in read


def test_a_time_zone_that_is_the_servers_is_told_as_such() -> None:
    about = About("It goes nowhere.", "Asia/Tokyo", "14:05", is_servers=True)
    read = overview(COMMANDS, Place(0, held=0), about)
    assert "-# This server's time zone is Asia/Tokyo, where it is now 14:05. Set your own" in read
