from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from bot.answers import unkept
from bot.answers.answer import Answer
from bot.answers.dependencies import Dependencies
from bot.answers.origin import Origin
from bot.answers.record import Record
from bot.answers.unkept import Unkept
from bot.errors import OUR_FAULT
from bot.providers.catalog import Catalog
from bot.providers.question import Question
from connectors.discord import snowflake_time, time_snowflake
from tests.bot.answers.conftest import Stage
from tests.bot.providers.scripted import Cast, ToAll


class Writer:
    """Cannot show an answer, or fails, in turn; then writes it."""

    def __init__(self, *outcomes: float | Exception) -> None:
        self.outcomes = list(outcomes)
        self.written: list[str] = []
        self.waited: list[float] = []
        self.is_ended = False

    async def write(self, answer: Answer) -> float | None:
        self.written.append(answer.record.id)
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def look(self, answer: Answer) -> Answer | None:
        return None if self.is_ended else answer

    async def sleep(self, wait_s: float) -> None:
        self.waited.append(wait_s)


async def written(
    stage: Stage, writer: Writer, origin: Origin | None = None
) -> tuple[Unkept, Record]:
    cast = Cast({})
    routing: Any = ToAll(cast)
    dependencies = Dependencies(cast, Catalog(cast), routing, stage.rest)
    record = Record.new(Question("why?"), origin or await stage.origin())
    answers = Unkept(stage.rest, writer.write, writer.look, writer.sleep)
    await answers.write(Answer(record, dependencies, None))
    return answers, record


async def test_what_nobody_could_be_shown_is_shown_again(stage: Stage) -> None:
    writer = Writer(20.0, 20.0)
    answers, record = await written(stage, writer)
    assert (writer.written, writer.waited) == ([record.id] * 3, [20.0] * 2)
    assert answers.get(record.id) == record


async def test_what_was_seen_after_all_is_not_shown_again(stage: Stage) -> None:
    writer = Writer(20.0)
    writer.is_ended = True
    _, record = await written(stage, writer)
    assert writer.written == [record.id]


def heard(message_id: int, *, after_s: float) -> Origin:
    origin = Origin.of_message(message_id, application_id=1, channel_id=2, guild_id=None, user_id=3)
    return replace(origin, heard_at=snowflake_time(message_id).timestamp() + after_s)


async def test_a_message_may_be_answered_already(stage: Stage) -> None:
    sent = time_snowflake(datetime(2030, 1, 1, tzinfo=UTC))
    for after_s, is_ended, times in ((3600.0, True, 0), (3600.0, False, 1), (0.1, True, 0)):
        writer = Writer()
        writer.is_ended = is_ended
        await written(stage, writer, heard(sent, after_s=after_s))
        assert len(writer.written) == times, (after_s, is_ended)


async def test_an_edit_is_answered_again(stage: Stage) -> None:
    sent = time_snowflake(datetime(2030, 1, 1, tzinfo=UTC))
    writer = Writer()
    writer.is_ended = True
    await written(stage, writer, replace(heard(sent, after_s=3600.0), revision=1))
    assert len(writer.written) == 1


async def test_a_bug_is_told(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    await written(stage, Writer(ZeroDivisionError()))
    assert OUR_FAULT in stage.answers()[-1]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


async def test_what_the_ledger_holds_by_now_is_left_to_it(stage: Stage) -> None:
    answers, record = await written(stage, Writer())
    answers.forget(record.id)
    assert answers.get(record.id) is None


async def test_only_so_many_are_remembered(stage: Stage, monkeypatch: Any) -> None:
    monkeypatch.setattr(unkept, "AT_MOST", 0)
    answers, record = await written(stage, Writer())
    assert answers.get(record.id) is None
