"""A sandbox that is told to stop, as by Ctrl-C or by a supervisor."""

import signal
from pathlib import Path

import pytest

from tests.crash.installation import IS_LONG
from tests.e2e.test_sandbox import children, end_of, found_in, sandbox

pytestmark = pytest.mark.skipif(not IS_LONG, reason="two starts of a sandbox: make soak waits")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_nothing_is_left_of_a_sandbox_that_is_stopped(
    tmp_path: Path, number: signal.Signals
) -> None:
    async with sandbox(tmp_path) as (process, _):
        (bot,) = children(process.pid)
        process.send_signal(number)
        await end_of(bot)
        assert await process.wait() == 0
    assert found_in(tmp_path) == []
