"""Limits against the sandbox's Discord, which refuses whatever comes too fast."""

import asyncio
from collections import Counter
from contextlib import suppress
from typing import Any

import pytest

from connectors import ApiRequestFailed, ConnectorError, RateLimitExceeded
from connectors.discord import MessageBody
from connectors.discord.rate_limits import KEPT_BUCKETS, Bucket
from connectors.discord.routes import LONGEST_BLOCK_S
from tests.connectors.discord.conftest import Place

CREATE = r"/channels/\d+/messages"


async def test_fifty_at_once_learn_the_limit_without_a_429(
    place: Place,
) -> None:
    buckets = place.rest._sender._limits._buckets
    place.clock.is_quiet = lambda: not any(bucket.turns for bucket in buckets.values())
    bodies = [MessageBody(str(n)) for n in range(50)]
    await asyncio.gather(*(place.rest.create_message(place.channel.id, b) for b in bodies))
    assert Counter(place.statuses) == {200: 50}
    assert sorted(place.contents, key=int) == [body.content for body in bodies]
    assert place.clock.slept == [5.0] * 9  # nine windows of five after the first


async def test_an_unknown_bucket_lets_one_request_through_until_it_is_answered(
    place: Place,
) -> None:
    gate = asyncio.Event()
    held = place.fault("POST", hold=gate)
    posting = [
        asyncio.create_task(place.rest.create_message(place.channel.id, MessageBody(str(n))))
        for n in range(3)
    ]
    await place.server.until(lambda: held.seen)
    await place.rest.channel(place.channel.id)  # another bucket does not wait
    assert place.contents == []
    gate.set()
    await asyncio.gather(*posting)
    assert place.contents[0] == "0"


async def test_a_429_storm_ends_with_the_first_answer(place: Place) -> None:
    storm = place.fault("POST", status=429, retry_after=2.0, times=1)
    bodies = [MessageBody(str(n)) for n in range(20)]
    await asyncio.gather(*(place.rest.create_message(place.channel.id, b) for b in bodies))
    assert storm.seen == 1
    assert Counter(place.statuses) == {429: 1, 200: 20}
    assert place.clock.slept[0] == 2.0


async def test_another_channel_needs_not_learn_what_the_first_one_did(place: Place) -> None:
    other = place.server.add_channel(place.guild, "other")
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    gate = asyncio.Event()
    held = place.fault("POST", hold=gate, times=5)
    posting = [
        asyncio.create_task(place.rest.create_message(other.id, MessageBody(str(n))))
        for n in range(7)
    ]
    await place.server.until(lambda: held.seen == 5)
    gate.set()
    await asyncio.gather(*posting)
    assert Counter(place.statuses) == {200: 8}


async def test_routes_that_share_a_bucket_share_its_count(place: Place) -> None:
    shared = {"X-RateLimit-Bucket": "shared", "X-RateLimit-Limit": "5"}
    left = [{**shared, "X-RateLimit-Remaining": str(n)} for n in (4, 3, 0)]
    message = await place.rest.create_message(place.channel.id, MessageBody("one"))
    place.fault("POST", headers=left[1])
    place.fault("PATCH", headers=left[2])
    await place.rest.create_message(place.channel.id, MessageBody("two"))
    await place.rest.edit_message(place.channel.id, message.id, MessageBody("three"))
    assert place.clock.slept == []
    await place.rest.create_message(place.channel.id, MessageBody("four"))
    assert place.clock.slept == [5.0]


async def test_requests_under_way_move_with_a_bucket_that_changes(place: Place) -> None:
    for n in range(2):
        await place.rest.create_message(place.channel.id, MessageBody(str(n)))
    gate = asyncio.Event()
    slow = place.fault("POST", hold=gate, times=2)
    under_way = [
        asyncio.create_task(place.rest.create_message(place.channel.id, MessageBody(f"slow {n}")))
        for n in range(2)
    ]
    await place.server.until(lambda: slow.seen == 2)
    moved = {
        "X-RateLimit-Bucket": "moved",
        "X-RateLimit-Remaining": "2",
        "X-RateLimit-Limit": "3",
    }
    place.fault("POST", headers=moved)
    await place.rest.create_message(place.channel.id, MessageBody("moved"))
    late = asyncio.create_task(place.rest.create_message(place.channel.id, MessageBody("late")))
    await place.server.until(lambda: place.clock.slept)
    gate.set()
    await asyncio.gather(*under_way, late)
    assert place.clock.slept[0] == 5.0  # two of two were still under way: the new bucket is empty
    assert 429 not in place.statuses


@pytest.mark.parametrize("skew_s", [-3600, 3600, 1e12])
async def test_a_clock_that_runs_wrong_changes_nothing(place: Place, skew_s: float) -> None:
    place.fault("POST", times=99, headers={"X-RateLimit-Reset": f"{1.8e9 + skew_s:.3f}"})
    for n in range(7):
        await place.rest.create_message(place.channel.id, MessageBody(str(n)))
    assert place.clock.slept == [5.0]
    assert Counter(place.statuses) == {200: 7}


@pytest.mark.parametrize(
    "nonsense",
    [
        {"X-RateLimit-Limit": "many"},
        {"X-RateLimit-Remaining": ""},
        {"X-RateLimit-Reset-After": "nan"},
        {"X-RateLimit-Reset-After": "-1"},
    ],
)
async def test_headers_that_make_no_sense_are_passed_over(
    place: Place, nonsense: dict[str, str]
) -> None:
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    place.fault("POST", headers=nonsense)
    await place.rest.create_message(place.channel.id, MessageBody("two"))
    assert place.contents == ["one", "two"]
    assert place.clock.slept == []


async def test_a_shared_limit_holds_its_own_bucket_only(place: Place) -> None:
    shared = {"X-RateLimit-Scope": "shared"}
    place.fault("POST", status=429, retry_after=20, headers=shared)
    with pytest.raises(RateLimitExceeded):
        await place.rest.create_message(place.channel.id, MessageBody("one"), attempts=1)
    await place.rest.channel(place.channel.id)
    assert place.clock.slept == []
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    assert place.clock.slept == [20]


async def test_a_global_limit_holds_everything_but_interactions(place: Place) -> None:
    everything = {"X-RateLimit-Scope": "global"}
    place.fault("POST", status=429, retry_after=20, headers=everything)
    with pytest.raises(RateLimitExceeded):
        await place.rest.create_message(place.channel.id, MessageBody("one"), attempts=1)
    with pytest.raises(ApiRequestFailed):
        await place.rest.original(place.server.application_id, "dead")
    assert place.clock.slept == []
    await place.rest.channel(place.channel.id)
    assert place.clock.slept == [20]


@pytest.mark.parametrize(("headers", "wait_s"), [({"Retry-After": "7"}, 7), ({}, 60)])
async def test_the_page_of_cloudflare_holds_everything(
    place: Place, headers: dict[str, str], wait_s: int
) -> None:
    place.fault("POST", status=429, html=True, headers=headers)
    with pytest.raises(RateLimitExceeded):
        await place.rest.create_message(place.channel.id, MessageBody("one"), attempts=1)
    with pytest.raises(ApiRequestFailed):
        await place.rest.original(place.server.application_id, "dead")
    assert place.clock.slept == [wait_s]


async def test_a_wait_of_more_than_a_minute_is_raised_and_not_slept(place: Place) -> None:
    place.fault("POST", status=429, retry_after=600)
    for _ in range(2):
        with pytest.raises(RateLimitExceeded) as raised:
            await place.rest.create_message(place.channel.id, MessageBody("one"))
        assert raised.value.retry_after == 600
    assert place.clock.slept == []
    assert place.statuses == [429]


@pytest.mark.parametrize(
    "hostile",
    [
        {"status": 429, "retry_after": 1e12},
        {"status": 429, "html": True, "headers": {"Retry-After": "1000000000000000000"}},
        {"status": 429, "retry_after": 1e18, "headers": {"X-RateLimit-Scope": "global"}},
        {"headers": {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset-After": "1e18"}},
    ],
)
async def test_no_wait_is_longer_than_a_quarter_of_an_hour(
    place: Place, hostile: dict[str, Any]
) -> None:
    place.fault("GET", **hostile)
    with suppress(RateLimitExceeded):
        await place.rest.channel(place.channel.id)
    with pytest.raises(RateLimitExceeded) as raised:
        await place.rest.channel(place.channel.id)
    assert raised.value.retry_after == LONGEST_BLOCK_S
    place.clock.now += LONGEST_BLOCK_S
    await place.rest.channel(place.channel.id)


@pytest.mark.parametrize(("processes", "at_once"), [(1, 50), (4, 12), (80, 1)])
async def test_the_global_limit_is_shared_by_the_processes(
    place: Place, processes: int, at_once: int
) -> None:
    rest = place.client(processes=processes)
    for n in range(at_once + 1):
        channel = place.server.add_channel(place.guild, f"channel-{n}")
        await rest.channel(channel.id)
    assert place.clock.slept == [1.0]


async def test_a_request_that_is_cancelled_in_its_turn_holds_nobody(place: Place) -> None:
    gate = asyncio.Event()
    held = place.fault("POST", hold=gate)
    first = asyncio.create_task(place.rest.create_message(place.channel.id, MessageBody("one")))
    await place.server.until(lambda: held.seen)
    second = asyncio.create_task(place.rest.create_message(place.channel.id, MessageBody("two")))
    third = asyncio.create_task(place.rest.create_message(place.channel.id, MessageBody("three")))
    await asyncio.sleep(0)
    second.cancel()
    first.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    gate.set()
    assert (await third).content == "three"


async def test_a_lost_request_frees_its_turn(place: Place) -> None:
    place.fault("POST", drop=True)
    with pytest.raises(ConnectorError):
        await place.rest.create_message(place.channel.id, MessageBody("one"))
    await place.rest.create_message(place.channel.id, MessageBody("two"))
    assert place.contents == ["two"]


async def test_the_buckets_of_ended_interactions_are_forgotten(place: Place) -> None:
    for n in range(3):
        with pytest.raises(ApiRequestFailed):
            await place.rest.original(place.server.application_id, f"dead-{n}")
    limits = place.rest._sender._limits
    for n in range(KEPT_BUCKETS):
        limits._named("GET /x", str(n))
    place.clock.now += 60
    limits._named("GET /x", "one more")
    assert len(limits._buckets) < KEPT_BUCKETS


async def test_the_buckets_of_a_burst_are_not_all_looked_at_for_each_new_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[Bucket] = []

    def is_spent(bucket: Bucket, _now: float) -> bool:
        looked_at.append(bucket)
        return False

    monkeypatch.setattr(Bucket, "is_spent", is_spent)
    for n in range(4 * KEPT_BUCKETS):
        place.rest._sender._limits._named("GET /x", str(n))
    assert len(looked_at) <= 4 * KEPT_BUCKETS


async def test_a_request_whose_answer_was_lost_counts_in_its_window(place: Place) -> None:
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    place.fault("POST", after_effect=True, drop=True, times=4)
    for _ in range(4):
        with pytest.raises(ConnectorError):
            await place.rest.create_message(place.channel.id, MessageBody("lost"))
    await place.rest.create_message(place.channel.id, MessageBody("two"))
    assert place.clock.slept == [5.0]
    assert 429 not in place.statuses


async def test_a_bucket_that_is_empty_is_waited_for_before_asking(place: Place) -> None:
    for n in range(7):
        await place.rest.create_message(place.channel.id, MessageBody(str(n)))
    assert len(place.clock.slept) == 1
    assert 4 < place.clock.slept[0] <= 5
    assert {request.status for request in place.server.requests} == {200}


async def test_buckets_of_two_channels_are_two(place: Place) -> None:
    other = place.server.add_channel(place.channel.guild, "other")  # type: ignore[arg-type]
    for channel in (place.channel, other):
        for n in range(5):
            await place.rest.create_message(channel.id, MessageBody(str(n)))
    assert place.clock.slept == []


async def test_a_429_is_obeyed_and_tried_again(place: Place) -> None:
    place.fault(status=429, retry_after=3.5)
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    assert place.clock.slept == [3.5]
    assert place.contents == ["one"]


async def test_a_429_without_patience_is_raised_with_its_wait(place: Place) -> None:
    place.fault(status=429, retry_after=3.5)
    with pytest.raises(RateLimitExceeded) as raised:
        await place.rest.create_message(place.channel.id, MessageBody("one"), attempts=1)
    assert raised.value.retry_after == 3.5


async def test_a_429_of_cloudflare_is_no_json_and_obeyed_all_the_same(place: Place) -> None:
    place.fault(status=429, html=True, headers={"Retry-After": "7"})
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    assert place.clock.slept == [7]


async def test_the_global_limit_holds_all_but_interactions(place: Place) -> None:
    place.fault(status=429, retry_after=30, headers={"X-RateLimit-Global": "true"})
    with pytest.raises(RateLimitExceeded):
        await place.rest.create_message(place.channel.id, MessageBody("one"), attempts=1)
    with pytest.raises(ApiRequestFailed):
        await place.rest.create_followup(place.server.application_id, "dead", MessageBody("two"))
    assert place.clock.slept == []
    await place.rest.create_dm(place.alice.id)
    assert place.clock.slept == [30]


async def test_no_more_than_50_requests_a_second(place: Place) -> None:
    for n in range(51):
        channel = place.server.add_channel(place.channel.guild, f"channel-{n}")  # type: ignore[arg-type]
        await place.rest.create_message(channel.id, MessageBody("one"))
    assert place.clock.slept == [1.0]
    assert {request.status for request in place.server.requests} == {200}
