from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import asdict, replace

from bot.answers.origin import Origin, Screen
from bot.answers.record import Address, Record
from bot.providers.question import Progress, Question
from connectors.local_scheduler import Job, State, UnreadablePayload, payload_as
from connectors.local_scheduler.job import EPOCH

ORIGIN = Origin(
    application_id=1,
    token="a-token",
    interaction_id=0x2A,
    channel_id=3,
    guild_id=None,
    user_id=4,
    private=False,
    expires_at=840.0,
    heading="> **alice:** why?",
)
RECORD = replace(
    Record.new(Question("why?", "openai"), ORIGIN),
    progress=Progress("One", "hm", "openai", "small"),
    screen=Screen(("1", "2"), read=3, surplus=("9",)),
)


def job(payload: Mapping[str, Any], draft: Mapping[str, Any] | None = None) -> Job:
    return Job(
        id=RECORD.id,
        kind="answer",
        owner_id=4,
        next_run=EPOCH,
        state=State.ACTIVE,
        payload=dict(payload),
        draft=dict(draft or {}),
    )


def test_the_ledger_gives_back_what_it_was_given() -> None:
    record = replace(RECORD, reasons=("for managers", "for the owner"))
    assert Record.of(job(record.new_job().payload, record.draft())) == record


def test_a_stopped_answer_keeps_how_far_it_had_come() -> None:
    stopped = replace(RECORD, stopped=True)
    assert Record.of(job(stopped.payload(), {"heard": {"text": "One, two"}})) == stopped


def test_an_answer_that_ended_keeps_no_token() -> None:
    closed = replace(RECORD, stopped=True).closed()
    assert "a-token" not in str(closed)
    assert not Record.of(job(closed)).stopped


def test_a_row_of_the_first_release_is_read() -> None:
    payload = {
        "question": {"prompt": "why?", "provider": None, "model": None, "so_far": ""},
        "origin": {k: v for k, v in asdict(ORIGIN).items() if k != "heading"},
    }
    draft = {"heard": {"text": "One"}, "screen": {"messages": ["1"], "left": 0, "read": 3}}
    record = Record.of(job(payload, draft))
    assert (record.question, record.origin) == (Question("why?"), replace(ORIGIN, heading=""))
    assert (record.progress, record.screen) == (Progress("One"), Screen(("1",), read=3))


@pytest.mark.parametrize(
    ("payload", "draft", "said"),
    [
        ({"question": {"prompt": "why?"}}, {}, "stored data cannot be read (.*`origin`)"),
        (
            {**RECORD.payload(), "question": "secret"},
            {},
            r"stored data cannot be read (.*\$.question)",
        ),
        (RECORD.payload(), {"heard": "secret"}, r"draft cannot be read (.*\$.heard)"),
    ],
)
def test_a_row_that_is_no_answer_names_the_field_and_no_value(
    payload: Mapping[str, Any], draft: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(UnreadablePayload, match=said) as raised:
        Record.of(job(payload, draft))
    assert "secret" not in str(raised.value)


def test_where_an_answer_is_shown_is_read_without_its_question() -> None:
    payload = job({"question": 1, "origin": asdict(ORIGIN)})
    assert payload_as(payload, Address).origin == ORIGIN
