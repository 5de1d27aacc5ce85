from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from bot.sandbox.discord_server import Attachment
from connectors import ApiRequestFailed, ConnectorError, OutOfMemory
from connectors.discord import Config, DiscordRest
from connectors.http.transport import Transport
from connectors.secret import Secret
from tests.connectors.discord.conftest import Place
from tests.rows import each

FILE = "https://cdn.discordapp.com/attachments/12/34/notes.txt"
LIMIT = 100
Handler = Callable[[httpx.Request], httpx.Response]


def client(handler: Handler, api_url: str = "https://discord.com/api/v10") -> DiscordRest:
    transport = Transport(http=httpx.MockTransport(handler))
    return DiscordRest(Config(Secret("t0ken", provider="discord"), api_url), transport)


def served(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=str(request.url).encode())


@pytest.mark.parametrize(
    "url",
    [
        FILE,
        f"{FILE}?ex=65d903de&is=65c68ede&hm=2481f30dd67f503f54d020ae3b5533b9987fae4e&",
        "https://media.discordapp.net/attachments/12/34/a.png?ex=1&is=2&hm=3&=&format=webp",
        "https://cdn.discordapp.com/ephemeral-attachments/12/34/SPOILER_a-b.tar.gz",
    ],
)
async def test_files_come_from_the_addresses_that_discord_gives(url: str) -> None:
    assert await client(served).download(url, limit_bytes=500) == url.encode()


@each(
    "url",
    [
        "",
        "notes.txt",
        "http://cdn.discordapp.com/attachments/12/34/a",
        "ftp://cdn.discordapp.com/attachments/12/34/a",
        "file:///attachments/12/34/a",
        "HTTPS://CDN.DISCORDAPP.COM/attachments/12/34/a",
        "https://cdn.discordapp.com.example.org/attachments/12/34/a",
        "https://example.org/https://cdn.discordapp.com/attachments/12/34/a",
        "https://discord.com/attachments/12/34/a",
        "https://xcdn.discordapp.com/attachments/12/34/a",
        "https://cdn.discordapp.com@example.org/attachments/12/34/a",
        "https://alice:secret@cdn.discordapp.com/attachments/12/34/a",
        "https://cdn.discordapp.com:8443/attachments/12/34/a",
        "https://cdn.discordapp.com:443@example.org/attachments/12/34/a",
        "https://cdn.discordapp.com\\@example.org/attachments/12/34/a",
        "https://cdn.discordapp.com\t.example.org/attachments/12/34/a",
        "https://cdn.discordapp.com%2f@example.org/attachments/12/34/a",
        "https://cdn.d\u0131scordapp.com/attachments/12/34/a",
        "https://cdn\u3002discordapp\u3002com/attachments/12/34/a",
        "https://xn--cdn-example.discordapp.com/attachments/12/34/a",
        "https://169.254.169.254/attachments/12/34/a",
        "https://cdn.discordapp.com/",
        "https://cdn.discordapp.com/icons/12/34.png",
        "https://cdn.discordapp.com/attachments/12/34/..",
        "https://cdn.discordapp.com/attachments/12/34/%2E%2e?a=b",
        "https://cdn.discordapp.com/attachments/12/34/../../../api",
        "https://cdn.discordapp.com/attachments/12/34/a/b",
        "https://cdn.discordapp.com//attachments/12/34/a",
        "//cdn.discordapp.com/attachments/12/34/a",
    ],
)
async def test_nothing_is_fetched_from_anywhere_else(url: str) -> None:
    asked: list[str] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200)

    with pytest.raises(ApiRequestFailed) as raised:
        await client(note).download(url, limit_bytes=LIMIT)
    assert (raised.value.reason, asked) == ("bad_request", [])
    assert url not in str(raised.value) or not url


async def test_what_takes_the_place_of_discord_serves_files_too() -> None:
    own = client(served, "http://127.0.0.1:8080/api/v10")
    url = "http://127.0.0.1:8080/attachments/12/34/a.png"
    assert await own.download(url, limit_bytes=LIMIT) == url.encode()
    assert await own.download(FILE, limit_bytes=LIMIT) == FILE.encode()
    for other in (
        "http://127.0.0.1:8081/attachments/12/34/a.png",
        "http://127.0.0.1:80801/attachments/12/34/a.png",
        "https://127.0.0.1:8080/attachments/12/34/a.png",
        "http://127.0.0.1:8080/api/v10/users/@me",
        "http://127.0.0.1:8080/attachments/12/34/../../../api",
        "http://localhost:8080/attachments/12/34/a.png",
    ):
        with pytest.raises(ApiRequestFailed):
            await own.download(other, limit_bytes=LIMIT)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    asked: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(status, headers={"location": "http://169.254.169.254/"})

    with pytest.raises(ApiRequestFailed) as raised:
        await client(elsewhere).download(FILE, limit_bytes=LIMIT)
    assert (raised.value.status, asked) == (status, ["cdn.discordapp.com"])


@pytest.mark.parametrize("status", [401, 403, 404, 410])
async def test_a_file_whose_link_leads_nowhere_is_not_found(status: int) -> None:
    with pytest.raises(ApiRequestFailed) as raised:
        await client(lambda _: httpx.Response(status)).download(FILE, limit_bytes=LIMIT)
    assert raised.value.reason == "not_found"


async def test_a_server_that_stumbles_is_asked_once_more() -> None:
    replies = [httpx.Response(503), httpx.Response(200, content=b"whole")]
    rest = client(lambda _: replies.pop(0))
    assert await rest.download(FILE, limit_bytes=LIMIT) == b"whole"


async def test_a_file_that_says_it_is_too_large_is_not_read() -> None:
    async def never() -> AsyncIterator[bytes]:
        raise AssertionError("it was read")
        yield b""

    headers = {"content-length": str(LIMIT + 1)}
    rest = client(lambda _: httpx.Response(200, headers=headers, content=never()))
    with pytest.raises(OutOfMemory):
        await rest.download(FILE, limit_bytes=LIMIT)


async def test_a_file_that_hides_its_size_is_read_up_to_the_limit() -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 10
            yield b"0123456789"

    with pytest.raises(OutOfMemory):
        await client(lambda _: httpx.Response(200, content=endless())).download(
            FILE, limit_bytes=LIMIT
        )
    assert sent <= LIMIT + 20


async def test_the_token_is_not_sent_along() -> None:
    seen: list[httpx.Headers] = []

    def note(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return httpx.Response(200)

    await client(note).download(FILE, limit_bytes=LIMIT)
    assert "authorization" not in seen[0]
    assert "t0ken" not in str(seen[0])


async def test_a_file_of_a_message_is_downloaded(place: Place) -> None:
    files = [Attachment("a [name] with (spaces) #1 @ ü.txt", b"hello")]
    message = await place.server.post(place.alice, place.channel, "look", attachments=files)
    url = message.attachments[0].url
    assert await place.rest.download(url, limit_bytes=LIMIT) == b"hello"
    with pytest.raises(ConnectorError):
        await place.rest.download(url, limit_bytes=4)
