"""How an interaction looks: to the bot, in the messages that answer it, and to a page."""

from typing import TYPE_CHECKING

from bot.sandbox.discord_server.objects import JSON, User
from bot.sandbox.discord_server.rules.permissions import channel_permissions
from bot.sandbox.discord_server.world.render import (
    channel_json,
    interaction_member_json,
    message_json,
    partial_guild_json,
    user_json,
)
from bot.sandbox.discord_server.world.timeline import FILE_LIMIT

if TYPE_CHECKING:
    from bot.sandbox.discord_server.world.interactions import Interaction

COMMAND = 2


def payload_json(interaction: "Interaction", bot: User, application_id: int) -> JSON:
    """Return an interaction as INTERACTION_CREATE gives it."""
    channel, user, guild = interaction.channel, interaction.user, interaction.channel.guild
    payload: JSON = {
        "id": str(interaction.id),
        "application_id": str(application_id),
        "type": interaction.kind,
        "data": interaction.data,
        "token": interaction.token,
        "version": 1,
        "channel_id": str(channel.id),
        "channel": channel_json(channel, user),
        "app_permissions": str(channel_permissions(channel, bot)),
        "locale": user.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": owners(interaction),
        "context": 0 if guild is not None else 1,
        "attachment_size_limit": FILE_LIMIT,
    }
    if guild is None:
        payload["user"] = user_json(user)
    else:
        payload |= {
            "guild_id": str(guild.id),
            "guild": partial_guild_json(guild),
            "guild_locale": guild.locale,
            "member": interaction_member_json(guild.members[user.id], channel),
        }
    if interaction.source is not None:
        payload["message"] = message_json(interaction.source, bot)
    return payload


def owners(interaction: "Interaction") -> JSON:
    """Return who installed the bot: key 0 a guild (or its own DM), key 1 the user."""
    if interaction.user_installed:
        return {"1": str(interaction.user.id)}
    guild = interaction.channel.guild
    return {"0": "0" if guild is None else str(guild.id)}


def message_metadata(interaction: "Interaction", application_id: int) -> JSON:
    """Return what a message says about the interaction it answers."""
    user = user_json(interaction.user)
    metadata: JSON = {
        "id": str(interaction.id),
        "type": interaction.kind,
        "user": user,
        "authorizing_integration_owners": owners(interaction),
    }
    body: JSON = {
        "application_id": str(application_id),
        "webhook_id": str(application_id),
        "interaction_metadata": metadata,
    }
    if interaction.kind == COMMAND:
        name = interaction.data["name"]
        metadata |= {"name": name, "command_type": interaction.data["type"]}
        legacy = {"id": str(interaction.id), "type": COMMAND, "name": name, "user": user}
        body["interaction"] = legacy
    elif interaction.opened_by is not None:
        opened = message_metadata(interaction.opened_by, application_id)
        metadata["triggering_interaction_metadata"] = opened["interaction_metadata"]
    elif interaction.source is not None:
        metadata["interacted_message_id"] = str(interaction.source.id)
    return body


def interaction_json(interaction: "Interaction") -> JSON:
    """Return an interaction for a page."""
    data = interaction.data
    return {
        "id": str(interaction.id),
        "kind": interaction.kind,
        "state": interaction.state,
        "ephemeral": interaction.ephemeral,
        "name": data.get("name") or data.get("custom_id"),
        "user_id": str(interaction.user.id),
        "channel_id": str(interaction.channel.id),
        "source_id": None if interaction.source is None else str(interaction.source.id),
        "modal": interaction.modal,
        "choices": interaction.choices,
    }


def callback_json(interaction: "Interaction", kind: int, bot: User) -> JSON:
    """Return the body of a callback that was sent with `with_response`."""
    shown: JSON = {"id": str(interaction.id), "type": interaction.kind}
    body: JSON = {"interaction": shown}
    message = interaction.original
    if message is not None:
        shown |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
        if kind != 6:
            body["resource"] = {"type": kind, "message": message_json(message, bot)}
    return body
