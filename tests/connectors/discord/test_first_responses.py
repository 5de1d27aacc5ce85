import asyncio
import gc

from connectors.discord.first_responses import FirstResponses
from tests.virtual_time import run


def test_nothing_waits_while_no_first_response_is_expected() -> None:
    async def main() -> None:
        waiting = FirstResponses().calm()
        with_nothing_awaited = [*waiting.__await__()]
        assert with_nothing_awaited == []

    run(main())


def test_others_wait_until_the_last_first_response_is_sent_and_then_go_on_in_turn() -> None:
    async def main() -> None:
        responses, said = FirstResponses(at_once=1), list[str]()

        async def other(name: str) -> None:
            await responses.calm()
            said.append(name)

        async def respond(number: int) -> None:
            with responses.expected(number):
                await asyncio.sleep(0.1)  # it is stored
                async with responses.turn(number):
                    said.append(f"sending {number}")
                    await asyncio.sleep(0.2)

        responding = [asyncio.create_task(respond(number)) for number in (1, 2)]
        await asyncio.sleep(0)
        await asyncio.gather(*(other(f"other {number}") for number in range(5)), *responding)
        assert said[:2] == ["sending 1", "sending 2"]
        assert said[2:] == [f"other {number}" for number in range(5)]
        # Before the second one has been answered.
        assert asyncio.get_running_loop().time() == 0.5

    run(main())


def test_nothing_waits_longer_than_the_longest_wait() -> None:
    async def main() -> None:
        responses, loop = FirstResponses(longest_s=5.0), asyncio.get_running_loop()
        with responses.expected(1):
            await asyncio.gather(*(responses.calm() for _ in range(7)))
            assert loop.time() == 5.0
        await responses.calm()
        assert loop.time() == 5.0

    run(main())


def test_who_was_cancelled_while_it_waited_holds_up_nobody() -> None:
    async def main() -> None:
        responses = FirstResponses()
        with responses.expected(1):
            waiting = [asyncio.create_task(responses.calm()) for _ in range(3)]
            await asyncio.sleep(0)
            waiting[0].cancel()
        done, _ = await asyncio.wait(waiting)
        assert [task.cancelled() for task in waiting] == [True, False, False]
        assert len(done) == 3

    run(main())


def test_a_first_response_that_is_never_sent_holds_up_nobody() -> None:
    async def main() -> None:
        responses = FirstResponses(at_once=1)
        async with responses.turn(1):
            waiting = asyncio.create_task(_turn(responses, 2))
            await asyncio.sleep(0)
            calm = asyncio.create_task(responses.calm())
            await asyncio.sleep(0)
            waiting.cancel()
        await calm
        assert asyncio.get_running_loop().time() == 0.0

    async def _turn(responses: FirstResponses, number: int) -> None:
        async with responses.turn(number):
            raise AssertionError

    run(main())


def test_garbage_is_not_looked_for_while_first_responses_are_expected_but_in_an_endless_burst() -> (
    None
):
    async def main() -> None:
        responses = FirstResponses(longest_s=5.0)
        with responses.expected(1):
            with responses.expected(2):
                assert not gc.isenabled()
            async with responses.turn(1):
                assert not gc.isenabled()
            assert gc.isenabled()
        async with responses.turn(3):
            await asyncio.sleep(5.0)
            with responses.expected(4):
                assert gc.isenabled()
        assert gc.isenabled()

    run(main())
