"""Upgrades: what people gave the last release is there, and can be read."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.answers.record import Record
from bot.digests.job import DigestPayload
from bot.providers.preferences import Place, Preference, Scope
from bot.reminders.job import ReminderPayload
from bot.storage.preferences import Preferences
from bot.storage.timezones import Timezones
from connectors.database import Config
from connectors.database.database import Database
from connectors.database.schema import choices, zones
from connectors.local_scheduler import Job, LocalScheduler, State
from tests.released import restore


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The database of a server in which Alice chose everything, and Bob asked one question."""

    database: Database
    alice: int
    place: Place
    jobs: list[Job]

    def of(self, kind: str) -> list[Job]:
        return [job for job in self.jobs if job.kind == kind]


@pytest.fixture
async def upgraded(database_url: str | None, tmp_path: Path) -> AsyncIterator[Upgraded]:
    config = Config(tmp_path, database_url)
    restore(config)
    database = Database(config)
    scheduler = LocalScheduler(config, database=database)  # never started: nothing becomes due
    alice = await database.run(lambda c: c.execute(select(zones.c.user_id)).scalar_one())
    rows = await database.run(lambda c: c.execute(select(choices)).all())
    scopes = {row.scope: row.place_id for row in rows}
    place = Place(alice, scopes["channel"], scopes["server"])
    kinds = ("reminder", "digest", "answer")
    found = [job for kind in kinds for job in await scheduler.of_guild(scopes["server"], kind=kind)]
    yield Upgraded(database, alice, place, found)
    await scheduler.aclose()
    await database.aclose()


async def test_preferences_and_the_time_zone_are_kept(upgraded: Upgraded) -> None:
    assert await Timezones(upgraded.database).of(upgraded.alice) == ZoneInfo("Europe/Berlin")
    assert await Preferences(upgraded.database).at(upgraded.place) == [
        Preference(Scope.ME, "openai", None),
        Preference(Scope.CHANNEL, "mistral", None),
        Preference(Scope.SERVER, "openai", None),
    ]


async def test_reminders_are_kept(upgraded: Upgraded) -> None:
    kept = {ReminderPayload.of(job).text: job.state for job in upgraded.of("reminder")}
    assert kept == {
        "water the plants 🌱": State.ACTIVE,
        "stand-up": State.ACTIVE,
        "parked one": State.PARKED,
        "paused one": State.PAUSED,
    }


async def test_digests_are_kept(upgraded: Upgraded) -> None:
    (job,) = upgraded.of("digest")
    assert (job.rule, DigestPayload.of(job).source) == ("FREQ=DAILY", upgraded.place.channel_id)


async def test_answers_under_way_go_on_from_their_draft(upgraded: Upgraded) -> None:
    jobs = upgraded.of("answer")
    assert {job.state for job in jobs} == {
        State.ACTIVE,
        State.RUNNING,
        State.PARKED,
        State.PAUSED,
    }
    for job in jobs:
        record = Record.of(job)
        assert record.question.prompt == "count to three"
        assert record.progress.text == "One, two,"
        assert len(record.screen.messages) == 1
