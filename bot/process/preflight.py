"""Check of the database before the login, for problems that do not pass by themselves."""

import asyncio

from bot.settings import Settings
from connectors import database


async def unusable(settings: Settings, stop: asyncio.Event) -> str | None:
    """Return why the database cannot be used as it is set up, and what to do.

    Return None if it can, if it may only be away for now, and once ``stop`` is set.
    """
    looking = asyncio.create_task(asyncio.to_thread(database.unusable, settings.ledger))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({looking, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    return looking.result() if looking.done() else None
