from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bot.answers.buttons import Button, button_row
from bot.answers.origin import Behind, Origin, Screen
from bot.answers.record import Record
from bot.answers.revision import reached, remove, taken_over
from bot.answers.texts import STILL_THINKING
from bot.providers.question import Question
from bot.sandbox.discord_server import Fault
from bot.sandbox.discord_server.rules.permissions import VIEW_CHANNEL
from connectors import ConnectorError
from connectors.discord import MessageBody
from tests.bot.answers.conftest import Stage


class Claimed:
    """A claim that is held."""

    async def ensure_claim(self, **_: float) -> None:
        """Hold it still."""

    def check_claim(self) -> None:
        """Hold it still."""


RUNNING: Any = Claimed()


async def answered(stage: Stage, *contents: str, recorded: int = 9) -> Record:
    """Return the answer to a question of alice, whose messages are shown, and partly recorded."""
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    origin = Origin.of_message(
        question.id,
        application_id=stage.server.application_id,
        channel_id=stage.channel.id,
        guild_id=None,
        user_id=stage.alice.id,
    )
    record = Record.new(Question("why?"), origin)
    again = button_row(record.id, Button.AGAIN)
    bodies = [MessageBody(content, again) for content in contents]
    shown = [(await stage.rest.create_message(stage.channel.id, body)).id for body in bodies]
    return replace(record, screen=Screen(tuple(shown[:recorded])), is_revised=True)


@pytest.mark.parametrize("recorded", [0, 1, 3])
async def test_the_first_message_stays_and_waits_for_the_new_answer(
    stage: Stage, recorded: int
) -> None:
    record = await answered(stage, "one", "two", "three", recorded=recorded)
    taken = await taken_over(stage.rest, record, RUNNING)
    (shown,) = stage.server.messages(stage.channel)[1:]
    assert shown.content == STILL_THINKING
    assert [button["custom_id"] for button in shown.buttons()] == [f"{Button.STOP}:{record.id}"]
    assert taken.screen == Screen((str(shown.id),))
    assert not taken.is_revised
    assert await taken_over(stage.rest, record, RUNNING) == taken


async def test_an_answer_that_was_deleted_is_posted_anew(stage: Stage) -> None:
    record = await answered(stage, "one")
    await stage.rest.delete_message(stage.channel.id, record.screen.messages[0])
    assert (await taken_over(stage.rest, record, RUNNING)).screen == Screen()


async def test_what_may_pass_is_tried_again_later(stage: Stage) -> None:
    record = await answered(stage, "one", "two")
    for method in ("GET", "PATCH", "DELETE"):
        stage.server.inject(Fault(method, "/channels/.*", status=503, times=4))
        with pytest.raises(ConnectorError):
            await taken_over(stage.rest, record, RUNNING)


async def test_where_nothing_can_be_removed_the_answer_goes_on(stage: Stage) -> None:
    record = await answered(stage, "one", "two")
    stage.server.set_overwrite(stage.channel, stage.server.bot_user, deny=VIEW_CHANNEL)
    taken = await taken_over(stage.rest, record, RUNNING)
    assert taken.screen == Screen(record.screen.messages[:1])


@pytest.mark.parametrize("recorded", [0, 2])
async def test_all_messages_of_an_answer_are_removed(stage: Stage, recorded: int) -> None:
    record = await answered(stage, "one", "two", recorded=recorded)
    for _ in range(2):
        await remove(stage.rest, record)
        assert stage.answers() == []


@pytest.mark.parametrize(
    ("screen", "expected"),
    [
        (Screen(("1",), left=1), Screen(("1",), left=1)),
        (
            Screen(left=2, base=3, behind=(Behind("1"), Behind("2"))),
            Screen(("2",), left=1, behind=(Behind("1"),)),
        ),
        (Screen(left=2, behind=(Behind("1"), Behind())), Screen(("1",))),
        (Screen(left=2, behind=(Behind(), Behind())), Screen()),
    ],
)
def test_what_no_place_took_stands_in_the_last_that_shows_it(
    screen: Screen, expected: Screen
) -> None:
    assert reached(screen) == expected


async def test_what_was_left_in_a_channel_is_deleted_with_the_rest(stage: Stage) -> None:
    record = await answered(stage, "one")
    behind = (Behind(record.screen.messages[0]),)
    await remove(stage.rest, replace(record, screen=Screen(left=1, behind=behind)))
    assert len(stage.server.messages(stage.channel)) == 1
