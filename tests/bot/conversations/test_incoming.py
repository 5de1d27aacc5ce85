from typing import Any

import pytest

from bot.conversations.incoming import Incoming, Me, without_calls
from tests.rows import each

ME = Me(1, 11)


def incoming(**facts: Any) -> Incoming:
    known: dict[str, Any] = {
        "id": 100,
        "channel_id": 5,
        "guild_id": 6,
        "author_id": 2,
        "author": "Alice",
    }
    return Incoming(**known | facts)


@pytest.mark.parametrize(
    "facts",
    [
        {"mentions": {3: "Bob", 1: "Abi"}},
        {"mention_roles": (11,)},
        {"guild_id": None},
        {"kind": 19, "replies_to": 99, "replied_author_id": 1},
        {"kind": 19, "replies_to": 99, "replied_author_id": 3, "mentions": {3: "Bob", 1: "Abi"}},
        {"is_thread": True, "is_ours": True},
    ],
)
def test_who_calls_the_bot_is_heard(facts: dict[str, Any]) -> None:
    assert incoming(**facts).is_for(ME)


@each(
    "facts",
    [
        {},
        {"mentions": {3: "Bob"}},
        {"mention_roles": (12,)},
        {"kind": 19, "replies_to": 99, "replied_author_id": 3},
        {"is_thread": True},
        {"is_ours": True, "mentions": {3: "Bob"}},
        {"is_ours": True, "kind": 19, "replies_to": 99, "replied_author_id": 3},
        {"guild_id": None, "is_person": False},
        {"mentions": {1: "Abi"}, "is_person": False},
        {"mentions": {1: "Abi"}, "kind": 21},
        {"guild_id": None, "kind": 6},
    ],
)
def test_nobody_else_is_answered(facts: dict[str, Any]) -> None:
    assert not incoming(**facts).is_for(ME)


def test_without_a_role_of_its_own_no_role_is_the_bots() -> None:
    assert not incoming(mention_roles=(11,)).is_for(Me(1))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<@1> why?", "why?"),
        ("<@!1>, why?", "why?"),
        ("<@&11> why?", "why?"),
        ("why? <@1>", "why?"),
        ("<@1> <@1>", ""),
        ("ask <@1> why", "ask <@1> why"),
        ("<@12> why?", "<@12> why?"),
    ],
)
def test_what_only_calls_the_bot_is_no_part_of_the_question(text: str, said: str) -> None:
    assert without_calls(text, ME) == said


def test_people_who_are_mentioned_have_names() -> None:
    asked = incoming(text="<@1> is <@3> or <@!3> right, <@4>?", mentions={3: "Bo\n\\1b", 1: "Abi"})
    assert asked.question(ME).prompt == "is <@3> (Bo \\1b) or <@!3> right, <@4>?"


@pytest.mark.parametrize(
    ("facts", "reads_content", "is_hidden"),
    [
        ({}, False, True),
        ({}, True, False),
        ({"text": "why?"}, False, False),
        ({"mentions": {1: "Abi"}}, False, False),
        ({"mention_roles": (11,)}, False, True),
        ({"guild_id": None}, False, False),
    ],
)
def test_what_is_empty_without_the_intent_is_hidden(
    facts: dict[str, Any], *, reads_content: bool, is_hidden: bool
) -> None:
    assert incoming(**facts).is_hidden(Me(1, 11, reads_content)) is is_hidden
