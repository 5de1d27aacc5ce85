import asyncio
from types import SimpleNamespace
from typing import Any

from bot.answers.at_work import AtWork


async def test_it_is_settled_once_nothing_is_accepted_or_written() -> None:
    work = AtWork()
    answer: Any = SimpleNamespace(id="1")
    await work.settled(0.0)
    settled = asyncio.create_task(work.settled(1e9))
    with work.accepting("1"):
        await asyncio.sleep(0)
        work.begin(answer)
    for _ in range(3):
        await asyncio.sleep(0)
    assert ("1" in work, work.get("1"), work.all()) == (True, answer, [answer])
    work.end(answer)
    await settled
    assert "1" not in work


async def test_it_waits_no_longer_than_it_may() -> None:
    work = AtWork()
    with work.accepting("1"):
        await work.settled(0.0)
        assert "1" in work


async def test_an_end_is_that_of_one_answer_and_of_no_later_one_of_its_id() -> None:
    first: Any = SimpleNamespace(id="1")
    second: Any = SimpleNamespace(id="1")
    work = AtWork()
    for answer in (first, second):
        work.begin(answer)
    work.end(first)
    assert work.all() == [second]
    work.end(second)
    await work.settled(1e9)
