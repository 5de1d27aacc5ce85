"""A digest whose process dies is posted once, and its text is not paid for twice."""

import asyncio
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from bot.digests.job import NewDigest, new_job
from bot.sandbox.discord_server import Channel, Fault
from bot.sandbox.discord_server.rules.intents import MESSAGE_CONTENT
from bot.sandbox.discord_server.rules.permissions import MANAGE_GUILD
from bot.sandbox.model_server import Reply
from bot.times.when import parse
from tests.crash.installation import Installation, in_short

ZONE = ZoneInfo("Europe/Berlin")
WRITTEN = Reply(chunks=["Tea is hot [1]."])


async def keep_digests(installation: Installation, count: int) -> list[Channel]:
    """Keep digests that are due, each of a channel in which somebody has written.

    Return the channels.
    """
    discord, now = installation.discord, datetime.now(UTC)
    discord.privileged_intents = MESSAGE_CONTENT
    manager = discord.add_role(installation.guild, "Manager", permissions=MANAGE_GUILD)
    alice, (bob,) = discord.add_user("alice"), installation.people(1)
    discord.add_member(installation.guild, alice, [manager])
    channels, daily = installation.channels(count), parse("daily 18:00", now=now, zone=ZONE)
    for channel in channels:
        await discord.post(bob, channel, "The tea is hot.")
        digest = NewDigest(installation.guild.id, alice.id, channel.id, channel.id, minimum=1)
        await installation.keep(replace(new_job(digest, daily, now), next_run=now))
    return channels


def assert_posted_once(installation: Installation, channels: list[Channel]) -> None:
    posts = installation.posts()
    assert sorted(post.channel.id for post in posts) == sorted(c.id for c in channels)
    assert all("Tea is hot ([1](https://discord.com/channels/" in p.content for p in posts)


@in_short("postgresql")
async def test_a_digest_is_posted_once_and_paid_once_wherever_its_process_dies(
    installation: Installation,
) -> None:
    installation.model.open_reply, gate = WRITTEN, asyncio.Event()
    reading, unsent, lost = channels = await keep_digests(installation, 3)
    messages = "/channels/{}/messages"
    inject = installation.discord.inject
    held = [
        inject(Fault("GET", messages.format(reading.id), hold=gate)),
        inject(Fault("POST", messages.format(unsent.id), hold=gate, drop=True)),
        inject(Fault("POST", messages.format(lost.id), hold=gate, drop=True, after_effect=True)),
    ]
    process = await installation.start()
    await installation.until(lambda: all(fault.seen for fault in held))
    await installation.posted(1)
    await process.kill()
    assert len(installation.model.requests) == 2
    await installation.start()
    await installation.none_left()
    gate.set()
    assert_posted_once(installation, channels)
    assert len(installation.model.requests) == 3


@in_short("sqlite")
async def test_a_digest_whose_process_dies_while_the_model_writes_is_written_anew(
    installation: Installation,
) -> None:
    installation.model.script += [Reply(chunks=["Tea is"], end="hang"), WRITTEN]
    channels = await keep_digests(installation, 1)
    process = await installation.start()
    await installation.model.until(lambda: bool(installation.model.requests))
    await process.kill()
    await installation.start()
    await installation.none_left()
    assert_posted_once(installation, channels)
    assert [served.aborted for served in installation.model.log] == [True, False]
