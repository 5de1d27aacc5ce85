from __future__ import annotations

import asyncio
import gc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from bot.answers.acceptance import (
    ACKNOWLEDGE_AFTER_S,
    ADMITTED_WITHIN_S,
    Acceptance,
    admitted,
)
from bot.answers.background import Background
from bot.answers.dependencies import NoMemory
from bot.errors import Refused
from connectors.discord.first_responses import FirstResponses
from tests.bot.answers.test_record import RECORD
from tests.virtual_time import run

if TYPE_CHECKING:
    from bot.answers.record import Record


class Keeping:
    """Takes ``takes_s`` to keep a question."""

    def __init__(self, takes_s: float) -> None:
        self.takes_s = takes_s

    def hold(self, _: Record) -> asyncio.Future[str]:
        return asyncio.ensure_future(asyncio.sleep(self.takes_s, "held"))


@pytest.mark.parametrize("takes_s", [0.2, 1.5])
def test_a_question_is_kept_then_acknowledged_and_begun_after_those_of_others(
    takes_s: float,
) -> None:
    async def main() -> None:
        keeping: Any = Keeping(takes_s)
        responses, said = FirstResponses(), list[tuple[str, float]]()
        dependencies: Any = SimpleNamespace(
            rest=SimpleNamespace(first_responses=responses), memory=NoMemory()
        )

        def note(what: str) -> None:
            said.append((what, asyncio.get_running_loop().time()))

        async def acknowledge() -> bool:
            note("acknowledged")
            return True

        acceptance = Acceptance(
            keeping, dependencies, Background(), lambda _, held: note(str(held)), asyncio.sleep
        )
        with responses.expected("of another"):
            accepting = asyncio.create_task(acceptance.accept(RECORD, acknowledge))
            await asyncio.sleep(2.0)
        await accepting
        assert said == [("acknowledged", min(takes_s, ACKNOWLEDGE_AFTER_S)), ("held", 2.0)]

    run(main())


@pytest.mark.parametrize("takes_s", [0.2, 1.5])
@pytest.mark.parametrize("is_refused", [False, True])
def test_what_takes_long_to_admit_is_acknowledged_in_time_and_once(
    takes_s: float, is_refused: bool
) -> None:
    async def main() -> None:
        loop, told = asyncio.get_running_loop(), list[float]()

        async def acknowledge() -> bool:
            told.append(loop.time())
            await asyncio.sleep(1.0)
            return True

        async def admit(question: Any, origin: Any) -> tuple[Any, Any]:
            await asyncio.sleep(takes_s)
            if is_refused:
                raise Refused("not here")
            return f"{question}!", origin

        given: Any = admit, "why", "here", acknowledge
        in_time = [] if takes_s < ADMITTED_WITHIN_S else [ADMITTED_WITHIN_S]
        if is_refused:
            with pytest.raises(Refused):
                await admitted(*given)
            assert told == in_time
            assert loop.time() == (in_time[0] + 1.0 if in_time else takes_s), "it takes its place"
            return
        question, _, acknowledge_now = await admitted(*given)
        assert str(question) == "why!"
        assert told == in_time
        assert await acknowledge_now() is True
        assert told == (in_time or [takes_s])

    run(main())


def test_an_early_acknowledgement_may_fail_though_another_process_has_the_question() -> None:
    async def main() -> None:
        loop, unhandled = asyncio.get_running_loop(), list[Any]()
        loop.set_exception_handler(lambda _, context: unhandled.append(context))

        async def acknowledge() -> bool:
            raise RuntimeError("Discord no longer waits")

        async def admit(question: Any, origin: Any) -> tuple[Any, Any]:
            await asyncio.sleep(2 * ADMITTED_WITHIN_S)
            return question, origin

        given: Any = admit, "why", "here", acknowledge
        _, _, acknowledge_now = await admitted(*given)
        del acknowledge_now
        gc.collect()
        assert unhandled == []

    run(main())
