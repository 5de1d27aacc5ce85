import pytest

from bot.answers.buttons import Button, button_row
from bot.answers.look_back import LookBack, messages_of
from connectors import ApiRequestFailed, ConnectorError, RateLimitExceeded
from connectors.discord import MessageBody
from tests.bot.answers.conftest import Stage

LOST = ApiRequestFailed("discord", status=502, reason="server")
NOT_DONE = [
    ApiRequestFailed("discord", status=403, reason="permission", retryable=False),
    RateLimitExceeded("discord", status=429),
]


async def found_after(stage: Stage, error: ConnectorError | None) -> bool:
    """Return whether a message is found again after a request that ended like this."""
    origin = await stage.origin()
    look_back = LookBack(stage.rest, origin.interaction_id)
    if error is not None:
        with pytest.raises(ConnectorError), look_back.noting():
            raise error
    return await look_back.found(stage.channel.id, None) is not None


async def test_a_message_is_looked_for_after_a_request_whose_reply_was_lost(stage: Stage) -> None:
    assert await found_after(stage, LOST)


@pytest.mark.parametrize("error", [None, *NOT_DONE])
async def test_without_a_doubt_there_is_no_look(stage: Stage, error: ConnectorError | None) -> None:
    assert not await found_after(stage, error)
    assert "GET channels" not in stage.paths


async def test_the_messages_of_an_answer_respond_to_it_or_have_its_buttons(stage: Stage) -> None:
    origin = await stage.origin()
    rest, channel_id = stage.rest, stage.channel.id
    await rest.create_message(channel_id, MessageBody("mine", button_row("0" * 16, Button.STOP)))
    await rest.create_message(channel_id, MessageBody("not mine", button_row("1" * 16)))
    after = str(origin.interaction_id)
    found = messages_of(rest, channel_id, origin.interaction_id, "0" * 16, after)
    assert [message.content async for message in found] == ["", "mine"]
