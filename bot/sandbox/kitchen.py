"""The server that the sandbox begins with: channels, people, a day of messages, and a digest."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from bot.sandbox.discord_server.rules.permissions import MANAGE_GUILD, MANAGE_MESSAGES
from bot.sandbox.story import PEOPLE, PLANNING

if TYPE_CHECKING:
    from bot.sandbox.discord_server import Channel, DiscordServer, Message, User
    from bot.sandbox.discord_server.objects import JSON

CHANNELS = ("general", "recipes", "planning", "late-night")
MUTED = "Sam"
MUTED_S = 28 * 86_400.0  # as long as Discord allows
DIGEST = "every day at 9:00"


class Kitchen:
    """``go_back`` sets how many seconds ago what is posted next was written."""

    def __init__(self, discord: DiscordServer, go_back: Callable[[float], None]) -> None:
        self._discord = discord
        self._go_back = go_back
        self.guild = discord.add_guild("Abi's kitchen")
        self.channels = {name: discord.add_channel(self.guild, name) for name in CHANNELS}
        self.people = {name: self._person(name) for name in (*PEOPLE, MUTED)}
        rights = MANAGE_GUILD | MANAGE_MESSAGES
        cook = discord.add_role(self.guild, "Head cook", permissions=rights)
        self.you = discord.add_user("you", display_name="You")
        discord.add_member(self.guild, self.you, [cook])
        # Here the bot is used only by who has installed it for themselves.
        discord.add_private_channel(self.people["Mira"], self.you)

    def _person(self, name: str) -> User:
        person = self._discord.add_user(name.lower(), display_name=name)
        self._discord.add_member(self.guild, person)
        return person

    async def tell_story(self) -> None:
        channel: Channel = self.channels["planning"]
        said: list[Message] = []
        for line in PLANNING:
            self._go_back(line.minutes_ago * 60.0)
            answered = None if line.answers is None else said[line.answers]
            person = self.people[line.name]
            said.append(await self._discord.post(person, channel, line.text, reply_to=answered))
        self._go_back(0.0)
        self._discord.time_out(self.guild, self.people[MUTED], self._discord.clock() + MUTED_S)

    async def add_digest(self) -> None:
        """Add a digest of the story as the owner, by the bot's own commands."""
        asked = {"channel": self.channels["planning"], "when": DIGEST}
        with suppress(LookupError, AssertionError):  # the bot may end at any moment
            await self._run("timezone", {"zone": "UTC"})
            await self._run("digest add", asked)

    async def _run(self, command: str, options: JSON) -> None:
        """Run a command of the owner, and dismiss what the bot says."""
        owner, channel = self.guild.owner, self.channels["planning"]
        begun = await self._discord.slash(owner, channel, command, options)
        await self._discord.until(lambda: begun.state == "answered", why=command)
        for message in begun.messages:
            await self._discord.delete_message(owner, message)

    def chips(self) -> list[JSON]:
        """Return what the page offers to a visitor first."""
        general, planning = self.channels["general"], self.channels["planning"]
        sky = {"prompt": "Why is the sky blue?"}
        soup = {"when": "in 2 hours", "text": "Stir the soup"}
        # Long enough to be cut off, and short enough to go on before one's eyes.
        code = {"prompt": "Why is the sky blue? Show it in Python"}
        return [
            _chip("ask", "Ask something", general, "ask", sky),
            _chip("digest", "Get a digest of 44 messages", planning, "digest now", {}),
            _chip("remind", "Set a reminder", general, "remind", soup),
            _chip("plug", "Pull the plug", general, "ask", code),
        ]


def _chip(name: str, label: str, channel: Channel, command: str, options: JSON) -> JSON:
    place = {"channel": str(channel.id), "command": command, "options": options}
    return {"name": name, "label": label, **place}
