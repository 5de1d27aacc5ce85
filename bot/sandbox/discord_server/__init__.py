"""A Discord-compatible REST and gateway server, for the sandbox and for tests."""

from bot.sandbox.discord_server.faults import Fault
from bot.sandbox.discord_server.objects import (
    Attachment,
    Channel,
    Guild,
    Interaction,
    Member,
    Message,
    Role,
    User,
    Webhook,
)
from bot.sandbox.discord_server.rest.call import Request
from bot.sandbox.discord_server.server import DiscordServer
from bot.sandbox.discord_server.world.interactions import InteractionFailed

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
