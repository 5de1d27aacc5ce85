import time

from msgspec.structs import replace

from bot.answers.origin import Origin
from bot.answers.record import Record
from bot.providers.question import Question


def test_an_answer_to_a_message_shows_everybody_what_they_can_see_above_it() -> None:
    origin = Origin.of_message(7, application_id=1, channel_id=5, guild_id=6, user_id=2)
    assert (origin.interaction_id, origin.message_id) == (7, 7)
    assert (origin.lead, origin.is_hidden, origin.token) == ("", False, "")


def test_what_processes_store_of_one_message_differs_by_when_they_heard_of_it() -> None:
    before = time.time()
    origin = Origin.of_message(7, application_id=1, channel_id=5, guild_id=6, user_id=2)
    assert before <= origin.heard_at <= time.time()
    later = replace(origin, heard_at=origin.heard_at + 0.001)
    stored = [Record.new(Question("why?"), heard).payload() for heard in (origin, later)]
    assert stored[0] != stored[1]
