"""A Discord-compatible REST and gateway server, for the sandbox and for tests."""

from bot.sandbox.discord_server.faults import Fault
from bot.sandbox.discord_server.objects import (
    Attachment,
    Channel,
    Guild,
    Interaction,
    InteractionFailed,
    Member,
    Message,
    Role,
    User,
    Webhook,
)
from bot.sandbox.discord_server.rest.call import Request
from bot.sandbox.discord_server.server import DiscordServer

__all__ = [
    "Attachment",
    "Channel",
    "DiscordServer",
    "Fault",
    "Guild",
    "Interaction",
    "InteractionFailed",
    "Member",
    "Message",
    "Request",
    "Role",
    "User",
    "Webhook",
]
