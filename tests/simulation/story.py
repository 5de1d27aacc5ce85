"""A story: what people do and what goes wrong, decided by a seed and told event by event."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.discord_server import Member, Message, User
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.permissions import SEND_MESSAGES
from tests.simulation.clocks import true_s
from tests.simulation.events import EVERY, Event
from tests.simulation.faults import Fault
from tests.simulation.records import ANSWER, OCCURRENCE, Asked, Reminded
from tests.simulation.talk import Talk
from tests.simulation.world import World


class Story:
    """Tells the events of a plan in a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._count = 0
        self._talk = Talk(world, self._mark)

    async def begin(self) -> None:
        """Start every process, which registers the commands, and set everybody's time zone."""
        world = self._world
        for machine in world.machines:
            machine.start()
        await asyncio.sleep(5.0)
        bot = next(m.bot for m in world.machines if m.bot is not None)
        timezones = bot.services.timezones
        for user in (*world.people, world.discord.world.owner):
            await timezones.choose(user.id, ZoneInfo("Europe/Berlin"))

    async def tell(self, event: Event) -> None:
        await asyncio.sleep(max(0.0, event.at_s - true_s()))
        self._world.note(f"{event.name} {event.facts}")
        own = getattr(self, f"_{event.name}", None)
        act: Callable[..., Awaitable[None]] = own or getattr(self._talk, event.name)
        try:
            await act(**event.facts)
        except (LookupError, DiscordError) as error:  # Discord does not offer it, or refuses
            self._world.note(f"cannot: {error}")

    async def heal(self) -> None:
        """End every fault, and run every process."""
        world = self._world
        world.faults.clear()
        world.discord.allow_words()
        world.note("everything is well again")
        world.healed_s.append(true_s())
        for machine in world.machines:
            machine.thaw()
        await asyncio.sleep(1.0)
        for machine in world.machines:
            if machine.bot is not None and machine.stop.is_set():
                machine.kill()
            machine.reconnect()
            world.revive(machine.index)

    # What people do

    async def _ask(self, who: int, where: int, private: bool, long: bool) -> None:
        world, mark = self._world, self._mark("ask")
        user, options = world.people[who], {"prompt": f"{mark} tell me{' a long story' * long}"}
        if private:
            options["private"] = True  # type: ignore[assignment]
        sent = await world.discord.slash(user, world.channels[where], "ask", options)
        world.promises.asked.append(Asked(mark, user, sent, private))

    async def _remind(self, who: int, where: int, when: str, direct: bool, due_s: int) -> None:
        del due_s  # of the plan's
        world, mark = self._world, self._mark("rem")
        user, channel = world.people[who], world.channels[where]
        options = {"when": when, "text": f"{mark} water the plants"}
        if direct:
            options["where"] = "dm"
        sent = await world.discord.slash(user, channel, "remind", options)
        kept = Reminded(mark, user, None if direct else channel, sent, repeats=when == EVERY)
        world.promises.reminded[mark] = kept

    async def _chat(self, who: int, where: int, messages: int) -> None:
        world = self._world
        for number in range(messages):
            await world.discord.post(world.people[who], world.channels[where], f"hello {number}")

    async def _press(self, who: int, times: int, pause_s: float, salt: int, kind: str = "") -> None:
        """Press one of the buttons that a person sees, perhaps more than once."""
        world = self._world
        user = world.people[who]
        offered = [
            (message, str(button["custom_id"]))
            for message in world.promises.messages.values()
            if not message.deleted and self._sees(user, message)
            for button in message.buttons()
            if not str(button["custom_id"]).startswith(_OPENS_A_FORM)
            and re.search(kind, str(button["custom_id"]))
        ]
        if not offered:
            return
        message, custom_id = random.Random(salt).choice(offered)
        for _ in range(times):
            await self._press_one(who, message, custom_id)
            await asyncio.sleep(pause_s)

    async def _press_one(self, who: int, message: Message, custom_id: str) -> None:
        world = self._world
        user = world.people[who]
        world.note(f"{user.username} presses {custom_id}")
        sent = await world.discord.click(user, message, custom_id)
        if (found := ANSWER.fullmatch(custom_id)) and found[1] in ("again", "continue"):
            mark = world.promises.mark_of(found[2])
            world.promises.asked.append(Asked(mark, user, sent, message.ephemeral))
        if (pressed := OCCURRENCE.fullmatch(custom_id)) is not None:
            for reminder in world.promises.reminded.values():
                if reminder.job_id == pressed[2] or message in reminder.delivered:
                    if pressed[1] == "cancel":
                        reminder.cancels.append(sent)
                    reminder.cancel_asked |= pressed[1] in ("cancel", "pause", "resume")
                    if pressed[1] in ("20m", "1h", "tomorrow") and user is reminder.user:
                        already = message.id in reminder.snoozable
                        if not already and "Snoozed" not in message.content:
                            reminder.snoozable.add(message.id)

    async def _delete(self, where: int, salt: int) -> None:
        """Delete one of the bot's messages, as a moderator."""
        world = self._world
        shown = [
            m
            for m in world.promises.messages.values()
            if not m.deleted and not m.ephemeral and m.channel is world.channels[where]
        ]
        if not shown:
            return
        message = random.Random(salt).choice(shown)
        world.promises.talk.release(message)
        for asked in world.promises.asked:
            ids = {str(b.get("custom_id", ""))[-16:] for b in message.buttons()}
            if asked.id in ids or message in asked.interaction.messages:
                asked.is_released = True
        await world.discord.delete_message(world.discord.world.owner, message)

    async def _digest(self, where: int) -> None:
        """Add a digest that comes every hour, and something to tell."""
        world, owner = self._world, self._world.discord.world.owner
        channel = world.channels[where]
        asked = {"channel": channel, "when": "every hour", "minimum": 1}
        sent = await world.discord.slash(owner, channel, "digest add", asked)
        world.promises.digests.append(sent)
        await self._chat(0, where, 2)

    async def _leave(self, who: int, for_s: float) -> None:
        """Take somebody out of the server for a time."""
        world, user = self._world, self._world.people[who]
        if user.id not in world.guild.members:
            return
        member = world.guild.members.pop(user.id)
        world.promises.lose(user)
        self._later(for_s, lambda: self._rejoin(user, member))

    def _rejoin(self, user: User, member: Member) -> None:
        self._world.guild.members[user.id] = member
        self._world.promises.regain(user)

    async def _mute(self, where: int, for_s: float) -> None:
        """Deny the bot to post in a channel for a time."""
        world, channel = self._world, self._world.channels[where]
        bot = world.discord.bot_user
        world.promises.is_muted = True
        world.discord.set_overwrite(channel, bot, deny=SEND_MESSAGES)
        self._later(for_s, lambda: world.discord.set_overwrite(channel, bot))

    async def _refuse(self, word: str, code: int, for_s: float) -> None:
        """Have Discord refuse what contains a word, for a time."""
        world = self._world
        world.discord.refuse_word(word, code)
        world.promises.refuses = True
        self._later(for_s, world.discord.allow_words)

    # What goes wrong

    async def _fault(self, for_s: float, **facts: Any) -> None:
        self._world.faults.add(Fault(until_s=true_s() + for_s, **facts))

    async def _kill(self, which: int, for_s: float) -> None:
        self._world.machines[which].kill()
        await self._back(which, for_s)

    async def _stop(self, which: int, for_s: float) -> None:
        self._world.machines[which].end()
        await self._back(which, 10.0 + for_s)

    async def _freeze(self, which: int, for_s: float) -> None:
        machine = self._world.machines[which]
        machine.freeze()
        self._later(for_s, machine.thaw)

    async def _step(self, which: int, by_s: float, drift: float) -> None:
        world = self._world
        clock = [*world.clocks, world.database_clock, world.discord_clock][which]
        clock.ahead_s += by_s
        clock.drift += drift

    async def _grow(self) -> None:
        if self._world.shards is not None:
            self._world.shards.grow(self._world.machines)

    async def _back(self, which: int, for_s: float) -> None:
        self._later(for_s, lambda: self._world.revive(which))

    def _later(self, after_s: float, act: Callable[[], None]) -> None:
        self._world.loop.call_later(after_s, act)

    def _sees(self, user: Any, message: Message) -> bool:
        if message.visible_to is not None:
            return message.visible_to is user
        return message.channel.guild is not None or user in message.channel.recipients

    def _mark(self, kind: str) -> str:
        self._count += 1
        return f"{kind}{self._count}x"


_OPENS_A_FORM = ("abi:rem:edit", "abi:rem:move", "abi:rem:custom", "abi:draft:redo")
