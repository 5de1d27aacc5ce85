"""The recorded shapes of tests/wire, and connectors that are answered with them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import msgspec

from connectors import (
    PROVIDERS,
    ChatMessage,
    ChatRequest,
    Connector,
    ConnectorError,
    Provider,
    connect,
)
from connectors.http.transport import Transport
from connectors.wires.error_body import parse_error_json
from connectors.wires.failures import failure

WIRE = Path(__file__).parent.parent / "wire"
KEY = "plain-secret-0123456789"  # no pattern of a key fits it
QUESTION = ChatRequest(messages=(ChatMessage("user", "hi"),))
ROW_OF = {"lmstudio": "lm_studio", "hf": "huggingface"}


@dataclass(frozen=True)
class Case:
    id: str
    provider: str
    kind: str
    request: dict[str, Any]
    response: dict[str, Any]
    expect: dict[str, Any]

    @property
    def row(self) -> Provider:
        return PROVIDERS[ROW_OF.get(self.provider, self.provider)]

    @property
    def body(self) -> bytes:
        name = self.response.get("body_file")
        return (WIRE / name).read_bytes() if name else b""

    @property
    def is_stream(self) -> bool:
        return str(self.response.get("body_file")).endswith((".sse", ".ndjson"))

    @cached_property
    def url(self) -> httpx.URL:
        return httpx.URL(self.request["url"])


def cases() -> list[Case]:
    index = json.loads((WIRE / "index.json").read_text(encoding="utf-8"))
    names = ("id", "provider", "kind", "request", "response", "expect")
    return [Case(**{name: case[name] for name in names}) for case in index["cases"]]


@dataclass
class Naps:
    """Stands in for asyncio.sleep: no time passes, what was asked for is kept."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Reads(httpx.AsyncByteStream):
    """A body that arrives in the given reads, and then ends or breaks off."""

    def __init__(self, reads: Iterable[bytes], *, breaks_off: bool = False) -> None:
        self._reads = reads
        self._breaks_off = breaks_off

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for read in self._reads:
            yield read
        if self._breaks_off:
            raise httpx.ReadError("reset")


def environ_of(row: Provider, url: str = "http://127.0.0.1:9", model: str = "m") -> dict[str, str]:
    """Return the variables of a row.

    The address has its version part, so that nothing of it is a guess.
    """
    environ = {row.url_env[0]: row.address(url), row.model_env[0]: model}
    return environ | ({row.key_env[0]: KEY} if row.key_env else {})


def connected(
    row: Provider, transport: Transport, url: str = "http://127.0.0.1:9", *, retries: int = 3
) -> Connector:
    config = row.load_from_env(environ_of(row, url))
    return connect(config, transport=transport, retries=retries)


def replaying(
    case: Case, reads: Iterable[bytes], asked: list[httpx.Request] | None = None
) -> Connector:
    """Return a connector whose requests are answered by the case and kept in ``asked``.

    The reads may be changed between two requests.
    """

    def handle(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request)
        return httpx.Response(
            case.response["status"],
            headers=case.response["headers"],
            stream=Reads(reads, breaks_off=case.response.get("end") == "reset"),
        )

    url = f"{case.url.scheme}://{case.url.netloc.decode()}"
    return connected(case.row, Transport(http=httpx.MockTransport(handle)), url, retries=0)


def cut(body: bytes, sizes: Iterable[int]) -> list[bytes]:
    reads, start = [], 0
    for size in sizes:
        reads.append(body[start : start + size])
        start += size
    return [*reads, body[start:]] if start < len(body) else reads


def refuse(data: object) -> ConnectorError:
    """Return the error for decoded JSON, as an endpoint does."""
    return failure("anthropic", parse_error_json(data))


def event(**fields: Any) -> bytes:
    return b"data: " + msgspec.json.encode(fields) + b"\n\n"
