from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest
from discord.ext import commands

from bot.app import Bot, owners_of
from bot.elsewhere import Arrivals
from bot.errors import NO_DATABASE, OUR_FAULT, RESTARTING, Refused
from connectors.database import DatabaseUnavailable
from connectors.discord import Message, MessageBody

ACCEPTED, INVITED = 2, 1  # source: Discord, Team Object


def person(user_id: int) -> dict[str, Any]:
    return {"id": str(user_id), "username": "x", "discriminator": "0", "avatar": None}


def application(*members: tuple[int, str, int], owner_id: int = 1) -> discord.AppInfo:
    """Return an application of one person, or of a team with these ids, roles and states."""
    team = {
        "id": "9",
        "name": "Kitchen",
        "icon": None,
        "owner_user_id": str(owner_id),
        "members": [
            {"user": person(user_id), "role": role, "membership_state": state, "team_id": "9"}
            for user_id, role, state in members
        ],
    }
    data: Any = {
        "id": "7",
        "name": "Abi",
        "description": "",
        "icon": None,
        "rpc_origins": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "verify_key": "",
        "owner": person(owner_id),
        "team": team if members else None,
    }
    return discord.AppInfo(discord.Client(intents=discord.Intents.none())._connection, data)


def test_one_person_owns_an_application_without_a_team() -> None:
    assert owners_of(application(owner_id=5)) == {5}


def test_of_a_team_those_who_may_change_the_application_own_it() -> None:
    team = application(
        (1, "", ACCEPTED),
        (2, "admin", ACCEPTED),
        (3, "developer", ACCEPTED),
        (4, "read_only", ACCEPTED),
    )
    assert owners_of(team) == {1, 2, 3}


def test_who_has_not_accepted_yet_owns_nothing() -> None:
    assert owners_of(application((1, "admin", ACCEPTED), (2, "admin", INVITED))) == {1}


def test_before_the_application_is_known_nobody_owns_it() -> None:
    assert owners_of(None) == set()


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
