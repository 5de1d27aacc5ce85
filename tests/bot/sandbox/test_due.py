from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.sandbox.due import Due, next_due
from connectors.database import Config
from connectors.local_scheduler import LocalScheduler, NewJob

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


async def test_the_next_reminder_or_digest_is_found_while_nothing_runs(tmp_path: Path) -> None:
    assert next_due(tmp_path / "abi.db") is None
    scheduler = LocalScheduler(Config(tmp_path, None))
    for hours, kind in ((3, "reminder"), (2, "digest"), (1, "thread title")):
        job = NewJob(kind=kind, owner_id=1, payload={}, next_run=NOON + timedelta(hours=hours))
        await scheduler.add(job)
    paused = NewJob(kind="digest", id="a", owner_id=1, payload={}, next_run=NOON)
    await scheduler.add(paused)
    await scheduler.pause("a", owner_id=1)
    assert next_due(tmp_path / "abi.db") == Due("digest", NOON.timestamp() + 7200)
    await scheduler.aclose()
    assert next_due(tmp_path / "abi.db") == Due("digest", NOON.timestamp() + 7200)
