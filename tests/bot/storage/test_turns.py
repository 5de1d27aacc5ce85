from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.providers.preferences import Place
from bot.storage.turn import Turn
from bot.storage.turns import Turns
from connectors.database import Config
from connectors.database.database import Database

HERE = Place(user_id=1, channel_id=5, guild_id=2)
FIRST = Turn(10, 0, 2, 5, 1, "alice", "one")
SECOND = Turn(20, 10, 2, 5, 1, "alice", "two")


@pytest.fixture
async def turns(database_url: str | None, tmp_path: Path) -> AsyncIterator[Turns]:
    database = Database(Config(tmp_path, database_url))
    yield Turns(database)
    await database.aclose()


async def prompts(turns: Turns, turn_id: int, place: Place = HERE) -> list[str]:
    return [turn.prompt for turn in (await turns.chain(turn_id, place)).turns]


async def test_a_chain_is_a_turn_and_those_before_it(turns: Turns) -> None:
    await turns.begin(FIRST)
    await turns.begin(SECOND)
    await turns.begin(replace(SECOND, id=30, prompt="another"))
    assert await prompts(turns, 20) == ["one", "two"]
    assert await prompts(turns, 30) == ["one", "another"]


async def test_what_follows_nothing_does_not_ask_the_database(tmp_path: Path) -> None:
    database = Database(Config(tmp_path))
    await database.aclose()
    assert (await Turns(database).chain(0, HERE)).turns == ()


async def test_a_deleted_question_leaves_neither_its_text_nor_its_answer(turns: Turns) -> None:
    await turns.begin(FIRST)
    await turns.answer(replace(FIRST, answer="the first"), [11])
    await turns.begin(SECOND)
    gone = await turns.delete(10)
    assert gone is not None
    assert (gone.messages, gone.has_replies) == ((11,), True)
    await turns.answer(replace(FIRST, answer="too late"), [12])
    first, second = (await turns.chain(20, HERE)).turns
    assert (first.prompt, first.answer, first.is_deleted) == ("", "", True)
    assert second.prompt == "two"


async def test_what_follows_a_summary_is_read_with_it(turns: Turns) -> None:
    await turns.begin(FIRST)
    await turns.begin(SECOND)
    await turns.begin(replace(SECOND, id=30, parent=20, prompt="three"))
    await turns.summarise(20, "one and two")
    chain = await turns.chain(30, HERE)
    assert ([turn.prompt for turn in chain.turns], chain.summary) == (["three"], "one and two")
    assert (await turns.chain(20, HERE)).summary == "one and two"


async def test_a_change_to_a_turn_outdates_the_summaries_after_it(turns: Turns) -> None:
    await turns.begin(FIRST)
    await turns.begin(SECOND)
    await turns.summarise(20, "one and two")
    await turns.begin(replace(FIRST, prompt="one, edited"))
    assert await prompts(turns, 20) == ["one, edited", "two"]


async def test_a_changed_question_has_no_answer_yet(turns: Turns) -> None:
    await turns.begin(FIRST)
    await turns.answer(replace(FIRST, answer="the first"), [11])
    await turns.begin(FIRST)
    assert (await turns.chain(10, HERE)).turns[0].answer == "the first"
    await turns.begin(replace(FIRST, prompt="one, edited"))
    assert (await turns.chain(10, HERE)).turns[0].answer == ""


async def test_what_a_dead_process_left_never_takes_the_place_of_more(turns: Turns) -> None:
    for answer, stands in (("Chop.", "Chop."), ("Chop. Stir.", "Chop. Stir."), ("", "Chop. Stir.")):
        await turns.recover(replace(FIRST, answer=answer), [100 + len(answer)])
        assert (await turns.chain(FIRST.id, HERE)).turns[0].answer == stands
    assert [await turns.of_message(shown) for shown in (100, 105, 111)] == [(FIRST.id, 5)] * 3


async def test_what_is_older_than_a_month_is_deleted(turns: Turns) -> None:
    turns._clock = lambda: 0.0
    await turns.begin(FIRST)
    await turns.answer(replace(FIRST, answer="the first"), [11])
    await turns.summarise(10, "one")
    turns._clock = lambda: 86_400.0
    await turns.begin(SECOND)
    for days, left in ((29, ["two"]), (30, ["two"]), (31, [])):
        now = days * 86_400.0
        turns._clock = lambda now=now: now  # type: ignore[misc]
        await turns._database.run(turns.purge)
        assert await prompts(turns, 20) == left
    assert await turns.of_message(11) is None


async def test_other_peoples_messages_are_deleted_at_no_cost(
    turns: Turns, monkeypatch: pytest.MonkeyPatch
) -> None:
    erased: list[bool] = []
    run = turns._database.run

    async def noting(work: Any, *, is_erasing: bool = False, **more: bool) -> Any:
        erased.append(is_erasing)
        return await run(work, is_erasing=is_erasing, **more)

    await turns.begin(FIRST)
    monkeypatch.setattr(turns._database, "run", noting)
    assert await turns.delete(99) is None
    assert erased == [False]
    assert await turns.delete(10) is not None
    assert erased[1:] == [False, True]
