from __future__ import annotations

import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from bot.answers import texts
from bot.answers.buttons import Button, button_row
from bot.answers.closed import GIVE_UP
from bot.answers.handover import HandedOver
from bot.answers.layout import Ending
from bot.answers.leftovers import (
    KIND,
    Leftover,
    Leftovers,
    forms,
    leftovers_of,
    show_by_token,
)
from bot.answers.origin import Behind, Screen
from bot.answers.record import Record
from bot.providers.question import Progress, Question
from bot.sandbox.discord_server.rules.permissions import READ_MESSAGE_HISTORY, VIEW_CHANNEL
from connectors import ApiRequestFailed
from connectors.discord import MessageBody, custom_ids
from connectors.local_scheduler import Job, KeptElsewhere, NewJob, Retry, Settled, State
from tests.bot.answers.conftest import Stage
from tests.bot.answers.test_revision import answered

ENDING = Ending("-# OpenAI", button_row("0f", Button.AGAIN))


class Rows:
    """A scheduler that only keeps jobs, or does not respond."""

    def __init__(self, error: Exception | None = None) -> None:
        self.new: list[NewJob] = []
        self.early: list[str] = []
        self._error = error

    def handler(self, kind: str, run: object) -> None:
        assert (kind, run is not None) == (KIND, True)

    async def run_now(self, job: NewJob) -> None:
        self.new.append(job)
        if self._error is not None:
            raise self._error

    async def of_guild(self, _: int, *, kind: str) -> list[Job]:
        return [attempt(job) for job in self.new if job.kind == kind]

    async def change(self, job_id: str, *, owner_id: int, next_run: datetime) -> None:
        assert (owner_id > 0, next_run <= datetime.now(UTC)) == (True, True)
        self.early.append(job_id)


class Attempt(Job, frozen=True):
    async def ensure_claim(self) -> None:
        """Hold it."""

    def check_claim(self) -> None:
        """Hold it."""


def attempt(job: NewJob, *, age: timedelta = timedelta()) -> Any:
    now = datetime.now(UTC)
    facts: dict[str, Any] = {"owner_id": job.owner_id, "payload": dict(job.payload), "attempts": 1}
    facts |= {"next_run": now, "created_at": now - age}
    return Attempt(id=str(job.id), kind=job.kind, state=State.RUNNING, **facts)


def leftovers(stage: Stage, rows: Rows) -> Leftovers:
    scheduler: Any = rows
    return Leftovers(scheduler, stage.rest)


async def left(stage: Stage, content: str = "One,", text: str = "One, two.") -> Record:
    """Return an answer of which a message with a Stop button stands where it could not go on."""
    record = await answered(stage)
    stop = button_row(record.id, Button.STOP)
    shown = await stage.rest.create_message(stage.channel.id, MessageBody(content, stop))
    screen = Screen(("1",), left=1, read=len(content), behind=(Behind(shown.id),))
    return replace(record, screen=screen, progress=Progress(text))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("One,", "One,"),
        (texts.STILL_THINKING, texts.MOVED),
        (texts.STILL_WRITING.format(length=9_000), texts.MOVED),
    ],
)
async def test_what_an_answer_has_left_loses_its_buttons(
    stage: Stage, content: str, expected: str
) -> None:
    rows, record = Rows(), await left(stage, content)
    await leftovers(stage, rows).tidy(record, None)
    (job,) = rows.new
    assert await leftovers(stage, rows).run(attempt(job)) == Settled(None, {})
    (shown,) = stage.server.messages(stage.channel)[1:]
    assert (shown.content, shown.buttons()) == (expected, [])


async def test_what_is_shown_nowhere_else_ends_there_with_all_of_it_in_a_file(
    stage: Stage,
) -> None:
    rows, record = Rows(), await left(stage)
    await leftovers(stage, rows).tidy(record, ENDING)
    await leftovers(stage, rows).run(attempt(rows.new[0]))
    (shown,) = stage.server.messages(stage.channel)[1:]
    assert shown.content == f"One,\n{texts.ALL_IN_FILE}\n{texts.UNSENT}\n-# OpenAI"
    assert shown.attachments[0].data == b"One, two."
    assert len(shown.buttons()) == 1


async def test_a_channel_that_is_closed_is_looked_at_again_and_given_up_after_days(
    stage: Stage,
) -> None:
    rows, record = Rows(), await left(stage)
    tidy = leftovers(stage, rows)
    await tidy.tidy(record, None)
    stage.server.set_overwrite(stage.channel, stage.server.bot_user, deny=VIEW_CHANNEL)
    assert isinstance(await tidy.run(attempt(rows.new[0])), Retry)
    assert await tidy.run(attempt(rows.new[0], age=GIVE_UP * 2)) == Settled(None, {})
    await tidy.look_again(1)
    assert rows.early == [rows.new[0].id]
    stage.server.remove_channel(stage.channel)
    assert await tidy.run(attempt(rows.new[0])) == Settled(None, {})


async def test_where_it_cannot_be_read_only_the_buttons_go(stage: Stage) -> None:
    rows, record = Rows(), await left(stage)
    await leftovers(stage, rows).tidy(record, None)
    bot = stage.server.bot_user
    stage.server.set_overwrite(stage.channel, bot, deny=READ_MESSAGE_HISTORY)
    assert await leftovers(stage, rows).run(attempt(rows.new[0])) == Settled(None, {})
    (shown,) = stage.server.messages(stage.channel)[1:]
    assert (shown.content, shown.buttons()) == ("One,", [])


@pytest.mark.parametrize("known", [True, False])
async def test_a_message_that_discord_never_confirmed_is_found(
    stage: Stage, *, known: bool
) -> None:
    rows, record = Rows(), await left(stage)
    first = record.screen.behind[0].message_id
    stop = button_row(record.id, Button.STOP)
    last = await stage.rest.create_message(stage.channel.id, MessageBody("two", stop))
    if not known:
        await stage.rest.delete_message(stage.channel.id, first)
    behind = (Behind(first if known else "", is_doubtful=True),)
    record = replace(record, screen=replace(record.screen, behind=behind))
    await leftovers(stage, rows).tidy(record, None)
    await leftovers(stage, rows).run(attempt(rows.new[0]))
    shown = stage.server.messages(stage.channel)[-1]
    assert (str(shown.id), shown.content, shown.buttons()) == (last.id, texts.MOVED, [])


async def test_what_goes_on_in_the_same_direct_messages_is_left_alone(stage: Stage) -> None:
    rows, record = Rows(), await answered(stage)
    again = button_row(record.id, Button.AGAIN)
    end = await stage.rest.create_message(stage.channel.id, MessageBody("two", again))
    behind = (Behind(is_doubtful=True),)
    screen = Screen((end.id,), left=1, behind=behind)
    await leftovers(stage, rows).tidy(replace(record, screen=screen), None)
    await leftovers(stage, rows).run(attempt(rows.new[0]))
    shown = stage.server.messages(stage.channel)[-1]
    assert (str(shown.id), shown.content, len(shown.buttons())) == (end.id, "two", 1)


@pytest.mark.parametrize(
    ("error", "buttons"), [(KeptElsewhere("0f"), 1), (ApiRequestFailed("database"), 0)]
)
async def test_without_the_ledger_it_is_tried_once(
    stage: Stage, error: Exception, buttons: int
) -> None:
    await leftovers(stage, Rows(error)).tidy(await left(stage), None)
    assert len(stage.server.messages(stage.channel)[1].buttons()) == buttons


async def test_only_one_of_two_places_shows_the_end(stage: Stage) -> None:
    record = await left(stage)
    record = replace(
        record, screen=replace(record.screen, left=2, behind=(Behind("5"), Behind("6")))
    )
    ending = replace(ENDING, components=button_row("0f", Button.AGAIN, Button.REPLY, Button.THREAD))
    last, first = leftovers_of(record, ending)
    assert (last.channel_id, last.message_id) == (0, "6")
    assert list(custom_ids(last.components)) == [f"{Button.AGAIN}:0f"]
    assert first == Leftover(record.origin.channel_id, "5", record.origin.interaction_id)
    hidden = replace(record, origin=replace(record.origin, private=True))
    assert [leftover.message_id for leftover in leftovers_of(hidden, None)] == ["6"]


@pytest.mark.parametrize("is_old", [False, True])
async def test_what_nobody_sees_is_tried_again_as_a_whole_for_an_hour(
    stage: Stage, caplog: pytest.LogCaptureFixture, *, is_old: bool
) -> None:
    record = await answered(stage)
    screen, origin = Screen(left=2, behind=(Behind(is_doubtful=True), Behind())), record.origin
    origin = replace(origin, interaction_id=1) if is_old else origin
    record = replace(record, screen=screen, origin=origin)
    with nullcontext() if is_old else pytest.raises(HandedOver) as raised:
        await leftovers(stage, Rows()).tidy(record, ENDING)
    assert ("could not be delivered" in caplog.text) is is_old
    assert is_old or (raised is not None and isinstance(raised.value.later, Retry))


def test_a_full_message_is_shortened_for_the_lines_below_it() -> None:
    whole = "```python\n" + "x = 1\n" * 330 + "```"
    with_file, without = forms(Leftover(1, "2", 3, said="-# OpenAI", text="text"), whole)
    assert [file.name for file in with_file.files] == ["answer.md"]
    for body in (with_file, without):
        assert len(body.content) <= 2000
        assert "x = 1\n```\n" in body.content


LAST = Ending("-# The end.", button_row("0f", Button.AGAIN, Button.REPLY))


async def moved(stage: Stage, shown: str = "", text: str = "", *, left_s: float = 0.0) -> Record:
    """Return a private answer that has left its place, where it shows some of its text."""
    origin = replace(await stage.origin(private=True), expires_at=time.time() + left_s)
    behind = Behind()
    if shown:
        body = MessageBody(shown, button_row("0f", Button.STOP))
        first = await stage.rest.edit_original(*origin.webhook, body)
        behind = Behind(first.id)
    screen = Screen(left=1, behind=(behind,), base=len(shown), read=len(shown))
    record = Record.new(Question("why?"), origin)
    return replace(record, progress=Progress(text or shown), screen=screen)


@pytest.mark.parametrize(("left_s", "note"), [(0.0, texts.GOES_ON_IN_DM), (500.0, texts.MOVED)])
@pytest.mark.parametrize(("shown", "above"), [("", ""), ("Half.", "Half.\n")])
async def test_what_is_left_says_where_it_goes_on_and_why(
    stage: Stage, shown: str, above: str, left_s: float, note: str
) -> None:
    await show_by_token(stage.rest, await moved(stage, shown, left_s=left_s), None)
    (message,) = stage.server.messages(stage.channel, viewer=stage.alice)
    assert (message.content, message.components) == (f"{above}{note}", [])


async def test_the_end_is_shown_where_it_began_with_all_that_is_not_shown(stage: Stage) -> None:
    assert await show_by_token(stage.rest, await moved(stage, "Half.", "Half. Whole."), LAST)
    (message,) = stage.server.messages(stage.channel, viewer=stage.alice)
    assert message.content == f"Half.\n{texts.ALL_IN_FILE}\n{texts.UNSENT}\n-# The end."
    assert [file.data for file in message.attachments] == [b"Half. Whole."]
    assert custom_ids(message.components) == {f"{Button.AGAIN}:0f", f"{Button.REPLY}:0f"}


async def test_an_expired_token_shows_nothing_more(stage: Stage) -> None:
    record = await moved(stage, "Half.")
    stage.used.expire()
    assert not await show_by_token(stage.rest, record, None)
    assert not await show_by_token(stage.rest, record, LAST)
    assert stage.contents() == ["Half."]
