"""Uploaded files, and the signed addresses they are served under."""

import hashlib
from collections.abc import Callable, Iterable, Mapping

from bot.sandbox.discord_server.objects import Attachment

LINK_LIFE_S = 86_400
# Of the options of a command, which belong to no message.
EPHEMERAL_FOLDER = "ephemeral-attachments"


class Files:
    """Files by id. A link holds ``ex``, ``is`` and ``hm`` and is good for a day.

    Source: reference, "Signed Attachment CDN URLs".
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.address = ""
        self.by_id: dict[int, Attachment] = {}
        self._clock = clock

    def add(
        self, file: Attachment, file_id: int, owner_id: int, folder: str = "attachments"
    ) -> None:
        """Store a file of a channel or, in another folder, of an application; set its URL."""
        file.id = file_id
        path = f"/{folder}/{owner_id}/{file.id}/{file.filename}"
        file.url = self.address + path
        self.by_id[file.id] = file
        self.refresh([file])

    def refresh(self, files: Iterable[Attachment]) -> None:
        """Give files new links, as fetching their message does."""
        now = int(self._clock())
        for file in files:
            address = file.url.partition("?")[0]
            times = f"ex={now + LINK_LIFE_S:x}&is={now:x}"
            file.url = f"{address}?{times}&hm={_signature(address, times)}"

    def find(self, file_id: int, query: Mapping[str, str]) -> Attachment | None:
        """Return the file of a link; None if it is gone, or the link has expired or is forged."""
        file = self.by_id.get(file_id)
        if file is None:
            return None
        times = f"ex={query.get('ex', '')}&is={query.get('is', '')}"
        is_signed = query.get("hm") == _signature(file.url.partition("?")[0], times)
        return file if is_signed and int(query["ex"], 16) > self._clock() else None

    def remove(self, file: Attachment) -> None:
        """Delete a file: its links answer 404 from now on."""
        self.by_id.pop(file.id, None)


def _signature(address: str, times: str) -> str:
    return hashlib.sha256(f"{address}?{times}".encode()).hexdigest()
