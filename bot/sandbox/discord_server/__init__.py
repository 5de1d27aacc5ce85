"""A Discord-compatible REST and gateway server: the engine of the sandbox and of the tests."""

from bot.sandbox.discord_server.api import Request
from bot.sandbox.discord_server.faults import Fault
from bot.sandbox.discord_server.interactions import Interaction, InteractionFailed
from bot.sandbox.discord_server.server import DiscordServer
from bot.sandbox.discord_server.world import (
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
    Webhook,
)

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
