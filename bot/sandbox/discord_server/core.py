"""The parts of the server that its REST handlers work with, and how they fit together."""

from collections.abc import Callable
from dataclasses import dataclass

from bot.sandbox.discord_server.gateway.gateway import Gateway
from bot.sandbox.discord_server.objects import User, World
from bot.sandbox.discord_server.rules.commands import Commands
from bot.sandbox.discord_server.world.feed import Feed
from bot.sandbox.discord_server.world.grants import Grants
from bot.sandbox.discord_server.world.interactions import Interactions
from bot.sandbox.discord_server.world.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Core:
    """One of each."""

    world: World
    feed: Feed
    gateway: Gateway
    timeline: Timeline
    interactions: Interactions
    commands: Commands
    grants: Grants
    bot: User
    owner: User
    application_id: int


def build(
    *, token: str, clock: Callable[[], float], interaction_life_s: float, response_deadline_s: float
) -> Core:
    """Return the parts of an empty world with the bot and its owner in it."""
    world, feed = World(clock), Feed()
    application_id = world.new_id()
    bot = User(application_id, "Abi", "Abi", bot=True)
    owner = User(world.new_id(), "owner", "Owner")
    world.users |= {user.id: user for user in (bot, owner)}
    gateway = Gateway(world, feed, bot, application_id, token)
    timeline = Timeline(world, gateway, feed, bot)
    interactions = Interactions(
        world,
        gateway,
        feed,
        timeline,
        bot,
        application_id,
        life_s=interaction_life_s,
        deadline_s=response_deadline_s,
    )
    commands = Commands(application_id, world.new_id, clock)
    return Core(
        world,
        feed,
        gateway,
        timeline,
        interactions,
        commands,
        Grants(application_id),
        bot,
        owner,
        application_id,
    )
