from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bot.answers.record import Record
from bot.answers.texts import THREAD_NAME
from bot.answers.titles import NAME_LIMIT, Named, Titles, name_from, title_job
from bot.errors import Refused
from bot.providers.generate_text import GeneratedText, GenerationFailed
from bot.providers.question import Progress
from bot.sandbox.discord_server import Channel, Fault
from connectors import ConnectorError
from connectors.local_scheduler import Job, State
from connectors.local_scheduler.job import EPOCH
from tests.bot.answers.conftest import Stage
from tests.bot.answers.test_record import RECORD
from tests.rows import each


@each(
    "text, name",
    [
        ("why is the sky blue?", "why is the sky blue?"),
        ("**Why** the\nsky", "Why** the sky"),
        ("<@123456789012345678> why?", "why?"),
        ("<:tea:123456789012345678> hot", "tea hot"),
        ("@#/ ", THREAD_NAME),
        ("", THREAD_NAME),
        ("word " * 40, "word " * 11 + "word"),
        ("x" * 300, "x" * NAME_LIMIT),
        ("空が青い理由", "空が青い理由"),
    ],
)
def test_a_thread_is_named_by_the_question(text: str, name: str) -> None:
    assert name_from(text) == name


def test_a_title_has_six_words() -> None:
    assert name_from('"One two three four five six seven."', 6) == "One two three four five six"


class Attempt(Job, frozen=True):
    """A job that is run, and keeps its draft."""

    async def ensure_claim(self) -> None:
        """Hold it."""

    def check_claim(self) -> None:
        """Hold it."""

    async def save_draft(self, draft: dict[str, Any]) -> None:
        self.draft.update(draft)


class Author:
    """A model that writes one title, and a person who may be quicker."""

    def __init__(self, title: str = "Blue Sky") -> None:
        self.title, self.asked = title, list[str]()
        self.error: Exception | None = None
        self.renames: Channel | None = None

    async def generate(self, _place: object, _instructions: str, prompt: str) -> GeneratedText:
        self.asked.append(prompt)
        if self.renames is not None:
            self.renames.name = "By a person"
        if self.error is not None:
            raise self.error
        return GeneratedText(self.title, "OpenAI")

    async def find(self, _id: str) -> Record:
        return replace(RECORD, progress=Progress("Because."))


async def opened(stage: Stage) -> tuple[Channel, Attempt]:
    made = await stage.rest.create_thread(stage.channel.id, "why?")
    job = title_job(Named(int(made.id), "why?", "0" * 16), RECORD)
    facts: dict[str, Any] = {"kind": job.kind, "owner_id": 1, "payload": dict(job.payload)}
    attempt = Attempt(id=str(job.id), next_run=EPOCH, state=State.RUNNING, **facts)
    return stage.server.world.channels[int(made.id)], attempt


async def title(stage: Stage, author: Author, attempt: Attempt) -> None:
    running: Any = attempt
    await Titles(stage.rest, author.generate, author.find).run(running)


async def test_a_thread_gets_its_title_once(stage: Stage) -> None:
    (thread, attempt), author = await opened(stage), Author()
    await title(stage, author, attempt)
    await title(stage, author, attempt)
    assert (thread.name, len(author.asked)) == ("Blue Sky", 1)
    assert "Because." in author.asked[0]


@pytest.mark.parametrize("is_late", [True, False])
async def test_a_name_that_somebody_gave_stays(stage: Stage, *, is_late: bool) -> None:
    (thread, attempt), author = await opened(stage), Author()
    if is_late:
        author.renames = thread
    else:
        thread.name = "By a person"
    await title(stage, author, attempt)
    assert (thread.name, len(author.asked)) == ("By a person", int(is_late))


@pytest.mark.parametrize("error", [GenerationFailed("no"), Refused("no")])
async def test_without_a_title_the_first_name_stays(stage: Stage, error: Exception) -> None:
    (thread, attempt), author = await opened(stage), Author()
    author.error = error
    await title(stage, author, attempt)
    assert thread.name == "why?"


async def test_what_may_pass_is_tried_again_without_asking_again(stage: Stage) -> None:
    (thread, attempt), author = await opened(stage), Author()
    stage.server.inject(Fault("PATCH", "/channels/.*", status=503, times=4))
    with pytest.raises(ConnectorError):
        await title(stage, author, attempt)
    await title(stage, author, attempt)
    assert (thread.name, len(author.asked)) == ("Blue Sky", 1)


async def test_a_thread_that_is_gone_needs_no_title(stage: Stage) -> None:
    (thread, attempt), author = await opened(stage), Author()
    stage.server.remove_channel(thread)
    await title(stage, author, attempt)
    assert author.asked == []
