"""The parts of the server that its REST handlers work with."""

from dataclasses import dataclass

from bot.sandbox.discord_server.commands import Commands
from bot.sandbox.discord_server.feed import Feed
from bot.sandbox.discord_server.gateway import Gateway
from bot.sandbox.discord_server.interactions import Interactions
from bot.sandbox.discord_server.timeline import Timeline
from bot.sandbox.discord_server.world import User, World


@dataclass(frozen=True, slots=True)
class Core:
    """One of each, made by DiscordServer."""

    world: World
    feed: Feed
    gateway: Gateway
    timeline: Timeline
    interactions: Interactions
    commands: Commands
    bot: User
    owner: User
    application_id: int
