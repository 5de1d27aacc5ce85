"""Lower bounds for the connectors: the least Python can do, and httpx used with care."""

import asyncio
import json
import os
import re
import ssl
from collections.abc import AsyncGenerator, Callable
from typing import Any, Final
from urllib.parse import urlsplit

from bench.connectors.clients import Messages

PATHS: Final = {
    "openai": "/v1/chat/completions",
    "anthropic": "/v1/messages",
    "ollama": "/api/chat",
}
HEADERS: Final = {
    "openai": {"authorization": "Bearer sk-bench", "content-type": "application/json"},
    "anthropic": {
        "x-api-key": "sk-bench",
        "anthropic-version": "2023-06-01",
        "content-type": "application/json",
    },
    "ollama": {"content-type": "application/json"},
}
READ_BYTES: Final = 65536
_LENGTH = re.compile(rb"content-length:\s*(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


class RawSocket:
    """asyncio streams and HTTP/1.1 by hand: no timeouts, no redirects, no errors told apart.

    Not a usable client.
    """

    def __init__(self, api: str, base: str, limit: int) -> None:  # noqa: ARG002 - has no limit
        parts = urlsplit(base)
        self._api = api
        self._host, self._port = parts.hostname, parts.port
        self._tls = _tls() if parts.scheme == "https" else None
        headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS[api].items())
        self._head = (
            f"POST {parts.path}{PATHS[api]} HTTP/1.1\r\nhost: {parts.netloc}\r\n"
            f"accept: */*\r\nconnection: keep-alive\r\n{headers}"
        ).encode()
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def complete(self, messages: Messages) -> str:
        connection, head, data = await self._send(_body(self._api, messages, is_stream=False))
        length = _LENGTH.search(head)
        assert length is not None
        while len(data) < int(length[1]):
            data += await connection[0].read(READ_BYTES)
        self._idle.append(connection)
        return _text(self._api, json.loads(data))

    async def stream(self, messages: Messages) -> AsyncGenerator[str, None]:
        feed = _parser(self._api)
        connection, _, data = await self._send(_body(self._api, messages, is_stream=True))
        while True:
            body, data, is_over = _unframed(data)
            for text in feed(body):
                yield text
            if is_over:
                self._idle.append(connection)
                return
            more = await connection[0].read(READ_BYTES)
            if not more:
                raise RuntimeError("closed early")
            data = data + more if data else more

    async def aclose(self) -> None:
        for _, writer in self._idle:
            writer.close()

    async def _send(
        self, body: bytes
    ) -> tuple[tuple[asyncio.StreamReader, asyncio.StreamWriter], bytes, bytes]:
        if self._idle:
            connection = self._idle.pop()
        else:
            connection = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        connection[1].write(b"%scontent-length: %d\r\n\r\n%s" % (self._head, len(body), body))
        data = await connection[0].read(READ_BYTES)
        while (end := data.find(_END)) < 0:
            data += await connection[0].read(READ_BYTES)
        if data[9:12] != b"200":
            raise RuntimeError(data[:end].decode())
        return connection, data[:end], data[end + 4 :]


class RawHttpx:
    """One AsyncClient, ``aiter_bytes``, lines split by hand, ``json.loads``."""

    def __init__(self, api: str, base: str, limit: int) -> None:
        import httpx

        self._api = api
        self._url = base + PATHS[api]
        limits = httpx.Limits(max_connections=limit, max_keepalive_connections=limit)
        verify = _tls() if base.startswith("https") else False
        self._http = httpx.AsyncClient(limits=limits, timeout=60, verify=verify)

    async def complete(self, messages: Messages) -> str:
        body = _body(self._api, messages, is_stream=False)
        response = await self._http.post(self._url, content=body, headers=HEADERS[self._api])
        response.raise_for_status()
        return _text(self._api, json.loads(response.content))

    async def stream(self, messages: Messages) -> AsyncGenerator[str, None]:
        feed = _parser(self._api)
        body = _body(self._api, messages, is_stream=True)
        async with self._http.stream(
            "POST", self._url, content=body, headers=HEADERS[self._api]
        ) as response:
            response.raise_for_status()
            async for data in response.aiter_bytes():
                for text in feed(data):
                    yield text

    async def aclose(self) -> None:
        await self._http.aclose()


def _tls() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=os.environ["SSL_CERT_FILE"])


def _unframed(data: bytes) -> tuple[bytes, bytes, bool]:
    """Return what whole chunk frames hold, the rest of data, and whether the end was seen."""
    found: list[bytes] = []
    position = 0
    while (end := data.find(b"\r\n", position)) >= 0:
        size = int(data[position:end], 16)
        if len(data) < end + 4 + size:
            break
        if size == 0:
            return b"".join(found), b"", True
        found.append(data[end + 2 : end + 2 + size])
        position = end + 4 + size
    return found[0] if len(found) == 1 else b"".join(found), data[position:], False


def _body(api: str, messages: Messages, *, is_stream: bool) -> bytes:
    body: dict[str, Any] = {"model": "bench", "messages": messages, "stream": is_stream}
    if api != "ollama":
        body["max_tokens"] = 512
    if api == "anthropic":
        body |= {"system": messages[0]["content"], "messages": messages[1:]}
    return json.dumps(body).encode()


def _text(api: str, answer: Any) -> str:
    if api == "openai":
        text: str = answer["choices"][0]["message"]["content"]
    elif api == "anthropic":
        text = "".join(block["text"] for block in answer["content"])
    else:
        text = answer["message"]["content"]
    return text


def _parser(api: str) -> Callable[[bytes], list[str]]:
    """Return what takes bytes and gives the texts they complete, keeping an unfinished line."""
    tail = b""
    texts_of = _TEXTS[api]

    def feed(data: bytes) -> list[str]:
        nonlocal tail
        lines = (tail + data if tail else data).split(b"\n")
        tail = lines.pop()
        return texts_of(lines)

    return feed


def _openai_texts(lines: list[bytes]) -> list[str]:
    texts = []
    for line in lines:
        if not line.startswith(b"data: ") or line.startswith(b"[DONE]", 6):
            continue
        for choice in json.loads(line[6:])["choices"]:
            text = choice["delta"].get("content")
            if text:
                texts.append(text)
    return texts


def _anthropic_texts(lines: list[bytes]) -> list[str]:
    texts = []
    for line in lines:
        if line.startswith(b"data: "):
            event = json.loads(line[6:])
            if event["type"] == "content_block_delta":
                texts.append(event["delta"]["text"])
    return texts


def _ollama_texts(lines: list[bytes]) -> list[str]:
    return [json.loads(line)["message"]["content"] for line in lines if line]


_TEXTS: Final = {"openai": _openai_texts, "anthropic": _anthropic_texts, "ollama": _ollama_texts}
