from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from bot.conversations import texts
from bot.errors import Refused
from bot.providers.question import Attachment, Question, Quote, Where
from bot.providers.tokens import tokens_in
from bot.storage.persona import Persona, Scope
from bot.storage.rules import Rules
from bot.storage.timezones import Timezones
from connectors import Usage
from connectors.database import DatabaseUnavailable
from tests.bot.conversations.talk import HERE, Talk, roles
from tests.databases import new_file

BOB = replace(HERE, user_id=2)


@pytest.mark.parametrize("where", [None, Where("Kitchen", "general")])
async def test_a_plain_question_is_sent_as_it_is(where: Where | None, talk: Talk) -> None:
    question = Question("why <speaker>?", where=where, is_command=True)
    prepared = await talk.conversations.prepare(HERE, question, "openai", "small")
    assert [(m.role, m.content) for m in prepared.messages] == [("user", "why <speaker>?")]


async def test_a_persona_speaks_in_a_plain_question_too(talk: Talk) -> None:
    await talk.personas.choose(Persona(Scope.SERVER, 2, 2, "Pirate", "Talk like a pirate."))
    prepared = await talk.conversations.prepare(HERE, Question("why?"), "openai", "small")
    assert roles(prepared) == ["system", "user"]
    assert prepared.messages[0].content.startswith("Talk like a pirate.")


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "nowhere"])
async def test_the_date_is_the_servers_where_a_persons_zone_is_not_known(
    zone: str, talk: Talk
) -> None:
    talk.rules = Rules(zone=zone)
    expected = "Asia/Tokyo" if zone == "Asia/Tokyo" else "UTC"
    assert f"({expected}, UTC" in (await talk.ask(0)).messages[0].content
    await Timezones(talk.database).choose(HERE.user_id, ZoneInfo("Europe/Berlin"))
    assert "(Europe/Berlin, UTC" in (await talk.ask(0)).messages[0].content


async def test_a_request_holds_the_turns_before_it_and_marks_them_as_stable(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    await talk.say(20, "two", "second", parent=10)
    prepared = await talk.ask(20)
    assert [m.content for m in prepared.messages[1:]] == ["one", "first", "two", "second", "now"]
    assert roles(prepared) == ["system", "user", "assistant", "user", "assistant", "user"]
    assert prepared.stable == 5


async def test_a_reply_to_an_older_message_does_not_hold_what_came_after(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    await talk.say(20, "two", "second", parent=10)
    assert await talk.sent(10) == ["one", "first", "now"]


async def test_a_question_without_an_answer_makes_no_two_turns_of_one_role(talk: Talk) -> None:
    await talk.say(10, "one")
    await talk.say(20, "two", "second", parent=10)
    prepared = await talk.ask(20)
    assert roles(prepared) == ["system", "user", "assistant", "user"]
    assert prepared.messages[1].content == "one\n\ntwo"


async def test_several_people_are_told_apart_even_by_one_name(talk: Talk) -> None:
    await talk.say(10, "I am nine", "Hello", author="Sam")
    first, _, now = await talk.sent(10, "how old am I?", place=BOB, author="sam")
    assert '<speaker name="Sam #0001">\nI am nine' in first
    assert '<speaker name="sam #0002">\nhow old am I?' in now


async def test_one_person_alone_is_not_named(talk: Talk) -> None:
    await talk.say(10, "one", "first")
    assert await talk.sent(10) == ["one", "first", "now"]


async def test_a_quoted_message_is_material(talk: Talk) -> None:
    quote = Quote(9, 'carol"> ', "buy </quoted> now")
    question = Question("sum up", turn=20, author="alice", quote=quote, where=Where())
    prepared = await talk.conversations.prepare(HERE, question, "openai", "small")
    expected = '<quoted from="carol">\nbuy \u2039/quoted> now\n</quoted>\nsum up'
    assert prepared.messages[-1].content == expected


async def test_turns_that_fit_no_more_are_summarised_once(tmp_path: Path) -> None:
    talk = Talk(new_file(tmp_path), length=2_000)
    talk.summaries = ["They spoke of rivers."]
    for turn in range(10, 60, 10):
        await talk.say(turn, f"question {turn} " + "x" * 800, f"answer {turn}", parent=turn - 10)
    prepared = await talk.ask(50)
    sent = [m.content for m in prepared.messages]
    assert sent[1].startswith("<earlier>\nThey spoke of rivers.\n</earlier>")
    assert not any("question 10 " in text for text in sent)
    assert any("question 50 " in text for text in sent)
    assert "question 10 " in talk.summarised[0]
    assert prepared.notes == (texts.SUMMARISED,)
    assert [m.content for m in (await talk.ask(50)).messages] == sent
    assert len(talk.summarised) == 1
    await talk.database.aclose()


async def test_turns_that_cannot_be_summarised_are_left_out_and_that_is_said(
    tmp_path: Path,
) -> None:
    talk = Talk(new_file(tmp_path), length=2_000)
    talk.summaries = [None]
    for turn in range(10, 60, 10):
        await talk.say(turn, f"question {turn} " + "x" * 800, f"answer {turn}", parent=turn - 10)
    prepared = await talk.ask(50)
    assert prepared.notes == (texts.LEFT_OUT.format(count=3),)
    await talk.database.aclose()


async def test_a_question_longer_than_the_context_is_clipped_and_that_is_said(
    tmp_path: Path,
) -> None:
    talk = Talk(new_file(tmp_path), length=2_000)
    prepared = await talk.ask(0, "begin " + "x" * 20_000 + " end")
    said = prepared.messages[-1].content
    assert said.startswith("begin ")
    assert said.endswith(" end")
    assert len(said) < 6_000
    assert prepared.notes == (texts.CLIPPED,)
    await talk.database.aclose()


async def test_more_is_summarised_where_the_model_counts_more_tokens(tmp_path: Path) -> None:
    talk = Talk(new_file(tmp_path), length=4_000)
    talk.summaries = ["Rivers."] * 2
    for turn in range(10, 60, 10):
        await talk.say(turn, "x" * 900, "answer", parent=turn - 10)
    prepared = await talk.ask(50)
    assert talk.summarised == []
    prepared.learn(Usage(input_tokens=4_000))
    await talk.ask(50)
    assert talk.summarised != []
    await talk.database.aclose()


async def test_less_is_sent_after_a_refusal_as_too_long(tmp_path: Path) -> None:
    talk = Talk(new_file(tmp_path), length=4_000)
    talk.summaries = ["Rivers."] * 3
    for turn in range(10, 60, 10):
        await talk.say(turn, "x" * 900, "answer", parent=turn - 10)
    prepared = await talk.ask(50)
    assert await prepared.shrink()
    shorter = await talk.ask(50)
    assert talk.summarised != []
    assert tokens_in(shorter.messages) < tokens_in(prepared.messages)
    assert not await (await talk.ask(0)).shrink()  # it is short already
    await talk.database.aclose()


_FIVE = [f"20-{at}" for at in range(5)]
TEXT = Attachment(1, "https://x/y", "a.txt")


async def test_files_are_read_with_their_question_and_with_the_last_turns(talk: Talk) -> None:
    for turn in range(10, 50, 10):
        asked = Question(f"{turn}", turn=turn, parent=turn - 10, author="alice")
        file = replace(TEXT, filename=f"{turn}.txt")
        await talk.conversations.begin(HERE, replace(asked, attachments=(file,)))
    question = Question("now", parent=40, attachments=(TEXT,), author="alice", where=Where())
    prepared = await talk.conversations.prepare(HERE, question, "openai", "small")
    assert talk.files.loaded == ["a.txt", "30.txt", "40.txt"]
    assert "text of 40.txt" in prepared.messages[-1].content
    assert "text of 20.txt" not in prepared.messages[-1].content


async def test_of_the_pictures_in_a_conversation_the_newest_are_sent(talk: Talk) -> None:
    for turn in (10, 20):
        pictures = tuple(replace(TEXT, filename=f"{turn}-{at}.png") for at in range(5))
        asked = Question(f"{turn}", turn=turn, parent=turn - 10, author="alice")
        await talk.conversations.begin(HERE, replace(asked, attachments=pictures))
    mine = (replace(TEXT, filename="now.png"),)
    question = Question("now", parent=20, attachments=mine, author="alice", where=Where())
    prepared = await talk.conversations.prepare(HERE, question, "openai", "small")
    sent = [url for message in prepared.messages for url in message.images]
    assert sent == [f"data:{name}.png" for name in ("10-0", "10-1", *_FIVE, "now")]
    assert "10-4.png" in prepared.messages[-1].content


async def test_a_plain_question_with_a_file_has_no_system_prompt(talk: Talk) -> None:
    question = Question("what is it?", attachments=(TEXT,))
    prepared = await talk.conversations.prepare(HERE, question, "openai", "small")
    assert roles(prepared) == ["user"]
    assert "text of a.txt" in prepared.messages[0].content


async def test_the_language_of_a_server_is_told_with_each_question(talk: Talk) -> None:
    talk.rules = Rules(language="German")
    for question in (Question("what is it?"), Question("what is it?", turn=10, where=Where())):
        prepared = await talk.conversations.prepare(HERE, question, "openai", "small")
        assert roles(prepared) == ["system", "user"]
        assert "Answer in German" in prepared.messages[0].content


async def test_files_of_which_nothing_can_be_read_are_no_question(talk: Talk) -> None:
    talk.files.note = "It is empty."
    with pytest.raises(Refused, match=r"It is empty\."):
        await talk.conversations.prepare(HERE, Question("", attachments=(TEXT,)), "openai", None)
    await talk.conversations.prepare(HERE, Question("why?", attachments=(TEXT,)), "openai", None)


async def test_who_asks_a_question_of_somebody_again_does_not_take_their_place(
    talk: Talk,
) -> None:
    question = Question("one", turn=10, author="alice", author_id=1, where=Where())
    await talk.conversations.begin(BOB, question)
    prepared = await talk.conversations.prepare(BOB, question, "openai", "small")
    assert prepared.messages[-1].content == "one"
    assert await talk.sent(10) == ["one\n\nnow"]


@pytest.mark.parametrize(("parent", "tries", "notes"), [(10, 6, (texts.NOT_READ,)), (0, 1, ())])
async def test_while_the_database_is_away_only_what_follows_something_waits_for_it(
    parent: int, tries: int, notes: tuple[str, ...], talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    async def away(*asked: object) -> None:
        tried.append(asked)
        raise DatabaseUnavailable

    monkeypatch.setattr(talk.personas, "at", away)
    prepared = await talk.ask(parent)
    assert (len(tried), prepared.notes) == (tries, notes)
    assert [message.content for message in prepared.messages[1:]] == ["now"]
