from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord.ext import commands

from bot.app import Bot
from bot.elsewhere import Arrivals
from bot.errors import NO_DATABASE, OUR_FAULT, RESTARTING, Refused
from connectors.database import DatabaseUnavailable
from connectors.discord import Message, MessageBody


class Client:
    """A client that keeps what is said to an interaction that was acknowledged before."""

    def __init__(self, shown: Message | None = None, *, is_closing: bool = False) -> None:
        self._shown = shown
        self.is_closing = is_closing
        self._closing = None
        self._arrivals = Arrivals()
        self.services = SimpleNamespace(rest=self)
        self.edits: list[str] = []

    async def original(self, *_: object) -> Message | None:
        return self._shown

    async def edit_original(self, _id: int, _token: str, body: MessageBody) -> None:
        self.edits.append(body.content)


def thinking() -> Any:
    kind = discord.InteractionResponseType.deferred_channel_message
    response = SimpleNamespace(type=kind, is_done=lambda: True)
    return SimpleNamespace(id=1, application_id=2, token="token", response=response)


async def test_an_interaction_that_comes_again_is_handled_once() -> None:
    client: Any = Client()
    handled = [await Bot.is_open(client, thinking(), when_loaded=False) for _ in range(2)]
    assert handled == [True, False]


@pytest.mark.parametrize(
    ("error", "said"), [(DatabaseUnavailable("away"), NO_DATABASE), (Refused("No."), "No.")]
)
async def test_an_error_never_takes_the_place_of_what_another_process_has_shown(
    error: Exception, said: str
) -> None:
    done = Client(Message(id="3", channel_id="4", content="Got it."))
    loading = Client(Message(id="3", channel_id="4", flags=1 << 7))
    for client in (done, loading):
        bot: Any = client
        await Bot.reply_to_error(bot, thinking(), error)
    assert (done.edits, loading.edits) == ([], [said])


async def test_who_comes_while_the_services_close_is_asked_to_try_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = []
    for is_closing in (True, False):
        client: Any = Client(Message(id="3", channel_id="4", flags=1 << 7), is_closing=is_closing)
        await Bot.reply_to_error(client, thinking(), RuntimeError("it was called after shutdown"))
        said += client.edits
    assert said == [RESTARTING, OUR_FAULT]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_a_cog_that_cannot_be_set_up_is_named() -> None:
    with pytest.raises(commands.ExtensionFailed, match=r"cogs\.nowhere"):
        await Bot._load_cog(cast(Bot, None), "cogs.nowhere")
