"""A ledger and a Discord in which alice wants something done with what is stored."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

from bot.errors import Refused
from bot.privacy.deletion import Deletion
from bot.privacy.export import Export
from bot.privacy.request import DELETION, EXPORT, Asker
from bot.privacy.service import Privacy
from bot.privacy.telling import tell
from bot.storage.personal import PersonalData
from bot.storage.stored import Stored
from bot.storage.turn import Turn
from connectors.database import DatabaseUnavailable
from connectors.local_scheduler import Outcome, Running
from tests.bot.digests.digest_room import Room, open_room

LATE = 2**62  # an id of a request


class Busy(PersonalData):
    """A database whose files are in use elsewhere."""

    async def rewrite(self) -> None:
        raise DatabaseUnavailable("the file is locked by another process")


class Desk:
    def __init__(self, room: Room) -> None:
        self.room = room
        self.stored = Stored(room.database, keep=timedelta(days=30), clock=self.now_s)
        self.data = self.stored.personal
        self.stopped: list[str] = []
        self.privacy = Privacy(room.scheduler, room.rest, self.stored, self.stop, clock=self.clock)

    def clock(self) -> datetime:
        return self.room.now

    def now_s(self) -> float:
        return self.room.now.timestamp()

    async def stop(self, answer_id: str, *, user_id: int, is_moderator: bool) -> None:
        assert user_id
        assert is_moderator
        self.stopped.append(answer_id)
        raise Refused("It has ended.")

    def asker(self, pressed: int = 1) -> Asker:
        """Return alice, in an interaction that is over."""
        return Asker(self.room.alice.id, LATE, 1, "over", pressed)

    async def ask(self, prompt: str = "why?", answer: str = "so", *, guild_id: int = 0) -> None:
        """Store a question of alice's, and its answer."""
        room = self.room
        place = guild_id or room.guild.id, room.kitchen.id
        turn = Turn(10, 0, *place, room.alice.id, "alice", prompt, answer=answer)
        await self.stored.turns.answer(turn, [11])

    async def claim(self, kind: str) -> Running:
        (running,) = await self.room.claims(kind)
        return running

    async def delete(self, running: Running | None = None) -> Outcome:
        room = self.room
        given = room.scheduler, room.rest, self.data, self.stop, tell
        deletion = Deletion(*given, clock=self.clock)
        return await deletion.run(running or await self.claim(DELETION))

    async def export(self, running: Running | None = None) -> Outcome:
        room = self.room
        export = Export(room.rest, self.data, tell, clock=self.clock)
        return await export.run(running or await self.claim(EXPORT))


@asynccontextmanager
async def open_desk(folder: Path) -> AsyncIterator[Desk]:
    async with open_room(folder) as room:
        yield Desk(room)
