"""A person's own schedule: phrases for a time, read on their clock."""

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from bot.errors import Refused
from bot.schedules.occurrences import UTC_ZONE, Clock, utc_now
from bot.schedules.texts import AMBIGUOUS, NO_ZONE, NOT_LASTING
from bot.storage.timezones import Timezones
from bot.times.describe import DESCRIPTION_LIMIT, describe, describe_readings
from bot.times.recurrence import When
from bot.times.when import NotUnderstood, describe_phrase, parse

# A phrase that means the same time in both of these means the same time everywhere.
_PROBES = (ZoneInfo("Asia/Kolkata"), ZoneInfo("America/St_Johns"))


class Readings(msgspec.Struct, frozen=True):
    """The meanings of a phrase on a person's clock; none if their zone matters and is unknown."""

    options: tuple[When, ...]
    zone: ZoneInfo | None

    def labels(self) -> list[str]:
        """Return a description of each option, which ``parse`` reads back."""
        return [describe(option, zone=self.zone or UTC_ZONE) for option in self.options]


class Schedules:
    def __init__(self, timezones: Timezones, *, is_lasting: bool, clock: Clock = utc_now) -> None:
        self._timezones = timezones
        self._is_lasting = is_lasting
        self.now = clock

    def check_storage(self) -> None:
        """Raise Refused if what is stored does not survive a restart."""
        if not self._is_lasting:
            raise Refused(NOT_LASTING)

    async def zone_of(self, user_id: int, otherwise: ZoneInfo | None = None) -> ZoneInfo:
        """Return a person's time zone, or else another one, or UTC."""
        return await self._timezones.of(user_id) or otherwise or UTC_ZONE

    async def read(
        self,
        phrase: str,
        user_id: int,
        now: datetime | None = None,
        zone: ZoneInfo | None = None,
    ) -> Readings:
        """Return what a phrase may mean; ``zone`` is for who has set none. Raises NotUnderstood."""
        now = now or self.now()
        zone = await self._timezones.of(user_id) or zone
        if zone is not None:
            return Readings(parse(phrase, now=now, zone=zone).readings, zone)
        here, there = (_parse_or_error(phrase, now, probe) for probe in _PROBES)
        if not isinstance(here, NotUnderstood):
            return Readings(here.readings if here == there else (), None)
        if isinstance(there, NotUnderstood):
            raise here
        # The time is past in one of the zones only.
        return Readings((), None)

    async def read_or_refuse(
        self, phrase: str, user_id: int, now: datetime, zone: ZoneInfo | None = None
    ) -> Readings:
        """Return at least one option. Raises Refused."""
        try:
            readings = await self.read(phrase, user_id, now, zone)
        except NotUnderstood as error:
            raise Refused(str(error)) from error
        if not readings.options:
            raise Refused(NO_ZONE)
        return readings

    async def read_one(self, phrase: str, user_id: int, zone: ZoneInfo | None = None) -> When:
        """Return the only meaning of a phrase. Raises Refused if there are several."""
        readings = await self.read_or_refuse(phrase, user_id, self.now(), zone)
        if len(readings.options) > 1:
            choices = " or ".join(f'"{label}"' for label in readings.labels())
            raise Refused(AMBIGUOUS.format(choices))
        return readings.options[0]

    async def preview(self, phrase: str, user_id: int, zone: ZoneInfo | None = None) -> str:
        """Return what a phrase that is still being typed means so far, in 100 characters."""
        zone = await self._timezones.of(user_id) or zone
        now = self.now()
        said = describe_phrase(phrase, now=now, zone=zone or UTC_ZONE)
        if zone is not None:
            return said
        try:
            readings = await self.read(phrase, user_id, now)
            options = readings.options or parse(phrase, now=now, zone=UTC_ZONE).readings
        except NotUnderstood:
            return said
        clock = " UTC" if readings.options else " on your own clock"
        limit = DESCRIPTION_LIMIT - len(clock)
        return describe_readings(options, zone=UTC_ZONE, limit=limit) + clock


def _parse_or_error(phrase: str, now: datetime, zone: ZoneInfo) -> When | NotUnderstood:
    try:
        return parse(phrase, now=now, zone=zone)
    except NotUnderstood as error:
        return error
