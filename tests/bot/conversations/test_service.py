import asyncio
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from bot.providers.question import Progress, Question
from bot.storage.turn import Turn
from connectors.database import DatabaseUnavailable
from tests.bot.conversations.talk import HERE, Talk

THREAD = replace(HERE, channel_id=11)
ELSEWHERE = replace(HERE, channel_id=6)


async def test_a_message_follows_the_one_it_replies_to_question_or_answer(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    await talk.say(20, "two", "second", parent=10)
    parent = talk.conversations.parent
    assert await parent(HERE, 30, reply_to=11) == 10
    assert await parent(HERE, 30, reply_to=20) == 20
    assert await parent(HERE, 30, reply_to=12) == 0


async def test_in_a_thread_a_message_follows_the_last_turn_before_it(talk: Talk) -> None:
    await talk.say(20, "two", "second", place=THREAD)
    await talk.say(40, "four", "fourth", place=THREAD, parent=20)
    parent = talk.conversations.parent
    assert await parent(THREAD, 30, goes_on=True) == 20
    assert await parent(THREAD, 50, goes_on=True) == 40
    assert await parent(THREAD, 50, reply_to=21, goes_on=True) == 20
    assert await parent(THREAD, 50) == 0


async def test_a_thread_goes_on_from_the_message_it_was_started_from(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    parent = await talk.conversations.parent(THREAD, 30, goes_on=True)
    assert parent == 10
    assert await talk.sent(parent, place=THREAD) == ["one", "first", "now"]


async def test_a_thread_without_a_message_can_be_told_where_it_goes_on_from(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    other = replace(HERE, channel_id=77)
    assert await talk.conversations.parent(other, 80, goes_on=True) == 0
    await talk.conversations.adopt(10, 77)
    assert await talk.conversations.parent(other, 80, goes_on=True) == 10


async def test_what_was_said_in_another_channel_is_never_followed(talk: Talk) -> None:
    await talk.say(10, "secret", "hidden")
    assert await talk.conversations.parent(ELSEWHERE, 30, reply_to=11) == 0
    assert await talk.sent(10, place=ELSEWHERE) == ["now"]


async def test_a_question_without_a_turn_is_not_kept(talk: Talk) -> None:
    question = Question("private")
    await talk.conversations.begin(HERE, question)
    await talk.conversations.answered(HERE, question, Progress("private"), ["11"])
    assert await talk.conversations.parent(HERE, 30, reply_to=11) == 0


async def test_an_answer_is_kept_even_if_its_question_could_not_be(talk: Talk) -> None:
    question = Question("one", turn=10, author="alice")
    await talk.conversations.answered(HERE, question, Progress("first"), ["11"])
    assert await talk.sent(10) == ["one", "first", "now"]


async def test_asking_again_replaces_the_answer(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    question = Question("one", turn=10, author="alice")
    await talk.conversations.answered(HERE, question, Progress("better"), ["12"])
    assert await talk.sent(10) == ["one", "better", "now"]
    assert await talk.conversations.parent(HERE, 30, reply_to=12) == 10


async def test_a_continued_answer_is_kept_whole(talk: Talk) -> None:
    question = Question("count", so_far="One, ", turn=10, author="alice")
    await talk.conversations.answered(HERE, question, Progress("two."), ["12"])
    assert await talk.sent(10) == ["count", "One, two.", "now"]


async def test_an_edited_question_is_asked_as_it_is_now(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    await talk.say(10, "another", "second")
    assert await talk.sent(10) == ["another", "second", "now"]


async def test_a_deleted_question_is_forgotten_with_its_answer(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    await talk.say(20, "two", "second", parent=10)
    gone = await talk.conversations.delete(10)
    assert gone is not None
    assert (gone.messages, gone.has_replies) == ((11,), True)
    assert await talk.sent(20) == ["two", "second", "now"]
    last = await talk.conversations.delete(20)
    assert last is not None
    assert not last.has_replies


async def test_a_deleted_question_is_sent_no_more_before_it_is_forgotten(talk: Talk) -> None:
    await talk.say(10, "why?", "because")
    await talk.say(20, "and then?", "tea", parent=10)
    talk.conversations.hide(10)
    assert await talk.sent(20) == ["and then?", "tea", "now"]


async def test_a_deleted_answer_is_forgotten_but_not_its_question(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    assert await talk.conversations.delete(11) is None
    assert await talk.sent(10) == ["one\n\nnow"]


async def test_what_the_bot_deletes_of_an_answer_itself_does_not_forget_it(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    await talk.conversations.disown(["11"])
    await talk.conversations.disown([])
    assert await talk.conversations.delete(11) is None
    assert await talk.sent(10) == ["one", "first", "now"]
    assert await talk.conversations.parent(HERE, 30, reply_to=11) == 0


async def test_without_a_database_the_bot_deletes_it_all_the_same(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talk.turns, "disown", away)
    await talk.conversations.disown(["11"])


async def away(*_: object) -> None:
    raise DatabaseUnavailable("away")


async def say_unsaved(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask and answer while the database is away."""
    with monkeypatch.context() as patch:
        patch.setattr(talk.turns, "answer", away)
        patch.setattr(talk.turns, "begin", away)
        await talk.say(10, "one", "first")


async def test_an_answer_that_ends_while_the_database_is_away_is_saved_when_it_is_back(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say_unsaved(talk, monkeypatch)
    assert await talk.sent(10) == ["one", "first", "now"]
    assert await talk.conversations.parent(HERE, 30, reply_to=11) == 10


async def test_answers_that_end_at_once_are_saved_once_each(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[int] = []
    save = talk.turns.answer

    async def counted(turn: Turn, messages: Sequence[int]) -> None:
        saved.append(turn.id)
        await save(turn, messages)

    monkeypatch.setattr(talk.turns, "answer", counted)
    await asyncio.gather(*(talk.say(n, "one", "first") for n in range(10, 60, 10)))
    assert sorted(saved) == [10, 20, 30, 40, 50]


async def test_an_answer_fails_to_be_saved_and_the_next_saves_both(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(talk.turns, "answer", away)
        await talk.say(10, "one", "first")
    await talk.say(20, "two", "second")
    monkeypatch.setattr(talk.turns, "answer", away)
    assert await talk.sent(10) == ["one", "first", "now"]


async def test_an_answer_that_is_not_saved_yet_can_be_replied_to(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await say_unsaved(talk, monkeypatch)
    parent = talk.conversations.parent
    assert await parent(HERE, 30, reply_to=11) == 10
    assert await parent(THREAD, 30, goes_on=True) == 10
    assert await parent(HERE, 30, reply_to=12) == 0
    assert await parent(ELSEWHERE, 30, reply_to=11) == 0


async def test_what_was_said_lately_is_found_without_the_database(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: int) -> None:
        raise DatabaseUnavailable("away")

    await talk.say(10, "one", "first")
    monkeypatch.setattr(talk.turns, "of_message", away)
    assert await talk.conversations.parent(HERE, 30, reply_to=10) == 10
    assert await talk.conversations.parent(HERE, 30, reply_to=11) == 10
    assert await talk.conversations.parent(ELSEWHERE, 30, reply_to=11) == 0


async def test_what_was_deleted_is_found_no_more_though_it_is_answered_late(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    await talk.conversations.delete(10)
    assert await talk.conversations.parent(HERE, 30, reply_to=11) == 0
    await talk.say(10, "one", "first")
    assert await talk.conversations.parent(HERE, 30, reply_to=11) == 0
