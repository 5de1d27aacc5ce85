"""``python -m bot sandbox`` as a process: its bot is killed in mid-sentence, then it itself is."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.bot.sandbox.test_page_server import decoded
from tests.sandbox import plain_client

ROOT = Path(__file__).parents[2]
START_S = 60.0
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
REAL = "postgresql://nobody@127.0.0.1:9/real"


class Page:
    """The memory of a page: every event, and the newest content of each message."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.states: list[str] = []
        self.shown: dict[str, str] = {}
        self.channels: dict[str, str] = {}
        self._changed = asyncio.Event()

    async def listen(self) -> None:
        async with self.client.stream("GET", "/api/events") as response:
            async for event in decoded(response.aiter_lines()):
                self._see(event)
                self._changed.set()

    def _see(self, event: Any) -> None:
        if event["type"] == "state":
            self.channels = {channel["name"]: channel["id"] for channel in event["channels"]}
        elif event["type"] == "bot":
            self.states.append(event["state"])
        elif event["type"] in ("message_create", "message_update"):
            self.shown[event["message"]["id"]] = event["message"]["content"]

    @property
    def length(self) -> int:
        return sum(map(len, self.shown.values()))

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(START_S):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def post(self, route: str, **body: Any) -> Any:
        return (await self.client.post(f"/api/{route}", json=body)).json()


@asynccontextmanager
async def sandbox(folder: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, Page]]:
    """Run the sandbox with the variables of a real bot, which must not matter to it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "sandbox"),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "TMPDIR": str(folder),
            "ABI_DISCORD_BOT_TOKEN": "a.real.token",
            "ABI_DISCORD_API_URL": "http://127.0.0.1:9/api",
            "DATABASE_URL": REAL,
        },
    )
    try:
        async with asyncio.timeout(START_S):
            found = await address_of(process)
        async with plain_client(base_url=found, timeout=START_S) as client:
            page = Page(client)
            listening = asyncio.create_task(page.listen())
            await page.until(lambda: page.channels)
            yield process, page
            listening.cancel()
            await asyncio.wait({listening})
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def address_of(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := ADDRESS.search(line.decode()):
            return found[0]
    raise AssertionError("the sandbox ended without saying where it is")


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def found_in(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


async def end_of(pid: int) -> None:
    """Wait for the end of a process, whoever has started it."""
    ended, loop, descriptor = asyncio.Event(), asyncio.get_running_loop(), os.pidfd_open(pid)
    loop.add_reader(descriptor, ended.set)
    try:
        async with asyncio.timeout(START_S):
            await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def test_an_answer_goes_on_in_its_message_after_the_plug_was_pulled(tmp_path: Path) -> None:
    async with sandbox(tmp_path) as (process, page):
        general = page.channels["general"]
        asked = {"prompt": "a long story"}
        assert await page.post("slash", channel=general, name="ask", options=asked) == {}
        await page.until(lambda: page.length > 300)
        assert await page.post("plug") == {}
        await page.until(lambda: "killed" in page.states)
        before, length = dict(page.shown), page.length
        assert children(process.pid) == []
        await page.until(lambda: page.length > length + 200)
        for message, text in before.items():  # what is below may close what is open there
            assert page.shown[message].startswith(text[:250])
        assert page.states == ["killed", "starting", "running"]
        (bot,) = children(process.pid)
        assert "abi.db" in {path.name for path in found_in(tmp_path)}
        process.send_signal(signal.SIGKILL)  # which leaves it no time to end the bot
        await end_of(bot)
    assert found_in(tmp_path) == []
