"""A client of Discord's REST API that obeys rate limits and sends nothing twice."""

from connectors.discord import codes
from connectors.discord.bodies import EPHEMERAL, Component, File, MessageBody
from connectors.discord.channels import ThreadKind
from connectors.discord.config import (
    TOKEN_ENV,
    URL_ENV,
    Config,
    is_available,
    load_from_env,
    try_load,
)
from connectors.discord.failures import is_about_content, may_be_about_content
from connectors.discord.interactions import ResponseKind
from connectors.discord.oauth2 import AccessToken, OAuth2, authorize_url
from connectors.discord.objects import (
    Application,
    Attachment,
    Channel,
    Command,
    Embed,
    EmbedAuthor,
    EmbedField,
    EmbedFooter,
    EmbedMedia,
    GatewayBot,
    Guild,
    Member,
    Message,
    Overwrite,
    OwnGuild,
    Role,
    User,
    VoiceRegion,
    Webhook,
)
from connectors.discord.permissions import Permission, channel_permissions, guild_permissions
from connectors.discord.rest import DiscordRest, connect
from connectors.discord.routes import API_URL
from connectors.discord.timestamps import (
    Timestamp,
    parse_timestamp,
    snowflake_time,
    time_snowflake,
    timestamp,
    timestamps_in,
)

__all__ = [
    "API_URL",
    "EPHEMERAL",
    "TOKEN_ENV",
    "URL_ENV",
    "AccessToken",
    "Application",
    "Attachment",
    "Channel",
    "Command",
    "Component",
    "Config",
    "DiscordRest",
    "Embed",
    "EmbedAuthor",
    "EmbedField",
    "EmbedFooter",
    "EmbedMedia",
    "File",
    "GatewayBot",
    "Guild",
    "Member",
    "Message",
    "MessageBody",
    "OAuth2",
    "Overwrite",
    "OwnGuild",
    "Permission",
    "ResponseKind",
    "Role",
    "ThreadKind",
    "Timestamp",
    "User",
    "VoiceRegion",
    "Webhook",
    "authorize_url",
    "channel_permissions",
    "codes",
    "connect",
    "guild_permissions",
    "is_about_content",
    "is_available",
    "load_from_env",
    "may_be_about_content",
    "parse_timestamp",
    "snowflake_time",
    "time_snowflake",
    "timestamp",
    "timestamps_in",
    "try_load",
]
