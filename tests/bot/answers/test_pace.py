import asyncio
import itertools
from typing import Any

import pytest

from bot.answers.canvas import Canvas
from bot.answers.layout import Ending
from bot.answers.origin import Screen as Shown
from bot.answers.pace import Lane, LoopTurns, Traffic
from bot.answers.painter import Painter
from tests.bot.answers.test_painter import Screen, now
from tests.virtual_time import run


class Limits:
    """Discord's limits, as a client knows them."""

    def __init__(self) -> None:
        self.create_at = self.edit_at = 0.0

    def wait_to_create_s(self, _channel_id: int) -> float:
        return max(self.create_at - now(), 0.0)

    def wait_to_edit_s(self, _channel_id: int) -> float:
        return max(self.edit_at - now(), 0.0)


def traffic_of(limits: Limits) -> Traffic:
    rest: Any = limits
    return Traffic(rest)


@pytest.mark.parametrize(
    ("here", "elsewhere", "turn_s"),
    [(1, 0, 1.2), (3, 0, 3.6), (1, 199, 200 / 35), (10, 190, 12.0)],
)
def test_answers_share_a_channel_and_all_of_them_the_global_limit(
    here: int, elsewhere: int, turn_s: float
) -> None:
    traffic = traffic_of(Limits())
    traffic.writing.update({5: here} | {100 + n: 1 for n in range(elsewhere)})
    assert Lane(traffic, 5).turn_s(1.0) == pytest.approx(turn_s)


def test_an_answer_counts_while_it_is_written() -> None:
    traffic = traffic_of(Limits())
    lane = Lane(traffic, 5)
    with lane.writing(), lane.ending():
        assert (traffic.writing, traffic.ending) == ({5: 1}, {5: 1})
    assert (traffic.writing, traffic.ending) == ({}, {})


class Writing:
    """An answer in a channel, and what it shows when."""

    def __init__(self, traffic: Traffic) -> None:
        self.screen, self.text = Screen(), ""
        self.painter = Painter(
            [self.screen], Canvas(Shown()), lambda: self.text, lane=Lane(traffic, 5), clock=now
        )

    def write(self, text: str) -> None:
        self.text += text
        self.painter.changed()

    async def finish(self) -> None:
        await self.painter.finish(Ending("-# end", ()))


def test_a_first_word_that_has_to_wait_is_the_newest_then() -> None:
    async def scenario() -> list[tuple[float, str]]:
        limits = Limits()
        limits.create_at = 5.0
        answer = Writing(traffic_of(limits))
        answer.write("One")
        await asyncio.sleep(2.0)
        answer.write(", two")
        await asyncio.sleep(4.0)
        await answer.painter.aclose()
        return answer.screen.log

    assert run(scenario()) == [(5.0, "One, two")]


def test_an_end_goes_before_what_others_only_show_meanwhile() -> None:
    async def scenario() -> tuple[Writing, Writing]:
        traffic = traffic_of(Limits())
        ending, other = Writing(traffic), Writing(traffic)
        for answer in (ending, other):
            answer.write("One")
        await asyncio.sleep(1.0)
        ending.screen.takes_s = 3.0
        other.write(", two")
        await ending.finish()
        await asyncio.sleep(1.0)
        await other.painter.aclose()
        return ending, other

    ending, other = run(scenario())
    assert other.screen.log[-1][1] == "One, two"
    assert other.screen.log[-1][0] >= ending.screen.log[-1][0]


def test_an_answer_that_ends_does_not_wait_for_itself() -> None:
    async def scenario() -> list[tuple[float, str]]:
        limits = Limits()
        answer = Writing(traffic_of(limits))
        answer.write("One")
        await asyncio.sleep(0.5)
        limits.edit_at = 60.0
        await answer.finish()
        return answer.screen.log

    assert run(scenario())[-1][0] == 0.5


def test_what_rounding_leaves_of_a_wait_is_not_waited_for() -> None:
    async def scenario() -> list[tuple[float, str]]:
        limits = Limits()
        limits.wait_to_create_s = lambda _channel_id: 1e-13  # type: ignore[method-assign]
        answer = Writing(traffic_of(limits))
        answer.write("One")
        await asyncio.sleep(1.0)
        await answer.painter.aclose()
        return answer.screen.log

    assert run(scenario()) == [(0.0, "One")]


async def test_a_few_go_on_in_each_turn_of_the_event_loop_the_first_first() -> None:
    turns, gone_on = LoopTurns(at_once=2), list[int]()

    async def go_on(number: int) -> None:
        await turns.next()
        gone_on.append(number)

    tasks = [asyncio.create_task(go_on(number)) for number in range(7)]
    counts = [0]
    while len(gone_on) < 6:
        await asyncio.sleep(0)
        counts.append(len(gone_on))
        tasks[3].cancel()  # it does not take the turn of another
    await asyncio.wait(tasks)
    assert gone_on == [0, 1, 2, 4, 5, 6]
    assert max(now - then for then, now in itertools.pairwise(counts)) == 2
