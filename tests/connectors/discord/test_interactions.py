import pytest

from bot.sandbox.discord_server import Interaction
from connectors import ApiRequestFailed
from connectors.discord import MessageBody, ResponseKind
from tests.connectors.discord.conftest import Place


@pytest.fixture
async def asked(place: Place) -> Interaction:
    command = {"name": "ask", "description": "Ask", "type": 1}
    await place.rest.set_commands(place.server.application_id, [command])
    return await place.server.slash(place.alice, place.channel, "ask")


async def test_a_first_response_is_shown_edited_and_deleted(
    place: Place, asked: Interaction
) -> None:
    application_id = place.server.application_id
    await place.rest.respond(asked.id, asked.token, ResponseKind.MESSAGE, MessageBody("one"))
    original = await place.rest.original(application_id, asked.token)
    assert original.content == "one"
    await place.rest.edit_original(application_id, asked.token, MessageBody("two"))
    assert place.contents == ["two"]
    await place.rest.delete_original(application_id, asked.token)
    assert place.contents == []


async def test_a_deferred_response_is_private_if_it_says_so(
    place: Place, asked: Interaction
) -> None:
    await place.rest.defer(asked.id, asked.token, ephemeral=True)
    await place.rest.edit_original(place.server.application_id, asked.token, MessageBody("psst"))
    assert place.server.messages(place.channel, viewer=place.server.bot_user) == []
    [message] = place.server.messages(place.channel, viewer=place.alice)
    assert message.content == "psst"


async def test_follow_ups_are_made_fetched_edited_and_deleted(
    place: Place, asked: Interaction
) -> None:
    where = (place.server.application_id, asked.token)
    await place.rest.respond(asked.id, asked.token, ResponseKind.MESSAGE, MessageBody("one"))
    made = await place.rest.create_followup(*where, MessageBody("two"))
    assert (await place.rest.followup(*where, made.id)).content == "two"
    await place.rest.edit_followup(*where, made.id, MessageBody("three"))
    assert place.contents == ["one", "three"]
    await place.rest.delete_followup(*where, made.id)
    assert place.contents == ["one"]


async def test_a_modal_is_a_response_of_plain_json(place: Place, asked: Interaction) -> None:
    text = {"type": 4, "custom_id": "t", "style": 1}
    label = {"type": 18, "label": "What?", "component": text}
    modal = {"title": "Ask", "custom_id": "m", "components": [label]}
    await place.rest.respond(asked.id, asked.token, ResponseKind.MODAL, modal)
    assert asked.modal == modal


@pytest.mark.parametrize("lost", [{"status": 500}, {"drop": True}])
async def test_a_response_whose_answer_was_lost_has_been_given(
    place: Place, asked: Interaction, lost: dict[str, object]
) -> None:
    place.fault("POST", r"/interactions/.*", after_effect=True, **lost)
    await place.rest.respond(asked.id, asked.token, ResponseKind.MESSAGE, MessageBody("one"))
    assert place.contents == ["one"]
    with pytest.raises(ApiRequestFailed, match="40060"):
        await place.rest.defer(asked.id, asked.token)


async def test_a_follow_up_whose_answer_was_lost_is_not_made_again(
    place: Place, asked: Interaction
) -> None:
    await place.rest.respond(asked.id, asked.token, ResponseKind.MESSAGE, MessageBody("one"))
    place.fault("POST", r"/webhooks/.*", after_effect=True, status=503)
    with pytest.raises(ApiRequestFailed):
        await place.rest.create_followup(
            place.server.application_id, asked.token, MessageBody("two")
        )
    assert place.contents == ["one", "two"]


@pytest.mark.parametrize(
    ("then", "is_uncertain"),
    [({"status": 429}, True), ({"status": 403, "html": True}, True), (None, False)],
)
async def test_a_first_response_is_uncertain_only_if_a_try_was_lost(
    place: Place, asked: Interaction, then: dict[str, object] | None, is_uncertain: bool
) -> None:
    what = {"status": 403, "html": True} if then is None else {"drop": True, "after_effect": True}
    place.fault("POST", r"/interactions/.*", **what)
    if then is not None:
        place.fault("POST", r"/interactions/.*", times=9, **then)
    acknowledge = place.rest.acknowledge(asked.id, asked.token, {"type": 5})
    if is_uncertain:
        assert await acknowledge is None
    else:
        with pytest.raises(ApiRequestFailed, match="403"):
            await acknowledge
