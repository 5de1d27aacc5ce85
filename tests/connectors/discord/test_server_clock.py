from datetime import UTC, datetime, timedelta

import pytest

from connectors.discord import MessageBody, snowflake_time, time_snowflake
from connectors.discord.server_clock import MARGIN_S, ServerClock
from tests.connectors.discord.conftest import Place

DATE = "Wed, 25 Nov 2026 22:00:00 GMT"
MOMENT = datetime(2026, 11, 25, 22, tzinfo=UTC)
MARGIN = timedelta(seconds=MARGIN_S)


def clock_at(moment: datetime, date: str = DATE) -> ServerClock:
    clock = ServerClock(moment.timestamp)
    clock.learn({"date": date})
    return clock


@pytest.mark.parametrize("ahead_s", [1.0, 60.0, 3600.0])
def test_a_clock_that_is_ahead_is_measured_and_allowed_for(ahead_s: float) -> None:
    now = MOMENT + timedelta(seconds=ahead_s)
    clock = clock_at(now)
    assert clock.ahead_s == ahead_s
    assert clock.lowest_id(now) == time_snowflake(MOMENT - MARGIN)


def test_a_clock_that_is_behind_may_have_been_right_before() -> None:
    now = MOMENT - timedelta(hours=1)
    assert clock_at(now).lowest_id(now) == time_snowflake(now - MARGIN)


@pytest.mark.parametrize("date", ["", "yesterday", "Thu, 01 Jan 1970 00:00:00 GMT", "9" * 5000])
def test_a_date_that_cannot_be_right_is_ignored(date: str) -> None:
    assert clock_at(MOMENT, date).ahead_s == 0.0


async def test_each_reply_of_discord_tells_its_time(place: Place) -> None:
    place.transport.clock = lambda: place.server.clock() + 90
    rest = place.client()
    posted = await rest.create_message(place.channel.id, MessageBody("one"))
    ours = snowflake_time(posted.id) + timedelta(seconds=90)
    lowest = snowflake_time(rest.lowest_id(ours))
    assert timedelta() <= snowflake_time(posted.id) - MARGIN - lowest < timedelta(seconds=2)
