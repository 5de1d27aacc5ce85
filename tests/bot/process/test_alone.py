from __future__ import annotations

import asyncio
from pathlib import Path

from bot.process.alone import alone
from bot.settings import Settings


async def test_one_process_connects_for_a_file_and_the_next_once_that_has_ended(
    tmp_path: Path,
) -> None:
    settings, stop = Settings(data_dir=tmp_path / "new"), asyncio.Event()
    async with alone(settings, stop) as first, alone(settings, stop, overlap_s=0.0) as second:
        assert (first, second) == (True, False)
    async with alone(settings, stop, overlap_s=0.0) as after:
        assert after


async def test_who_waits_for_another_can_be_stopped(tmp_path: Path) -> None:
    settings, stop = Settings(data_dir=tmp_path), asyncio.Event()
    stop.set()
    async with alone(settings, stop), alone(settings, stop) as is_alone:
        assert is_alone


async def test_processes_share_a_server(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://db/abi")
    stop = asyncio.Event()
    async with alone(settings, stop), alone(settings, stop, overlap_s=0.0) as second:
        assert second
