"""The promises made to people, and checks that what they see keeps them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.reminders.texts import IS_DONE, PARKED
from bot.sandbox.discord_server import Interaction, Message, User
from connectors.local_scheduler import id_from
from tests.simulation.clocks import START, true_s

if TYPE_CHECKING:
    from bot.sandbox.discord_server import Channel
    from tests.simulation.world import World

MARK = re.compile(r"\b(?:ask|rem)\d+x\b")
WORD = re.compile(r"\bw\d+\.\d+\.\d+\b")
OCCURRENCE = re.compile(r"abi:rem:([a-z0-9]+):([0-9a-f]{16}):(-?\d+)")
CONFIRMED = re.compile(r"Got it: I will remind you <t:(\d+)")
SNOOZED = re.compile(r"Snoozed until <t:(\d+)")
ANSWER = re.compile(r"abi:(stop|again|continue|thinking):([0-9a-f]{16})")
# Work may take this long after the last fault: the longest wait of a retry, a lease, and a margin.
GRACE_S = 1200.0
# How early a reminder may be by clocks that are wrong.
EARLY_S = 5.0
RIGHTS_S = 60.0
TASKS = 60  # of a process at rest


@dataclass(eq=False)
class Asked:
    """A question, and the interaction that asks it."""

    mark: str
    user: User
    interaction: Interaction
    is_private: bool
    at_s: float = field(default_factory=true_s)
    is_released: bool = False  # a person has deleted what was shown of it

    @property
    def id(self) -> str:
        return id_from(self.interaction.id)


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
    refused: str = ""
    is_question: bool = False
    delivered: list[Message] = field(default_factory=list)


class Promises:
    def __init__(self, world: World) -> None:
        self._world = world
        self.asked: list[Asked] = []
        self.reminded: dict[str, Reminded] = {}
        self.digests: list[Interaction] = []
        self.messages: dict[int, Message] = {}
        self.left: set[int] = set()  # who was ever out of the server
        self.refuses = False  # whether Discord ever refused a text
        self.lost_rights: dict[tuple[int, int], float] = {}  # since when, by user and channel
        timeline = world.discord.core.timeline
        announce = timeline.announce

        def announced(name: str, message: Message) -> None:
            announce(name, message)
            if message.author is world.discord.bot_user:
                self._shown(message, is_new=name == "MESSAGE_CREATE")

        timeline.announce = announced  # type: ignore[method-assign]

    def secret_in(self, line: str) -> str | None:
        """Return which secret a log line holds, if any."""
        for pattern in (MARK, WORD):
            if found := pattern.search(line):
                return found[0]
        secrets = {self._world.key, self._world.discord.token}
        secrets |= {asked.interaction.token for asked in self.asked}
        return next(("a token" for secret in secrets if secret in line), None)

    # What is shown, as soon as it is

    def _shown(self, message: Message, *, is_new: bool) -> None:
        self.messages[message.id] = message
        text = _text(message)
        self._world.note(
            f"{'shows' if is_new else 'edits'} {message.id % 10**9} in {message.channel.name}"
            f"{' (private)' if message.ephemeral else ''}: {message.content[:90]!r}"
            f"{' …' if message.loading else ''} {[b['label'] for b in message.buttons()]}"
        )
        for reminder in self._reminders_in(message, text):
            self._shown_reminder(reminder, message)
        self._check_place(message, text)

    def _reminders_in(self, message: Message, text: str) -> list[Reminded]:
        """Return the reminders that a message is about, by its text or by its buttons."""
        marks, jobs = set(MARK.findall(text)), {job for _, job, _ in _occurrences(message)}
        return [r for r in self.reminded.values() if r.mark in marks or r.job_id in jobs]

    def _shown_reminder(self, reminder: Reminded, message: Message) -> None:
        if message.ephemeral:
            for action, job_id, at in _occurrences(message):
                if action == "cancel" and reminder.due_s is None:
                    reminder.due_s = int(at) / 1000 - START
                    reminder.job_id = job_id
            if message.content.startswith("Cancelled") and reminder.cancelled_s is None:
                reminder.cancelled_s = true_s()
        elif found := CONFIRMED.match(message.content):
            reminder.due_s = int(found[1]) - START
        elif message not in reminder.delivered:
            reminder.delivered.append(message)
            self._check_delivery(reminder, message)
        elif message.id in reminder.snoozable and (found := SNOOZED.search(message.content)):
            reminder.snoozable.discard(message.id)
            reminder.snoozed_s.append(int(found[1]) - START)

    def _check_delivery(self, reminder: Reminded, message: Message) -> None:
        now = true_s()
        cancelled = reminder.cancelled_s
        if cancelled is not None and now > cancelled + 60.0:
            self._world.violate("delivered though cancelled", reminder.mark)
        gave_up = message.content.startswith(PARKED.partition("{")[0])
        if gave_up and not self._had_reason(reminder) and not self.refuses:
            self._world.violate("given up, though it could pass", reminder.mark)
        user, channel = reminder.user, message.channel
        lost = self.lost_rights.get((user.id, channel.id))
        if channel.guild is not None and lost is not None and now > lost + RIGHTS_S:
            self._world.violate("posted for somebody without rights", reminder.mark)
        if message.pings - {user.id}:
            self._world.violate("pinged somebody else", reminder.mark)

    def _check_place(self, message: Message, text: str) -> None:
        """Check that nobody sees what is not for them."""
        is_public = message.channel.guild is not None and not message.ephemeral
        for asked in self.asked:
            word = rf"\bw{asked.mark[3:-1]}\.\d"
            if asked.is_private and is_public and (asked.mark in text or re.search(word, text)):
                self._world.violate("a private answer in a channel", asked.mark)
        for mark in MARK.findall(text):
            reminder = self.reminded.get(mark)
            if reminder is None:
                continue
            if is_public and message.channel is not reminder.channel:
                self._world.violate("a reminder in another place", mark)
            seen_by = message.visible_to or (
                None if message.channel.guild else next(iter(message.channel.recipients), None)
            )
            if not is_public and seen_by is not reminder.user:
                self._world.violate("a reminder for somebody else", mark)

    def lose(self, user: User) -> None:
        """Note that somebody has left the server, and sees nothing of it any more."""
        self.left.add(user.id)
        for channel in self._world.channels:
            self.lost_rights[user.id, channel.id] = true_s()
        for asked in self.asked:
            asked.is_released |= asked.user is user

    def regain(self, user: User) -> None:
        for channel in self._world.channels:
            self.lost_rights.pop((user.id, channel.id), None)

    # At a quiet moment

    def check(self) -> None:
        """Check that what was promised has been kept, some time after the last fault."""
        for asked in self.asked:
            self._check_answer(asked)
        for reminder in self.reminded.values():
            self._check_reminder(reminder)
        self._check_twice()
        self._check_memory()

    def _check_answer(self, asked: Asked) -> None:
        interaction = asked.interaction
        if interaction.state == "waiting":
            return
        ends = [m for m in self._live() if _is_end_of(asked, m)]
        told = [m for m in interaction.messages if m.ephemeral and not m.loading]
        ends += [m for m in told if not _answer_ids(m) and not WORD.search(_text(m))]
        was_accepted = interaction.state in ("deferred", "answered")
        if asked.id not in self._world.ids() and self._died_unkept(asked.at_s):
            was_accepted = False
        if len(ends) > 1:
            shown = [m.content[:80] for m in ends]
            self._world.violate("an answer has two ends", f"{asked.mark} {shown}")
        if not ends and was_accepted and not asked.is_released and not asked.user.blocks_dms:
            self._world.violate("an answer without an end", f"{asked.mark} of {asked.id}")
        for message in self._live():
            # A private message cannot be edited once its token has died. Nor can what was left
            # because Discord refused everything there.
            is_elsewhere = bool(ends) and all(end.channel is not message.channel for end in ends)
            is_left = is_elsewhere and (self.refuses or self._world.faults.final_codes)
            if not was_accepted or is_left or (message.ephemeral and ends):
                continue
            if f"abi:stop:{asked.id}" in _custom_ids(message):
                self._world.violate("an answer that still runs", asked.mark)

    def _check_reminder(self, reminder: Reminded) -> None:
        mark, told = reminder.mark, reminder.interaction.messages
        times = len(reminder.delivered)
        if reminder.due_s is None:
            is_silent = reminder.interaction.state == "deferred" and any(m.loading for m in told)
            is_lost = not self._died_unkept(reminder.at_s) and not self._is_kept(reminder)
            if is_silent and not times and is_lost:
                self._world.violate("accepted, then silence", mark)
            is_refused = any(not m.loading and not _custom_ids(m) for m in told)
            if is_refused and (times or self._is_kept(reminder)):
                said = [m.content[:120] for m in told]
                self._world.violate("kept, but the person was told otherwise", f"{mark} {said}")
            snoozed = len(reminder.snoozed_s) + len(reminder.snoozable)
            if times > 1 + snoozed and not reminder.repeats:
                self._world.violate("delivered twice", mark)
            return
        if reminder.repeats:
            return
        replies = {m.content for cancel in reminder.cancels for m in cancel.messages}
        if IS_DONE in replies and not times:
            self._world.violate("cancelled, but the person was told otherwise", mark)
        due = [reminder.due_s, *reminder.snoozed_s]
        fewest = sum(at < true_s() - GRACE_S for at in due)
        if reminder.cancel_asked:
            fewest = 0
        most = len(due) + len(reminder.snoozable)
        if times < fewest and not self._is_excused(reminder):
            self._world.violate("a reminder is lost", f"{mark} {times} of {fewest}")
        if times > most:
            self._world.violate("delivered twice", f"{mark} {times} of {most}")
        is_owed = reminder.due_s > true_s() + GRACE_S and not reminder.cancel_asked
        if is_owed and not self._is_kept(reminder):
            self._world.violate("a reminder is no longer owed", mark)

    def _died_unkept(self, at_s: float) -> bool:
        """Return whether the database was away when this was asked, and a process died then.

        Discord waits 3 s: what cannot be kept by then is accepted all the same.
        """
        return self._world.died_s > at_s and self._world.faults.database_s > at_s

    def _is_excused(self, reminder: Reminded) -> bool:
        """Return whether it waits for its owner because every place was closed to it."""
        is_parked = (reminder.mark, "parked") in self._world.rows()
        return (is_parked and self._had_reason(reminder)) or self.refuses

    def _had_reason(self, reminder: Reminded) -> bool:
        return self._world.faults.final_codes or reminder.user.id in self.left

    def _is_kept(self, reminder: Reminded) -> bool:
        return any(
            mark == reminder.mark and state in ("active", "running", "paused")
            for mark, state in self._world.rows()
        )

    def _check_twice(self) -> None:
        shown: Counter[str] = Counter()
        for message in self.messages.values():
            if not message.ephemeral:
                ids = {f"{job}:{at}" for _, job, at in _occurrences(message)}
                shown.update(ids)
            if message.nonce is not None:
                shown[f"nonce {message.nonce}"] += 1
        for occurrence, times in shown.items():
            if times > 1:
                self._world.violate("an occurrence is shown twice", f"{occurrence} {times} times")
        # What a private message shows cannot be read again once its token has died.
        seen = [(m.ephemeral, w) for m in self._live() for w in set(WORD.findall(_text(m)))]
        words = Counter(seen)
        if twice := [word for (_, word), times in words.items() if times > 1]:
            self._world.violate("words are shown twice", f"{twice[:3]} and {len(twice)} in all")

    def _check_memory(self) -> None:
        """Check that no process piles up tasks."""
        for machine in self._world.machines:
            waiting = [t for t in self._world.loop.tasks.get(machine, ()) if not t.done()]
            if len(waiting) > TASKS:
                names = Counter(task.get_coro().__qualname__ for task in waiting)  # type: ignore[union-attr]
                self._world.violate("tasks pile up", str(names.most_common(3)))

    def _live(self) -> list[Message]:
        return [m for m in self.messages.values() if not m.deleted]


def _is_end_of(asked: Asked, message: Message) -> bool:
    return f"abi:again:{asked.id}" in _custom_ids(message)


def _custom_ids(message: Message) -> list[str]:
    return [str(b.get("custom_id")) for b in message.buttons()]


def _answer_ids(message: Message) -> list[str]:
    return [i for i in _custom_ids(message) if ANSWER.fullmatch(i)]


def _occurrences(message: Message) -> Iterator[tuple[str, str, str]]:
    for custom_id in _custom_ids(message):
        if found := OCCURRENCE.fullmatch(custom_id):
            yield found[1], found[2], found[3]


def _text(message: Message) -> str:
    files = [file.data.decode(errors="replace") for file in message.attachments]
    return "\n".join([message.content, *files])
