import functools
import weakref
from typing import Any

import pytest

from bot.sandbox.discord_server.rules.permissions import MANAGE_WEBHOOKS
from connectors import (
    ApiRequestFailed,
    ConnectorError,
)
from connectors.discord import MessageBody
from connectors.recorder import Event
from tests.connectors.discord.conftest import Place
from tests.recorded import Recorded

LOST: list[dict[str, Any]] = [
    {"status": 500, "after_effect": True},
    {"status": 502, "after_effect": True, "html": True},
    {"drop": True, "after_effect": True},
]


@pytest.fixture(params=LOST, ids=["500", "502", "dropped"])
def lost(request: pytest.FixtureRequest) -> dict[str, Any]:
    return request.param  # type: ignore[no-any-return]


async def test_a_message_with_a_nonce_is_made_once(place: Place, lost: dict[str, Any]) -> None:
    place.fault("POST", times=3, **lost)
    made = await place.rest.create_message(place.channel.id, MessageBody("one", nonce="n1"))
    assert [str(m.id) for m in place.server.messages(place.channel)] == [made.id]
    assert len(place.clock.slept) == 3
    again = await place.rest.create_message(place.channel.id, MessageBody("one", nonce="n1"))
    assert again.id == made.id


async def test_a_message_without_a_nonce_is_not_asked_for_again(
    place: Place, lost: dict[str, Any]
) -> None:
    fault = place.fault("POST", times=9, **lost)
    with pytest.raises(ConnectorError) as raised:
        await place.rest.create_message(place.channel.id, MessageBody("one"))
    assert raised.value.retryable
    assert fault.seen == 1
    assert place.contents == ["one"]


async def test_a_thread_is_not_opened_again(place: Place, lost: dict[str, Any]) -> None:
    place.fault("POST", times=9, **lost)
    with pytest.raises(ConnectorError):
        await place.rest.create_thread(place.channel.id, "alone")
    threads = [c for c in place.guild.channels.values() if c.is_thread]
    assert len(threads) == 1


async def test_what_is_gone_counts_as_deleted(place: Place, lost: dict[str, Any]) -> None:
    made = await place.rest.create_message(place.channel.id, MessageBody("one"))
    place.fault("DELETE", **lost)
    await place.rest.delete_message(place.channel.id, made.id)
    assert place.contents == []
    with pytest.raises(ApiRequestFailed, match="10003"):
        await place.rest.delete_message(1, made.id)


async def test_a_webhook_already_deleted_counts_as_deleted(
    place: Place, lost: dict[str, Any]
) -> None:
    place.allow_bot(MANAGE_WEBHOOKS)
    webhook = place.server.add_webhook(place.channel, "News")
    place.fault("DELETE", r"/webhooks/.*", **lost)
    await place.rest.delete_webhook(webhook.id)
    assert place.server.world.webhooks == {}


async def test_a_command_is_created_again_because_its_name_makes_it_one(
    place: Place, lost: dict[str, Any]
) -> None:
    place.fault("POST", r"/applications/.*", **lost)
    command = {"name": "ask", "description": "Ask"}
    made = await place.rest.create_command(place.server.application_id, command)
    assert [entry["id"] for entry in place.server.commands] == [made.id]


async def test_the_channel_with_a_person_is_asked_for_again(
    place: Place, lost: dict[str, Any]
) -> None:
    place.fault("POST", r"/users/@me/channels", **lost)
    assert await place.rest.create_dm(place.alice.id) == place.server.dm(place.alice).id


async def test_four_tries_are_all(place: Place) -> None:
    fault = place.fault("GET", status=503, times=9)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.channel(place.channel.id)
    assert (raised.value.status, raised.value.reason) == (503, "server")
    assert fault.seen == 4


async def test_the_token_is_sent_to_the_api_and_never_to_a_webhook(place: Place) -> None:
    await place.rest.create_message(place.channel.id, MessageBody("one"))
    with pytest.raises(ApiRequestFailed):
        await place.rest.create_followup(place.server.application_id, "dead", MessageBody("two"))
    api, webhook = place.server.requests
    assert api.headers["authorization"] == f"Bot {place.server.token}"
    assert "authorization" not in {name.lower() for name in webhook.headers}
    assert api.headers["user-agent"].startswith("DiscordBot (")


@pytest.mark.parametrize("lost", [{"status": 500}, {"drop": True}])
async def test_a_lost_response_is_asked_for_again_where_a_nonce_makes_that_safe(
    place: Place, lost: dict[str, Any]
) -> None:
    place.fault(after_effect=True, **lost)
    await place.rest.create_message(place.channel.id, MessageBody("one", nonce="n1"))
    assert place.contents == ["one"]


async def test_a_lost_response_without_a_nonce_is_raised(place: Place) -> None:
    place.fault(after_effect=True, status=500)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.create_message(place.channel.id, MessageBody("one"))
    assert raised.value.retryable
    assert place.contents == ["one"]


async def test_an_invalid_form_that_was_never_sent_may_pass(place: Place) -> None:
    place.fault("GET", status=400, json={"message": "no", "code": 50035})
    with pytest.raises(ConnectorError) as raised:
        await place.rest.channel(place.channel.id)
    assert raised.value.retryable


async def test_edits_are_repeated_after_a_5xx(place: Place) -> None:
    message = await place.rest.create_message(place.channel.id, MessageBody("one"))
    place.fault(status=503, times=2)
    await place.rest.edit_message(place.channel.id, message.id, MessageBody("two"))
    assert place.contents == ["two"]
    assert len(place.clock.slept) == 2


async def test_what_was_allowed_before_a_wait_is_asked_again_after_it(place: Place) -> None:
    def at_once() -> None:
        if place.clock.now > 0:
            raise TimeoutError

    post = functools.partial(place.rest.fenced(at_once).create_message, place.channel.id)
    for _ in range(5):
        await post(MessageBody("in time"))
    with pytest.raises(TimeoutError):
        await post(MessageBody("too late"))
    assert place.contents == ["in time"] * 5
    await place.rest.create_message(place.channel.id, MessageBody("nobody is locked out"))


async def test_what_must_hold_is_ensured_once_more_after_each_wait(place: Place) -> None:
    lost_s = 0.0

    async def ensure() -> None:
        if place.clock.now > lost_s:
            raise TimeoutError

    post = functools.partial(
        place.rest.fenced(lambda: None, ensure=ensure).create_message, place.channel.id
    )
    for _ in range(5):
        await post(MessageBody("in time"))
    with pytest.raises(TimeoutError):
        await post(MessageBody("after a wait for its turn"))
    lost_s = place.clock.now
    place.fault("POST", times=1, status=429, retry_after=5.0)
    with pytest.raises(TimeoutError):
        await post(MessageBody("after a refusal"))
    assert place.contents == ["in time"] * 5
    await place.rest.create_message(place.channel.id, MessageBody("nobody is locked out"))


async def test_who_cannot_ask_after_a_wait_knows_what_may_have_been_sent(place: Place) -> None:
    async def ensure() -> None:
        if place.clock.now > 0:
            raise ConnectorError("database", retryable=True)

    post = place.rest.fenced(lambda: None, ensure=ensure).create_message
    for is_lost in (True, False):
        place.clock.now = 0.0
        fault = {"drop": True} if is_lost else {"status": 429, "retry_after": 5.0}
        place.fault("POST", times=1, **fault)
        with pytest.raises(ConnectorError) as raised:
            await post(place.channel.id, MessageBody("one", nonce="n1"))
        assert raised.value.was_sent is is_lost


@pytest.mark.parametrize("is_asked_first", [True, False])
async def test_a_fence_holds_back_every_kind_of_request(place: Place, is_asked_first: bool) -> None:
    def check() -> None:
        assert not is_asked_first
        raise TimeoutError

    async def ensure() -> None:
        if is_asked_first:
            raise TimeoutError

    made = await place.rest.create_message(place.channel.id, MessageBody("one"))
    fenced = place.rest.fenced(check, ensure=ensure)
    for asking in (
        fenced.create_message(place.channel.id, MessageBody("two")),
        fenced.edit_message(place.channel.id, made.id, MessageBody("two")),
        fenced.delete_message(place.channel.id, made.id),
        fenced.acknowledge(1, "token", {"type": 5}),
    ):
        with pytest.raises(TimeoutError):
            await asking
    assert place.contents == ["one"]
    assert len(place.statuses) == 1


async def test_each_try_is_counted_by_a_route_without_ids(place: Place) -> None:
    place.transport.recorder = recorder = Recorded()
    place.fault("POST", times=1, status=429, retry_after=1.0)
    place.fault("POST", times=1, drop=True)
    await place.rest.create_message(place.channel.id, MessageBody("one", nonce="n1"))
    route = "POST /channels/{channel_id}/messages"
    assert recorder.events == [
        (Event.DISCORD_REQUEST, route, "429"),
        (Event.RETRY, "discord"),
        (Event.DISCORD_REQUEST, route, "none"),
        (Event.RETRY, "discord"),
        (Event.DISCORD_REQUEST, route, "200"),
    ]


async def test_an_error_is_freed_with_its_name(place: Place) -> None:
    place.fault("POST", status=429, retry_after=0.0, times=9)
    left: weakref.ref[BaseException] | None = None
    try:
        await place.rest.create_message(place.channel.id, MessageBody("one"))
    except ConnectorError as error:
        left = weakref.ref(error)
    assert left is not None
    assert left() is None
