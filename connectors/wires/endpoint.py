"""Requests to the address of one provider: signed, sent, and sent again if that may help."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from datetime import date
from functools import partial
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final, Self, TypeVar
from urllib.parse import urlsplit

from connectors.address import Address
from connectors.http.timeouts import Timeouts
from connectors.provider import Config
from connectors.recorder import NO_REPLY, Event
from connectors.shared import (
    ApiRequestFailed,
    ConnectorError,
    InvalidResponse,
    MissingApiKey,
    is_success_status,
)
from connectors.wires.error_body import parse_error_body, parse_error_json
from connectors.wires.failures import failure, identified
from connectors.wires.retries import Retries

if TYPE_CHECKING:
    from connectors.http.reply import Reply
    from connectors.http.transport import Transport

T = TypeVar("T")

log = logging.getLogger(__name__)

FIRST_HOSTED_S: Final = 300.0  # a model may think for minutes
FIRST_LOCAL_S: Final = 900.0  # a slow machine reads a long prompt first
REFUSAL_LIMIT_BYTES: Final = 64 * 1024


class Endpoint:
    """The configured address of a provider, over a shared transport. ``aclose`` wipes the key."""

    def __init__(
        self,
        config: Config,
        transport: Transport,
        *,
        owns_transport: bool,
        retries: int,
        today: Callable[[], date],
    ) -> None:
        self.config = config
        self.name = config.provider.name
        self._transport = transport
        self._owns_transport = owns_transport
        self._retries = retries
        self._today = today
        # The provider's own and local servers have a version part; a gateway may have none.
        self._version_is_sure = config.provider.is_local or config.is_own_address
        self._drops_version = False
        self._is_near = config.provider.is_local or is_near(config.base_url)
        self._is_closed = False

    async def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
    ) -> Reply:
        """Return a successful reply, which the caller closes. Raises ConnectorError after retries.

        A path with a leading slash is beside the version part of the address, any other below it.
        """
        self.ensure_open()
        retries = retries or self.retries()
        while True:
            try:
                reply = await self._send_there(method, path, body, timeouts)
            except ConnectorError as error:
                self._count(error.status)
                await retries.wait_after(error)
            else:
                self._count(reply.status)
                return reply

    def _count(self, status: int | None) -> None:
        status_text = NO_REPLY if status is None else str(status)
        self._transport.recorder.count(Event.PROVIDER_REQUEST, self.name, status_text)

    def retries(self, limit: int | None = None) -> Retries:
        return Retries(
            self._retries if limit is None else limit,
            is_local=self.config.provider.is_local,
            sleep=self._transport.sleep,
            random=self._transport.random,
            on_retry=partial(self._transport.recorder.count, Event.RETRY, self.name),
        )

    async def fetch(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        read: Callable[[bytes], T],
        timeouts: Timeouts | None = None,
        retries: int | None = None,
    ) -> T:
        """Return what ``read`` makes of a successful reply; an error inside one is retried too."""
        left = self.retries(retries)
        while True:
            reply = await self.send(method, path, body, timeouts=timeouts, retries=left)
            try:
                outcome = await reply.read_as(read)
            finally:
                await reply.aclose()
            if not isinstance(outcome, ConnectorError):
                return outcome
            error = identified(outcome, reply.headers)
            if isinstance(error, InvalidResponse):
                raise error
            await left.wait_after(error, has_reply=True)

    def without_retries(self) -> Self:
        """Return an endpoint that sends each request once; it need not be closed."""
        once = copy.copy(self)
        once._retries = 0  # noqa: SLF001 - it is one of ours
        return once

    def refusal(self, data: object) -> ConnectorError:
        """Return the error in the JSON of a successful reply."""
        return failure(self.name, parse_error_json(data), hide=self._hide)

    def short_timeouts(self) -> Timeouts:
        """Return the timeouts of small requests."""
        first_byte_s = min(10.0, self.config.timeout_s or 10.0)
        return Timeouts(connect_s=5.0, first_byte_s=first_byte_s, between_s=10.0, whole_s=60.0)

    def ensure_open(self) -> None:
        """Raise MissingApiKey after ``aclose``, or ApiRequestFailed where there is no key."""
        if not self._is_closed:
            return
        summary = "the connector is closed"
        if self.config.api_key is not None:
            raise MissingApiKey(self.name, summary=f"{summary} and its key has been wiped")
        raise ApiRequestFailed(self.name, reason="unavailable", retryable=False, summary=summary)

    async def aclose(self) -> None:
        self._is_closed = True
        self.config.close()
        if self._owns_transport:
            await self._transport.aclose()

    async def _send_there(
        self, method: str, path: str, body: bytes | None, timeouts: Timeouts | None
    ) -> Reply:
        """Send once, and to the address as typed if nothing answers at a guessed version."""
        address = self._address()
        try:
            reply = await self._send_once(method, address.url(path), body, timeouts)
        except ConnectorError as error:
            other = None if self._version_is_sure else address.unversioned
            if other is None or error.reason != "wrong_address" or path.startswith("/"):
                raise
            reply = await self._send_unversioned(method, f"{other}/{path}", body, timeouts, error)
            self._drops_version = method == "POST"
        # A web page may answer in place of a model list, so only a call decides.
        self._version_is_sure = self._version_is_sure or method == "POST"
        return reply

    async def _send_unversioned(
        self,
        method: str,
        url: str,
        body: bytes | None,
        timeouts: Timeouts | None,
        error: ConnectorError,
    ) -> Reply:
        try:
            reply = await self._send_once(method, url, body, timeouts)
        except ConnectorError as other:
            raise (error if other.reason == "wrong_address" else other) from None
        if "html" in reply.headers.get("content-type", ""):
            await reply.aclose()
            raise error
        return reply

    async def _send_once(
        self, method: str, url: str, body: bytes | None, timeouts: Timeouts | None
    ) -> Reply:
        asked, timeouts = (self.name, method, url), timeouts or self._timeouts()
        # aiohttp repeats a GET itself that a connection which was closed has lost.
        if method == "POST" and body is not None:
            reply = await self._transport.send_short(
                *asked, headers=self._headers, body=body, timeouts=timeouts
            )
        else:
            reply = await self._transport.send(
                *asked, headers=self._headers, body=body, timeouts=timeouts
            )
        if is_success_status(reply.status):
            return reply
        raise await self._failed(reply)

    async def _failed(self, reply: Reply) -> ConnectorError:
        return failure(
            self.name,
            parse_error_body(await _refusal_body(reply)),
            status=reply.status,
            headers=reply.headers,
            now=self._transport.clock(),
            hide=self._hide,
        )

    def _address(self) -> Address:
        address = self.config.located_on(self._today())
        if self._drops_version and address.unversioned is not None:
            return Address(address.unversioned)
        return address

    def _headers(self) -> dict[str, str]:
        headers = {
            "accept": "application/json, text/event-stream",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": "abi",
            **self.config.provider.headers,
        }
        if self.config.api_key is not None:
            name, before = self.config.provider.key_header
            headers[name] = before + self.config.api_key.reveal()
            if _is_azure(self.config.base_url):
                headers["api-key"] = self.config.api_key.reveal()
        return headers

    def _hide(self, text: str) -> str:
        return text if self.config.api_key is None else self.config.api_key.hide_in(text)

    def _timeouts(self) -> Timeouts:
        wait_s = FIRST_LOCAL_S if self._is_near else FIRST_HOSTED_S
        given_s = self.config.timeout_s
        return Timeouts(first_byte_s=wait_s if given_s is None else given_s)


def _is_azure(base_url: str) -> bool:
    # Azure OpenAI has a key header of its own (learn.microsoft.com, Azure OpenAI reference).
    return (urlsplit(base_url).hostname or "").endswith(".azure.com")


def is_near(address: str) -> bool:
    """Return whether a server may be a machine in the user's network."""
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_private
    except ValueError:
        return "." not in host or host.endswith(".local")  # no dot: the name of a container


async def _refusal_body(reply: Reply) -> bytes:
    # A body that breaks off, is late or never ends must not hide the status.
    body = b""
    reply.wait_s = 10.0
    try:
        while len(body) < REFUSAL_LIMIT_BYTES and (piece := await reply.read()):
            body += piece
    except ConnectorError as error:
        log.debug("the body of an error reply could not be read: %s", error)
    finally:
        await reply.aclose()
    return body
