from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.conversations.attachments import Attachments
from bot.conversations.service import Conversations
from bot.providers.preferences import Place
from bot.providers.question import Progress, Question
from bot.storage.turns import Turns
from connectors import Secret, discord
from connectors.database import Config
from connectors.database.database import Database

HERE = Place(user_id=1, channel_id=5, guild_id=2)


@pytest.fixture
async def talk(database_url: str | None, tmp_path: Path) -> AsyncIterator[Conversations]:
    database = Database(Config(tmp_path, database_url))
    rest = discord.connect(discord.Config(Secret("t0ken", provider="discord")))
    yield Conversations(Turns(database), Attachments(rest, lambda *_: True))
    await rest.aclose()
    await database.aclose()


async def say(
    talk: Conversations, turn: int, prompt: str, answer: str, parent: int = 0, place: Place = HERE
) -> None:
    """Let a question be asked, and be answered in the message of the next id."""
    question = Question(prompt, turn=turn, parent=parent, author="alice")
    await talk.begin(place, question)
    await talk.answered(place, question, Progress(answer), [str(turn + 1)])


async def sent(talk: Conversations, parent: int, place: Place = HERE) -> list[str]:
    """Return what a request says that follows a turn."""
    question = Question("now", turn=99, parent=parent, author="alice")
    prepared = await talk.prepare(place, question, "openai", None)
    return [message.content for message in prepared.messages]


async def test_a_request_holds_the_turns_before_it(talk: Conversations) -> None:
    await say(talk, 10, "one", "first")
    await say(talk, 20, "two", "second", parent=10)
    assert await sent(talk, 20) == ["one", "first", "two", "second", "now"]


async def test_a_reply_to_an_older_message_branches(talk: Conversations) -> None:
    await say(talk, 10, "one", "first")
    await say(talk, 20, "two", "second", parent=10)
    parent = await talk.parent(HERE, 30, reply_to=11)
    assert await sent(talk, parent) == ["one", "first", "now"]
