"""One timer for one wait after another, held against what asyncio.timeout promises."""

from __future__ import annotations

import asyncio

import pytest

from connectors.http.timer import Timer
from tests.virtual_time import VirtualLoop, run


def test_a_wait_that_takes_too_long_ends_when_it_is_due() -> None:
    async def main() -> float:
        timer = Timer()
        with pytest.raises(TimeoutError), timer(5):
            await asyncio.sleep(60)
        assert timer.has_expired
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(5)


def test_each_wait_has_its_own_end_whether_longer_or_shorter_than_the_last() -> None:
    async def main() -> float:
        timer = Timer()
        for wait_s, sleep_s in ((10, 9), (10, 9), (2, 1), (30, 29), (3, 2)):
            with timer(wait_s):
                await asyncio.sleep(sleep_s)
        with pytest.raises(TimeoutError), timer(4):
            await asyncio.sleep(60)
        return asyncio.get_running_loop().time()

    assert run(main()) == pytest.approx(9 + 9 + 1 + 29 + 2 + 4)


def test_the_time_between_two_waits_does_not_count() -> None:
    async def main() -> bool:
        timer = Timer()
        with timer(5):
            await asyncio.sleep(1)
        await asyncio.sleep(60)
        with timer(5):
            await asyncio.sleep(1)
        return timer.has_expired

    assert not run(main())


def test_a_cancellation_is_no_timeout() -> None:
    async def wait(timer: Timer) -> None:
        with timer(5):
            await asyncio.sleep(60)

    async def main() -> bool:
        timer = Timer()
        task = asyncio.create_task(wait(timer))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return timer.has_expired

    assert not run(main())


def test_a_cancellation_at_the_moment_of_the_timeout_goes_first() -> None:
    async def wait(timer: Timer) -> None:
        with timer(5):
            await asyncio.sleep(60)

    async def main() -> None:
        timer = Timer()
        task = asyncio.create_task(wait(timer))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(5, task.cancel)
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())


def test_a_timeout_leaves_no_cancellation_behind() -> None:
    async def main() -> int:
        timer = Timer()
        with pytest.raises(TimeoutError), timer(5):
            await asyncio.sleep(60)
        await asyncio.sleep(1)
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert run(main()) == 0


def test_a_closed_watch_keeps_no_timer() -> None:
    async def main() -> None:
        timer = Timer()
        with timer(5):
            await asyncio.sleep(1)
        timer.close()
        await asyncio.Event().wait()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        with pytest.raises(AssertionError, match="nothing will ever happen"):
            runner.run(main())
        assert runner.get_loop().time() == pytest.approx(1), "something was still to come"


def test_an_error_leaves_no_timer() -> None:
    async def main() -> None:
        timer = Timer()
        with pytest.raises(OSError, match="gone"), timer(5):
            raise OSError("gone")
        assert timer._timer is None

    run(main())
