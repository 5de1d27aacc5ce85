import pytest
from msgspec.structs import replace

from bot.answers.buttons import Button, button_row
from bot.answers.origin import Behind, Origin, Screen
from bot.answers.posts import DirectSurface, Posts, ReplySurface
from bot.sandbox.discord_server import Message
from bot.sandbox.discord_server.rules.permissions import READ_MESSAGE_HISTORY
from connectors import ConnectorError
from connectors.discord import MessageBody
from connectors.local_scheduler import id_from
from tests.bot.answers.conftest import Stage
from tests.bot.answers.test_surfaces import lose


async def test_a_direct_message_is_the_last_place(stage: Stage) -> None:
    surface = DirectSurface(stage.rest, replace(await stage.origin(), private=True))
    message_id = await surface.create(MessageBody("one"))
    await surface.edit(message_id, MessageBody("two"))
    assert stage.contents(stage.server.dm(stage.alice)) == ["two"]


async def test_a_person_who_takes_no_direct_messages_is_an_error(stage: Stage) -> None:
    stage.alice.blocks_dms = True
    surface = DirectSurface(stage.rest, await stage.origin())
    with pytest.raises(ConnectorError) as raised:
        await surface.create(MessageBody("one"))
    assert raised.value.provider_code == "50007"


async def test_a_lost_direct_message_is_found(stage: Stage) -> None:
    surface = DirectSurface(stage.rest, origin := await stage.origin())
    lose(stage, "/channels/.*/messages", times=4)
    with pytest.raises(ConnectorError):
        await surface.create(
            MessageBody("one", button_row(id_from(origin.interaction_id), Button.STOP))
        )
    await surface.create(MessageBody("one, two"))
    assert stage.answers(stage.server.dm(stage.alice)) == ["one, two"]


def asked_in(stage: Stage, question: Message) -> Origin:
    return Origin.of_message(
        question.id,
        application_id=stage.server.application_id,
        channel_id=question.channel.id,
        guild_id=None,
        user_id=stage.alice.id,
    )


async def test_only_the_first_message_is_a_reply(stage: Stage) -> None:
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    surface = ReplySurface(stage.rest, asked_in(stage, question))
    first = await surface.create(MessageBody("one"))
    await surface.create(MessageBody("two"))
    await surface.edit(first, MessageBody("three"))
    shown = stage.server.messages(stage.channel)[1:]
    assert [(m.content, m.reference) for m in shown] == [("three", question), ("two", None)]
    assert not any(m.pings for m in shown)


async def test_a_deleted_question_is_answered_without_a_reference(stage: Stage) -> None:
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    await stage.server.delete_message(stage.alice, question)
    await ReplySurface(stage.rest, asked_in(stage, question)).create(MessageBody("one"))
    assert [(m.content, m.reference) for m in stage.server.messages(stage.channel)] == [
        ("one", None)
    ]


async def test_where_no_history_may_be_read_there_is_no_reference(stage: Stage) -> None:
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    stage.server.set_overwrite(stage.channel, stage.server.bot_user, deny=READ_MESSAGE_HISTORY)
    surface = ReplySurface(stage.rest, asked_in(stage, question))
    await surface.create(MessageBody("one"))
    assert [(m.content, m.reference) for m in stage.server.messages(stage.channel)[1:]] == [
        ("one", None)
    ]


async def test_an_archived_thread_is_opened_again_for_an_edit(stage: Stage) -> None:
    started = await stage.rest.create_thread(stage.channel.id, "tea")
    thread = stage.server.world.channels[int(started.id)]
    question = await stage.server.post(stage.alice, thread, "why?")
    surface = ReplySurface(stage.rest, asked_in(stage, question))
    first = await surface.create(MessageBody("one"))
    thread.archived = True
    await surface.edit(first, MessageBody("two"))
    assert not thread.archived
    assert stage.answers(thread)[-1] == "two"


async def test_two_answers_have_different_nonces_though_their_ids_add_up_alike(
    stage: Stage,
) -> None:
    other = stage.server.dm(stage.alice)
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    here = asked_in(stage, question)
    shift = stage.channel.id - other.id
    there = replace(here, channel_id=other.id, interaction_id=here.interaction_id + shift)
    nonces = []
    for origin in (here, replace(there, message_id=0)):
        posts = Posts(stage.rest, origin, None)
        nonces.append((await posts.create(origin.channel_id, MessageBody("one"))).nonce)
    assert len(set(nonces)) == 2


async def test_each_place_of_an_answer_has_nonces_of_its_own(stage: Stage) -> None:
    # By its description Discord compares a nonce with all of the bot's messages.
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    origin = asked_in(stage, question)
    await ReplySurface(stage.rest, origin).create(MessageBody("one"))
    await DirectSurface(stage.rest, origin).create(MessageBody("the rest"))
    (_, reply), (direct,) = (
        stage.server.messages(place) for place in (stage.channel, stage.server.dm(stage.alice))
    )
    assert reply.nonce is not None
    assert reply.nonce != direct.nonce


async def test_in_direct_messages_the_rest_follows_what_was_shown_there_before(
    stage: Stage,
) -> None:
    dm = stage.server.dm(stage.alice)
    question = await stage.server.post(stage.alice, dm, "why?")
    origin = replace(asked_in(stage, question), channel_id=dm.id)
    stop = button_row(id_from(question.id), Button.STOP)
    first_id = await ReplySurface(stage.rest, origin).create(MessageBody("one", stop))
    screen = Screen(left=1, base=3, behind=(Behind(first_id),))
    surface = DirectSurface(stage.rest, origin, screen=lambda: screen)
    assert surface.lead == ""
    await surface.create(MessageBody("the rest", stop))
    assert stage.answers(dm) == ["one", "the rest"]


async def test_direct_messages_have_no_buttons_of_servers(stage: Stage) -> None:
    origin = await stage.origin()
    answer_id = id_from(origin.interaction_id)
    row = button_row(answer_id, Button.AGAIN, Button.REPLY, Button.THREAD)
    surface = DirectSurface(stage.rest, origin)
    message_id = await surface.create(MessageBody("one", row))
    (message,) = stage.server.messages(stage.server.dm(stage.alice))
    assert [b["label"] for b in message.buttons()] == ["Ask again"]
    await surface.edit(message_id, MessageBody("two", row[:0]))
    await surface.edit(message_id, MessageBody("two", row))
    assert [b["label"] for b in message.buttons()] == ["Ask again"]


async def test_what_an_earlier_try_has_posted_is_brought_up_to_date(stage: Stage) -> None:
    # Discord answers a known nonce with the message of then, and a 429 hides that a reply was lost.
    question = await stage.server.post(stage.alice, stage.channel, "why?")
    answer_id = id_from(question.id)
    before = MessageBody("one", button_row(answer_id, Button.STOP))
    for body in (before, MessageBody("one, two"), MessageBody("one, two\n")):
        await ReplySurface(stage.rest, asked_in(stage, question)).create(body)
    (_, shown) = stage.server.messages(stage.channel)
    assert (shown.content, shown.buttons(), shown.edits) == ("one, two", [], 1)
