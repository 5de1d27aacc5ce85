"""A process dies, or Discord fails, at each step of a reminder: it comes once, to its place."""

import asyncio
from datetime import timedelta

import pytest

from bot.reminders.texts import NO_DM
from bot.sandbox.discord_server import Channel, Fault, Request
from connectors.local_scheduler import Job, State
from tests.crash.installation import IS_LONG, Installation, in_short, reminder
from tests.crash.program import PACE

AN_HOUR = timedelta(hours=1)
SEND_MESSAGES = 1 << 11


def posts_to(installation: Installation, channel: Channel) -> list[Request]:
    """Return the requests that would post there."""
    path = f"/channels/{channel.id}/messages"
    return [r for r in installation.discord.requests if (r.method, r.path) == ("POST", path)]


def fault(channel: Channel, *, times: int = 1, **what: object) -> Fault:
    """Return what is to happen to the next posts there."""
    return Fault("POST", f"/channels/{channel.id}/messages", times, **what)  # type: ignore[arg-type]


@in_short("postgresql")
async def test_a_process_is_killed_at_every_step(installation: Installation) -> None:
    await kill_at_every_step(installation, away=timedelta())


@in_short("sqlite")
async def test_a_process_is_killed_at_every_step_and_the_next_one_comes_an_hour_later(
    installation: Installation,
) -> None:
    await kill_at_every_step(installation, away=AN_HOUR)


async def kill_at_every_step(installation: Installation, *, away: timedelta) -> None:
    (alice,) = installation.people(1)
    unsent, accepted, settled, later = installation.channels(4)
    gate = asyncio.Event()
    lost = installation.discord.inject(fault(unsent, hold=gate, drop=True))
    installation.discord.inject(fault(accepted, hold=gate, after_effect=True, drop=True))
    held = installation.discord.inject(Fault("GET", "/users/@me", hold=gate))

    before_the_claim = await installation.start()
    *_, done = await installation.keep(
        *(reminder(alice, c, c.name) for c in (unsent, accepted, settled))
    )
    await installation.until(lambda: held.seen)
    await before_the_claim.kill()
    after_it = await installation.start()
    await installation.posted(2)
    await installation.until(lambda: lost.seen)
    await installation.job_is(done, State.SETTLED)
    await after_it.kill()

    await installation.keep(reminder(alice, later, later.name))
    if away:
        await installation.passes(away)
    await installation.start()
    await installation.none_left()
    installation.assert_once(c.name for c in (unsent, accepted, settled, later))
    gate.set()
    # Whoever takes over finds the message in the channel, and posts nothing again.
    assert len(posts_to(installation, accepted)) == 1


@in_short("sqlite")
async def test_discord_fails_and_gets_the_same_nonce_again(installation: Installation) -> None:
    (alice,) = installation.people(1)
    limited, failing, unsent, lost = channels = installation.channels(4)
    # Longer than a lease: it is renewed meanwhile.
    installation.discord.inject(fault(limited, status=429, retry_after=PACE.lease_s + 1))
    installation.discord.inject(fault(failing, times=5, status=503))
    installation.discord.inject(fault(unsent, drop=True))
    installation.discord.inject(fault(lost, drop=True, after_effect=True))
    jobs = await installation.keep(*(reminder(alice, c, c.name) for c in channels))
    await installation.start()
    await installation.none_left()
    installation.assert_once(c.name for c in channels)
    for channel, tries in zip(channels, (2, 6, 2, 2), strict=True):
        posts = posts_to(installation, channel)
        assert len(posts) == tries
        assert len({post.json["nonce"] for post in posts}) == 1
    first, second = posts_to(installation, limited)
    assert second.time - first.time > PACE.lease_s
    assert (await installation.job(jobs[0])).attempts == 1


@in_short("sqlite")
@pytest.mark.skipif(not IS_LONG, reason="30 s of silence: make soak waits")
async def test_discord_is_silent_and_gets_the_same_nonce_again(
    installation: Installation,
) -> None:
    (alice,), (channel,) = installation.people(1), installation.channels(1)
    gate = asyncio.Event()
    installation.discord.inject(fault(channel, hold=gate, after_effect=True))
    await installation.keep(reminder(alice, channel, "tea"))
    await installation.start()
    await installation.none_left(timeout_s=90.0)
    gate.set()
    installation.assert_once(["tea"])
    assert len({post.json["nonce"] for post in posts_to(installation, channel)}) == 1


@in_short("sqlite")
async def test_where_it_cannot_be_said_it_goes_to_its_owner_or_waits_for_them(
    installation: Installation,
) -> None:
    alice, bob = installation.people(2)
    gone, forbidden = installation.channels(2)
    bob.blocks_dms = True
    installation.discord.set_overwrite(forbidden, installation.guild.everyone, deny=SEND_MESSAGES)
    to_alice = [reminder(alice, c, c.name) for c in (gone, forbidden)]
    *_, parked = await installation.keep(*to_alice, reminder(bob, gone, "to nobody"))
    installation.discord.remove_channel(gone)
    process = await installation.start()
    await installation.none_left()
    await process.kill()
    await installation.start()
    await installation.none_left()
    installation.assert_once(c.name for c in (gone, forbidden))
    direct = installation.discord.messages(installation.discord.dm(alice))
    assert sorted(m.content.splitlines()[-1] for m in direct) == [
        f"-# I cannot post in <#{forbidden.id}>, so I am sending it here.",
        "-# The channel of this reminder no longer exists, so I am sending it here.",
    ]
    waits = await installation.job(parked)
    assert (waits.state, waits.reason) == (State.PARKED, NO_DM)


@in_short("sqlite")
async def test_what_nobody_understands_is_kept_and_stops_nothing(
    installation: Installation,
) -> None:
    (alice,), (channel,) = installation.people(1), installation.channels(1)
    odd, broken, _ = await installation.keep(
        *(reminder(alice, channel, words) for words in ("odd", "broken", "tea"))
    )
    hours = 2 * 3600 * 10**6
    changes = f"kind = 'horoscope', visible_at = visible_at - {hours}"
    await installation.change(f"UPDATE jobs SET {changes} WHERE id = '{odd.id}'")  # noqa: S608
    await installation.change(f"UPDATE jobs SET payload = '{{' WHERE id = '{broken.id}'")  # noqa: S608
    process = await installation.start()
    await installation.none_left()
    said = [message.content for message in installation.posts()]
    assert sorted(words.split()[0] for words in said) == [
        "⏰",
        "⚠️",
    ]  # and its owner hears of the broken one
    assert [await state(installation, job) for job in (odd, broken)] == [State.PARKED] * 2
    await process.says("parked a job of kind horoscope: no process handles this kind")
    assert "is parked: its payload or draft is not a JSON object" in process.log


async def state(installation: Installation, job: Job) -> State:
    return (await installation.job(job)).state
