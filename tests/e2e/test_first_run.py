"""The first run at a terminal: questions, a file, and a bot that is ready."""

import asyncio
import os
import pty
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from bot.process import texts
from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.model_server import ModelServer
from tests.e2e.test_process import START_S, login, variables


class Terminal:
    """A process at a terminal, and all that is shown there."""

    def __init__(self, process: asyncio.subprocess.Process, descriptor: int) -> None:
        self.process = process
        self.shown = ""
        self._descriptor = descriptor
        self._changed = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, self._read)

    def _read(self) -> None:
        with suppress(OSError):  # the process has ended
            self.shown += os.read(self._descriptor, 65536).decode(errors="replace")
        self._changed.set()

    async def shows(self, text: str) -> None:
        async with asyncio.timeout(START_S):
            while text not in self.shown:
                self._changed.clear()
                await self._changed.wait()

    async def interrupted(self) -> int:
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        async with asyncio.timeout(START_S):
            return await self.process.wait()

    def types(self, line: str) -> None:
        os.write(self._descriptor, f"{line}\n".encode())


@asynccontextmanager
async def at_a_terminal(cwd: Path, **environ: str) -> AsyncIterator[Terminal]:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot"),
        cwd=cwd,
        env=variables(cwd, environ),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,  # or getpass asks at the terminal of who runs the tests
    )
    os.close(theirs)
    terminal = Terminal(process, ours)
    try:
        yield terminal
    finally:
        asyncio.get_running_loop().remove_reader(ours)
        if process.returncode is None:
            process.kill()
            await process.wait()
        os.close(ours)


async def test_from_nothing_to_a_bot_that_is_ready(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# mine\n")
    async with DiscordServer() as discord, ModelServer() as model:
        environ = login(
            discord, DISCORD_BOT_TOKEN="", OPENAI_API_KEY="k", OPENAI_BASE_URL=model.base_url
        )
        async with at_a_terminal(tmp_path, **environ) as terminal:
            await terminal.shows("Token (not shown")
            terminal.types(discord.token)
            await terminal.shows(texts.INVITE)
            await terminal.shows("permissions=309237763072\x1b[0m\r\n")
            assert await terminal.interrupted() == 0
    shown = terminal.shown
    assert "Accepted: Abi." in shown
    assert "OpenAI: nothing to do." in shown
    assert discord.token not in shown
    assert "Ready as Abi" in shown
    assert "\x1b[36mhttps://discord.com/oauth2/authorize?client_id=" in shown
    assert "INFO    bot.app: Ready as" in shown, "a terminal gets text"
    assert file.read_text() == f"# mine\nDISCORD_BOT_TOKEN={discord.token}\n"
    assert file.stat().st_mode & 0o777 == 0o600


async def test_ctrl_c_ends_the_questions_with_2_and_changes_nothing(tmp_path: Path) -> None:
    async with at_a_terminal(tmp_path) as terminal:
        await terminal.shows("Token (not shown")
        assert await terminal.interrupted() == 2
    assert "Traceback" not in terminal.shown
    assert texts.ENDED.strip() in terminal.shown
    assert not (tmp_path / ".env").exists()
