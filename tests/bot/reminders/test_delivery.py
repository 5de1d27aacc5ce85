from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
import pytest
from msgspec.structs import replace

from bot.reminders.delivery import deliver
from bot.reminders.texts import NO_DM
from bot.sandbox.discord_server import Channel, DiscordServer, Fault, Message, User
from connectors import ConnectorError
from connectors.discord import DiscordRest, load_from_env
from connectors.http.transport import Transport
from connectors.local_scheduler import ClaimLost, Job, Parked, Running, Settled, State
from connectors.local_scheduler.job import Fence
from connectors.local_scheduler.running import Claim, clocks

VIEW_CHANNEL, SEND_MESSAGES, READ_MESSAGE_HISTORY = 1 << 10, 1 << 11, 1 << 16


@dataclass
class Place:
    discord: DiscordServer
    rest: DiscordRest
    channel: Channel
    alice: User

    async def run(self, _: object) -> bool:
        """Stand for a database that writes the draft of a claim that is held."""
        return True

    def posts(self) -> list[Message]:
        return self.discord.messages(self.channel)

    def due(self, *, attempts: int = 1, claimed: timedelta = timedelta(), **facts: Any) -> Running:
        """Return a reminder of Alice that is in our hands, first claimed so long ago."""
        now = datetime.now(UTC)
        job = Job(
            id="0123456789abcdef",
            kind="reminder",
            owner_id=self.alice.id,
            channel_id=self.channel.id,
            next_run=datetime(2026, 11, 22, 9, tzinfo=UTC),
            state=State.RUNNING,
            attempts=attempts,
            first_claimed_at=now - claimed,
            payload={"text": "tea"},
        )
        claim = Claim(
            Fence(job.id, "here", attempts),
            cast(Any, None),
            cast(Any, self),
            asked_at=clocks(),
            lease_s=45.0,
            draft={},
        )
        return Running.of(replace(job, **facts), claim)


async def no_wait(_: float) -> None:
    return


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    async with DiscordServer() as discord:
        guild = discord.add_guild("Kitchen")
        channel = discord.add_channel(guild, "general")
        alice = discord.add_user("alice")
        discord.add_member(guild, alice)
        environ = {"DISCORD_BOT_TOKEN": discord.token, "DISCORD_API_URL": discord.api_url}
        transport = Transport(sleep=no_wait)
        yield Place(discord, DiscordRest(load_from_env(environ), transport), channel, alice)
        await transport.aclose()


async def test_a_second_try_within_the_window_posts_nothing_new(place: Place) -> None:
    first = await deliver(place.due(), place.rest)
    again = await deliver(place.due(attempts=2, claimed=timedelta(seconds=60)), place.rest)
    assert first == again == Settled(str(place.posts()[0].id))
    assert len(place.posts()) == 1


async def test_a_try_long_after_the_first_finds_what_that_one_posted(place: Place) -> None:
    await deliver(place.due(), place.rest)
    place.posts()[0].nonce = None  # as Discord forgets it
    again = await deliver(place.due(attempts=2, claimed=timedelta(hours=1)), place.rest)
    assert again == Settled(str(place.posts()[0].id))
    assert len(place.posts()) == 1


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(minutes=10)])
async def test_a_message_is_found_though_our_clock_was_ahead_of_discords(
    place: Place, ahead: timedelta
) -> None:
    await deliver(place.due(), place.rest)
    place.posts()[0].nonce = None
    again = await deliver(place.due(attempts=2, claimed=-ahead), place.rest)
    assert again == Settled(str(place.posts()[0].id))
    assert len(place.posts()) == 1


async def test_a_message_is_found_behind_as_many_others_as_there_are(place: Place) -> None:
    for n in range(210):
        await place.discord.post(place.alice, place.channel, str(n))
    await deliver(place.due(), place.rest)
    place.posts()[-1].nonce = None
    again = await deliver(place.due(attempts=2, claimed=timedelta(hours=1)), place.rest)
    assert again == Settled(str(place.posts()[-1].id))
    assert len(place.posts()) == 211


async def test_the_next_occurrence_is_not_taken_for_the_one_before(place: Place) -> None:
    await deliver(place.due(), place.rest)
    later = datetime(2026, 11, 23, 9, tzinfo=UTC)
    await deliver(
        place.due(attempts=2, claimed=timedelta(hours=1), next_run=later), place.rest, now=later
    )
    assert len(place.posts()) == 2


async def test_where_nothing_may_be_read_it_is_better_sent_twice_than_never(place: Place) -> None:
    guild = place.channel.guild
    assert guild is not None
    place.discord.set_overwrite(place.channel, guild.everyone, deny=READ_MESSAGE_HISTORY)
    await deliver(place.due(attempts=2, claimed=timedelta(hours=1)), place.rest)
    assert len(place.posts()) == 1


async def test_nothing_is_posted_without_the_claim(place: Place) -> None:
    running = place.due()
    running.claim.lose()
    with pytest.raises(ClaimLost):
        await deliver(running, place.rest)
    assert place.posts() == []


async def test_a_message_that_was_deleted_meanwhile_was_delivered(place: Place) -> None:
    place.discord.inject(
        Fault(method="POST", status=404, json={"code": 10008, "message": "Unknown Message"})
    )
    assert await deliver(place.due(), place.rest) == Settled()


async def test_a_refusal_that_is_not_discords_is_tried_again(place: Place) -> None:
    place.discord.inject(Fault(method="POST", status=403, html=True))
    with pytest.raises(ConnectorError):
        await deliver(place.due(), place.rest)


async def test_what_passes_is_left_to_the_next_try(place: Place) -> None:
    place.discord.inject(Fault(method="POST", status=500, times=4))
    with pytest.raises(ConnectorError) as caught:
        await deliver(place.due(), place.rest)
    assert caught.value.retryable


async def test_a_filter_that_refuses_the_text_sends_it_to_its_owner(place: Place) -> None:
    blocked = {"code": 200000, "message": "Message was blocked by automatic moderation"}
    place.discord.inject(Fault(method="POST", status=400, json=blocked))
    assert isinstance(await deliver(place.due(), place.rest), Settled)
    (message,) = place.discord.messages(place.discord.dm(place.alice))
    assert "so I am sending it here" in message.content


async def test_nowhere_to_go_is_parked(place: Place) -> None:
    place.alice.blocks_dms = True
    place.discord.remove_channel(place.channel)
    assert await deliver(place.due(), place.rest) == Parked(NO_DM)


async def test_who_is_known_to_take_no_direct_messages_is_not_tried(place: Place) -> None:
    outcome = await deliver(place.due(channel_id=None), place.rest, takes_dms=False)
    assert outcome == Parked(NO_DM)
    assert place.discord.messages(place.discord.dm(place.alice)) == []


async def test_how_late_it_is_counts_from_the_newest_of_what_was_missed(place: Place) -> None:
    daily: dict[str, Any] = {
        "rule": "FREQ=DAILY",
        "zone": "Europe/Berlin",
        "wall_time": "2026-03-01T09:00:00",
    }
    due = datetime(2026, 3, 28, 8, tzinfo=UTC)  # the day before the clocks change
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    await deliver(place.due(next_run=due, **daily), place.rest, now=now)
    newest = int(datetime(2026, 3, 31, 7, tzinfo=UTC).timestamp())
    assert place.posts()[0].content.endswith(f"-# was due <t:{newest}:R>")


def in_guild(place: Place, **facts: Any) -> Running:
    assert place.channel.guild is not None
    return place.due(guild_id=place.channel.guild.id, **facts)


def told(place: Place) -> list[str]:
    return [m.content for m in place.discord.messages(place.discord.dm(place.alice))]


async def test_who_left_the_server_is_told_directly_and_the_bot_posts_nothing_there(
    place: Place,
) -> None:
    assert place.channel.guild is not None
    place.discord.remove_member(place.channel.guild, place.alice)
    running = in_guild(place)
    assert isinstance(await deliver(running, place.rest), Settled)
    assert place.posts() == []
    (said,) = told(place)
    assert f"You are no longer in the server of <#{place.channel.id}>" in said


@pytest.mark.parametrize("right", [VIEW_CHANNEL, SEND_MESSAGES])
async def test_who_lost_a_channel_is_told_directly(place: Place, right: int) -> None:
    place.discord.set_overwrite(place.channel, place.alice, deny=right)
    await deliver(in_guild(place), place.rest)
    assert place.posts() == []
    (said,) = told(place)
    assert f"You can no longer post in <#{place.channel.id}>" in said


async def test_while_discord_does_not_say_it_waits(place: Place) -> None:
    place.discord.inject(Fault("GET", r"/guilds/.*/members/.*", status=500, times=9))
    with pytest.raises(ConnectorError) as raised:
        await deliver(in_guild(place), place.rest)
    assert raised.value.retryable
    assert (place.posts(), told(place)) == ([], [])


async def test_one_that_repeats_says_once_why_it_comes_directly(place: Place) -> None:
    place.discord.set_overwrite(place.channel, place.alice, deny=SEND_MESSAGES)
    daily = {"rule": "FREQ=DAILY", "zone": "UTC", "wall_time": "2026-03-01T09:00:00"}
    payload: dict[str, Any] = {"text": "tea"}
    now = datetime(2026, 11, 22, 9, tzinfo=UTC)
    for day in range(3):
        due = now + timedelta(days=day)
        running = in_guild(place, next_run=due, payload=payload, **daily)
        outcome = await deliver(running, place.rest, now=due)
        assert isinstance(outcome, Settled)
        payload = dict(outcome.payload or payload)
    assert ["no longer post" in said for said in told(place)] == [True, False, False]
    place.discord.set_overwrite(place.channel, place.alice)
    later = now + timedelta(days=3)
    back = await deliver(
        in_guild(place, next_run=later, payload=payload, **daily), place.rest, now=later
    )
    assert isinstance(back, Settled)
    assert back.payload == {"text": "tea"}
    assert len(place.posts()) == 1


async def test_what_was_posted_before_the_right_was_lost_is_not_sent_again(place: Place) -> None:
    await deliver(in_guild(place), place.rest)
    place.discord.set_overwrite(place.channel, place.alice, deny=SEND_MESSAGES)
    again = await deliver(in_guild(place, attempts=2), place.rest)
    assert again == Settled(str(place.posts()[0].id))
    assert told(place) == []


async def test_one_that_went_to_the_direct_messages_is_found_there_by_who_goes_on(
    place: Place,
) -> None:
    place.discord.set_overwrite(place.channel, place.alice, deny=SEND_MESSAGES)
    first = in_guild(place)
    await deliver(first, place.rest)
    place.discord.set_overwrite(place.channel, place.alice)
    draft = msgspec.json.decode(first.claim.draft_json())
    again = await deliver(
        in_guild(place, attempts=2, claimed=timedelta(minutes=1), draft=draft), place.rest
    )
    assert isinstance(again, Settled)
    assert len(place.discord.messages(place.discord.dm(place.alice))) == 1
    assert not place.posts()


async def test_who_goes_on_opens_no_direct_messages_without_need(place: Place) -> None:
    await deliver(in_guild(place, attempts=2, claimed=timedelta(minutes=1)), place.rest)
    assert not [r for r in place.discord.requests if r.path == "/users/@me/channels"]
    assert len(place.posts()) == 1
