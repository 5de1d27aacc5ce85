"""A conversation on a real database, with a model of a given length that summarises by script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from bot.conversations.attachments import TEXT_LIMIT, Attachments
from bot.conversations.context import Context
from bot.conversations.material import Image, Material, TextFile
from bot.conversations.service import Conversations
from bot.providers.catalog import Catalog
from bot.providers.context_lengths import ContextLengths
from bot.providers.preferences import Place
from bot.providers.question import Attachment, Prepared, Progress, Question, Where
from bot.storage.personas import Personas
from bot.storage.rules import DEFAULTS, Rules
from bot.storage.timezones import Timezones
from bot.storage.turns import Turns
from connectors import Model
from connectors.database import Config
from connectors.database.database import Database
from tests.bot.providers.scripted import Cast

HERE = Place(user_id=1, channel_id=5, guild_id=2)
BERLIN = ZoneInfo("Europe/Berlin")
NOON = datetime(2026, 11, 26, 12, 0, tzinfo=BERLIN)


async def no_wait(_: float) -> None:
    return


class Lists(Catalog):
    """Lists one model of a given length."""

    def __init__(self, connectors: Cast, length: int) -> None:
        super().__init__(connectors)
        self._models = {"openai": [Model("small", context_length=length)]}


class Files(Attachments):
    """Files whose content is their name, and counts those that are loaded."""

    def __init__(self) -> None:
        self.loaded: list[str] = []
        self.note = ""  # why nothing can be read

    async def load(
        self,
        attachments: Sequence[Attachment],
        provider: str,
        model: str | None,
        person: int,
        *,
        text_limit: int = TEXT_LIMIT,
    ) -> Material:
        assert (provider, model, person) != ("", "", 0)
        names = [file.filename for file in attachments]
        self.loaded += names
        if self.note:
            return Material(notes=(self.note,))
        images = tuple(Image(name, f"data:{name}") for name in names if name.endswith(".png"))
        read = [name for name in names if not name.endswith(".png")]
        texts = (TextFile(name, f"text of {name}"[:text_limit], len(name) + 8) for name in read)
        return Material(tuple(texts), images)


class Talk:
    """People who talk with the bot in one channel, unless said otherwise."""

    def __init__(self, config: Config, *, length: int = 128_000) -> None:
        self.database = Database(config)
        self.turns = Turns(self.database)
        self.personas = Personas(self.database)
        self.rules = DEFAULTS
        self.files = Files()
        self.summaries: list[str | None] = []
        self.summarised: list[str] = []
        self.complete: Callable[[str], str | None] = lambda _: self.summaries.pop(0)
        cast = Cast({"openai": []})
        self.lengths = ContextLengths(cast, Lists(cast, length))
        context = Context(
            self.turns,
            self.files,
            self.lengths,
            self._complete,
            personas=self.personas,
            timezones=Timezones(self.database),
            rules=self._rules_of,
            sleep=no_wait,
            now=self._now,
        )
        self.conversations = Conversations(self.turns, context)

    async def _complete(
        self, _place: Place, _provider: str, _model: str | None, _instructions: str, text: str
    ) -> str | None:
        self.summarised.append(text)
        return self.complete(text)

    async def _rules_of(self, _: int | None) -> Rules:
        return self.rules

    def _now(self, zone: tzinfo) -> datetime:
        return NOON.astimezone(zone)

    async def say(
        self,
        turn: int,
        prompt: str,
        answer: str = "",
        *,
        parent: int = 0,
        place: Place = HERE,
        author: str = "alice",
    ) -> None:
        """Ask a question, and answer it in the message of the next id."""
        question = Question(prompt, turn=turn, parent=parent, author=author)
        await self.conversations.begin(place, question)
        if answer:
            await self.conversations.answered(place, question, Progress(answer), [str(turn + 1)])

    async def ask(
        self, parent: int, prompt: str = "now", *, place: Place = HERE, author: str = "alice"
    ) -> Prepared:
        """Return the request for a question that follows a turn."""
        question = Question(prompt, turn=9_999, parent=parent, author=author, where=Where())
        return await self.conversations.prepare(place, question, "openai", "small")

    async def sent(
        self, parent: int, prompt: str = "now", *, place: Place = HERE, author: str = "alice"
    ) -> list[str]:
        """Return what a request says, without the system prompt."""
        prepared = await self.ask(parent, prompt, place=place, author=author)
        return [message.content for message in prepared.messages[1:]]


def roles(prepared: Prepared) -> Sequence[str]:
    return [message.role for message in prepared.messages]
