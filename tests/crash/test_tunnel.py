"""The whole bot behind a proxy that only tunnels (CONNECT), with TLS to everything behind it."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bot.sandbox.discord_server import DiscordServer
from bot.sandbox.model_server import ModelServer
from tests.crash.installation import IS_LONG
from tests.e2e.test_process import interpreting, login, stops_with_0

pytestmark = pytest.mark.skipif(
    not (IS_LONG and shutil.which("openssl")), reason="it needs openssl: make soak asks for it"
)
HOSTS = ("discord.invalid", "gateway.invalid", "model.invalid")


@pytest.fixture
async def certificate(tmp_path: Path) -> Path:
    """Give a file with a certificate for all hosts, and its key."""
    file, names = tmp_path / "hosts.pem", ",".join(f"DNS:{host}" for host in HOSTS)
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
        *("-subj", "/CN=hosts.invalid", "-addext", f"subjectAltName={names}"),
        *("-keyout", str(file), "-out", str(tmp_path / "certificate.pem")),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await process.wait() == 0
    return file


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, ssl.SSLError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def join(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int | None
) -> None:
    there, back = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(copy(reader, back), copy(there, writer))


@asynccontextmanager
async def tunnels(
    certificate: Path, behind: Mapping[str, str]
) -> AsyncIterator[tuple[str, list[str]]]:
    """Yield a proxy to TLS servers before these addresses, by host, and what it was asked."""
    asked: list[str] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.with_name("certificate.pem"), certificate)
    servers: dict[str, asyncio.Server] = {}
    for host, address in behind.items():
        port = urlsplit(address).port

        async def serve(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int | None = port
        ) -> None:
            await join(reader, writer, port)

        servers[host] = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        host = head.split()[1].removesuffix(":443")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await join(reader, writer, servers[host].sockets[0].getsockname()[1])

    proxy = await asyncio.start_server(connect, "127.0.0.1", 0)
    yield f"http://me:secret@127.0.0.1:{proxy.sockets[0].getsockname()[1]}", asked
    for server in (proxy, *servers.values()):
        server.close()


async def test_a_question_is_answered_through_tunnels_alone(
    tmp_path: Path, certificate: Path
) -> None:
    async with DiscordServer() as discord, ModelServer() as model:
        guild = discord.add_guild("Kitchen")
        channel, alice = discord.add_channel(guild, "general"), discord.add_user("alice")
        discord.add_member(guild, alice)
        addresses = (discord.api_url, discord.gateway.url, model.base_url)
        behind = dict(zip(HOSTS, addresses, strict=True))
        discord.gateway.url = "wss://gateway.invalid/gateway"
        async with tunnels(certificate, behind) as (proxy, asked):
            environ = login(
                discord,
                DISCORD_API_URL="https://discord.invalid/api/v10",
                OPENAI_API_KEY="k",
                OPENAI_BASE_URL="https://model.invalid/v1",
                OPENAI_MODEL="sandbox-large",
                HTTPS_PROXY=proxy,
                SSL_CERT_FILE=str(tmp_path / "certificate.pem"),
            )
            # aiohttp reads the certificates when it is imported.
            async with interpreting(tmp_path, **environ) as process:
                log = await process.says("Registered")
                question = await discord.slash(alice, channel, "ask", {"prompt": "Hello?"})
                await discord.until(
                    lambda: question.messages and not any(m.loading for m in question.messages),
                    why="an answer",
                )
                log += await stops_with_0(process)
    assert "sandbox-large" in question.messages[-1].content
    assert {head.split()[1] for head in asked} == {f"{host}:443" for host in HOSTS}
    assert all("Proxy-Authorization: Basic bWU6c2VjcmV0" in head for head in asked)
    assert "secret" not in log
