"""The bot as the process that a supervisor runs: exit codes, signals, and what its log holds."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.model_server import ModelServer, Reply
from connectors.database import Config, DatabaseUnavailable
from connectors.database.database import Database
from connectors.local_scheduler import LocalScheduler, NewJob
from tests.processes import Forked, fork

ROOT = Path(__file__).parents[2]
KEY, PROMPT, ANSWER = "sk-very-secret-key", "my secret question", "my secret answer"
START_S = 60.0  # for what comes of a process that has just been started, or ends


class Process:
    """``python -m bot`` with only these variables, away from anybody's .env."""

    def __init__(self, process: asyncio.subprocess.Process | Forked) -> None:
        self._process = process

    async def says(self, text: str) -> str:
        """Read the log up to the line that holds text."""
        assert self._process.stderr is not None
        read = ""
        async with asyncio.timeout(START_S):
            while text not in read:
                line = await self._process.stderr.readline()
                assert line, f"the process ended without saying {text!r}:\n{read}"
                read += line.decode()
        return read

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def ends(self) -> tuple[int, str]:
        """Return the exit code and the rest of the log."""
        async with asyncio.timeout(START_S):
            _, errors = await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode, errors.decode()


def variables(cwd: Path, environ: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "ABI_DATA_DIR": str(cwd),
        "ABI_FILES_LAST": "1",  # tests may run in a container
        **environ,
    }


@asynccontextmanager
async def running(cwd: Path, *arguments: str, **environ: str) -> AsyncIterator[Process]:
    """Run the bot in a process that has done its imports before."""
    process = await fork(arguments, cwd=cwd, environ=variables(cwd, environ))
    async with killed(process):
        yield Process(process)


@asynccontextmanager
async def interpreting(cwd: Path, *arguments: str, **environ: str) -> AsyncIterator[Process]:
    """Run the bot in an interpreter: where it matters how one starts or ends."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=cwd,
        env=variables(cwd, environ),
        stderr=asyncio.subprocess.PIPE,
    )
    async with killed(process):
        yield Process(process)


Start = Callable[..., AbstractAsyncContextManager[Process]]


@asynccontextmanager
async def killed(process: asyncio.subprocess.Process | Forked) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer() as server:
        yield server


def login(discord: DiscordServer, **environ: str) -> dict[str, str]:
    return {"DISCORD_BOT_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url} | environ


EITHER = pytest.mark.parametrize("command", ["run", "scheduler"])


@EITHER
async def test_without_a_token_it_says_where_to_get_one(tmp_path: Path, command: str) -> None:
    async with interpreting(tmp_path, command) as process:
        code, log = await process.ends()
    assert code == 2
    assert "https://discord.com/developers/applications" in log
    assert "make sandbox" in log
    assert "Traceback" not in log


async def test_a_variable_that_makes_no_sense_is_named(tmp_path: Path) -> None:
    async with running(tmp_path, ABI_PROVIDER="clippy") as process:
        code, log = await process.ends()
    assert code == 2
    assert log.startswith("ABI_PROVIDER is 'clippy'. Set it to one of: openai, ")


@EITHER
async def test_a_newer_database_is_refused_and_left_alone(
    tmp_path: Path, discord: DiscordServer, database_url: str | None, command: str
) -> None:
    config = Config(tmp_path, database_url)
    await set_version(config, "0999")
    environ = {"DATABASE_URL": database_url} if database_url else {}
    async with running(tmp_path, command, **login(discord, **environ)) as process:
        code, log = await process.ends()
    assert code == 2
    assert log.count("\n") == 1
    assert "was written by a newer version of Abi. Install that version again, or" in log
    assert not discord.requests
    with pytest.raises(DatabaseUnavailable, match="a newer version"):
        await set_version(config, "0998")


async def set_version(config: Config, version: str) -> None:
    database = Database(config)
    try:
        await database.run(
            lambda c: c.execute(text("UPDATE jobs_version SET version_num = :v"), {"v": version})
        )
    finally:
        await database.aclose()


async def test_an_unknown_word_on_the_command_line_shows_the_usage(tmp_path: Path) -> None:
    async with running(tmp_path, "dance") as process:
        code, said = await process.ends()
    words = "run|scheduler|sandbox|doctor|migrate|backup [FILE]|restore FILE"
    assert (code, said) == (2, f"Usage: python -m bot [{words}]\n")


@EITHER
async def test_a_refused_token_ends_it_for_good(
    tmp_path: Path, discord: DiscordServer, command: str
) -> None:
    environ = login(discord, DISCORD_BOT_TOKEN="wrong")
    async with running(tmp_path, command, **environ) as process:
        code, log = await process.ends()
    assert code == 2
    assert "Discord refused the bot's token." in log
    assert "Traceback" not in log
    assert discord.identifies == 0


@EITHER
@pytest.mark.parametrize(
    ("number", "started"), [(signal.SIGTERM, interpreting), (signal.SIGINT, running)]
)
async def test_an_idle_process_stops_at_once_with_0(
    tmp_path: Path, discord: DiscordServer, number: signal.Signals, started: Start, command: str
) -> None:
    async with started(tmp_path, command, **login(discord)) as process:
        await process.says("Ready as")
        process.signal(number)
        code, log = await process.ends()
    assert code == 0
    assert "Traceback" not in log


async def test_sigterm_says_that_the_answer_goes_on_later_and_the_log_keeps_every_secret(
    tmp_path: Path, discord: DiscordServer
) -> None:
    async with ModelServer() as model:
        guild = discord.add_guild("Kitchen")
        channel = discord.add_channel(guild, "general")
        alice = discord.add_user("alice")
        discord.add_member(guild, alice)
        model.open_reply = Reply(chunks=[ANSWER], end="hang")
        environ = login(
            discord, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.base_url, ABI_LOG_LEVEL="DEBUG"
        )
        async with running(tmp_path, **environ) as process:
            log = await process.says("Registered")
            asked = await discord.slash(alice, channel, "ask", {"prompt": PROMPT})
            await discord.until(
                lambda: any(ANSWER in m.content for m in asked.messages), why="the answer"
            )
            process.signal(signal.SIGTERM)
            code, rest = await process.ends()
    assert code == 0
    assert asked.messages[0].content == (
        f"> **alice:** {PROMPT}\n{ANSWER}\n-# I am being restarted. This goes on as soon as I am "
        f"back."
    )
    log += rest
    assert "Traceback" not in log
    for secret in (KEY, PROMPT, ANSWER, discord.token, asked.token):
        assert secret not in log


async def test_the_scheduler_alone_sends_what_is_due_without_a_gateway(
    tmp_path: Path, discord: DiscordServer
) -> None:
    channel = discord.add_channel(discord.add_guild("Kitchen"), "general")
    ledger = LocalScheduler(Config(tmp_path))
    payload = {"text": "tea"}
    await ledger.add(NewJob(kind="reminder", owner_id=7, channel_id=channel.id, payload=payload))
    async with running(tmp_path, "scheduler", **login(discord)) as process:
        await discord.until(lambda: discord.messages(channel), START_S, why="the reminder")
        process.signal(signal.SIGTERM)
        assert (await process.ends())[0] == 0
    assert [m.content for m in discord.messages(channel)] == ["⏰ <@7> tea"]
    assert await ledger.owned_by(7) == []
    await ledger.aclose()
    assert discord.identifies == 0
    assert {r.path for r in discord.requests} == {
        "/users/@me",
        f"/channels/{channel.id}/messages",
    }


async def test_the_scheduler_alone_is_refused_where_it_shares_nothing(
    tmp_path: Path, discord: DiscordServer
) -> None:
    environ = login(discord, DYNO="scheduler.1", ABI_FILES_LAST="")
    async with running(tmp_path, "scheduler", **environ) as process:
        code, log = await process.ends()
    assert code == 2
    assert "Set DATABASE_URL for both" in log
    assert not discord.requests


async def test_the_scheduler_alone_can_be_stopped_while_discord_is_away(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9/api/v10"
    environ = {"DISCORD_BOT_TOKEN": "x", "DISCORD_API_URL": nobody}
    async with running(tmp_path, "scheduler", **environ) as process:
        await process.says("trying again")
        process.signal(signal.SIGTERM)
        assert (await process.ends())[0] == 0


async def test_a_discord_that_is_away_is_tried_again_later_and_later(tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9/api/v10"
    environ = {"DISCORD_BOT_TOKEN": "x", "DISCORD_API_URL": nobody}
    async with running(tmp_path, **environ) as process:
        log = await process.says("Trying again in 5 s")
        assert "Traceback" not in log
        process.signal(signal.SIGTERM)
        assert (await process.ends())[0] == 0


async def test_a_restart_by_the_supervisor_waits_as_well(tmp_path: Path) -> None:
    (tmp_path / "starts.json").write_text('{"failed": 4, "at": 1e12}')
    environ = {"DISCORD_BOT_TOKEN": "x", "DISCORD_API_URL": "http://127.0.0.1:9/api/v10"}
    async with running(tmp_path, **environ) as process:
        await process.says("Trying again in 40 s")
        process.signal(signal.SIGTERM)
        assert (await process.ends())[0] == 0


@asynccontextmanager
async def mute_server(reached: asyncio.Event | None = None) -> AsyncIterator[int]:
    """Give the port of a server that accepts connections and never answers."""
    ended = asyncio.Event()
    hanging: list[asyncio.Task[object]] = []

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        hanging.append(task)
        if reached is not None:
            reached.set()
        await ended.wait()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        ended.set()
        server.close()
        await server.wait_closed()
        await asyncio.gather(*hanging)


async def stops_with_0(process: Process, *, within_s: float = 10.0) -> str:
    process.signal(signal.SIGTERM)
    async with asyncio.timeout(within_s):
        code, log = await process.ends()
    assert code == 0, log
    assert "Traceback" not in log
    return log


@EITHER
async def test_a_discord_that_never_answers_holds_up_no_stop(tmp_path: Path, command: str) -> None:
    async with mute_server() as port:
        nobody = f"http://127.0.0.1:{port}/api/v10"
        environ = {"DISCORD_BOT_TOKEN": "x", "DISCORD_API_URL": nobody, "ABI_LOG_LEVEL": "DEBUG"}
        async with interpreting(tmp_path, command, **environ) as process:
            await process.says("Starting.")
            await stops_with_0(process)


async def test_a_gateway_that_cannot_be_reached_holds_up_no_stop(
    tmp_path: Path, discord: DiscordServer
) -> None:
    discord.refuse_gateway(1000)
    async with running(tmp_path, **login(discord)) as process:
        await process.says("Failed to connect for shard_id")
        await stops_with_0(process)


async def test_a_gateway_that_never_says_hello_holds_up_no_stop(
    tmp_path: Path, discord: DiscordServer
) -> None:
    async with mute_server() as port:
        discord.gateway.url = f"ws://127.0.0.1:{port}"
        async with running(tmp_path, **login(discord)) as process:
            await discord.until(
                lambda: any("/gateway/bot" in r.path for r in discord.requests),
                START_S,
                "the login",
            )
            await stops_with_0(process)


@EITHER
async def test_a_database_that_never_answers_holds_up_no_stop(
    tmp_path: Path, discord: DiscordServer, command: str
) -> None:
    async with mute_server() as port:
        environ = login(discord, DATABASE_URL=f"postgresql://me:secret@127.0.0.1:{port}/abi")
        async with interpreting(tmp_path, command, **environ) as process:
            log = await process.says("Ready as")
            log += await stops_with_0(process)
    assert "secret" not in log


async def test_a_database_that_never_answers_holds_up_no_stop_before_the_login(
    tmp_path: Path, discord: DiscordServer
) -> None:
    reached = asyncio.Event()
    async with mute_server(reached) as port:
        environ = login(discord, DATABASE_URL=f"postgresql://me:secret@127.0.0.1:{port}/abi")
        async with interpreting(tmp_path, **environ) as process:
            await reached.wait()
            await stops_with_0(process)
    assert not discord.requests


async def test_a_second_signal_ends_at_once_with_0(tmp_path: Path, discord: DiscordServer) -> None:
    async with ModelServer() as model:
        guild = discord.add_guild("Kitchen")
        channel = discord.add_channel(guild, "general")
        alice = discord.add_user("alice")
        discord.add_member(guild, alice)
        model.open_reply = Reply(chunks=[ANSWER], end="hang")
        environ = login(discord, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.base_url)
        async with running(tmp_path, **environ) as process:
            await process.says("Registered")
            asked = await discord.slash(alice, channel, "ask", {"prompt": PROMPT})
            await discord.until(
                lambda: any(ANSWER in m.content for m in asked.messages), why="the answer"
            )
            process.signal(signal.SIGINT)
            await process.says("Stopping.")
            process.signal(signal.SIGINT)
            code, log = await process.ends()
    assert code == 0
    assert "Traceback" not in log
    assert "being restarted" not in asked.messages[0].content, "it took the time of one signal"


ODD_EVENTS: dict[str, dict[str, object]] = {
    "MESSAGE_CREATE": {"id": "1", "channel_id": "no number"},
    "CHANNEL_CREATE": {"id": "1", "guild_id": "{guild}"},
    "INTERACTION_CREATE": {"id": "1", "type": 2},
    "GUILD_ROLE_UPDATE": {"guild_id": "{guild}", "role": "my secret question"},
    "USER_UPDATE": {},
}


@pytest.mark.parametrize("event", list(ODD_EVENTS))
async def test_an_event_that_ends_the_gateway_ends_the_process_with_its_cause(
    tmp_path: Path, discord: DiscordServer, event: str
) -> None:
    guild = discord.add_guild("Kitchen")
    data = {
        k: v.format(guild=guild.id) if isinstance(v, str) else v
        for k, v in ODD_EVENTS[event].items()
    }
    async with running(tmp_path, **login(discord)) as process:
        await process.says("Registered")
        discord.gateway.dispatch(Event(event, data, guild.id))
        code, log = await process.ends()
    assert code == 1
    assert "Stopped by an unexpected error" in log
    assert "Error" in log.splitlines()[-1]
    assert f"parse_{event.lower()}" in log
    assert PROMPT not in log


async def test_refused_intents_end_it_for_good(tmp_path: Path, discord: DiscordServer) -> None:
    async with running(tmp_path, **login(discord)) as process:
        await process.says("Registered")
        await discord.drop_gateway(4014)
        code, log = await process.ends()
    assert code == 2
    assert "Discord refused the bot's intents (4014). Allow them at https://" in log
    assert "Traceback" not in log


async def test_a_token_that_is_reset_while_it_runs_ends_it_at_the_next_login(
    tmp_path: Path, discord: DiscordServer
) -> None:
    async with running(tmp_path, **login(discord)) as process:
        await process.says("Registered")
        discord.api._authorization = "Bot another"
        await discord.drop_gateway(4004)
        code, log = await process.ends()
    assert code == 2
    assert "Discord refused the bot's token." in log
    assert "Traceback" not in log


async def test_a_refused_token_does_not_make_the_corrected_one_wait(
    tmp_path: Path, discord: DiscordServer
) -> None:
    async with running(tmp_path, **login(discord, DISCORD_BOT_TOKEN="wrong")) as process:
        assert (await process.ends())[0] == 2
    counted = tmp_path / "starts.json"
    assert '"failed":1' in counted.read_text()
    counted.write_text(counted.read_text().replace('"failed":1', '"failed":9'))
    async with running(tmp_path, **login(discord)) as process:
        log = await process.says("Ready as")
        await stops_with_0(process)
    assert "The last start failed" not in log
    assert "wrong" not in counted.read_text()
    assert discord.token not in (tmp_path / "starts.json").read_text()


@EITHER
@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("DISCORD_API_URL", "nonsense", "DISCORD_API_URL is not an address such as https://"),
        ("DISCORD_API_URL", "ftp://discord.com", "DISCORD_API_URL is not an address such as"),
        ("DISCORD_BOT_TOKEN", "two words", "DISCORD_BOT_TOKEN holds a space or a character"),
        ("DISCORD_BOT_TOKEN", "tökén", "DISCORD_BOT_TOKEN holds a space or a character"),
        (
            "DATABASE_URL",
            "mysql://me:secret@db/abi",
            "DATABASE_URL is not the address of a PostgreSQL server",
        ),
        ("DATABASE_URL", "postgresql://me:secret@db/abi?x=1", 'DATABASE_URL has an option "x"'),
        (
            "DATABASE_URL",
            "sqlite:////proc/abi/abi.db",
            "The database cannot be used: the folder /proc",
        ),
        (
            "ABI_DATA_DIR",
            "/proc/abi",
            "The database cannot be used: the folder /proc/abi cannot be",
        ),
    ],
)
async def test_what_only_a_person_can_mend_is_one_line_and_2(
    tmp_path: Path, discord: DiscordServer, variable: str, value: str, said: str, command: str
) -> None:
    async with running(tmp_path, command, **login(discord, **{variable: value})) as process:
        code, log = await process.ends()
    assert code == 2
    [line] = log.splitlines()
    assert said in line
    assert "secret" not in log
    assert not discord.requests


async def test_a_system_without_what_only_unix_has_runs_all_the_same(
    tmp_path: Path, discord: DiscordServer
) -> None:
    program = tmp_path / "windows.py"
    program.write_text(
        "import asyncio, os, sys\n"
        "sys.modules |= dict.fromkeys(('fcntl', 'grp', 'pwd', 'resource', 'termios'))\n"
        "for name in ('fchmod', 'fchown', 'fork', 'geteuid', 'getuid'): delattr(os, name)\n"
        "def missing(*_): raise NotImplementedError\n"
        "asyncio.SelectorEventLoop.add_signal_handler = missing\n"
        "asyncio.SelectorEventLoop.remove_signal_handler = missing\n"
        "from bot.__main__ import main\n"
        "sys.exit(main(['run']))\n"
    )
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(program)),
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **login(discord)},
        stderr=asyncio.subprocess.PIPE,
    )
    async with killed(process):
        bot = Process(process)
        await bot.says("Ready as")
        await stops_with_0(bot)


@pytest.mark.parametrize("module", ["asyncio", "connectors", "bot.process.run"])
async def test_a_signal_while_it_is_still_loading_ends_it_with_0(
    tmp_path: Path, discord: DiscordServer, module: str
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\n"
        "class Finder:\n"
        "    def find_spec(self, name, *_):\n"
        f"        if name == {module!r}: os.kill(os.getpid(), signal.SIGTERM)\n"
        "sys.meta_path.insert(0, Finder())\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    async with interpreting(tmp_path, **login(discord, PYTHONPATH=path)) as process:
        code, log = await process.ends()
    assert (code, "Traceback" in log) == (0, False)
    assert discord.identifies == 0


@EITHER
async def test_a_token_under_another_name_is_told_with_the_right_one(
    tmp_path: Path, command: str
) -> None:
    async with running(tmp_path, command, DISCORD_TOKEN="secret") as process:
        assert await process.ends() == (
            2,
            "DISCORD_TOKEN is set, but the bot reads DISCORD_BOT_TOKEN: rename or unset it.\n",
        )


WORDS = "floccinaucinihilipilification"


async def test_no_word_of_anybody_is_ever_logged(tmp_path: Path, discord: DiscordServer) -> None:
    guild = discord.add_guild("Kitchen")
    channel = discord.add_channel(guild, "general")
    alice = discord.add_user("alice")
    discord.add_member(guild, alice)
    mention = f"<@{discord.bot_user.id}>"
    async with ModelServer() as model:
        environ = login(
            discord, ABI_LOG_LEVEL="DEBUG", OPENAI_API_KEY=KEY, OPENAI_BASE_URL=model.base_url
        )
        async with running(tmp_path, **environ) as process:
            log = await process.says("Registered")
            for text in (WORDS, f"{mention} {WORDS}", f"{mention}{WORDS} more", f"!{WORDS}"):
                await discord.post(alice, channel, text)
                await discord.post(alice, discord.dm(alice), text)
            asked = await discord.slash(alice, channel, "ask", {"prompt": WORDS})
            await discord.slash(alice, channel, "remind", {"when": f"in 2 {WORDS}", "text": WORDS})
            await discord.slash(alice, channel, "remind", {"when": "in 2 hours", "text": WORDS})
            await discord.autocomplete(alice, channel, "ask", {"model": WORDS}, focused="model")
            await discord.autocomplete(alice, channel, "remind", {"when": WORDS}, focused="when")
            await discord.until(
                lambda: asked.messages and not any(m.loading for m in asked.messages), why="an end"
            )
            process.signal(signal.SIGTERM)
            code, rest = await process.ends()
    log += rest
    assert code == 0, log
    for secret in (WORDS, KEY, discord.token, asked.token):
        assert secret not in log
