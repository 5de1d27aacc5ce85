from collections.abc import Mapping
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from bot.answers import texts
from bot.answers.closing import Closing, closing_job, closing_of, last_screen
from bot.answers.origin import Screen
from bot.answers.record import Record
from bot.providers.question import Progress
from connectors.local_scheduler import Job
from tests.bot.answers.test_record import ORIGIN, RECORD, job

NOTHING_READABLE: list[Mapping[str, Any]] = [
    {},
    {"origin": None},
    {"origin": [1]},
    {"origin": {"token": {"cipher": 1}, "private": "perhaps", "interaction_id": "x"}},
]


def damaged(payload: Mapping[str, Any], draft: Mapping[str, Any] | None = None) -> Job:
    return job(payload, draft)


def test_an_answer_that_can_be_read_keeps_its_text_and_its_buttons() -> None:
    closing = closing_of(job(RECORD.payload(), RECORD.draft()))
    assert (closing.record, closing.said) == (RECORD, texts.CRASHED)


def test_no_token_is_left_of_an_answer_that_has_ended() -> None:
    assert closing_of(job(RECORD.payload(), RECORD.draft())).rest() == RECORD.closed()
    assert closing_of(damaged({"origin": msgspec.to_builtins(ORIGIN)})).rest() == {}


def test_an_answer_without_a_word_says_that_it_never_began() -> None:
    nothing = replace(RECORD, progress=Progress())
    assert closing_of(job(nothing.payload(), nothing.draft())).said == texts.CRASHED_EARLY


@pytest.mark.parametrize("payload", NOTHING_READABLE)
def test_where_nothing_can_be_read_only_the_owner_reads_the_end(payload: Mapping[str, Any]) -> None:
    closing = closing_of(damaged(payload))
    assert closing.said == f"⚠️ {texts.FORGOTTEN}"
    origin = closing.origin
    assert (origin.user_id, origin.private, origin.expires_at) == (4, True, 0.0)
    assert origin.interaction_id == 0x2A


def test_a_place_that_can_be_read_is_used_though_the_rest_is_of_a_newer_release() -> None:
    newer = {
        "question": ["of a newer release"],
        "origin": {**msgspec.to_builtins(ORIGIN), "expires_at": {"at": "noon"}, "heading": 7},
    }
    origin = closing_of(damaged(newer)).origin
    assert (origin.token, origin.channel_id, origin.private) == ("a-token", 3, False)
    assert origin.expires_at > 0


def test_of_a_damaged_answer_only_the_last_message_changes() -> None:
    draft = {"heard": "?", "screen": {"messages": ["1", "2"], "left": 0}}
    assert last_screen(damaged({}, draft)) == Screen(("2",))
    assert last_screen(damaged({}, {"screen": {"messages": "?"}})) == Screen()


def test_the_job_that_ends_an_answer_is_read_back() -> None:
    parked = job(RECORD.payload(), RECORD.draft())
    new = closing_job(parked)
    assert msgspec.convert(new.payload, Closing).record == RECORD
    assert isinstance(Record.of(parked), Record)
    assert new.owner_id == 4
