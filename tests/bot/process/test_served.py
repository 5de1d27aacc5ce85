import logging
import socket

import pytest

from bot.process.served import health_of
from bot.settings import Settings
from connectors.recorder import UNRECORDED


async def test_without_a_port_nothing_is_counted_or_served() -> None:
    async with health_of(Settings()) as health:
        assert health.recorder is UNRECORDED


async def test_a_port_that_is_taken_costs_the_health_and_nothing_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket(socket.AF_INET6) as taken:
        taken.bind(("::", 0))
        taken.listen()
        port = taken.getsockname()[1]
        async with health_of(Settings(port=port)) as health:
            assert health.is_alive()
    assert [r.levelno for r in caplog.records] == [logging.WARNING]
    assert f"No health on port {port}" in caplog.text
