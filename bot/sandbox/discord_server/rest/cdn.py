"""The address that files are downloaded from."""

from collections import deque

from aiohttp import web

from bot.sandbox.discord_server.faults import Faults
from bot.sandbox.discord_server.world.files import EPHEMERAL_FOLDER, Files

KEPT_DOWNLOADS = 1_000
ROUTES = ("/attachments/{of}/{id}/{filename}", f"/{EPHEMERAL_FOLDER}/{{of}}/{{id}}/{{filename}}")
OCTETS = "application/octet-stream"


class Cdn:
    """Serves files under their signed links. ``downloads`` are the paths asked for.

    Injected faults apply to them too, by a path such as ``/attachments/.*``.
    """

    def __init__(self, files: Files, faults: Faults) -> None:
        self.downloads: deque[str] = deque(maxlen=KEPT_DOWNLOADS)
        self._files = files
        self._faults = faults

    async def handle(self, incoming: web.Request) -> web.Response:
        self.downloads.append(incoming.path)
        fault = self._faults.take("GET", incoming.path)
        await fault.held()
        if fault.drop and incoming.transport is not None:
            incoming.transport.close()
        if fault.replaces_answer:
            status, headers, _ = fault.answer()
            return web.Response(status=status, headers=headers)
        file = self._files.find(int(incoming.match_info["id"]), incoming.query)
        if file is None:
            return web.Response(status=404, text="This content is no longer available.")
        headers = {"Content-Type": file.content_type or OCTETS} | dict(fault.headers or {})
        return web.Response(body=file.data, headers=headers)
