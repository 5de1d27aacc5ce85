"""Discord JSON of interactions."""

from bot.sandbox.discord_server.objects import COMMAND, JSON, Channel, Interaction, User
from bot.sandbox.discord_server.rules.checks import FILE_LIMIT
from bot.sandbox.discord_server.rules.commands import MESSAGE_COMMAND
from bot.sandbox.discord_server.rules.permissions import app_permissions, channel_permissions
from bot.sandbox.discord_server.world.message_json import message_json
from bot.sandbox.discord_server.world.render import channel_json, member_json, user_json


def payload_json(interaction: Interaction, bot: User) -> JSON:
    """Return an interaction for INTERACTION_CREATE."""
    channel = interaction.channel
    payload: JSON = {
        "id": str(interaction.id),
        "application_id": str(bot.id),
        "type": interaction.kind,
        "data": interaction.data,
        "token": interaction.token,
        "version": 1,
        "channel_id": str(channel.id),
        "channel": channel_json(channel, interaction.user),
        "app_permissions": str(app_permissions(channel, bot)),
        "locale": interaction.user.locale,
        "entitlements": [],
        "entitlement_sku_ids": [],
        "authorizing_integration_owners": owners(interaction),
        "context": context(channel, is_elsewhere=interaction.user_installed),
        "attachment_size_limit": FILE_LIMIT,
    }
    if interaction.source is not None:
        payload["message"] = message_json(interaction.source, bot)
    return payload | _invoker_json(interaction)


def _invoker_json(interaction: Interaction) -> JSON:
    """Return the user; in a guild the member with their permissions in the channel."""
    user, channel, guild = interaction.user, interaction.channel, interaction.channel.guild
    if guild is None:
        return {"user": user_json(user)}
    permissions = str(channel_permissions(channel, user))
    return {
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
        "member": member_json(guild.members[user.id]) | {"permissions": permissions},
    }


def context(channel: Channel, *, is_elsewhere: bool) -> int:
    """Return 0 for a guild, 1 for a DM with the bot, and 2 for other DMs."""
    if channel.guild is not None:
        return 0
    return 2 if is_elsewhere else 1


def is_elsewhere(channel: Channel, bot: User) -> bool:
    """Return whether the bot is no member of a place."""
    guild = channel.guild
    return bot not in channel.recipients if guild is None else not guild.has_bot


def owners(interaction: Interaction) -> JSON:
    """Return who installed the bot: under "0" the guild ("0" in DMs), under "1" a user.

    Where it is no member, that is who caused the message whose component is used.
    """
    user, guild, source = interaction.user, interaction.channel.guild, interaction.source
    if not interaction.user_installed:
        own = {"1": str(user.id)} if user.has_app else {}
        return {"0": "0" if guild is None else str(guild.id)} | own
    caused = ((source and source.interaction) or {}).get("interaction_metadata", {})
    return {"1": caused.get("authorizing_integration_owners", {}).get("1", str(user.id))}


def message_metadata(interaction: Interaction, application_id: int) -> JSON:
    """Return the fields of a message that name the interaction it answers."""
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
        if interaction.data["type"] == MESSAGE_COMMAND:
            metadata["target_message_id"] = interaction.data["target_id"]
        legacy = {"id": str(interaction.id), "type": COMMAND, "name": name, "user": user}
        body["interaction"] = legacy
    elif interaction.opened_by is not None:
        opened = message_metadata(interaction.opened_by, application_id)
        metadata["triggering_interaction_metadata"] = opened["interaction_metadata"]
    elif interaction.source is not None:
        metadata["interacted_message_id"] = str(interaction.source.id)
    return body


def interaction_json(interaction: Interaction) -> JSON:
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


def callback_json(interaction: Interaction, kind: int, bot: User) -> JSON:
    """Return the body of a callback that was sent with ``with_response``."""
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
