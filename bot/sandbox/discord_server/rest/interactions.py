"""Interaction callbacks and the webhook that answers go through."""

from bot.sandbox.discord_server.objects import JSON
from bot.sandbox.discord_server.rest.api import Call, Handler, Route
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.limits import Bucket
from bot.sandbox.discord_server.world.interaction_json import callback_json
from bot.sandbox.discord_server.world.interactions import Interaction
from bot.sandbox.discord_server.world.render import message_json

# One bucket for all that is sent through one token, as far as anyone has measured it.
WEBHOOK = Bucket("webhook messages", 5, 2.0)
TRUE = ("1", "true", "True")


def callback(call: Call) -> JSON | None:
    interaction = call.core.interactions.by_id.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.params["interaction_token"]:
        raise DiscordError(10062)
    call.core.interactions.respond(interaction, call.form, call.files)
    if call.query.get("with_response") not in TRUE:
        return None
    return callback_json(interaction, int(call.form["type"]), call.core.bot)


def _interaction(call: Call) -> Interaction:
    webhook_id, token = call.params["webhook_id"], call.params["webhook_token"]
    return call.core.interactions.by_webhook(webhook_id, token)


def follow_up(call: Call) -> JSON:
    message = call.core.interactions.follow_up(_interaction(call), call.form, call.files)
    return message_json(message, call.core.bot)


def get_message(call: Call) -> JSON:
    message = _interaction(call).find(call.params["message_id"])
    return message_json(message, call.core.bot)


def edit_message(call: Call) -> JSON:
    interaction = _interaction(call)
    message = interaction.find(call.params["message_id"])
    call.core.interactions.edit(interaction, message, call.form, call.files)
    return message_json(message, call.core.bot)


def delete_message(call: Call) -> None:
    interaction = _interaction(call)
    message = interaction.find(call.params["message_id"])
    call.core.interactions.delete(interaction, message)


def _webhook(method: str, path: str, handle: Handler) -> Route:
    full = "/webhooks/{webhook_id}/{webhook_token}" + path
    return Route(method, full, handle, WEBHOOK, needs_token=False)


ROUTES = [
    Route(
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
        callback,
        needs_token=False,
    ),
    _webhook("GET", "/messages/{message_id}", get_message),
    _webhook("PATCH", "/messages/{message_id}", edit_message),
    _webhook("DELETE", "/messages/{message_id}", delete_message),
]
