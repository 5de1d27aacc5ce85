"""The parts of the server that the REST API and people share."""

from bot.sandbox.discord_server.gateway.gateway import Gateway
from bot.sandbox.discord_server.rules.commands import Commands
from bot.sandbox.discord_server.world.grants import Grants
from bot.sandbox.discord_server.world.interactions import Interactions
from bot.sandbox.discord_server.world.places import Places
from bot.sandbox.discord_server.world.threads import Threads
from bot.sandbox.discord_server.world.timeline import Timeline
from bot.sandbox.discord_server.world.world import World


class Core:
    """One of each."""

    def __init__(
        self, world: World, token: str, *, life_s: float, response_deadline_s: float
    ) -> None:
        self.world = world
        self.gateway = Gateway(world, token)
        self.places = Places(world)
        self.timeline = Timeline(world)
        self.threads = Threads(world, self.timeline)
        self.interactions = Interactions(
            world, self.timeline, life_s=life_s, response_deadline_s=response_deadline_s
        )
        self.commands = Commands(world.application_id, world.new_id, world.clock)
        self.grants = Grants(world.application_id)
