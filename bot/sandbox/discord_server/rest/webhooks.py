"""Webhooks of channels, and the address they share with interactions."""

from bot.sandbox.discord_server.objects import JSON, User, Webhook
from bot.sandbox.discord_server.rest.call import Call, Route
from bot.sandbox.discord_server.rest.interactions import TRUE, WEBHOOK, follow_up
from bot.sandbox.discord_server.rules import permissions as p
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.mentions import WEBHOOK_DEFAULT
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.discord_server.world.message_json import message_json


def _webhook(call: Call) -> Webhook:
    """Return the webhook; raise 10015, 50013 (may not manage it) or 50027 (wrong token)."""
    webhook = call.world.webhooks.get(call.id("webhook_id"))
    if webhook is None:
        raise DiscordError(10015)
    token = call.params.get("webhook_token")
    if token is None:
        p.require(webhook.channel, call.bot, p.MANAGE_WEBHOOKS)
    elif token != webhook.token:
        raise DiscordError(50027)
    return webhook


def get(call: Call) -> JSON:
    webhook = _webhook(call)
    guild_id = webhook.channel.guild_id
    return {
        "id": str(webhook.id),
        "type": 1,
        "name": webhook.name,
        "avatar": None,
        "channel_id": str(webhook.channel.id),
        "guild_id": None if guild_id is None else str(guild_id),
        "application_id": None,
        "token": webhook.token,
    }


def delete(call: Call) -> None:
    del call.world.webhooks[_webhook(call).id]


def execute(call: Call) -> JSON | None:
    if call.params["webhook_id"] == str(call.world.application_id):
        return follow_up(call)
    webhook = _webhook(call)
    draft = Draft(call.form, call.files, default_parse=WEBHOOK_DEFAULT, webhook_id=webhook.id)
    name = call.form.get("username")
    author = User(webhook.id, name, name, bot=True) if name else webhook.user
    message = call.core.timeline.create(webhook.channel, author, draft)
    if call.query.get("wait") not in TRUE:
        return None
    return message_json(message, call.bot)


BY_ID = "/webhooks/{webhook_id}"
BY_TOKEN = BY_ID + "/{webhook_token}"

ROUTES = [
    Route("GET", BY_ID, get),
    Route("DELETE", BY_ID, delete),
    Route("GET", BY_TOKEN, get, needs_token=False),
    Route("DELETE", BY_TOKEN, delete, needs_token=False),
    Route("POST", BY_TOKEN, execute, WEBHOOK, needs_token=False),
]
