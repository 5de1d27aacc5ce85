"""The promises of conversations, and checks that they are kept."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Any

from bot.answers.texts import HIDDEN_HERE, HIDDEN_REPLY, HIDDEN_ROLE
from bot.sandbox.discord_server import Channel, Message
from cogs.chat.messages import EDITED_IN_WITHIN
from cogs.chat.missed import CHANNELS_OF, PLACES_OF
from cogs.chat.patience import WAITS_S, WITHIN
from connectors.discord import time_snowflake
from tests.simulation.clocks import START, true_s
from tests.simulation.records import MARK, WORD, Heard, Said, custom_ids, start_of, text_of

if TYPE_CHECKING:
    from tests.simulation.machine import Machine
    from tests.simulation.promises import Promises
    from tests.simulation.world import World

# A process that lives on for so long has stored what it has heard, or tries to.
STORED_S = 60.0
# So long it tries.
PATIENCE_S = sum(WAITS_S)
# How wrong the clock may be by which a process decides what was written lately.
SKEW_S = 180.0
# What belongs together may be heard in another order within this time.
RACE_S = 10.0
HINTS = tuple(map(start_of, (HIDDEN_HERE, HIDDEN_REPLY, HIDDEN_ROLE)))


class Conversations:
    """The messages of people to the bot, and what processes have heard of them."""

    def __init__(self, world: World, promises: Promises) -> None:
        self._world = world
        self._promises = promises
        self.said: dict[int, Said] = {}
        self._by_mark: dict[str, Said] = {}
        self._looks: list[Heard] = []

    def add(self, said: Said) -> None:
        self.said[said.message.id] = said
        self._by_mark[said.mark] = said

    def heard(self, machine: Machine, name: str, data: dict[str, Any]) -> None:
        """Note that a process has got an event."""
        if not name.startswith("MESSAGE_"):
            return
        for message_id in map(int, data.get("ids") or [data.get("id") or 0]):
            said = self.said.get(message_id)
            if said is not None:
                mark = MARK.search(data.get("content") or "")
                said.heard.append(Heard(name, true_s(), machine, mark[0] if mark else ""))

    def looks(self, machine: Machine) -> None:
        """Note that a process looks for what was missed."""
        self._looks.append(Heard("", true_s(), machine))

    def release(self, message: Message) -> None:
        """Note that somebody has deleted one of the bot's messages."""
        for said in self.said.values():
            is_of = any(custom_id.endswith(said.id) for custom_id in custom_ids(message))
            if is_of or message.reference is said.message:
                said.is_released = True

    def turn_before(self, channel: Channel, target: Message | None) -> str:
        """Return the mark of a question that is surely before the next one in a conversation.

        That is the one whose answer is replied to, or the last one where it goes on by itself.
        """
        found = [s for s in self.said.values() if self._is_remembered(s, channel)]
        if target is not None:
            ids = {c[-16:] for c in custom_ids(target) if c.startswith("abi:again:")}
            found = [s for s in found if s.id in ids]
        elif channel.guild is not None and not channel.is_thread:
            return ""
        return found[-1].mark if found else ""

    def _is_remembered(self, said: Said, channel: Channel) -> bool:
        if said.message.channel is not channel or said.deleted_s is not None:
            return False
        is_settled = true_s() - max(said.at_s, said.edited_s) > STORED_S
        is_sure = is_settled and not self._was_away(said.at_s, true_s())
        return is_sure and said.id in self._world.ids()

    # What a request to the model holds

    def requested(self, marks: list[str]) -> None:
        """Check the marks in a request, the last of which is that of its question."""
        if not marks:
            return
        *before, mark = marks
        places = {self._place_of(m) for m in marks} - {None}
        if len(places) > 1:
            self._world.violate("a request with words of another place", f"{marks}")
        if twice := [m for m, times in Counter(marks).items() if times > 1]:
            self._world.violate("a turn is sent twice", f"{twice} for {mark}")
        for earlier in before:
            self._check_memory_of(earlier, mark)
        said = self._by_mark.get(mark)
        is_sure = said is not None and not self._was_away(said.at_s, true_s())
        if said is not None and said.follows and is_sure and said.follows not in before:
            followed = self._by_mark[said.follows]
            is_there = not set(followed.marks).isdisjoint(before)  # an edit may be unheard
            if followed.deleted_s is None and followed.mark == said.follows and not is_there:
                self._world.violate("a turn is forgotten", f"{said.follows} for {mark}")

    def _check_memory_of(self, mark: str, question: str) -> None:
        said = self._by_mark.get(mark)
        if said is None:
            return
        now = true_s()
        deleted = self._safely_heard(said, "DELETE")
        is_another_s = any(a.mark in said.marks for a in self._promises.asked)  # asked again
        if deleted is not None and now > deleted and not is_another_s:
            self._world.violate("a deleted question is remembered", f"{mark} for {question}")
        edited = self._safely_heard(said, "UPDATE", said.mark)
        if mark != said.mark and edited is not None and now > edited:
            self._world.violate("an old wording is remembered", f"{mark} for {question}")

    def _place_of(self, mark: str) -> object:
        """Return what a question has in common with others of its conversation."""
        said = self._by_mark.get(mark)
        if said is not None:
            return _root(said.message.channel).id
        asked = next((a for a in self._promises.asked if a.mark == mark), None)
        if asked is None:
            return None
        return mark if asked.is_private else _root(asked.interaction.channel).id

    # What is shown

    def check_place(self, message: Message, text: str) -> None:
        """Check that an answer is shown where its question stands, or to who asked it."""
        if message.kind not in (0, 19, 20):
            return  # the title of a thread
        for number in {word.split(".")[0][1:] for word in WORD.findall(text)}:
            said = self._by_mark.get(f"ask{number}x")
            if said is None:
                continue
            again = {a.user for a in self._promises.asked if a.mark in said.marks}
            askers = {said.user, *again}
            is_theirs = message.channel.guild is None and not askers.isdisjoint(
                message.channel.recipients
            )
            if message.channel is not said.message.channel and not is_theirs:
                self._world.violate("an answer in another place", said.mark)

    def key_of(self, message: Message) -> str:
        """Return what no two messages may share: the nonce.

        What is said once in a conversation is said again, of another message, by a process that
        cannot read what others have said.
        """
        said = self.said.get(message.reference.id) if message.reference else None
        if said is None or custom_ids(message):
            return f"nonce {message.nonce}"
        was_away = self._was_away(said.at_s, self._promises.shown_s[message.id])
        return f"nonce {message.nonce}{f' for {said.mark}' if was_away else ''}"

    # At a quiet moment

    def check(self) -> None:
        live = [m for m in self._promises.messages.values() if not m.deleted]
        for said in self.said.values():
            self._check(said, [m for m in live if self._is_of(said, m)])

    def _is_of(self, said: Said, message: Message) -> bool:
        has_button = any(custom_id.endswith(f":{said.id}") for custom_id in custom_ids(message))
        return has_button or message.reference is said.message

    def _check(self, said: Said, shown: list[Message]) -> None:
        mark = said.mark
        ends = [m for m in shown if f"abi:again:{said.id}" in custom_ids(m)]
        # Two processes may both answer while the database is away for one of them.
        is_doubtful = any(self._was_away(at_s, at_s) for at_s in (said.at_s, said.edited_s))
        if len(ends) > 1 and not is_doubtful:
            self._world.violate("an answer has two ends", f"{mark} {[m.id for m in ends]}")
        if self._died_unkept(said):
            return
        is_refused = self._promises.refuses or self._world.faults.final_codes
        if not is_refused and any(f"abi:stop:{said.id}" in custom_ids(m) for m in shown):
            self._world.violate("an answer that still runs", mark)
        if said.is_released or is_refused or self._promises.is_muted:
            return  # each place was said to be closed
        if said.user.id in self._promises.left:
            return
        if said.deleted_s is not None:
            self._check_deleted(said, shown)
        elif not (ends or self._promises.is_refused_in(shown)) and (why := self._owed(said)):
            self._world.violate("a message without an answer", f"{mark} of {said.id} {why}")
        else:
            self._check_wording(said, shown)

    def _died_unkept(self, said: Said) -> bool:
        """Return whether somebody died when nobody had heard a question who could store it."""
        deaths_s = (died_s for died_s in self._world.deaths_s if said.at_s < died_s)
        return any(self._is_unkept(self._heard_until(died_s, said)) for died_s in deaths_s)

    def _heard_until(self, until_s: float, said: Said) -> list[Heard]:
        """Return who has heard a question by then, or else who may have found it afterwards."""
        heard = [h for h in said.heard if h.at_s < until_s]
        return heard or [look for look in self._looks if said.at_s < look.at_s < until_s]

    def _is_unkept(self, heard: list[Heard]) -> bool:
        return bool(heard) and all(
            any(
                where == h.machine.index and began < h.at_s + RACE_S and ended > h.at_s - RACE_S
                for began, ended, where in self._world.faults.away_from
            )
            for h in heard
        )

    def _owed(self, said: Said) -> str:
        """Return why a message must have been answered, or "" if it need not."""
        if said.id in self._world.ids():
            return "is in the ledger"
        if not self._is_readable(said.message):
            return ""
        for heard in said.heard:
            is_late = heard.at_s - said.at_s > EDITED_IN_WITHIN.total_seconds() - SKEW_S
            is_edit = heard.name == "MESSAGE_UPDATE" and not is_late
            # Of an edit only the database knows whether it has been answered before.
            is_known = is_edit and self._stored_s(heard) is not None
            if is_known or (heard.name == "MESSAGE_CREATE" and self._is_safe(heard)):
                return f"was heard by process {heard.machine.index}"
        return next(("was missed" for m in self._world.machines if self._finds(m, said)), "")

    def _is_readable(self, message: Message) -> bool:
        """Return whether Discord shows a message to the bot: not every reply mentions it."""
        is_shown = message.channel.guild is None or self._world.reads_content
        return is_shown or self._world.discord.bot_user in message.mentions

    def _is_safe(self, heard: Heard) -> bool:
        """Return whether a process that has heard something has surely stored it since."""
        machine = heard.machine
        ends_s = min(machine.died_s, machine.stopped_s)
        return ends_s > heard.at_s + STORED_S and not (
            machine.is_dead and self._was_away(heard.at_s, ends_s)
        )

    def _finds(self, machine: Machine, said: Said) -> bool:
        """Return whether a process that runs has looked for what was missed, and this was."""
        within_s = WITHIN.total_seconds() - SKEW_S
        looks = [s for s in machine.ready_s if said.at_s < s < said.at_s + within_s]
        if not looks or machine.is_dead:
            return False
        # It looks again and again, but not for longer than people wait.
        gives_up_s = looks[0] + PATIENCE_S
        is_in_vain = any(abs(s - gives_up_s) < STORED_S for s in self._world.faults.unread_s)
        return not is_in_vain and self._is_looked_at(said, looks[0])

    def _is_looked_at(self, said: Said, looked_s: float) -> bool:
        channel = said.message.channel
        goes_on = channel.guild is None or channel.is_thread
        since = (PLACES_OF if goes_on else CHANNELS_OF).total_seconds() - SKEW_S
        first, last = (_id_at(s) for s in (looked_s - since, looked_s - STORED_S))
        later = {s.message.id for s in self.said.values() if s.heard and s.heard[0].at_s > looked_s}
        return not later.issuperset(self._world.turns(channel.id, first, last))

    def _check_deleted(self, said: Said, shown: list[Message]) -> None:
        """Check that of a deleted question nothing is left, unless somebody has replied."""
        is_known = self._safely_heard(said, "DELETE") is not None
        if not is_known or self._has_replies(said, shown) or said.deleted_s is None:
            return
        # Said once per conversation to whoever cannot be read: no answer, and it quotes nothing.
        left = [m.content[:60] for m in shown if not m.content.startswith(HINTS)]
        if left and said.heard[0].at_s < said.deleted_s - RACE_S:
            self._world.violate("an answer to a deleted question", f"{said.mark} {left}")

    def _has_replies(self, said: Said, shown: list[Message]) -> bool:
        """Return whether somebody may have gone on from an answer."""
        channel = said.message.channel
        if channel.guild is None or channel.is_thread or any(m.thread for m in shown):
            return True
        others = (s.message.reference for s in self.said.values())
        sources = (a.interaction.source for a in self._promises.asked)
        forms = (a.about for a in self._promises.asked)
        answers = {*shown, said.message}
        return any(message in answers for message in chain(others, sources, forms))

    def _check_wording(self, said: Said, shown: list[Message]) -> None:
        """Check that what is shown answers the last wording."""
        if self._safely_heard(said, "UPDATE", said.mark) is None:
            return
        for message in shown:
            numbers = {f"ask{word.split('.')[0][1:]}x" for word in WORD.findall(text_of(message))}
            if old := numbers & set(said.marks[:-1]):
                self._world.violate("an answer to an old wording", f"{old} not {said.mark}")

    def _safely_heard(self, said: Said, name: str, mark: str = "") -> float | None:
        """Return when something is surely stored that a process has heard, if one has."""
        found = [
            self._stored_s(heard)
            for heard in said.heard
            if heard.name.startswith(f"MESSAGE_{name}") and heard.mark == mark
        ]
        return min((at_s for at_s in found if at_s is not None), default=None)

    def _stored_s(self, heard: Heard) -> float | None:
        """Return when an edit or a deletion is surely stored: it is tried for a while."""
        if self._is_safe(heard) and not self._was_away(heard.at_s, heard.at_s + STORED_S):
            return heard.at_s + STORED_S
        healed = [s for s in self._world.healed_s if 0.0 < s - heard.at_s < PATIENCE_S - RACE_S]
        lives_on = min(heard.machine.died_s, heard.machine.stopped_s) > heard.at_s + PATIENCE_S
        return heard.at_s + PATIENCE_S if healed and lives_on else None

    def _was_away(self, since_s: float, until_s: float) -> bool:
        """Return whether something went wrong with the database in this time."""
        away = self._world.faults.database_s
        return any(began < until_s + RACE_S and ended > since_s - RACE_S for began, ended in away)


def _root(channel: Channel) -> Channel:
    return channel.parent if channel.is_thread and channel.parent else channel


def _id_at(at_s: float) -> int:
    return time_snowflake(datetime.fromtimestamp(START + at_s, UTC))
