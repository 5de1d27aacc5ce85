import asyncio
from typing import Any

import pytest

from bot.answers import keeping
from bot.answers.background import Background
from bot.answers.keeping import Keeping
from connectors.database import DatabaseUnavailable
from connectors.local_scheduler import ClaimLost, KeptElsewhere
from tests.bot.answers.test_record import RECORD
from tests.virtual_time import run


class Ledger:
    """Takes ``takes_s`` to keep a question, and fails so often to drop one."""

    def __init__(self, takes_s: float = 0.0, error: Exception | None = None) -> None:
        self.takes_s = takes_s
        self.error = error
        self.failures = 0
        self.payload: Any = None
        self.dropped: list[tuple[str, float]] = []

    async def hold(self, job: Any) -> str:
        self.payload = job.payload
        await asyncio.sleep(self.takes_s)
        if self.error is not None:
            raise self.error
        return "held"

    async def drop(self, job_id: str, *, owner_id: int, payload: object = None) -> bool:
        assert (owner_id, payload) in ((4, self.payload), (4, None))
        if self.failures:
            self.failures -= 1
            raise DatabaseUnavailable("away")
        self.dropped.append((job_id, asyncio.get_running_loop().time()))
        return True


def keeping_in(ledger: Ledger) -> Keeping:
    scheduler: Any = ledger
    return Keeping(scheduler, Background())


def test_what_is_kept_in_time_is_held() -> None:
    async def main() -> None:
        ledger = Ledger(takes_s=keeping.KEEP_WITHIN_S - 0.1)
        held: Any = await keeping_in(ledger).hold(RECORD)
        assert held == "held"
        await asyncio.sleep(60)
        assert ledger.dropped == []

    run(main())


@pytest.mark.parametrize("error", [None, DatabaseUnavailable("nobody heard the COMMIT")])
def test_what_is_kept_too_late_is_dropped_once_the_database_answers(
    error: Exception | None,
) -> None:
    async def main() -> None:
        ledger = Ledger(takes_s=10.0, error=error)
        ledger.failures = 3
        kept = keeping_in(ledger)
        assert await kept.hold(RECORD) is None
        assert asyncio.get_running_loop().time() == keeping.KEEP_WITHIN_S
        await asyncio.sleep(60)
        assert [job_id for job_id, _ in ledger.dropped] == [RECORD.id]
        assert ledger.dropped[0][1] > 10.0

    run(main())


def test_what_may_be_stored_by_another_is_not_dropped_as_held() -> None:
    async def main() -> None:
        ledger = Ledger(takes_s=10.0)
        keeping = keeping_in(ledger)
        held = keeping.hold(RECORD)
        assert await held is None
        await keeping.drop(RECORD, held)
        assert ledger.dropped == []

    run(main())


class Held:
    """A claim, which may be lost by now."""

    def __init__(self, *, is_lost: bool) -> None:
        self.is_lost = is_lost

    async def ensure_claim(self) -> None:
        if self.is_lost:
            raise ClaimLost


@pytest.mark.parametrize("is_lost", [False, True])
def test_what_is_held_is_dropped_unless_somebody_has_begun_it_since(is_lost: bool) -> None:
    async def main() -> None:
        ledger = Ledger()
        held: Any = asyncio.get_running_loop().create_future()
        held.set_result(Held(is_lost=is_lost))
        await keeping_in(ledger).drop(RECORD, held)
        assert len(ledger.dropped) == (not is_lost)

    run(main())


def test_each_process_marks_what_it_stores() -> None:
    async def main() -> None:
        payloads = []
        for _ in range(2):
            ledger = Ledger()
            await keeping_in(ledger).hold(RECORD)
            payloads.append(ledger.payload)
        first, second = payloads
        assert first != second
        assert first | second == second | first | {"stored_by": second["stored_by"]}

    run(main())


@pytest.mark.parametrize("error", [KeptElsewhere(), RuntimeError("called after shutdown")])
def test_what_another_process_keeps_or_is_to_find_is_left_to_it(error: Exception) -> None:
    async def main() -> None:
        with pytest.raises(KeptElsewhere):
            await keeping_in(Ledger(error=error)).hold(RECORD)

    run(main())
