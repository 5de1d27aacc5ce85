"""The Procfile under honcho, and the steps of the Dockerfile without Docker, as people run them."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.sandbox.model_server import Reply
from tests.crash.installation import IS_LONG, ROOT, STOPPED_WITHIN_S, BotProcess, Installation
from tests.e2e.world import is_end

pytestmark = pytest.mark.skipif(not IS_LONG, reason="it takes half a minute: make soak waits")

NOBODY = 65534  # the user that the steps of the image run as, if this one may choose
SENTENCES = [f"This is sentence {number}. " for number in range(1, 9)]


@asynccontextmanager
async def started(
    *command: str, cwd: Path, environ: Mapping[str, str], user: int | None = None
) -> AsyncIterator[BotProcess]:
    """Run a command in a group of its own; whatever is left of it is killed in the end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env=environ,
        user=user,
        group=user,
        extra_groups=None if user is None else [],
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    bot = BotProcess(process)
    try:
        yield bot
    finally:
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
        await bot.kill()


def honcho(*arguments: str) -> Sequence[str]:
    # Without a prefix and without anybody's .env; its own lines and the bot's come on stderr.
    program = "import sys; sys.stdout = sys.stderr; from honcho.command import main; main()"
    options = ("--no-prefix", "-e", os.devnull, "-f", str(ROOT / "Procfile"), "-d", ".")
    return (sys.executable, "-c", program, *options, "start", *arguments)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_the_procfile_migrates_and_loses_nothing_when_it_is_stopped(
    installation: Installation,
) -> None:
    folder = installation.config.data_dir
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environ = installation._environ() | {"PATH": path}
    async with started(*honcho("release"), cwd=folder, environ=environ) as release:
        await release.says("The tables of the database were created")
    (alice,), (channel,) = installation.people(1), installation.channels(1)
    installation.model.open_reply = Reply(chunks=SENTENCES[:4], end="hang")
    async with started(*honcho("worker"), cwd=folder, environ=environ) as worker:
        await worker.says("Ready as")
        await installation.until(lambda: installation.discord.commands)
        asked = await installation.discord.slash(alice, channel, "ask", {"prompt": "Tell me."})
        await installation.until(lambda: any("sentence 4" in m.content for m in asked.messages))
        options = {"when": "in 5 seconds", "text": "tea"}
        promised = await installation.discord.slash(alice, channel, "remind", options)
        await installation.until(lambda: promised.messages and not promised.messages[0].loading)
        copy = str(folder / "copy.db")
        python = (sys.executable, "-m", "bot")
        async with started(*python, "backup", copy, cwd=folder, environ=environ) as backup:
            assert await backup._process.wait() == 0
        async with started(*python, "restore", copy, cwd=folder, environ=environ) as restore:
            await restore.says("The bot is running with this database. Stop it, then try again.")
        code = await worker.stop()
    assert code in (0, -signal.SIGTERM, 128 + signal.SIGTERM)
    assert "Traceback" not in worker.log
    assert not any(map(is_end, installation.posts()))
    installation.model.open_reply = Reply(chunks=SENTENCES[4:])
    (folder / "starts.json").unlink(missing_ok=True)
    async with started(*honcho("worker"), cwd=folder, environ=environ) as worker:
        await installation.until(lambda: any(map(is_end, installation.posts())))
        await installation.until(lambda: any("⏰" in m.content for m in installation.posts()))
        await installation.none_left()
        await worker.stop()
    text = "".join(m.content for m in installation.posts())
    assert [text.count(f"sentence {number}.") for number in range(1, 9)] == [1] * 8
    assert sum("⏰" in m.content for m in installation.posts()) == 1


class Image:
    """The steps of the Dockerfile, in folders of its own in place of those of the image."""

    def __init__(self, folder: Path, python: str, user: int | None) -> None:
        self._folder = folder
        self._user = user
        self.environ = {"PATH": f"{folder / 'bin'}:/usr/bin:/bin", "HOME": str(folder)}
        self.workdir = folder
        self.settings: dict[str, str] = {}
        (folder / "bin").mkdir()
        (folder / "bin" / "python").symlink_to(python)
        for name in ("opt", "data", "app"):
            (folder / name).mkdir()
            if user is not None:
                os.chown(folder / name, user, user)

    def moved(self, text: str) -> str:
        """Return a text with the image's folders replaced."""
        return re.sub(r"(?<![\w.])/(opt/abi|data|app)\b", rf"{self._folder}/\1", text)

    async def build(self, dockerfile: str) -> None:
        for line in dockerfile.replace("\\\n", " ").splitlines():
            word, _, rest = line.partition(" ")
            match word:
                case "RUN" if not rest.startswith("useradd"):  # this user is there already
                    await self.run("/bin/sh", "-c", self.moved(rest))
                case "COPY" if "--from" not in rest:
                    self.copy(*rest.split())
                case "WORKDIR":
                    self.workdir = Path(self.moved(rest))
                case "ENV":
                    for name, value in re.findall(r"(\w+)=(\S+)", self.moved(rest)):
                        self.environ[name] = value.replace("$PATH", self.environ["PATH"])
                case "STOPSIGNAL" | "CMD" | "HEALTHCHECK":
                    self.settings[word] = rest

    def copy(self, *names: str) -> None:
        for name in names[:-1]:
            source, target = ROOT / name, self.workdir / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, target)
        if self._user is not None:
            for path in [self.workdir, *self.workdir.rglob("*")]:
                os.chown(path, self._user, self._user)

    async def run(self, *command: str) -> int:
        kept = {n: v for n, v in os.environ.items() if n.startswith(("PIP_", "UV_"))}
        environ = kept | self.environ
        async with started(*command, cwd=self.workdir, environ=environ, user=self._user) as process:
            async with asyncio.timeout(300):
                await process._reading
            code = await process._process.wait()
        assert code == 0, process.log
        return code


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_steps_of_the_image_give_a_bot_that_answers_and_stops(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> None:
    user, python = NOBODY if os.geteuid() == 0 else None, sys.executable
    if user is not None:  # ours may be in a folder that nobody else may enter
        python = shutil.which("python3", path="/usr/local/bin:/usr/bin") or python
    folder = tmp_path_factory.mktemp("image")
    for path in (folder, *folder.parents[:3]):  # pytest's folders are for their owner only
        path.chmod(path.stat().st_mode | 0o011)
    image = Image(folder, python, user)
    await image.build((ROOT / "Dockerfile").read_text())
    named = {
        n: v for n, v in installation._environ().items() if n.startswith(("DISCORD", "OPENAI"))
    }
    environ = image.environ | named | {"PORT": str(free_port())}
    installation.model.open_reply = Reply(chunks=["A short ", "answer."])
    (alice,), (channel,) = installation.people(1), installation.channels(1)
    command, check = (
        json.loads(image.settings[word].partition("CMD ")[2] or image.settings[word])
        for word in ("CMD", "HEALTHCHECK")
    )
    python = str(folder / "opt" / "abi" / "bin" / "python")
    async with started(
        python, *command[1:], cwd=image.workdir, environ=environ, user=user
    ) as process:
        await process.says("Ready as")
        await installation.until(lambda: installation.discord.commands)
        asked = await installation.discord.slash(alice, channel, "ask", {"prompt": "Why?"})
        await installation.until(lambda: any("short answer" in m.content for m in asked.messages))
        image.environ = environ
        assert await image.run(python, *check[1:]) == 0
        assert image.settings["STOPSIGNAL"] == "SIGTERM"
        async with asyncio.timeout(STOPPED_WITHIN_S):
            assert await process.stop() == 0
    assert (folder / "data" / "abi.db").exists()
