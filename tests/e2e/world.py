"""One bot between a Discord and a model on this machine, and what a person in it reads."""

import asyncio
import re
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

from bot.answers.buttons import Button
from bot.app import Bot
from bot.sandbox.discord_server import Channel, DiscordServer, Interaction, Message, User
from bot.sandbox.model_server import ModelServer, Reply
from bot.settings import Settings
from connectors import PROVIDERS, Connectors
from connectors.database import DatabaseUnavailable
from connectors.discord import load_from_env
from connectors.http.transport import Transport
from connectors.local_scheduler import Pace
from tests.databases import new_file
from tests.discord_openapi.judge import Judge

_HEADING = re.compile(r"\A> \*\*[^\n]*:\*\* [^\n]*\n")
SPOKEN_FOR = ("openai", "mistral")


async def no_wait(_: float) -> None:
    await asyncio.sleep(0)


class World:
    """Alice and Bob in one channel with the bot; an OpenAI and a Mistral that are model servers."""

    def __init__(
        self, *, environ: Mapping[str, str] = {}, providers: Sequence[str] = SPOKEN_FOR
    ) -> None:
        self.discord = DiscordServer()
        self.openai = ModelServer()
        self.mistral = ModelServer()
        self._environ = environ
        self._providers = providers
        self._data_dir = tempfile.TemporaryDirectory()
        self.settings = Settings(data_dir=Path(self._data_dir.name))
        new_file(self.settings.data_dir)
        self.job_pace: Pace | None = None
        self.ready_within_s = 10.0

    async def __aenter__(self) -> Self:
        for server in (self.discord, self.openai, self.mistral):
            await server.start()
        self.judge = Judge()
        self.judge.attach(self.discord)
        self.begin_anew()
        await self.start_bot()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop_bot()
        for server in (self.mistral, self.openai, self.discord):
            await server.aclose()
        self._data_dir.cleanup()
        assert self.judge.violations == []

    def begin_anew(self) -> None:
        """Go on in a server where nobody has said or set anything, for the next row of a table.

        Starting a bot takes longer than most of what a person does with it.
        """
        self.guild = self.discord.add_guild("Kitchen")
        self.channel = self.discord.add_channel(self.guild, "general")
        self.alice = self.discord.add_user("alice")
        self.bob = self.discord.add_user("bob")
        for user in (self.alice, self.bob):
            self.discord.add_member(self.guild, user)
        self.discord.requests.clear()
        self.discord.clear_faults()
        self.discord.allow_words()
        for model in (self.openai, self.mistral):
            model.requests.clear()
            model.script.clear()
            # The built-in speech takes seconds, as a model would.
            model.open_reply = Reply(chunks=["A short ", "answer."])

    @property
    def is_busy(self) -> bool:
        """Return whether an answer is under way."""
        streams = self.openai.open_streams + self.mistral.open_streams
        return bool(streams or self.bot.services.answers._at_work.all())

    @property
    def environ(self) -> dict[str, str]:
        both = {
            "OPENAI_API_KEY": "sk-alice-openai-key",
            "OPENAI_BASE_URL": self.openai.base_url,
            "OPENAI_MODEL": "sandbox-small",
        }
        return both | {k: v.format(mistral=self.mistral.base_url) for k, v in self._environ.items()}

    async def start_bot(self) -> None:
        connectors = Connectors(
            self.environ,
            providers={name: PROVIDERS[name] for name in self._providers},
            transport=Transport(sleep=no_wait),
        )
        config = load_from_env(
            {"DISCORD_BOT_TOKEN": self.discord.token, "DISCORD_API_URL": self.discord.api_url}
        )
        self.bot = Bot(self.settings, connectors, config, pace_s=0.05, job_pace=self.job_pace)
        self._running = asyncio.create_task(self.bot.run_until_closed())
        await self.discord.ready(self.ready_within_s)
        await self.discord.until(lambda: self.discord.commands, why="the commands")
        await self.bot.services.loaded()
        with suppress(DatabaseUnavailable):  # on a busy machine its first opening takes seconds
            await self.bot.services.scheduler.owned_by(0)

    async def stop_bot(self) -> None:
        await self.bot.services.answers.aclose(finish_s=0.0)
        await self.bot.close()
        await self._running

    async def lose_database(self) -> None:
        """Start the bot again without anything to keep its promises in."""
        await self.stop_bot()
        database = self.settings.data_dir / "abi.db"
        database.unlink(missing_ok=True)
        database.mkdir()
        await self.start_bot()

    async def ask(
        self,
        prompt: str,
        *,
        user: User | None = None,
        channel: Channel | None = None,
        **options: Any,
    ) -> Interaction:
        return await self.discord.slash(
            user or self.alice, channel or self.channel, "ask", {"prompt": prompt, **options}
        )

    def read(self, viewer: User | None = None) -> list[Message]:
        """Return the bot's messages that a person sees: in the channel, then in direct messages."""
        viewer = viewer or self.alice
        places = (self.channel, self.discord.dm(viewer))
        return [
            message
            for place in places
            for message in self.discord.messages(place, viewer=viewer)
            if message.author is self.discord.bot_user
        ]

    async def shows(self, interaction: Interaction, text: str) -> None:
        """Wait until a part of the answer is on the screen."""
        await self.discord.until(
            lambda: any(text in m.content for m in interaction.messages),
            why=f"{text!r} to be shown",
        )

    async def end(self, interaction: Interaction) -> str:
        """Wait for the end of a question, check the invariant, and return what the person reads.

        The line that says what was asked is left out.
        """
        await self.discord.until(
            lambda: any(not m.loading for m in self.read(interaction.user)), why="a first word"
        )
        await self.bot.services.answers.settled(10.0)
        assert not self.bot.services.answers._at_work.all(), self.discord.dump()
        self.assert_one_end(interaction)
        return "\n".join(map(below_heading, self.read(interaction.user)))

    async def end_after_restart(self, interaction: Interaction) -> str:
        """Wait as ``end`` does, where the bot that goes on must first find what there is to do."""
        await self.discord.until(lambda: any(map(is_end, self.read())), why="an end")
        return await self.end(interaction)

    async def end_elsewhere(self, interaction: Interaction) -> str:
        """Wait as ``end`` does, where the interaction's own message could not be ended."""
        await self.discord.until(lambda: any(map(is_end, self.read())), why="an end elsewhere")
        await self.bot.services.answers.settled(10.0)
        seen = self.read(interaction.user)
        assert len([m for m in seen if is_end(m)]) == 1, self.discord.dump()
        assert not any(m.pings for m in seen), self.discord.dump()
        return "\n".join(map(below_heading, seen))

    def assert_one_end(self, interaction: Interaction) -> None:
        """Every accepted question has exactly one visible end, and pings nobody."""
        seen = self.read(interaction.user)
        dump = self.discord.dump()
        assert not any(m.loading for m in seen), dump
        assert not any(b["custom_id"].startswith(Button.STOP) for m in seen for b in m.buttons()), (
            dump
        )
        ends = [m for m in seen if is_end(m)]
        assert len(ends) == 1, dump
        assert not any(m.pings for m in seen), dump
        contents = [m.content for m in seen]
        assert len(set(contents)) == len(contents), f"something is shown twice\n{dump}"
        headed = [m for m in seen if _HEADING.match(m.content)]
        assert headed in ([], [interaction.original]), dump
        assert not any(m.ephemeral or m.channel.guild is None for m in headed), dump


def below_heading(message: Message) -> str:
    """Return what a message says, without the line above an answer that says who asked what."""
    return _HEADING.sub("", message.content)


def is_end(message: Message) -> bool:
    """Return whether a message ends a question: with buttons, or with the reason for no answer."""
    offers = any(b["custom_id"].startswith(Button.AGAIN) for b in message.buttons())
    return offers or (message.ephemeral and not message.loading and not message.buttons())
