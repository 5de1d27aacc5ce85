"""Everything besides the ledger that is kept in the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.providers.choices import Choices
from bot.storage.opt_outs import OptOuts
from bot.storage.personal import PersonalData
from bot.storage.personas import Personas
from bot.storage.places import Places
from bot.storage.preferences import Preferences
from bot.storage.request_shares import RequestShares
from bot.storage.server_rules import ServerRules
from bot.storage.shards import Shards
from bot.storage.timezones import Timezones
from bot.storage.turns import Turns
from bot.storage.usage import Usage
from bot.storage.usage_reports import Reports

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from connectors.database.database import Database


class Stored:
    """One object for each kind of thing that is stored."""

    def __init__(self, database: Database, *, keep: timedelta, clock: Callable[[], float]) -> None:
        self.turns = Turns(database, keep=keep, clock=clock)
        self.usage = Usage(database, clock=clock)
        self.usage_reports = Reports(self.usage)
        self.preferences = Choices(Preferences(database))
        self.timezones = Timezones(database)
        self.personas = Personas(database)
        self.places = Places(database)
        self.rules = ServerRules(database)
        self.opt_outs = OptOuts(database, clock=clock)
        self.personal = PersonalData(database, self.usage, clock=clock)
        self.shards = Shards(database)
        self.request_shares = RequestShares(database)
        self.upkeep = (self.turns.purge, self.usage.upkeep)
