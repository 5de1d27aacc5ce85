from datetime import UTC, datetime, timedelta

import pytest

from connectors.local_scheduler.dialects import dialect_for
from connectors.local_scheduler.job import Fence
from connectors.local_scheduler.statements import Statements, us
from tests.connectors.local_scheduler.conftest import LEASE, World

NOW = datetime.now(UTC)
FENCED = ["settle", "advance", "postpone", "give_back", "park"]


def test_a_duration_is_counted_in_microseconds() -> None:
    assert us(timedelta(seconds=1.5)) == 1_500_000


@pytest.mark.parametrize("name", FENCED)
async def test_a_fenced_statement_changes_nothing_without_the_claim(
    world: World, name: str
) -> None:
    job_id = await world.add()
    (job,) = await world.claim("a")
    statement = getattr(Statements(dialect_for(world.config.address), LEASE), name)
    values = {"b_draft": "{}", "b_payload": None, "b_next_run": 1, "b_delay": 1, "b_reason": "x"}
    values |= {"b_failures": 1, "b_undone": 1}
    for fence in (
        Fence(job.id, "b", job.attempts),
        Fence(job.id, "a", job.attempts + 1),
        Fence("elsewhere", "a", job.attempts),
    ):
        held = {"b_id": fence.job_id, "b_worker": fence.worker, "b_attempts": fence.attempts}
        changed = await world.run(
            lambda c, held=held: statement.run(c, values | held).rowcount  # type: ignore[misc]  # its default is bound
        )
        assert changed == 0
    assert await world.get(job_id) == job
