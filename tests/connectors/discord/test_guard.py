"""Tests of what keeps an address from being banned."""

import pytest

from connectors import ApiRequestFailed, RateLimitExceeded
from connectors.discord import MessageBody
from connectors.discord.guard import STOP_AT, Guard
from connectors.discord.routes import route
from tests.connectors.discord.conftest import Clock, Place

CHANNEL = route("GET", "/channels/{channel_id}", 1)
FORBIDDEN = ApiRequestFailed("discord", status=403, reason="permission")
LIMITED = RateLimitExceeded("discord", status=429)


async def test_after_a_401_nothing_more_is_sent_with_that_token(place: Place) -> None:
    rest = place.client(token="wrong")
    for _ in range(3):
        with pytest.raises(ApiRequestFailed) as raised:
            await rest.channel(place.channel.id)
        assert (raised.value.status, raised.value.reason) == (401, "auth")
    assert "not sent again" in str(raised.value)
    assert place.statuses == [401]
    await place.rest.channel(place.channel.id)


async def test_a_dead_interaction_token_is_not_sent_again_and_keeps_its_code(place: Place) -> None:
    for _ in range(3):
        with pytest.raises(ApiRequestFailed) as raised:
            await place.rest.original(place.server.application_id, "dead")
        assert raised.value.provider_code == "50027"
    assert place.statuses == [401]
    await place.rest.channel(place.channel.id)
    with pytest.raises(ApiRequestFailed):
        await place.rest.original(place.server.application_id, "another")
    assert place.statuses == [401, 200, 401]


@pytest.mark.parametrize("token", [None, "token"])
async def test_an_unknown_webhook_is_not_asked_for_again(place: Place, token: str | None) -> None:
    for _ in range(3):
        with pytest.raises(ApiRequestFailed) as raised:
            await place.rest.webhook(1, token=token)
        assert (raised.value.status, raised.value.provider_code) == (404, "10015")
    assert place.statuses == [404]


async def test_an_unknown_message_of_a_webhook_says_nothing_about_the_webhook(
    place: Place,
) -> None:
    made = place.server.add_webhook(place.channel, "News")
    place.fault("GET", r"/webhooks/.*", status=404, json={"code": 10008})
    with pytest.raises(ApiRequestFailed):
        await place.rest.webhook(made.id, token=made.token)
    assert (await place.rest.webhook(made.id, token=made.token)).name == "News"


async def test_a_403_is_not_repeated_by_itself(place: Place) -> None:
    fault = place.fault(status=403, times=9)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.create_message(place.channel.id, MessageBody("one", nonce="n"))
    assert (raised.value.reason, raised.value.retryable, fault.seen) == ("permission", True, 1)


async def test_it_stops_long_before_ten_thousand_and_goes_on_when_they_are_past(
    place: Place,
) -> None:
    place.fault(status=403, times=STOP_AT)
    guard = place.rest._sender._guard
    for _ in range(STOP_AT - 1):
        guard.learn(CHANNEL, FORBIDDEN, is_shared=False)
    with pytest.raises(ApiRequestFailed):
        await place.rest.channel(place.channel.id)
    with pytest.raises(RateLimitExceeded, match="5,000 requests were refused") as raised:
        await place.rest.channel(place.channel.id)
    assert raised.value.retry_after == 600
    assert place.statuses == [403]
    place.server.clear_faults()
    place.clock.now += 600
    await place.rest.channel(place.channel.id)


@pytest.mark.parametrize(
    ("error", "is_shared", "counts"),
    [
        (FORBIDDEN, False, True),
        (LIMITED, False, True),
        (LIMITED, True, False),
        (ApiRequestFailed("discord", status=404, reason="not_found"), False, False),
        (ApiRequestFailed("discord", status=500), False, False),
    ],
)
def test_what_counts_is_401_403_and_429_that_is_not_shared(
    error: ApiRequestFailed, is_shared: bool, counts: bool
) -> None:
    guard = Guard(clock=Clock(), processes=STOP_AT)
    guard.learn(CHANNEL, error, is_shared=is_shared)
    if not counts:
        guard.check(CHANNEL)
        return
    with pytest.raises(RateLimitExceeded):
        guard.check(CHANNEL)


def test_refused_tokens_are_kept_in_bounds() -> None:
    guard = Guard(clock=Clock())
    refused = ApiRequestFailed("discord", status=401, reason="auth")
    for n in range(2000):
        dead = route("GET", "/webhooks/{webhook_id}/{webhook_token}", 1, n)
        guard.learn(dead, refused, is_shared=False)
    assert len(guard._refused) == 1000


async def test_one_stray_401_holds_the_bot_back_for_a_second(place: Place) -> None:
    place.fault("GET", status=401)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.channel(place.channel.id)
    assert (raised.value.retryable, raised.value.retry_after) == (True, 1.0)
    place.clock.now += 0.5
    with pytest.raises(ApiRequestFailed, match="not sent again") as raised:
        await place.rest.channel(place.channel.id)
    assert (raised.value.retryable, raised.value.retry_after) == (True, 0.5)
    assert raised.value.was_sent is False
    place.clock.now += 0.5
    await place.rest.channel(place.channel.id)
    await place.rest.channel(place.channel.id)
    assert place.statuses == [401, 200, 200]


def test_a_token_that_stays_refused_is_tried_after_growing_waits_by_one_request() -> None:
    clock = Clock()
    guard = Guard(clock=clock)
    refused = ApiRequestFailed("discord", status=401, reason="auth")
    guard.learn(CHANNEL, refused, is_shared=False)
    guard.learn(CHANNEL, refused, is_shared=False)  # of a request that was under way
    waits = []
    for _ in range(12):
        began = clock.now
        with pytest.raises(ApiRequestFailed) as raised:
            guard.check(CHANNEL)
        clock.now += raised.value.retry_after or 0.0
        guard.check(CHANNEL)
        waits.append(clock.now - began)
        if len(waits) % 2:  # else its reply is lost
            guard.learn(CHANNEL, refused, is_shared=False)
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]
    guard.accept(CHANNEL)
    guard.check(CHANNEL)


@pytest.mark.parametrize(("scope", "is_stopped"), [("shared", False), ("user", True)])
async def test_a_429_of_a_shared_resource_brings_the_ban_no_nearer(
    place: Place, scope: str, is_stopped: bool
) -> None:
    rest = place.client(processes=STOP_AT)  # so that one is enough
    place.fault("GET", status=429, headers={"X-RateLimit-Scope": scope})
    if is_stopped:
        with pytest.raises(RateLimitExceeded, match="refused"):
            await rest.channel(place.channel.id)
        return
    await rest.channel(place.channel.id)
