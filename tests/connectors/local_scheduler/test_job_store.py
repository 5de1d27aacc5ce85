from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.local_scheduler import State
from connectors.local_scheduler.job_store import LedgerJobStore
from connectors.local_scheduler.running import Running


async def nothing(_job: Running) -> None: ...


def held(store: LedgerJobStore, *dues: datetime) -> None:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler

    store.start(AsyncIOScheduler(timezone=UTC), "default")
    claim: Any = None
    for n, due in enumerate(dues):
        facts: dict[str, Any] = {"kind": "k", "owner_id": 1, "state": State.RUNNING}
        store.hold(Running(id=str(n), next_run=due, claim=claim, **facts))


def test_the_store_gives_out_what_is_due_as_far_as_there_is_room() -> None:
    now = datetime.now(UTC)
    store = LedgerJobStore(lambda _kind: 2, nothing)
    held(store, now - timedelta(seconds=1), now, now - timedelta(seconds=2), now + timedelta(1))
    assert [entry.id for entry in store.get_due_jobs(now)] == ["2", "0"]


def test_jobs_are_due_by_a_clock_that_is_ahead_of_the_machine() -> None:
    now, ahead = datetime.now(UTC), timedelta(0)
    store = LedgerJobStore(lambda _kind: 2, nothing, ahead=lambda: ahead)
    held(store, now + timedelta(hours=1), now + timedelta(hours=3))
    assert store.get_due_jobs(now) == []
    ahead = timedelta(hours=2)
    (entry,) = store.get_due_jobs(now)
    assert (entry.id, entry.next_run_time) == ("0", now - timedelta(hours=1))
    store.remove_job("0")
    assert store.get_next_run_time() == now + timedelta(hours=1)


def test_a_store_without_room_does_not_ask_to_be_woken() -> None:
    now = datetime.now(UTC)
    room = {"k": 0}
    store = LedgerJobStore(room.__getitem__, nothing)
    held(store, now)
    assert store.get_next_run_time() is None
    room["k"] = 1
    assert store.get_next_run_time() == now


def test_no_method_of_the_store_raises_for_a_job_it_does_not_hold() -> None:
    store = LedgerJobStore(lambda _kind: 1, nothing)
    store.remove_job("unheard of")
    assert store.lookup_job("unheard of") is None
    assert store.get_all_jobs() == []
