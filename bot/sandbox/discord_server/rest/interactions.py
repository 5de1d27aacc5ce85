"""Interaction callbacks, and the webhook for an interaction's messages."""

from bot.sandbox.discord_server.objects import JSON, Interaction, Message
from bot.sandbox.discord_server.rest.call import Call, Handler, Route
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.limits import Bucket
from bot.sandbox.discord_server.world.interaction_json import callback_json
from bot.sandbox.discord_server.world.message_json import message_json

# Discord documents no limit; one bucket for each token is what clients have measured.
WEBHOOK = Bucket("webhook messages", 5, 2.0)
TRUE = ("1", "true", "True")


def callback(call: Call) -> JSON | None:
    interaction = call.core.interactions.by_id.get(call.id("interaction_id"))
    if interaction is None or interaction.token != call.params["interaction_token"]:
        raise DiscordError(10062)
    call.core.interactions.respond(interaction, call.form, call.files)
    if call.query.get("with_response") not in TRUE:
        return None
    return callback_json(interaction, int(call.form["type"]), call.bot)


def _interaction(call: Call) -> Interaction:
    webhook_id, token = call.params["webhook_id"], call.params["webhook_token"]
    return call.core.interactions.by_webhook(webhook_id, token)


def follow_up(call: Call) -> JSON:
    message = call.core.interactions.follow_up(_interaction(call), call.form, call.files)
    return message_json(message, call.bot)


def _message(call: Call) -> tuple[Interaction, Message]:
    """Return an interaction and one of its messages, by id or ``@original``; raise 10008."""
    interaction, message_id = _interaction(call), call.params["message_id"]
    messages = {str(message.id): message for message in interaction.messages}
    if interaction.original is not None and not interaction.original.deleted:
        messages["@original"] = interaction.original
    if message_id not in messages:
        raise DiscordError(10008)
    return interaction, messages[message_id]


def get_message(call: Call) -> JSON:
    return message_json(_message(call)[1], call.bot)


def edit_message(call: Call) -> JSON:
    interaction, message = _message(call)
    call.core.interactions.edit(interaction, message, call.form, call.files)
    return message_json(message, call.bot)


def delete_message(call: Call) -> None:
    call.core.interactions.delete(*_message(call))


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
