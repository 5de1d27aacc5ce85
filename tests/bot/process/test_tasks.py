import asyncio

import pytest

from bot.process.tasks import LongTasks


async def ends() -> None:
    return


async def fails() -> None:
    raise KeyError("what ended it")


async def lasts() -> None:
    await asyncio.Event().wait()


async def failure_of(tasks: LongTasks) -> BaseException | None:
    """Return what has ended a task by now, or None."""
    await asyncio.sleep(0)
    waiting = asyncio.create_task(tasks.wait(asyncio.Event()))
    for _ in range(5):
        await asyncio.sleep(0)
    if not waiting.done():
        waiting.cancel()
        return None
    return waiting.exception()


@pytest.mark.parametrize("may_end", [False, True])
async def test_a_task_that_raises_is_a_failure_with_its_cause(may_end: bool) -> None:
    tasks = LongTasks()
    tasks.watch(asyncio.create_task(fails()), may_end=may_end)
    error = await failure_of(tasks)
    assert isinstance(error, KeyError)
    assert error.args == ("what ended it",)


async def test_a_task_that_was_to_run_for_ever_and_ends_is_a_failure_with_its_name() -> None:
    tasks = LongTasks()
    tasks.watch(asyncio.create_task(ends(), name="the claims"))
    assert str(await failure_of(tasks)) == "the claims ended"


async def test_a_task_that_may_end_is_no_failure() -> None:
    tasks = LongTasks()
    tasks.watch(asyncio.create_task(ends()), may_end=True)
    assert await failure_of(tasks) is None


async def test_a_task_that_is_cancelled_was_meant_to_end() -> None:
    tasks = LongTasks()
    task = asyncio.create_task(lasts())
    tasks.watch(task)
    await asyncio.sleep(0)
    task.cancel()
    assert await failure_of(tasks) is None


async def test_the_first_failure_is_the_one_that_counts() -> None:
    tasks = LongTasks()
    tasks.watch(asyncio.create_task(fails()))
    assert isinstance(await failure_of(tasks), KeyError)
    tasks.watch(asyncio.create_task(ends()))
    assert isinstance(await failure_of(tasks), KeyError)


async def test_waiting_ends_when_the_process_is_to_stop() -> None:
    stop = asyncio.Event()
    stop.set()
    await LongTasks().wait(stop)


async def test_waiting_ends_with_one_of_the_other_tasks() -> None:
    await LongTasks().wait(asyncio.Event(), asyncio.create_task(ends()))


async def test_a_failure_that_nobody_waited_for_is_found_later() -> None:
    tasks = LongTasks()
    task = asyncio.create_task(fails())
    tasks.watch(task)
    await asyncio.wait({task})
    with pytest.raises(KeyError):
        tasks.check()
