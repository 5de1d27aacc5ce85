"""Records of what people asked for, and how it is found in what they see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.answers.texts import IN_FILE, NOT_SHOWN, THE_ANSWER
from bot.sandbox.discord_server import Interaction, Message, User
from connectors.local_scheduler import id_from
from tests.simulation.clocks import true_s

if TYPE_CHECKING:
    from bot.sandbox.discord_server import Channel
    from tests.simulation.machine import Machine

MARK = re.compile(r"\b(?:ask|rem)\d+x\b")
WORD = re.compile(r"\bw\d+\.\d+\.\d+\b")
OCCURRENCE = re.compile(r"abi:rem:([a-z0-9]+):([0-9a-f]{16}):(-?\d+)")
CONFIRMED = re.compile(r"Got it: I will remind you [^\n]*?<t:(\d+)")
SNOOZED = re.compile(r"Snoozed until <t:(\d+)")
ANSWER = re.compile(r"abi:(stop|again|continue|thinking):([0-9a-f]{16})")


@dataclass(eq=False)
class Asked:
    """A question, and the interaction that asks it."""

    mark: str
    user: User
    interaction: Interaction
    is_private: bool
    about: Message | None = None  # where a form was opened
    at_s: float = field(default_factory=true_s)
    is_released: bool = False  # a person has deleted what was shown of it

    @property
    def id(self) -> str:
        return id_from(self.interaction.id)


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of the gateway that a process has got."""

    name: str
    at_s: float
    machine: Machine
    mark: str = ""  # of the wording that it shows


@dataclass(eq=False)
class Said:
    """A message to the bot, with each of its wordings, and who has heard what of it.

    ``follows`` is the mark of the question that is the turn before, if it has surely been stored.
    """

    user: User
    message: Message
    marks: list[str]
    at_s: float = field(default_factory=true_s)
    edited_s: float = 0.0
    deleted_s: float | None = None
    follows: str = ""
    heard: list[Heard] = field(default_factory=list)
    is_released: bool = False  # somebody has deleted what was shown of it

    @property
    def id(self) -> str:
        return id_from(self.message.id)

    @property
    def mark(self) -> str:
        return self.marks[-1]


@dataclass(eq=False)
class Reminded:
    """A reminder: what was asked for, what the person was told, and what was delivered."""

    mark: str
    user: User
    channel: Channel | None  # None for a direct message
    interaction: Interaction
    at_s: float = field(default_factory=true_s)
    repeats: bool = False
    due_s: float | None = None  # once confirmed, in seconds since the start
    job_id: str = ""
    snoozable: set[int] = field(default_factory=set)
    snoozed_s: list[float] = field(default_factory=list)
    cancel_asked: bool = False
    cancels: list[Interaction] = field(default_factory=list)
    cancelled_s: float | None = None
    after_cancel: int = 0  # how often it was delivered all the same
    refused: str = ""
    is_question: bool = False
    delivered: list[Message] = field(default_factory=list)
    last_s: float = 0.0  # when the last one was
    is_told: bool = False  # that it was given up


def is_end_of(asked: Asked, message: Message) -> bool:
    return f"abi:again:{asked.id}" in custom_ids(message)


def is_bare_end(message: Message) -> bool:
    """Return whether a message says in our words that Discord refuses an answer and its buttons."""
    said = {text.format(what=THE_ANSWER) for text in (NOT_SHOWN, IN_FILE)}
    return message.content in said and not message.buttons()


def custom_ids(message: Message) -> list[str]:
    return [str(b.get("custom_id")) for b in message.buttons()]


def answer_ids(message: Message) -> list[str]:
    return [i for i in custom_ids(message) if ANSWER.fullmatch(i)]


def occurrences(message: Message) -> Iterator[tuple[str, str, str]]:
    for custom_id in custom_ids(message):
        if found := OCCURRENCE.fullmatch(custom_id):
            yield found[1], found[2], found[3]


def text_of(message: Message) -> str:
    files = [file.data.decode(errors="replace") for file in message.attachments]
    return "\n".join([message.content, *files])


def start_of(text: str) -> str:
    return text.partition("{")[0]
