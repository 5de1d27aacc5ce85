"""What is asked for again after a lost answer, and what that does: nothing twice."""

from typing import Any

import pytest

from bot.sandbox.discord_server.rules.permissions import MANAGE_WEBHOOKS
from connectors import ApiRequestFailed, ConnectorError, InvalidResponse
from connectors.discord import MessageBody
from tests.connectors.discord.conftest import Place

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


@pytest.mark.parametrize(
    "answer",
    [[], {}, "text", None, 5, {"id": 5, "channel_id": "1"}, {"id": "1", "channel_id": None}],
)
async def test_an_answer_of_the_wrong_shape_is_an_invalid_response(
    place: Place, answer: object
) -> None:
    place.fault("GET", status=200, json=answer, times=9)
    with pytest.raises(InvalidResponse):
        await place.rest.message(place.channel.id, 1)


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        5,
        {"code": []},
        {"errors": {"a": {"_errors": 5}}},
        {"errors": [1]},
        {"message": 1},
    ],
)
async def test_an_error_of_any_shape_is_survived(place: Place, body: object) -> None:
    place.fault("GET", status=400, json=body)
    with pytest.raises(ApiRequestFailed) as raised:
        await place.rest.channel(place.channel.id)
    assert (raised.value.status, raised.value.reason) == (400, "bad_request")
