import pytest
from msgspec.structs import replace

from bot.answers.buttons import Button, button_row
from bot.answers.posts import DirectSurface
from bot.answers.surfaces import InteractionSurface, whisper
from bot.answers.texts import GOES_ON
from bot.sandbox.discord_server import Fault
from connectors import ConnectorError
from connectors.discord import MessageBody
from connectors.local_scheduler import id_from
from tests.bot.answers.conftest import Stage


async def test_the_first_message_fills_the_deferred_one_and_the_next_follow(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    await surface.create(MessageBody("two"))
    await surface.edit(first, MessageBody("three"))
    assert stage.contents() == ["three", "two"]
    assert {path.split()[1] for path in stage.paths} == {"webhooks"}


async def test_from_minute_14_the_same_messages_are_edited_in_the_channel(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    stage.now = 840.0
    await surface.edit(first, MessageBody("two"))
    await surface.create(MessageBody("three"))
    assert stage.contents() == ["two", "three"]
    assert stage.paths == ["PATCH webhooks", "PATCH channels", "POST channels"]


async def test_a_token_that_died_early_is_noticed_once(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    first = await surface.create(MessageBody("one"))
    stage.used.expire()
    await surface.edit(first, MessageBody("two"))
    await surface.edit(first, MessageBody("three"))
    assert stage.contents() == ["three"]
    assert stage.paths == ["PATCH webhooks", "PATCH webhooks", "PATCH channels", "PATCH channels"]


async def test_a_private_answer_never_goes_to_the_channel(stage: Stage) -> None:
    surface = stage.surface(await stage.origin(private=True))
    await surface.create(MessageBody("one"))
    await surface.create(MessageBody("two"))
    assert all(m.ephemeral for m in stage.server.messages(stage.channel, viewer=stage.alice))
    stage.now = 840.0
    with pytest.raises(ConnectorError) as raised:
        await surface.create(MessageBody("three"))
    assert not raised.value.retryable
    assert stage.contents() == ["one", "two"]


async def test_a_whisper_is_heard_by_one_person(stage: Stage) -> None:
    origin = await stage.origin()
    await stage.surface(origin).create(MessageBody("one"))
    await whisper(stage.rest, origin, "psst")
    assert [m.ephemeral for m in stage.server.messages(stage.channel, viewer=stage.alice)] == [
        False,
        True,
    ]


def lose(stage: Stage, path: str, times: int = 1) -> None:
    """Lose the replies to the next messages."""
    stage.server.inject(Fault("POST", path, status=502, after_effect=True, times=times))


async def tried_again(surface: InteractionSurface, *contents: str) -> None:
    """Create a message whose reply is lost, then once more with each of the other contents."""
    first, *others = contents
    with pytest.raises(ConnectorError):
        await surface.create(MessageBody(first))
    for content in others:
        await surface.create(MessageBody(content))


async def test_a_lost_follow_up_is_found_among_many_others_and_brought_up_to_date(
    stage: Stage,
) -> None:
    surface = stage.surface(await stage.origin())
    await surface.create(MessageBody("one"))
    await stage.chatter(120)
    lose(stage, "/webhooks/.*")
    await tried_again(surface, "two", "two, three")
    assert stage.answers() == ["one", "two, three"]


async def test_a_lost_follow_up_is_looked_for_before_it_is_added_again(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    await surface.create(MessageBody("one"))
    lose(stage, "/webhooks/.*")
    stage.server.inject(Fault("GET", "/channels/.*", status=503, times=4))
    with pytest.raises(ConnectorError):
        await surface.create(MessageBody("two"))
    with pytest.raises(ConnectorError):  # it cannot be looked for
        await surface._follow_up(MessageBody("two"))
    await surface.create(MessageBody("two"))
    await surface.create(MessageBody("three"))
    assert stage.answers() == ["one", "two", "three"]


async def test_a_follow_up_that_did_not_arrive_is_added_again(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    await surface.create(MessageBody("one"))
    stage.server.inject(Fault("POST", "/webhooks/.*", status=502))
    await tried_again(surface, "two", "two")
    assert stage.answers() == ["one", "two"]


async def test_a_lost_post_is_found_however_late_and_brought_up_to_date(stage: Stage) -> None:
    surface = stage.surface(origin := await stage.origin())
    await surface.create(MessageBody("one"))
    stage.now = 840.0
    lose(stage, "/channels/.*/messages", times=4)
    with pytest.raises(ConnectorError):
        await surface.create(
            MessageBody("two", button_row(id_from(origin.interaction_id), Button.STOP))
        )
    for message in stage.server.messages(stage.channel, viewer=stage.alice):
        message.nonce = None  # Discord has forgotten it
    await surface.create(MessageBody("two, three"))
    assert stage.answers() == ["one", "two, three"]


@pytest.mark.parametrize("change", [{"private": True}, {"is_away": True}])
async def test_what_could_not_be_found_again_begins_with_a_note(
    stage: Stage, change: dict[str, bool]
) -> None:
    origin = await stage.origin(private="private" in change)
    surface = stage.surface(replace(origin, **change))
    text = MessageBody("text")
    assert surface.opening(text) is text
    await surface.create(MessageBody("one"))
    assert surface.opening(text).content == GOES_ON
    stage.now = 840.0
    assert surface.opening(text) is text


async def test_an_end_that_nobody_confirmed_is_seen_in_the_channel(stage: Stage) -> None:
    origin = await stage.origin()
    surface = stage.surface(origin)
    stop, again = (
        button_row(id_from(origin.interaction_id), b) for b in (Button.STOP, Button.AGAIN)
    )
    first = await surface.create(MessageBody("one", stop))
    assert not await surface.shows_end()
    await surface.edit(first, MessageBody("one and all", again))
    assert await surface.shows_end()
    assert not await stage.surface(replace(origin, private=True)).shows_end()


async def test_first_words_that_nobody_confirmed_are_found_in_the_channel(stage: Stage) -> None:
    surface = stage.surface(await stage.origin())
    stage.server.inject(Fault("PATCH", "/webhooks/.*", status=502, after_effect=True))
    with pytest.raises(ConnectorError):
        await surface.create(MessageBody("one"))
    stage.now = 840.0
    await surface.create(MessageBody("one and all"))
    assert stage.contents() == ["one and all"]


async def test_a_direct_message_can_be_reached_unless_discord_is_away(stage: Stage) -> None:
    origin = await stage.origin()
    stage.server.inject(Fault("POST", "/users/@me/channels", status=403))
    direct = DirectSurface(stage.rest, origin)
    with pytest.raises(ConnectorError):
        await direct.reach()
    await direct.reach()
    await direct.create(
        MessageBody("rest", button_row(id_from(origin.interaction_id), Button.AGAIN))
    )
    assert await direct.shows_end()
