"""Messages that are for others, as most are."""

from types import SimpleNamespace
from typing import Any

import discord
import pytest

from cogs.chat.reading import is_for_others

ME: Any = object()


def message(**how: Any) -> Any:
    plain: dict[str, Any] = {"reference": None, "mentions": [], "role_mentions": []}
    channel = object.__new__(discord.TextChannel)
    return SimpleNamespace(**{"channel": channel} | plain | how)


def test_a_message_to_others_is_not_read() -> None:
    assert is_for_others(message(mentions=[object()]), ME)


@pytest.mark.parametrize(
    "how",
    [
        {"mentions": [object(), ME]},
        {"role_mentions": [object()]},
        {"reference": object()},
        {"channel": object()},  # a thread, direct messages, or a channel that is not known yet
    ],
    ids=lambda how: next(iter(how)),
)
def test_what_may_be_for_the_bot_is_read(how: dict[str, Any]) -> None:
    assert not is_for_others(message(**how), ME)
