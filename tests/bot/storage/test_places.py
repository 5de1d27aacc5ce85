from pathlib import Path

from msgspec.structs import replace

from bot.storage.places import Places, TalkedIn
from bot.storage.turns import Turns
from connectors.database import Config
from connectors.database.database import Database
from tests.bot.storage.test_turns import FIRST


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
    await database.aclose()
