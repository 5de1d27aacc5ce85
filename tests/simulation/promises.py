"""The promises made to people, and checks that what they see keeps them."""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING

from bot.answers.texts import ALL_IN_FILE, GOES_ON, GOES_ON_IN_DM, MOVED
from bot.elsewhere import PATIENCE_S
from bot.errors import NO_DATABASE, RESTARTING
from bot.fallbacks import REFUSED
from bot.reminders.job import KIND
from bot.reminders.texts import CANCELLED, DELIVERED, IS_DONE, MISSED, NO_DM, PARKED
from bot.sandbox.discord_server import Interaction, Message, User
from tests.simulation.clocks import START, true_s
from tests.simulation.conversations import Conversations
from tests.simulation.records import (
    CONFIRMED,
    MARK,
    SNOOZED,
    WORD,
    Asked,
    Reminded,
    Said,
    answer_ids,
    custom_ids,
    is_bare_end,
    is_end_of,
    occurrences,
    start_of,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.simulation.machine import Machine
    from tests.simulation.world import Row, World

# Work may take this long after the last fault: the longest wait of a retry, a lease, and a margin.
GRACE_S = 1200.0
REMINDED_ALREADY = DELIVERED.format("")[:-1]
# How early a reminder may be by clocks that are wrong.
EARLY_S = 5.0
RIGHTS_S = 60.0
# What repeats comes every 20 minutes, and one retry may take 15.
EVERY_S = 1350.0
# So long may it take to store a reminder.
SETTING_S = 1000.0
# The looks at a response that follow before its question is answered all the same take so long.
LOOKED_S = 120.0
TASKS = 60  # of a process at rest
# What a process keeps of its work, of which at rest only some may be left.
KEPT = (
    *("answers._at_work._writing", "answers._at_work._accepting"),
    *("answers._closed", "answers._tasks._tasks"),
    *("rest._sender.shared._asking", "_database._pieces"),
    *("scheduler._runner._store._held", "scheduler._runner._worker._running"),
    *("scheduler._runner._worker._urgent", "scheduler._runner._worker._tasks"),
)
MOST_KEPT = 2


class Promises:
    def __init__(self, world: World) -> None:
        self._world = world
        self.asked: list[Asked] = []
        self.reminded: dict[str, Reminded] = {}
        self.digests: list[Interaction] = []
        self.talk = Conversations(world, self)
        self._names = re.compile("|".join(user.username for user in world.people))
        self.messages: dict[int, Message] = {}
        self.shown_s: dict[int, float] = {}  # since when; Discord's own clock may be wrong
        self.left: set[int] = set()  # who was ever out of the server
        self.refuses = False  # whether Discord ever refused a text
        self.is_muted = False  # whether the bot was ever kept from posting
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
        for pattern in (MARK, WORD, self._names):
            if found := pattern.search(line):
                return found[0]
        secrets = {self._world.key, self._world.discord.token}
        secrets |= {asked.interaction.token for asked in self.asked}
        return next(("a token" for secret in secrets if secret in line), None)

    # What is shown, as soon as it is

    def _shown(self, message: Message, *, is_new: bool) -> None:
        self.messages[message.id] = message
        self.shown_s.setdefault(message.id, true_s())
        text = text_of(message)
        self._world.note(
            f"{'shows' if is_new else 'edits'} {message.id % 10**9} in {message.channel.name}"
            f"{' (private)' if message.ephemeral else ''}: {message.content[:90]!r}"
            f"{' …' if message.loading else ''} {[b['label'] for b in message.buttons()]}"
        )
        for reminder in self._reminders_in(message, text):
            self._shown_reminder(reminder, message, text)
        self._check_place(message, text)
        self.talk.check_place(message, text)

    def _reminders_in(self, message: Message, text: str) -> list[Reminded]:
        """Return the reminders that a message is about, by its text or by its buttons."""
        marks, jobs = set(MARK.findall(text)), {job for _, job, _ in occurrences(message)}
        return [r for r in self.reminded.values() if r.mark in marks or r.job_id in jobs]

    def _shown_reminder(self, reminder: Reminded, message: Message, text: str) -> None:
        if message.ephemeral:
            for action, job_id, at in occurrences(message):
                if action == "cancel" and reminder.due_s is None:
                    reminder.due_s = int(at) / 1000 - START
                    reminder.job_id = job_id
            if message.content.startswith(start_of(CANCELLED)) and reminder.cancelled_s is None:
                reminder.cancelled_s = true_s()
        elif message.content.startswith(start_of(CANCELLED)):  # its interaction had expired
            reminder.cancelled_s = reminder.cancelled_s or true_s()
        elif found := CONFIRMED.search(text):
            reminder.due_s = int(found[1]) - START
        elif message not in reminder.delivered:
            reminder.delivered.append(message)
            reminder.last_s = true_s()
            self._check_delivery(reminder, message)
        elif message.id in reminder.snoozable and (found := SNOOZED.search(message.content)):
            reminder.snoozable.discard(message.id)
            reminder.snoozed_s.append(int(found[1]) - START)

    def _check_delivery(self, reminder: Reminded, message: Message) -> None:
        now = true_s()
        cancelled = reminder.cancelled_s
        if cancelled is not None and now > cancelled + 60.0:
            reminder.after_cancel += 1
            # An occurrence that was snoozed before is a reminder of its own.
            if reminder.after_cancel > len(reminder.snoozed_s) + len(reminder.snoozable):
                self._world.violate("delivered though cancelled", reminder.mark)
        has_reason = self._had_reason(reminder) or self.refuses
        gave_up = message.content.startswith(start_of(PARKED))
        reminder.is_told |= gave_up
        if gave_up and not has_reason:
            self._world.violate("given up, though it could pass", reminder.mark)
        user, channel = reminder.user, message.channel
        is_moved = channel.guild is None and reminder.channel is not None
        # A list of which Discord refuses the text is a file, and says so.
        is_list = len(self._reminders_in(message, text_of(message))) > 1
        is_list |= message.content.startswith(start_of(MISSED))
        if is_moved and not (gave_up or is_list or has_reason):
            self._world.violate("not in its channel, though that was open", reminder.mark)
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

    def mark_of(self, answer_id: str) -> str:
        """Return the mark of the question of an answer."""
        questions = chain[Asked | Said](self.asked, self.talk.said.values())
        return next((q.mark for q in questions if q.id == answer_id), "ask0x")

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
        self.talk.check()
        if self._world.shards is not None:
            self._world.shards.check()
        self._check_twice()
        self._check_memory()

    def _check_answer(self, asked: Asked) -> None:
        interaction = asked.interaction
        if interaction.state == "waiting":
            return
        ends = [m for m in self._live() if is_end_of(asked, m)]
        told = [m for m in interaction.messages if m.ephemeral and not m.loading]
        # The note with which a private message begins may stay if Discord's reply is lost; others
        # say that the end is elsewhere.
        notes = (GOES_ON, GOES_ON_IN_DM, MOVED)
        told = [m for m in told if not answer_ids(m) and m.content not in notes]
        ends += [m for m in told if not WORD.search(text_of(m))]
        was_accepted = interaction.state in ("deferred", "answered")
        if asked.id not in self._world.ids() and self._died_unkept(asked.at_s, math.inf):
            was_accepted = False
        # What a private message shows cannot be read again once its token has died.
        most = 2 if self._may_be_answered_twice(asked) else 1
        if max(sum(m.ephemeral is is_seen for m in ends) for is_seen in (True, False)) > most:
            shown = [m.content[:80] for m in ends]
            self._world.violate("an answer has two ends", f"{asked.mark} {shown}")
        if not ends and self._world.faults.final_codes:
            return  # each place was said to be closed
        is_owed = was_accepted and not asked.is_released and not asked.user.blocks_dms
        if not ends and is_owed and not self.is_refused_in(interaction.messages):
            self._world.violate("an answer without an end", f"{asked.mark} of {asked.id}")
        for message in self._live():
            # A private message cannot be edited once its token has died. Nor can what was left
            # because Discord refused everything there.
            is_elsewhere = bool(ends) and all(end.channel is not message.channel for end in ends)
            is_left = is_elsewhere and (self.refuses or self._world.faults.final_codes)
            # Direct messages that Discord said to be gone are written to again, from the beginning.
            is_left |= bool(ends) and message not in ends and self._world.faults.denies_places
            if not was_accepted or is_left or (message.ephemeral and ends):
                continue
            # Nor what was posted unheard where nobody may look for it.
            is_unseen = bool(ends) and self._world.faults.hides_history
            if f"abi:stop:{asked.id}" in custom_ids(message) and not is_unseen:
                self._world.violate("an answer that still runs", asked.mark)

    def is_refused_in(self, messages: Iterable[Message]) -> bool:
        """Return whether a message says that Discord refuses an answer, and it may have."""
        may_be = self.refuses or self._world.faults.may_refuse
        return may_be and any(is_bare_end(m) for m in messages if not m.deleted)

    def _may_be_answered_twice(self, asked: Asked) -> bool:
        """Return whether two processes could not store it, nor see for long who else answers it."""
        away = self._world.faults.away_from
        unable = {m for a, b, m in away if a < asked.at_s + 5.0 and b > asked.at_s}
        unseen = (s - asked.at_s for s in self._world.faults.unseen_s)
        is_unseen = any(PATIENCE_S < after_s < PATIENCE_S + LOOKED_S for after_s in unseen)
        return self._world.shards is None and len(unable) > 1 and is_unseen

    def _check_reminder(self, reminder: Reminded) -> None:
        mark, told = reminder.mark, reminder.interaction.messages
        times = len(reminder.delivered)
        # What a person has deleted cannot be found before it is posted again.
        deleted = sum(message.deleted for message in reminder.delivered)
        if reminder.due_s is None:
            is_silent = reminder.interaction.state == "deferred" and any(m.loading for m in told)
            died_unkept = self._died_unkept(reminder.at_s, SETTING_S)
            is_lost = not died_unkept and not self._is_kept(reminder)
            if is_silent and not times and is_lost:
                self._world.violate("accepted, then silence", mark)
            # A process that stops says so, while another one accepts it and dies unheard.
            is_doubtful = any(
                reminder.at_s < s < reminder.at_s + 10.0 for s in self._world.deaths_s
            )
            stopping = (RESTARTING, REFUSED)  # the latter where Discord takes no word of it
            told = [m for m in told if not (is_doubtful and m.content in stopping)]
            # Processes that all hear everything do not know of each other's databases.
            if self._world.shards is None and len(self._world.machines) > 1:
                told = [m for m in told if m.content != NO_DATABASE]
            told = [m for m in told if not m.content.startswith(REMINDED_ALREADY)]
            is_refused = any(not m.loading and not custom_ids(m) for m in told)
            if is_refused and (times or self._is_kept(reminder)):
                said = [m.content[:120] for m in told]
                self._world.violate("kept, but the person was told otherwise", f"{mark} {said}")
            snoozed = len(reminder.snoozed_s) + len(reminder.snoozable)
            if times > 1 + snoozed + deleted and not reminder.repeats:
                self._world.violate("delivered twice", mark)
            return
        self._check_kept_once(reminder)
        if reminder.repeats:
            self._check_repeats(reminder)
            return
        replies = {m.content for cancel in reminder.cancels for m in cancel.messages}
        if IS_DONE in replies and not times:
            self._world.violate("cancelled, but the person was told otherwise", mark)
        due = [reminder.due_s, *reminder.snoozed_s]
        fewest = sum(at < true_s() - GRACE_S for at in due)
        if reminder.cancel_asked:
            fewest = 0
        most = len(due) + len(reminder.snoozable) + deleted
        if self._world.faults.hides_history:
            most += 1  # one that may stand where nothing may be read is posted again
        if times < fewest and not self._is_excused(reminder):
            self._world.violate("a reminder is lost", f"{mark} {times} of {fewest}")
        if times > most:
            self._world.violate("delivered twice", f"{mark} {times} of {most}")
        is_owed = reminder.due_s > true_s() + GRACE_S and not reminder.cancel_asked
        if is_owed and not self._is_kept(reminder):
            self._world.violate("a reminder is no longer owed", mark)

    def _check_kept_once(self, reminder: Reminded) -> None:
        """Check that pressing a button again has not stored a second one."""
        most = 1 + len(reminder.snoozed_s) + len(reminder.snoozable)
        if (kept := len(self._kept(reminder))) > most:
            self._world.violate("kept twice", f"{reminder.mark} {kept} of {most}")

    def _check_repeats(self, reminder: Reminded) -> None:
        """Check that a repeating reminder has come since all is well again."""
        is_stopped = reminder.cancel_asked or self._is_excused(reminder)
        if true_s() - max(reminder.last_s, reminder.at_s) > EVERY_S and not is_stopped:
            states = [row[1:] for row in self._world.rows(KIND) if row.mark == reminder.mark]
            self._world.violate("a repeating reminder has ended", f"{reminder.mark} {states}")

    def _died_unkept(self, at_s: float, within_s: float) -> bool:
        """Return whether the database was away when this was asked, and a process died then.

        Discord waits 3 s: what cannot be kept by then is accepted all the same.
        """
        was_away = any(a < at_s + 5.0 and b > at_s for a, b in self._world.faults.database_s)
        return was_away and any(at_s < s < at_s + within_s for s in self._world.deaths_s)

    def _is_excused(self, reminder: Reminded) -> bool:
        """Return whether it waits for its owner, who knows, as every place was closed to it."""
        rows = [row for row in self._world.rows(KIND) if row.mark == reminder.mark]
        parked = [row for row in rows if row.state == "parked"]
        knows = reminder.is_told or any(row.reason == NO_DM for row in parked)
        return bool(parked) and knows and (self._had_reason(reminder) or self.refuses)

    def _had_reason(self, reminder: Reminded) -> bool:
        is_closed = self._world.faults.final_codes or self.is_muted
        return is_closed or reminder.user.id in self.left

    def _kept(self, reminder: Reminded) -> list[Row]:
        rows = [row for row in self._world.rows(KIND) if row.mark == reminder.mark]
        return [row for row in rows if row.state in ("active", "running", "paused")]

    def _is_kept(self, reminder: Reminded) -> bool:
        return bool(self._kept(reminder))

    def _check_twice(self) -> None:
        shown: Counter[str] = Counter()
        for message in self._live():
            if not message.ephemeral:
                ids = {f"{job}:{at}" for _, job, at in occurrences(message)}
                shown.update(ids)
            if message.nonce is not None:
                shown[self.talk.key_of(message)] += 1
        most = 2 if self._world.faults.hides_history else 1  # as above
        for occurrence, times in shown.items():
            if times > most:
                self._world.violate("an occurrence is shown twice", f"{occurrence} {times} times")
        faults = self._world.faults
        if faults.hides_history or faults.denies_places:
            return  # it cannot be seen whether they are there
        # What a private message shows cannot be read again once its token has died.
        seen = [(m.ephemeral, w) for m in self._live() for w in set(WORD.findall(_said_in(m)))]
        words = Counter(seen)
        if twice := [word for (_, word), times in words.items() if times > 1]:
            self._world.violate("words are shown twice", f"{twice[:3]} and {len(twice)} in all")

    def _check_memory(self) -> None:
        """Check that no process piles up tasks, or keeps what belongs to work that is done."""
        for machine in self._world.machines:
            waiting = [t for t in self._world.loop.tasks.get(machine, ()) if not t.done()]
            if len(waiting) > TASKS:
                names = Counter(task.get_coro().__qualname__ for task in waiting)  # type: ignore[union-attr]
                self._world.violate("tasks pile up", str(names.most_common(3)))
            self._check_services(machine)

    def _check_services(self, machine: Machine) -> None:
        for path in KEPT:
            kept = attrgetter(f"bot.services.{path}")(machine) if machine.bot else ()
            if len(kept) > MOST_KEPT:
                self._world.violate("memory piles up", f"{path} {len(kept)}")

    def _live(self) -> list[Message]:
        return [m for m in self.messages.values() if not m.deleted]


def _said_in(message: Message) -> str:
    """Return what a message says; where an answer was cut off, all of it is in a file, too."""
    return message.content if ALL_IN_FILE in message.content else text_of(message)
