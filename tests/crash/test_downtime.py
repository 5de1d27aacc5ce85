"""A week without the bot, and what people find when it is back."""

from datetime import UTC, datetime, timedelta

from bot.sandbox.discord_server import Fault
from connectors.local_scheduler import State
from tests.crash.installation import Installation, in_short, reminder, said

WEEK = timedelta(days=7)


def daily(due: datetime) -> dict[str, object]:
    return {
        "next_run": due,
        "rule": "FREQ=DAILY",
        "wall_time": due.replace(tzinfo=None).isoformat(),
    }


@in_short("sqlite")
async def test_after_a_week_everybody_hears_once(installation: Installation) -> None:
    alice, bob, carol = installation.people(3)
    (channel,) = installation.channels(1)
    now = datetime.now(UTC).replace(microsecond=0)
    missed = [f"missed {number}" for number in range(8)]
    _, recurring, *_ = await installation.keep(
        reminder(alice, channel, "once", next_run=now - WEEK),
        reminder(bob, channel, "every day", **daily(now - WEEK - timedelta(hours=1))),
        *(reminder(carol, channel, words, next_run=now - WEEK) for words in missed),
        reminder(carol, channel, "an hour late", next_run=now - timedelta(hours=1)),
    )
    lists = f"/channels/{installation.discord.dm(carol).id}/messages"
    lost = installation.discord.inject(Fault("POST", lists, after_effect=True, drop=True))
    first = await installation.start()
    await installation.until(lambda: lost.seen)
    await first.kill()
    await installation.start()
    await installation.none_left()

    (listed,) = installation.discord.messages(installation.discord.dm(carol))
    assert "I was offline when 8 reminders came due" in listed.content
    assert all(words in listed.content for words in missed)
    in_channel = {said(m): m for m in installation.discord.messages(channel)}
    assert len(installation.posts()) == 4
    assert set(in_channel) == {"once", "every day", "an hour late"}
    for words, due in (
        ("once", now - WEEK),
        ("every day", now - timedelta(hours=1)),
        ("an hour late", now - timedelta(hours=1)),
    ):
        late = in_channel[words].content.splitlines()[-1]
        assert late == f"-# was due <t:{int(due.timestamp())}:R>"
    goes_on = await installation.job(recurring)
    assert (goes_on.state, goes_on.next_run) == (State.ACTIVE, now + timedelta(hours=23))
