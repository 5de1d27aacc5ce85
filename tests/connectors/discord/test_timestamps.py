from datetime import UTC, datetime, timedelta, timezone

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.discord import (
    Timestamp,
    parse_timestamp,
    snowflake_time,
    time_snowflake,
    timestamp,
    timestamps_in,
)
from connectors.discord.timestamps import STYLES
from tests.rows import each

ZONES = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(
    min_value=datetime(1, 1, 2),  # noqa: DTZ001 - the zone is drawn beside it
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=ZONES,
)
ANY_STYLE = st.sampled_from(STYLES)


@given(MOMENTS, ANY_STYLE)
def test_a_time_comes_back_to_the_second(moment: datetime, style: str) -> None:
    found = parse_timestamp(timestamp(moment, style))
    assert found is not None
    assert timedelta(0) <= moment - found.moment < timedelta(seconds=1)
    assert found.style == style
    assert str(found) == timestamp(moment, style)


@given(MOMENTS.map(lambda moment: moment.replace(microsecond=0)))
def test_discord_py_writes_the_same(moment: datetime) -> None:
    assert timestamp(moment, "R") == discord.utils.format_dt(moment, "R")


@given(st.lists(st.tuples(st.text(alphabet="<t:R>0 \n"), MOMENTS, ANY_STYLE), max_size=5))
def test_every_timestamp_of_a_text_is_found(
    parts: list[tuple[str, datetime, str]],
) -> None:
    text = "".join(f"{words} {timestamp(moment, style)}" for words, moment, style in parts)
    written = [timestamp(moment, style) for _, moment, style in parts]
    found = [str(each) for each in timestamps_in(text)]
    assert [each for each in found if each in written][-len(written) or 9 :] == written


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    parse_timestamp(text)
    list(timestamps_in(text))


@pytest.mark.parametrize(
    ("text", "moment", "style"),
    [
        ("<t:0>", datetime(1970, 1, 1, tzinfo=UTC), "f"),
        (" <t:1800000000:R> ", datetime(2027, 1, 15, 8, tzinfo=UTC), "R"),
        ("<t:-1:d>", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "d"),
    ],
)
def test_what_discord_shows_is_read(text: str, moment: datetime, style: str) -> None:
    assert parse_timestamp(text) == Timestamp(moment, style)


@each(
    "text",
    [
        "",
        "<t:>",
        "<t:1:x>",
        "<t:1:RR>",
        "<t:1.5>",
        "<t:٣>",
        "t:1",
        "<t:1> and more",
        f"<t:{10**17 - 1}>",
    ],
)
def test_what_discord_shows_as_text_is_none(text: str) -> None:
    assert parse_timestamp(text) is None


def test_a_time_needs_a_zone_and_a_known_style() -> None:
    with pytest.raises(ValueError, match="zone"):
        timestamp(datetime(2026, 1, 1))  # noqa: DTZ001 - the case
    with pytest.raises(ValueError, match="zone"):
        time_snowflake(datetime(2026, 1, 1))  # noqa: DTZ001 - the case
    for style in ("", "x", "tT"):
        with pytest.raises(ValueError, match="styles"):
            timestamp(datetime(2026, 1, 1, tzinfo=UTC), style)


@given(st.integers(0, (1 << 63) - 1))
def test_an_id_tells_its_time_as_discord_py_reads_it(snowflake: int) -> None:
    moment = snowflake_time(str(snowflake))
    assert abs(moment - discord.utils.snowflake_time(snowflake)) < timedelta(milliseconds=1)
    assert time_snowflake(moment) == snowflake >> 22 << 22
