"""The whole bot behind a proxy: REST API, gateway and a provider are reached through it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.model_server import ModelServer
from tests.e2e.test_process import login, running, stops_with_0


@asynccontextmanager
async def proxy() -> AsyncIterator[tuple[str, list[str]]]:
    """Yield a proxy to which every host is this machine, and the first lines of its requests."""
    seen: list[str] = []
    tasks: set[asyncio.Task[None]] = set()

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        seen.append(head.decode().splitlines()[0])
        there, back = await asyncio.open_connection("127.0.0.1", urlsplit(head.split()[1]).port)
        back.write(head)
        for pair in ((reader, back), (there, writer)):
            task = asyncio.create_task(copy(*pair))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", seen
    server.close()
    for task in tuple(tasks):
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await server.wait_closed()


def elsewhere(url: str, host: str) -> str:
    """Return an address of this machine as one of a host that only the proxy knows."""
    return url.replace("127.0.0.1", host)


async def test_the_whole_bot_reaches_everything_through_a_proxy(tmp_path: Path) -> None:
    async with DiscordServer() as discord, ModelServer() as model, proxy() as (address, seen):
        guild = discord.add_guild("Kitchen")
        channel = discord.add_channel(guild, "general")
        alice = discord.add_user("alice")
        discord.add_member(guild, alice)
        discord.gateway.url = elsewhere(discord.gateway.url, "gateway.invalid")
        environ = login(
            discord,
            DISCORD_API_URL=elsewhere(discord.api_url, "discord.invalid"),
            OPENAI_API_KEY="k",
            OPENAI_BASE_URL=elsewhere(model.base_url, "model.invalid"),
            OPENAI_MODEL="sandbox-large",
            HTTP_PROXY=address,
        )
        async with running(tmp_path, **environ) as process:
            await process.says("Registered")
            asked = await discord.slash(alice, channel, "ask", {"prompt": "Are you there?"})
            await discord.until(
                lambda: asked.messages and not any(m.loading for m in asked.messages), why="an end"
            )
            process.signal(signal.SIGTERM)
            code, log = await process.ends()
    assert code == 0, log
    assert "sandbox-large" in asked.messages[-1].content
    for host in ("discord.invalid", "gateway.invalid", "model.invalid"):
        assert any(f"//{host}:" in line for line in seen), host


async def test_a_proxy_that_refuses_is_named_and_holds_up_no_stop(tmp_path: Path) -> None:
    environ = {
        "DISCORD_BOT_TOKEN": "x",
        "DISCORD_API_URL": "http://discord.invalid/api/v10",
        "HTTP_PROXY": "http://me:secret@127.0.0.1:9",
    }
    async with running(tmp_path, **environ) as process:
        log = await process.says("Trying again in 5 s")
        log += await stops_with_0(process)
    assert "the proxy at 127.0.0.1:9 cannot be reached" in log
    assert "secret" not in log
