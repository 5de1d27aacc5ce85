"""A Discord-compatible REST and gateway server: the engine of the sandbox and of the tests."""

from bot.sandbox.discord_server.faults import Fault
from bot.sandbox.discord_server.objects import (
    Attachment,
    Channel,
    Guild,
    Member,
    Message,
    Role,
    User,
    Webhook,
)
from bot.sandbox.discord_server.rest.api import Request
from bot.sandbox.discord_server.server import DiscordServer
from bot.sandbox.discord_server.world.interactions import Interaction, InteractionFailed

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
