from typing import Any

import pytest

from bot.conversations.incoming import Incoming, Me, without_calls

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
        {"mentions": (3, 1)},
        {"mention_roles": (11,)},
        {"guild_id": None},
        {"kind": 19, "replies_to": 99, "replied_author_id": 1},
        {"kind": 19, "replies_to": 99, "replied_author_id": 3, "mentions": (3, 1)},
        {"thread_owner_id": 1},
    ],
)
def test_who_calls_the_bot_is_heard(facts: dict[str, Any]) -> None:
    assert incoming(**facts).is_for(ME)


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"mentions": (3,)},
        {"mention_roles": (12,)},
        {"kind": 19, "replies_to": 99, "replied_author_id": 3},
        {"thread_owner_id": 3},
        {"thread_owner_id": 1, "mentions": (3,)},
        {"thread_owner_id": 1, "kind": 19, "replies_to": 99, "replied_author_id": 3},
        {"guild_id": None, "is_person": False},
        {"mentions": (1,), "is_person": False},
        {"mentions": (1,), "kind": 21},
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
