from bot.sandbox.discord_server.rules.permissions import (
    MANAGE_WEBHOOKS,
)
from connectors.discord import MessageBody
from tests.connectors.discord.conftest import Place


async def test_webhooks_are_used_with_the_bots_token_or_their_own(place: Place) -> None:
    place.allow_bot(MANAGE_WEBHOOKS)
    made = place.server.add_webhook(place.channel, "News")
    webhook = await place.rest.webhook(made.id)
    assert (webhook.name, webhook.token) == ("News", made.token)
    assert made.token not in repr(webhook)
    assert await place.rest.webhook(made.id, token=made.token) == webhook
    message = await place.rest.execute_webhook(made.id, made.token, MessageBody("@everyone"))
    assert (message.content, message.webhook_id) == ("@everyone", webhook.id)
    await place.rest.delete_webhook(made.id, token=made.token)
    other = place.server.add_webhook(place.channel, "Old news")
    await place.rest.delete_webhook(other.id)
    assert place.server.world.webhooks == {}
