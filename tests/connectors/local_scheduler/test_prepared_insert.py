from datetime import UTC, datetime

from connectors.local_scheduler import NewJob
from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.rows import row_of
from connectors.local_scheduler.statements import Statements
from tests.connectors.local_scheduler.conftest import LEASE, World

NOW = datetime.now(UTC)


async def test_a_row_that_exists_is_not_inserted_again(world: World) -> None:
    insert = Statements(dialect_for(world.config.address), LEASE).insert
    row = row_of(NewJob(kind="reminder", owner_id=1, id="1", payload={"text": "tea"}), NOW)
    assert await world.run(lambda c: insert.run(c, row))
    assert not await world.run(lambda c: insert.run(c, row | {"payload": "{}"}))
    assert (await world.get("1")).payload == {"text": "tea"}
