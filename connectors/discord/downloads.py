"""Files of messages and commands, downloaded from Discord's own servers only."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

from connectors.discord.routes import API_URL, PROVIDER
from connectors.discord.sending import USER_AGENT, Resource
from connectors.http.timeouts import Timeouts
from connectors.shared import (
    ApiRequestFailed,
    ConnectorError,
    OutOfMemory,
    is_success_status,
)

if TYPE_CHECKING:
    from connectors.http.reply import Reply

# Source: reference, "Signed Attachment CDN URLs".
CDN: Final = ("https://cdn.discordapp.com", "https://media.discordapp.net")
TIMEOUTS: Final = Timeouts(connect_s=5.0, first_byte_s=10.0, between_s=10.0, whole_s=30.0)
ATTEMPTS: Final = 2
# A link that has expired, or whose message was deleted: a new one may work.
GONE: Final = (401, 403, 404, 410)

# /attachments/channel/id/name, and /ephemeral-attachments/application/id/name of commands.
_PATH: Final = re.compile(
    r"/(ephemeral-)?attachments/\d{1,20}/\d{1,20}/"
    r"(?!(\.|%2e){1,2}(\?|$))[\w.~%&=+:-]+(\?[\w.~%&=+:/?-]*)?",
    re.ASCII | re.IGNORECASE,
)
# Discord's own addresses hold nothing else; whatever two readers could read in two ways, such as
# a backslash or an @, is percent-encoded before the comparison.
_KEPT: Final = "/:?&=%~-._+"


class Downloads(Resource):
    """Files by their addresses, without the bot's token."""

    async def download(self, url: str, *, limit_bytes: int) -> bytes:
        """Return a file.

        Raise ApiRequestFailed with reason bad_request for an address that is not on Discord's
        servers, not_found for a file that is gone or whose link has expired, and OutOfMemory for
        one that is larger than limit_bytes.
        """
        address = self._own_address(url)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._download(address, limit_bytes)
            except ConnectorError as error:
                if attempt == ATTEMPTS or not error.retryable:
                    raise
        raise AssertionError("ATTEMPTS is at least 1")

    def _own_address(self, url: str) -> str:
        address = quote(url, safe=_KEPT)
        origin = next((o for o in self._origins() if address.startswith(o)), None)
        if origin is None or not _PATH.fullmatch(address, len(origin)):
            raise ApiRequestFailed(
                PROVIDER, reason="bad_request", summary="the file is not on Discord's servers"
            )
        return address

    def _origins(self) -> tuple[str, ...]:
        """Return where files may be: the CDN, and a server that takes the place of Discord's."""
        api_url = self._sender.api_url
        if api_url == API_URL:
            return CDN
        parts = urlsplit(api_url)
        return (*CDN, f"{parts.scheme}://{parts.netloc}")

    async def _download(self, address: str, limit_bytes: int) -> bytes:
        async with self._reply(address) as reply:
            if not is_success_status(reply.status):
                raise _refusal(reply.status)
            declared = reply.headers.get("content-length", "")
            if declared.isdecimal() and int(declared) > limit_bytes:
                raise _too_large()
            content = bytearray()
            while piece := await reply.read():
                content += piece
                if len(content) > limit_bytes:
                    raise _too_large()
            return bytes(content)

    @asynccontextmanager
    async def _reply(self, address: str) -> AsyncGenerator[Reply, None]:
        reply = await self._sender.transport.send(
            PROVIDER, "GET", address, headers=lambda: {"user-agent": USER_AGENT}, timeouts=TIMEOUTS
        )
        async with aclosing(reply):
            yield reply


def _refusal(status: int) -> ConnectorError:
    """Return the error for a status; a redirect is one, since it leads elsewhere."""
    if status in GONE:
        return ApiRequestFailed(PROVIDER, status, "not_found", summary="the file is gone")
    summary = "the file could not be downloaded"
    is_passing = status >= 500 or status == 429
    return ApiRequestFailed(PROVIDER, status, "server", is_passing, summary=summary)


def _too_large() -> OutOfMemory:
    return OutOfMemory(PROVIDER, summary="the file is larger than allowed")
