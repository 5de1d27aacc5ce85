from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from bot.storage.places import Places, TalkedIn
from bot.storage.turns import Turns
from connectors.database import Config
from connectors.database.database import Database
from connectors.database.schema import jobs
from connectors.local_scheduler import NewJob, id_from
from connectors.local_scheduler.rows import row_of
from tests.bot.storage.test_turns import FIRST

INSERT = jobs.insert()


def _job(kind: str, channel_id: int, number: int, state: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    new = NewJob(kind=kind, id=id_from(number), owner_id=1, channel_id=channel_id, guild_id=2)
    return row_of(replace(new, next_run=now), now) | {"state": state}


async def test_places_are_known_by_their_last_turns(
    database_url: str | None, tmp_path: Path
) -> None:
    database = Database(Config(tmp_path, database_url))
    turns, places = Turns(database), Places(database)
    for turn_id, channel_id, guild_id in [(10, 5, 2), (20, 6, None), (30, 5, 2), (40, 7, 2)]:
        await turns.begin(replace(FIRST, id=turn_id, channel_id=channel_id, guild_id=guild_id))
    assert await places.recent(15, 2) == [TalkedIn(7, 2, 40), TalkedIn(5, 2, 30)]
    assert await places.recent(15, 9) == [*await places.recent(15, 2), TalkedIn(6, None, 20)]
    assert await places.recent(40, 9) == []
    assert await places.asked_in(5, 10) == [30]
    asked = [("answer", 5, 35, "running"), ("answer", 8, 36, "active")]
    asked += [("answer", 9, 37, "settled"), ("reminder", 9, 38, "active")]
    await database.run(lambda c: [c.execute(INSERT, _job(*each)) for each in asked])
    under_way = [TalkedIn(8, 2, 36), TalkedIn(5, 2, 35)]
    assert await places.recent(15, 3) == [TalkedIn(7, 2, 40), *under_way]
    assert await places.recent(35, 9) == [TalkedIn(7, 2, 40), TalkedIn(8, 2, 36)]
    await database.aclose()


async def test_the_messages_of_a_turn_are_known_also_if_it_is_deleted(
    database_url: str | None, tmp_path: Path
) -> None:
    database = Database(Config(tmp_path, database_url))
    turns, places = Turns(database), Places(database)
    await turns.begin(FIRST)
    await turns.adopt(FIRST.id, 777)
    for _ in range(2):
        found = [
            message_id for message_id in (FIRST.id, 777, 778) if await places.is_turn(message_id)
        ]
        assert found == [FIRST.id, 777]
        assert (await places.is_answer(FIRST.id), await places.is_answer(777)) == (False, True)
        await turns.delete(FIRST.id)
    await database.aclose()


async def test_of_many_answers_under_way_the_last_ones_are_known(
    database_url: str | None, tmp_path: Path
) -> None:
    database = Database(Config(tmp_path, database_url))
    asked = [_job("answer", channel_id, 100 - channel_id, "running") for channel_id in (1, 2, 3)]
    asked += [_job("answer", channel_id, 100 + channel_id, "running") for channel_id in (4, 5, 6)]
    await database.run(lambda c: [c.execute(INSERT, each) for each in asked])
    known = await Places(database).recent(50, 2)
    assert known == [TalkedIn(6, 2, 106), TalkedIn(5, 2, 105)]
    await database.aclose()
