"""Property: no words reach the request of somebody who could not read them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.providers.preferences import Place
from bot.providers.question import Progress, Question, Where
from bot.storage.persona import Persona, Scope
from connectors.database import Config
from tests.bot.conversations.talk import Talk

SMALL = 1_024  # tokens: conversations are summarised all the time
SECRET = re.compile(r"secret-\d+")


class Spot(NamedTuple):
    """A channel, a thread of one, or direct messages, and who can read there."""

    channel_id: int
    guild_id: int | None
    readers: frozenset[int]
    parent: Spot | None = None


class Step(NamedTuple):
    """One thing that somebody does; the numbers choose among what there is."""

    what: str
    person: int
    spot: int
    target: int


STEPS = st.lists(
    st.builds(
        Step,
        st.sampled_from(("ask", "ask", "reply", "private", "thread", "delete", "edit", "persona")),
        st.integers(0, 2),
        st.integers(0, 9),
        st.integers(0, 99),
    ),
    min_size=12,
    max_size=30,
)
READERS = st.frozensets(st.integers(0, 2), min_size=1)


class Town:
    """Two servers and three people; what each says holds a secret of its own."""

    ids = count(1_000)

    def __init__(self, talk: Talk, readers: Sequence[frozenset[int]]) -> None:
        self.talk = talk
        self.spots = [Spot(next(self.ids), None, frozenset({person})) for person in range(3)]
        guilds = [next(self.ids), next(self.ids)]
        self.spots += [Spot(next(self.ids), guilds[n % 2], who) for n, who in enumerate(readers)]
        self.said: list[tuple[int, Spot, Question]] = []
        self.home: dict[str, Spot] = {}  # where each secret belongs; private ones are in none
        self.gone: set[str] = set()

    def secret(self, spot: Spot | None) -> str:
        word = f"secret-{next(self.ids)}"
        if spot is not None:
            self.home[word] = spot
        return word

    async def act(self, step: Step) -> None:
        readable = [spot for spot in self.spots if step.person in spot.readers]
        spot = readable[step.spot % len(readable)]
        if step.what == "persona":
            await self._persona(spot)
        elif step.what == "thread" and self.said:
            self._open_thread(step)
        elif step.what in ("delete", "edit") and self.said:
            await self._change(step)
        else:
            await self._ask(step, spot)

    async def _ask(self, step: Step, spot: Spot) -> None:
        place = Place(step.person, spot.channel_id, spot.guild_id)
        is_private = step.what == "private"
        word = self.secret(None if is_private else spot)
        turn = next(self.ids)
        parent_id = spot.parent.channel_id if spot.parent else 0
        question = Question(
            f"{word} " + "x" * 900,
            turn=0 if is_private else turn,
            author="Sam",
            where=Where("Kitchen", "general", parent_id),
        )
        # A reply may name any message at all, also one that the person cannot know of.
        any_message = self.said[step.target % len(self.said)][0] if self.said else None
        reply_to = any_message if step.what == "reply" else None
        goes_on = spot.guild_id is None or spot.parent is not None
        question = await self.talk.conversations.follow(
            place, question, reply_to=reply_to, goes_on=goes_on
        )
        await self.answer(place, spot, question, word)
        if not is_private:
            self.said.append((turn, spot, question))

    async def answer(self, place: Place, spot: Spot, question: Question, own: str) -> None:
        conversations = self.talk.conversations
        await conversations.begin(place, question)
        prepared = await conversations.prepare(place, question, "openai", "small")
        sent = SECRET.findall("\n".join(m.content for m in prepared.messages))
        assert own in sent
        for word in set(sent) - {own}:
            assert word not in self.gone
            home = self.home[word]  # or it is private
            assert place.user_id in home.readers
            assert home in (spot, spot.parent)
        progress = Progress(f"{self.secret(spot if question.turn else None)} " + "y" * 900)
        await conversations.answered(place, question, progress, [str(next(self.ids))])

    async def _persona(self, spot: Spot) -> None:
        is_channel = spot.guild_id is not None and spot.parent is None
        scope = Scope.CHANNEL if is_channel else Scope.CONVERSATION
        prompt = f"Say {self.secret(spot)}."
        persona = Persona(scope, spot.channel_id, spot.guild_id, "Sam", prompt)
        before = await self.talk.personas.at(spot.channel_id, spot.guild_id)
        self.gone |= {
            w for p in before if p.place_id == spot.channel_id for w in SECRET.findall(p.prompt)
        }
        await self.talk.personas.choose(persona)

    def _open_thread(self, step: Step) -> None:
        """Open a thread at a question in a channel: Discord gives it the id of the message."""
        message, spot, _ = self.said[step.target % len(self.said)]
        is_open = any(known.channel_id == message for known in self.spots)
        if spot.guild_id is not None and spot.parent is None and not is_open:
            self.spots.append(Spot(message, spot.guild_id, spot.readers, spot))

    async def _change(self, step: Step) -> None:
        at = step.target % len(self.said)
        turn, spot, question = self.said[at]
        self.gone |= set(SECRET.findall(question.prompt))
        if step.what == "delete":
            await self.talk.conversations.delete(turn)
            del self.said[at]
            return
        word = self.secret(spot)
        person = min(spot.readers)
        edited = Question(
            word, turn=turn, parent=question.parent, author="Sam", where=question.where
        )
        place = Place(person, spot.channel_id, spot.guild_id)
        await self.answer(place, spot, edited, word)
        self.said[at] = turn, spot, edited


def test_no_text_reaches_a_request_of_who_could_not_read_it(tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        talk = Talk(Config(tmp_path), length=SMALL)
        talk.complete = lambda text: " ".join(SECRET.findall(text))  # as leaky as can be

        @given(st.lists(READERS, min_size=1, max_size=4), STEPS)
        @settings(max_examples=15, deadline=None)
        def plays_out(readers: list[frozenset[int]], steps: list[Step]) -> None:
            town = Town(talk, readers)

            async def play() -> None:
                for step in steps:
                    await town.act(step)

            runner.run(play())

        plays_out()
        runner.run(talk.database.aclose())
