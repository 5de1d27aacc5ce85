from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from bot.digests import texts
from bot.digests.job import GUILD_LIMIT, DigestPayload, NewDigest, Requester
from bot.digests.service import Digests
from bot.errors import Refused
from bot.schedules.service import Schedules
from bot.schedules.texts import NOT_LASTING
from bot.storage.rules import DEFAULTS, Rules
from bot.times.recurrence import When
from bot.times.when import parse
from connectors import ApiRequestFailed, ConnectorError
from connectors.local_scheduler import Job, LocalScheduler
from tests.databases import new_file

GUILD, ALICE = 7, 1
DIGEST = NewDigest(GUILD, ALICE, source_id=3, target_id=4)
NOW = datetime(2100, 11, 25, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = Requester(application_id=5, token="t", user_id=ALICE)


class Permissions:
    """Says what keeps a digest from being posted."""

    def __init__(self) -> None:
        self.said: str | None = None
        self.sees = True
        self.trouble: ConnectorError | None = None

    async def obstacle(self, *_: int) -> str | None:
        if self.trouble is not None:
            raise self.trouble
        return self.said

    async def sees_content(self) -> bool:
        return self.sees


class Timezones:
    async def of(self, user_id: int) -> ZoneInfo | None:
        return BERLIN if user_id == ALICE else None


@pytest.fixture
async def scheduler(tmp_path: Path) -> AsyncIterator[LocalScheduler]:
    scheduler = LocalScheduler(new_file(tmp_path))
    yield scheduler
    await scheduler.aclose()


def schedules(*, is_lasting: bool = True) -> Schedules:
    return Schedules(cast(Any, Timezones()), is_lasting=is_lasting, clock=lambda: NOW)


@pytest.fixture
def permissions() -> Permissions:
    return Permissions()


@pytest.fixture
def digests(scheduler: LocalScheduler, permissions: Permissions) -> Digests:
    digests = Digests(scheduler, cast(Any, None), schedules())
    digests._permissions = cast(Any, permissions)
    return digests


def when(phrase: str = "every day at 18:00") -> When:
    return parse(phrase, now=NOW, zone=BERLIN)


async def added(digests: Digests, digest: NewDigest = DIGEST, **more: int) -> Job:
    return await digests.add(digest, when(), **more)


async def test_an_interaction_adds_one_digest_however_often_it_is_seen(digests: Digests) -> None:
    for _ in range(2):
        await added(digests, interaction_id=99)
    assert len(await digests.of(GUILD)) == 1


async def test_a_server_has_only_its_own_digests(digests: Digests) -> None:
    job = await added(digests)
    await added(digests, replace(DIGEST, guild_id=8))
    assert await digests.of(GUILD) == [job]
    with pytest.raises(Refused, match=texts.UNKNOWN):
        await digests.get(job.id, 8)


async def test_a_server_has_no_more_digests_than_the_limit(digests: Digests) -> None:
    for _ in range(GUILD_LIMIT):
        await added(digests)
    with pytest.raises(Refused, match=texts.TOO_MANY):
        await added(digests)


async def test_a_digest_that_could_not_be_posted_is_not_added(
    digests: Digests, permissions: Permissions
) -> None:
    permissions.said = texts.NOT_HERE
    with pytest.raises(Refused, match=texts.NOT_HERE):
        await added(digests)
    permissions.said, permissions.sees = None, False
    with pytest.raises(Refused) as raised:
        await added(digests)
    assert str(raised.value) == texts.NO_CONTENT
    permissions.trouble = ApiRequestFailed("discord", status=500)
    with pytest.raises(Refused, match=texts.NO_DISCORD):
        await added(digests)
    assert await digests.of(GUILD) == []


async def test_the_only_digest_need_not_be_named(digests: Digests) -> None:
    job = await added(digests)
    assert await digests.get(None, GUILD) == job
    await added(digests)
    with pytest.raises(Refused, match=texts.WHICH):
        await digests.get(None, GUILD)


async def test_without_a_digest_there_is_none_to_choose(digests: Digests) -> None:
    with pytest.raises(Refused, match=texts.UNKNOWN):
        await digests.get(None, GUILD)


async def test_a_digest_that_is_run_at_once_is_the_same_and_knows_who_waits(
    digests: Digests, scheduler: LocalScheduler
) -> None:
    job = await added(digests)
    await digests.run_now(job.id, GUILD, MINUTE)
    [kept] = await digests.of(GUILD)
    assert kept.id == job.id
    assert kept.next_run < job.next_run
    assert DigestPayload.of(kept).asked == MINUTE


async def test_a_digest_is_paused_once_and_resumed_once(digests: Digests) -> None:
    job = await added(digests)
    with pytest.raises(Refused, match=texts.GOES_ON):
        await digests.resume(job.id, GUILD)
    await digests.pause(job.id, GUILD)
    for method in (digests.pause(job.id, GUILD), digests.run_now(job.id, GUILD, MINUTE)):
        with pytest.raises(Refused, match=texts.WAITS):
            await method
    resumed = await digests.resume(job.id, GUILD)
    assert resumed.next_run == job.next_run


async def test_a_resumed_digest_forgets_its_trouble_and_who_waited(
    digests: Digests, scheduler: LocalScheduler
) -> None:
    job = await added(digests)
    payload = DigestPayload.of(job).requested_by(MINUTE).json() | {"trouble": "no model"}
    await scheduler.change(job.id, owner_id=ALICE, payload=payload)
    await digests.pause(job.id, GUILD)
    kept = DigestPayload.of(await digests.resume(job.id, GUILD))
    assert (kept.asked, kept.trouble) == (None, "")


async def test_a_removed_digest_is_gone(digests: Digests) -> None:
    job = await added(digests)
    await digests.remove(job.id, GUILD)
    assert await digests.of(GUILD) == []
    with pytest.raises(Refused, match=texts.UNKNOWN):
        await digests.remove(job.id, GUILD)


async def test_settings_that_cannot_be_read_are_said_so(
    digests: Digests, scheduler: LocalScheduler
) -> None:
    job = await added(digests)
    await scheduler.change(job.id, owner_id=ALICE, payload={"source": "x"})
    with pytest.raises(Refused, match=texts.UNREADABLE):
        await digests.run_now(job.id, GUILD, MINUTE)


@pytest.mark.parametrize(
    ("phrase", "refusal"),
    [("tomorrow 9:00", texts.ONCE), ("every 30 minutes", texts.TOO_OFTEN)],
)
async def test_a_digest_repeats_and_not_too_often(
    digests: Digests, phrase: str, refusal: str
) -> None:
    with pytest.raises(Refused) as raised:
        await digests.read(phrase, ALICE)
    assert str(raised.value) == refusal
    assert await digests.preview(phrase, ALICE) == refusal[:100]


async def test_a_digest_may_come_every_hour(digests: Digests) -> None:
    assert (await digests.read("every hour", ALICE)).rule == "FREQ=HOURLY"
    assert (await digests.preview("every hour", ALICE)).startswith("every hour, first ")


async def test_whose_zone_is_not_known_is_asked_for_it_where_that_matters(
    digests: Digests,
) -> None:
    assert await digests.needs_zone("every day at 18:00", 2)
    assert not await digests.needs_zone("every day at 18:00", ALICE)
    assert not await digests.needs_zone("every 6 hours", 2)
    assert not await digests.needs_zone("whenever", 2)


async def test_nothing_is_read_where_nothing_lasts(scheduler: LocalScheduler) -> None:
    digests = Digests(scheduler, cast(Any, None), schedules(is_lasting=False))
    with pytest.raises(Refused, match=NOT_LASTING):
        await digests.needs_zone("every day at 18:00", ALICE)
    with pytest.raises(Refused, match=NOT_LASTING):
        await digests.read("every day at 18:00", ALICE)


async def test_a_digest_is_on_the_servers_clock_where_a_persons_is_not_known(
    scheduler: LocalScheduler,
) -> None:
    async def rules(guild_id: int | None) -> Rules:
        return Rules(zone="Asia/Tokyo") if guild_id == GUILD else DEFAULTS

    digests, bob = Digests(scheduler, cast(Any, None), schedules(), rules), 2
    phrase, tokyo = "every day at 18:00", ZoneInfo("Asia/Tokyo")
    assert await digests.needs_zone(phrase, bob)
    assert not await digests.needs_zone(phrase, bob, GUILD)
    assert await digests.zone_for(bob, GUILD) == tokyo
    assert await digests.read(phrase, bob, GUILD) == parse(phrase, now=NOW, zone=tokyo)
    assert await digests.read(phrase, ALICE, GUILD) == parse(phrase, now=NOW, zone=BERLIN)
    assert "your own clock" not in await digests.preview(phrase, bob, GUILD)
