"""After a deletion no table, and no SQLite file, holds a word of the person."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import Connection, func, select

from bot.answers.offers import Offer
from bot.answers.origin import Origin
from bot.answers.record import Record
from bot.answers.titles import Named, title_job
from bot.digests.job import Post
from bot.providers.question import Attachment, Progress, Question, Quote
from bot.storage.census import count
from bot.storage.erasure import SLICE, erase
from bot.storage.holdings import Extent
from bot.storage.personal import PersonalData
from bot.storage.turn import Extras, Turn
from bot.storage.turns import Turns
from bot.storage.usage import Usage
from connectors.database import Config, schema
from connectors.database.database import Database
from connectors.local_scheduler import NewJob, State
from connectors.local_scheduler.rows import row_of
from tests.rows import each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ALICE, BOB, GUILD, LATER = 1001, 1002, 2001, 2**62
WORDS: Final = {ALICE: "marzipan", BOB: "nougat"}
EVERYTHING = Extent(ALICE, is_server=False, until=LATER, until_us=LATER, places=(77,))
"""One thing that happens: who does what, and after which of what happened before."""
EVENTS = st.lists(
    st.tuples(
        st.sampled_from([ALICE, BOB]),
        st.sampled_from(["ask", "ask about", "ask privately", "ask again", "remind", "refused"]),
        st.integers(0, 20),
        st.integers(0, 3000),
    ),
    min_size=1,
    max_size=25,
)


class House:
    """A channel in which people ask: turns and rows are stored as answers store them."""

    def __init__(self, database: Database) -> None:
        self.database, self.turns = database, Turns(database)
        self.asked: list[Question] = []
        self.heard: dict[int, str] = {0: ""}  # by turn: what a model has been told by then

    async def happen(self, who: int, what: str, which: int, length: int) -> None:
        number = len(self.heard)
        said = f"{WORDS[who]} {number} " + "x" * length
        if what == "remind":
            await self.store(NewJob(kind="reminder", owner_id=who, payload={"text": said}))
            return
        before = self.asked[which % len(self.asked)] if self.asked else Question("")
        question = Question(said, turn=number, author=WORDS[who], author_id=who)
        if what == "refused":
            quote = Quote(ALICE, WORDS[ALICE], f"{WORDS[ALICE]} said")
            offer = msgspec.to_builtins(Offer(Question(said, quote=quote, author_id=who)))
            job = NewJob(kind="offer", owner_id=who, channel_id=5, payload=offer)
            await self.store(job, State.ACTIVE)
            return
        if what == "ask again":
            question = before if before.prompt else question
        elif what == "ask privately":
            question = replace(question, turn=0)
        else:
            question = replace(question, parent=before.turn)
        if what == "ask about":
            quoted = BOB if who == ALICE else ALICE
            file = Attachment(1, "https://example.org", WORDS[quoted])
            quote = Quote(quoted, WORDS[quoted], f"{WORDS[quoted]} said", (file,))
            question = replace(question, quote=quote)
        await self.answer(who, question)

    async def answer(self, who: int, question: Question) -> None:
        """Have a model answer with everything that it was told."""
        quote = question.quote.text if question.quote else ""
        said = f"{self.heard.get(question.parent, '')} {quote} {question.prompt}".strip()
        self.heard[question.turn or -len(self.heard)] = said
        self.asked.append(question)
        if question.turn:
            extras = Extras(question.quote, question.attachments)
            turn = Turn(
                question.turn, question.parent, GUILD, 5, question.author_id, question.author,
                question.prompt, extras, said, "openai", "small",
            )  # fmt: skip
            await self.turns.answer(turn, [question.turn + 500])
            await self.turns.summarise(question.turn, said)
        number = 10_000 + len(self.heard) * 10 + len(self.asked)
        origin = Origin(1, "token", number, 5, GUILD, who, False, 0.0, heading=question.prompt)
        record = replace(Record.new(question, origin), progress=Progress(said))
        await self.store(replace(record.new_job(), draft=record.draft()))
        await self.store(title_job(Named(number, question.prompt, record.id), record))

    async def store(self, job: NewJob, state: State = State.SETTLED) -> None:
        row = row_of(job, NOW) | {"state": state.value}
        await self.database.run(lambda c: c.execute(schema.jobs.insert().values(row)))


def dump(connection: Connection) -> str:
    tables = schema.metadata.tables.values()
    return repr([connection.execute(select(table)).all() for table in tables])


def clear(connection: Connection) -> None:
    for table in schema.metadata.tables.values():
        if table is not schema.version:
            connection.execute(table.delete())


async def live(config: Config, events: list[tuple[int, str, int, int]]) -> None:
    database = Database(config)
    try:
        await database.run(clear)
        house = House(database)
        for event in events:
            await house.happen(*event)
        asked = {q.turn for q in house.asked if q.author_id == BOB and q.turn}
        assert await database.run(lambda c: erase(c, EVERYTHING, 0))
        left = await database.run(dump)
        assert WORDS[ALICE] not in left
        kept = await database.run(
            lambda c: c.execute(
                select(schema.turns.c.id).where(schema.turns.c.author_id == BOB)
            ).scalars()
        )
        assert set(kept) == asked
        await database.rewrite()
    finally:
        await database.aclose()
    if config.database_url is None:
        files = b"".join(path.read_bytes() for path in config.data_dir.glob("abi.db*"))
        assert WORDS[ALICE].encode() not in files


def test_no_word_is_left_whatever_has_happened(database_url: str | None, tmp_path: Path) -> None:
    @settings(max_examples=4)
    @given(EVENTS)
    def check(events: list[tuple[int, str, int, int]]) -> None:
        asyncio.run(live(Config(tmp_path, database_url), events))

    check()


async def test_choices_go_with_their_person_and_others_stay(tmp_path: Path) -> None:
    """Their own direct messages are a place of theirs alone."""
    database = Database(Config(tmp_path))

    def fill(connection: Connection) -> None:
        for place in (77, 78):
            persona = {"scope": "conversation", "place_id": place, "name": "x", "prompt": "x"}
            connection.execute(schema.personas.insert().values(persona))
            choice = {"scope": "channel", "place_id": place, "user_id": 0, "provider": "openai"}
            connection.execute(schema.choices.insert().values(choice))
        for user in (ALICE, BOB):
            choice = {"scope": "me", "place_id": 0, "user_id": user, "provider": "openai"}
            connection.execute(schema.choices.insert().values(choice))
            connection.execute(schema.zones.insert().values(user_id=user, zone="UTC"))

    await database.run(fill)
    assert (await database.run(lambda c: count(c, EVERYTHING))).personas == 1
    assert await database.run(lambda c: erase(c, EVERYTHING, 0))
    assert (await database.run(lambda c: count(c, EVERYTHING))).is_empty(is_server=False)
    tables = (schema.personas, schema.choices, schema.zones)
    query = [select(func.count()).select_from(table) for table in tables]
    left = await database.run(lambda c: [c.execute(one).scalar_one() for one in query])
    assert left == [1, 2, 1]
    await database.aclose()


@each(
    "state, posted, is_whole, parts",
    [
        (State.ACTIVE, (), True, None),
        (State.PARKED, (), True, None),
        (State.ACTIVE, ("9",), True, [""]),
        (State.RUNNING, (), False, ["said", "more"]),
    ],
)
async def test_of_others_digests_no_text_waits_to_be_posted(
    tmp_path: Path,
    state: State,
    posted: tuple[str, ...],
    is_whole: bool,
    parts: list[str] | None,
) -> None:
    """What is being posted is waited for."""
    database = Database(Config(tmp_path))
    await database.run(clear)
    draft = Post(("said", "more"), 7, 8, posted, authors=(ALICE, BOB)).draft()
    await House(database).store(NewJob(kind="digest", owner_id=BOB, draft=draft), state)
    assert await database.run(lambda c: erase(c, EVERYTHING, 0)) is is_whole
    kept = await database.run(lambda c: c.execute(select(schema.jobs.c.draft)).scalar_one())
    assert json.loads(kept).get("parts") == parts
    await database.aclose()


async def test_the_turns_of_a_large_server_are_deleted_in_slices(tmp_path: Path) -> None:
    database = Database(Config(tmp_path))
    turn = dict.fromkeys(("author", "prompt", "extras", "answer"), "") | {"parent_id": 0}
    turn |= {"channel_id": 5, "author_id": BOB, "created_at": 1, "guild_id": GUILD}
    rows = [turn | {"id": number, "root_id": number} for number in range(1, 2 * SLICE)]
    await database.run(lambda c: c.execute(schema.turns.insert(), rows))
    extent = Extent(GUILD, is_server=True, until=LATER, until_us=LATER)
    data = PersonalData(database, Usage(database))
    assert not await database.run(lambda c: erase(c, extent, 0))
    assert (await data.count(extent)).turns.number == SLICE - 1
    assert await data.erase(extent)
    assert (await data.count(extent)).is_empty(is_server=True)
    await database.aclose()
