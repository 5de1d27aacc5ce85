from typing import Any

import pytest
from msgspec.structs import replace

from bot.answers.buttons import Button, button_row
from bot.answers.origin import Behind, Origin, Screen
from bot.answers.posts import DirectSurface, ReplySurface
from bot.answers.record import Record
from bot.answers.resume import AnswerEnded, look, why_stopped
from bot.answers.surfaces import InteractionSurface
from bot.answers.texts import CRASHED_EARLY, PAUSED, STILL_THINKING
from bot.answers.waiting import note
from bot.providers.question import Progress, Question
from bot.sandbox.discord_server import Fault
from connectors import ConnectorError
from connectors.discord import MessageBody
from connectors.local_scheduler import Job, State
from connectors.local_scheduler.job import EPOCH
from tests.bot.answers.conftest import Stage

ID = "0123456789abcdef"


class Left:
    """An answer of alice that a process began and left."""

    def __init__(self, stage: Stage, record: Record, surface: InteractionSurface) -> None:
        self.stage, self.record, self.surface = stage, record, surface

    async def shows(self, content: str, *buttons: Button) -> str:
        """Show this in the next message of the answer; return its id."""
        return await self.surface.create(MessageBody(content, button_row(ID, *buttons)))

    def knows(self, text: str, *messages: str) -> None:
        """Save so much of it in the ledger."""
        screen = Screen(messages, read=len(text))
        self.record = replace(self.record, progress=Progress(text), screen=screen)

    async def look(self) -> Record:
        return await look(self.stage.rest, self.record)


async def left(stage: Stage, *, private: bool = False) -> Left:
    stage.now = 2e9  # so that the token is alive until 2033
    origin = await stage.origin(private=private)
    return Left(stage, Record(ID, Question("why?"), origin), stage.surface(origin))


async def test_what_the_screen_says_beyond_what_was_kept_counts(stage: Stage) -> None:
    answer = await left(stage)
    first = await answer.shows("One, two, three", Button.STOP)
    answer.knows("One,", first)
    found = await answer.look()
    assert found.progress.text == "One, two, three"
    assert found.screen == Screen((first,), read=15)


async def test_a_space_that_the_screen_does_not_show_is_not_doubled(stage: Stage) -> None:
    answer = await left(stage)
    first = await answer.shows("One, two", Button.STOP)
    answer.knows("One, ", first)
    assert (await answer.look()).progress.text == "One, two"


async def test_what_was_kept_beyond_the_screen_counts(stage: Stage) -> None:
    answer = await left(stage)
    first = await answer.shows("One,", Button.STOP)
    answer.knows("One, two", first)
    assert (await answer.look()).progress.text == "One, two"


async def test_first_words_that_were_not_kept_are_found(stage: Stage) -> None:
    answer = await left(stage)
    first = await answer.shows("One,", Button.STOP)
    found = await answer.look()
    assert (found.progress.text, found.screen.messages) == ("One,", (first,))


@pytest.mark.parametrize("line", [STILL_THINKING, PAUSED, note("OpenAI", 45)])
async def test_a_note_is_no_part_of_the_text(stage: Stage, line: str) -> None:
    answer = await left(stage)
    first = await answer.shows(f"One,\n{line}", Button.STOP)
    answer.knows("One", first)
    assert (await answer.look()).progress.text == "One,"


@pytest.mark.parametrize("line", [STILL_THINKING, note("LM Studio", 150)])
async def test_a_note_alone_is_no_text(stage: Stage, line: str) -> None:
    answer = await left(stage)
    await answer.shows(line, Button.STOP)
    assert (await answer.look()).progress.text == ""


async def test_what_closes_a_code_block_on_the_screen_is_no_part_of_the_text(stage: Stage) -> None:
    answer = await left(stage)
    first = await answer.shows("```py\nx = 1\ny = 2\n```", Button.STOP)
    answer.knows("```py\nx = 1\n", first)
    assert (await answer.look()).progress.text == "```py\nx = 1\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Look: ||the but", "Look: ||the but||"),
        ("Look:\n```py\nx = 1", "Look:\n```py\nx = 1\n```"),
        ("Look: ||```py\nx = 1", "Look: ||```py\nx = 1\n```||"),
        ("Look: ||the butler||!", "Look: ||the butler||!"),
    ],
)
async def test_what_closes_the_beginning_of_something_is_no_part_of_the_text(
    stage: Stage, text: str, shown: str
) -> None:
    answer = await left(stage)
    first = await answer.shows(shown, Button.STOP)
    answer.knows("Look:", first)
    assert (await answer.look()).progress.text == text


async def test_nothing_but_thinking_begins_anew(stage: Stage) -> None:
    answer = await left(stage)
    assert await answer.look() == answer.record


async def test_an_answer_with_its_end_is_over(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One.\n-# OpenAI", Button.AGAIN))
    with pytest.raises(AnswerEnded) as raised:
        await answer.look()
    assert not raised.value.deleted


async def test_an_end_in_a_message_that_was_not_kept_is_over(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One"))
    last = await answer.shows("two.\n-# OpenAI", Button.AGAIN)
    with pytest.raises(AnswerEnded) as raised:
        await answer.look()
    assert raised.value.found == last
    assert len(stage.contents()) == 2


async def test_a_message_made_in_the_last_moment_is_taken_away(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", first := await answer.shows("One"))
    await answer.shows("two", Button.STOP)
    assert (await answer.look()).screen.messages == (first,)
    assert stage.contents() == ["One"]


async def test_a_message_made_in_the_last_moment_is_found_among_many_others(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One"))
    await stage.chatter(120)
    await answer.shows("two", Button.STOP)
    await answer.look()
    assert stage.answers() == ["One"]


async def test_a_full_message_made_in_the_last_moment_is_taken_away(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One"))
    await answer.shows("two")  # it has no buttons, but says to what it responds
    await answer.look()
    assert stage.answers() == ["One"]


async def test_a_first_message_in_the_channel_that_was_not_kept_is_taken_away(
    stage: Stage,
) -> None:
    answer = await left(stage)
    stage.used.expire()
    await answer.shows("One", Button.STOP)
    assert await answer.look() == answer.record
    assert "One" not in stage.answers()


async def test_an_end_in_a_direct_message_that_was_not_kept_is_over(stage: Stage) -> None:
    answer = await left(stage)
    answer.record = replace(answer.record, screen=Screen(left=1))
    direct = DirectSurface(stage.rest, answer.record.origin)
    await direct.create(MessageBody("One", button_row(ID, Button.AGAIN)))
    with pytest.raises(AnswerEnded):
        await answer.look()


@pytest.mark.parametrize("why", ["private", "unreadable", "unreadable reply"])
async def test_an_end_in_a_direct_message_counts_where_its_own_place_cannot_be_seen(
    stage: Stage, why: str
) -> None:
    answer = await left(stage, private=why == "private")
    stage.used.expire()
    if why != "private":
        answer.record = replace(answer.record, origin=replace(answer.record.origin, guild_id=1))
        refused = {"message": "Missing Access", "code": 50001}
        path = f"/channels/{stage.channel.id}/.*"
        stage.server.inject(Fault("GET", path, status=403, json=refused, times=9))
    if why == "unreadable reply":
        asked = await stage.server.post(stage.alice, stage.channel, "why?")
        answer.record = replace(
            answer.record, origin=replace(answer.record.origin, message_id=asked.id)
        )
    direct = DirectSurface(stage.rest, answer.record.origin)
    await direct.create(MessageBody("One", button_row(ID, Button.STOP)))
    assert await answer.look() == answer.record
    assert stage.answers(stage.server.dm(stage.alice)) == []
    await direct.create(MessageBody("One", button_row(ID, Button.AGAIN)))
    with pytest.raises(AnswerEnded):
        await answer.look()


async def test_what_stands_in_direct_messages_stays_where_the_rest_follows_there(
    stage: Stage,
) -> None:
    dm = stage.server.dm(stage.alice)
    answer = await left(stage)
    stop = button_row(ID, Button.STOP)
    first = await stage.rest.create_message(dm.id, MessageBody("One", stop))
    screen = Screen(left=1, base=3, behind=(Behind(first.id),))
    origin = replace(answer.record.origin, channel_id=dm.id)
    answer.record = replace(answer.record, origin=origin, screen=screen)
    await DirectSurface(stage.rest, origin, screen=lambda: screen).create(MessageBody("two", stop))
    assert await answer.look() == answer.record
    assert stage.answers(dm) == ["One"]


async def test_while_discord_is_away_nothing_is_written_anew(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One"))
    stage.server.inject(Fault("GET", "/channels/.*", status=503, times=4))
    with pytest.raises(ConnectorError):
        await answer.look()


async def test_messages_of_others_stay(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One"))
    await stage.rest.create_message(
        stage.channel.id, MessageBody("else", button_row("f" * 16, Button.STOP))
    )
    await answer.look()
    assert stage.contents() == ["One", "else"]


async def test_a_deleted_answer_is_over(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", first := await answer.shows("One", Button.STOP))
    await stage.rest.delete_message(stage.channel.id, first)
    with pytest.raises(AnswerEnded) as raised:
        await answer.look()
    assert raised.value.deleted


async def test_when_the_token_is_dead_the_channel_is_asked(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One, two", Button.STOP))
    stage.used.expire()
    assert (await answer.look()).progress.text == "One, two"
    assert stage.paths[-1] == "GET channels"


async def test_of_a_private_answer_with_a_dead_token_nothing_is_seen(stage: Stage) -> None:
    answer = await left(stage, private=True)
    answer.knows("One", await answer.shows("One, two", Button.STOP))
    stage.used.expire()
    assert await answer.look() == answer.record


async def test_a_private_answer_is_seen_by_its_token(stage: Stage) -> None:
    answer = await left(stage, private=True)
    answer.knows("One", await answer.shows("One, two", Button.STOP))
    assert (await answer.look()).progress.text == "One, two"


async def test_a_discord_that_is_away_is_waited_for(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One", Button.STOP))
    stage.server.inject(Fault("GET", status=503, times=99))
    with pytest.raises(ConnectorError) as raised:
        await answer.look()
    assert raised.value.retryable


async def test_a_channel_that_may_not_be_read_ends_nothing(stage: Stage) -> None:
    answer = await left(stage)
    answer.knows("One", await answer.shows("One", Button.STOP))
    stage.used.expire()
    refused = {"message": "Missing Access", "code": 50001}
    stage.server.inject(Fault("GET", "/channels/.*", status=403, json=refused))
    assert await answer.look() == answer.record


async def test_a_reply_that_was_not_recorded_goes_on(stage: Stage) -> None:
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    origin = Origin.of_message(
        question.id,
        application_id=stage.server.application_id,
        channel_id=stage.channel.id,
        guild_id=None,
        user_id=stage.alice.id,
    )
    record = Record.new(Question("why?"), origin)
    surface = ReplySurface(stage.rest, origin)
    stop = button_row(record.id, Button.STOP)
    first = await surface.create(MessageBody("One,", stop))
    found = await look(stage.rest, record)
    assert (found.progress.text, found.screen.messages) == ("One,", (first,))
    await surface.edit(first, MessageBody("One,"))
    second = await surface.create(MessageBody("two", stop))
    known = replace(found, progress=Progress("One, two"))
    assert (await look(stage.rest, known)).screen.messages == (first, second)
    await surface.edit(second, MessageBody("two", button_row(record.id, Button.AGAIN)))
    with pytest.raises(AnswerEnded) as raised:
        await look(stage.rest, known)
    assert raised.value.found == second


async def test_what_nobody_could_be_shown_begins_again_in_its_first_place(stage: Stage) -> None:
    answer = await left(stage)
    everywhere = Screen(left=2, base=4, read=4, behind=(Behind(), Behind(is_doubtful=True)))
    answer.record = replace(answer.record, screen=everywhere)
    assert (await answer.look()).screen == Screen()


@pytest.mark.parametrize(("finish_reason", "line"), [("stop", ""), (None, CRASHED_EARLY)])
async def test_what_is_complete_is_not_called_interrupted_however_old_it_is(
    stage: Stage, finish_reason: str | None, line: str
) -> None:
    record = (await left(stage)).record
    record = replace(record, progress=Progress(finish_reason=finish_reason))
    old: Any = Job(id=ID, kind="answer", owner_id=1, next_run=EPOCH, state=State.RUNNING)
    assert why_stopped(record, old) == line
