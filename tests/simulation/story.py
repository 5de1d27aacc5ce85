"""A story: what people do and what goes wrong, decided by a seed and told event by event."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from bot.sandbox.discord_server import Member, Message, User
from bot.sandbox.discord_server.rules.permissions import SEND_MESSAGES
from tests.simulation.clocks import true_s
from tests.simulation.faults import Fault
from tests.simulation.promises import ANSWER, OCCURRENCE, Asked, Reminded
from tests.simulation.world import World, stamp

QUIET_S = 1500.0
FIRST_S = 60.0
OUTAGE_S = 5 * 3600.0
EVERY = "every 20 minutes"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens at one time."""

    at_s: float
    name: str
    facts: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        facts = " ".join(f"{key}={value}" for key, value in self.facts.items())
        return f"{stamp(self.at_s)} {self.name} {facts}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The shape of a simulation. After each of ``quiets`` all is checked."""

    processes: int
    bots: int
    events: tuple[Event, ...]
    quiets: tuple[float, ...]


def plan_of(seed: int) -> Plan:
    """Return the plan of a seed."""
    rng = random.Random(seed)
    processes = rng.choice((1, 1, 2, 2, 3))
    bots = rng.randint(1, processes)
    begins_s, events, quiets = FIRST_S, _clocks(rng, processes), []
    for _ in range(rng.choice((1, 1, 1, 2))):
        lasts_s = rng.choice((60.0, 60.0, 300.0, 300.0, 1800.0, 5 * 3600.0))
        events += _phase(rng, begins_s, lasts_s, processes)
        if rng.random() < 0.2:  # what everything needs is away for hours
            events.append(Event(begins_s + rng.uniform(0, lasts_s), "fault", _outage(rng)))
            lasts_s += OUTAGE_S
        if rng.random() < 0.15:  # all of it is down for days
            away_s = rng.uniform(0.2, 3.0) * 86400.0
            at_s = begins_s + lasts_s
            events += [Event(at_s, "kill", {"which": n, "for_s": away_s}) for n in range(processes)]
            lasts_s += away_s + 10.0
        quiets.append(begins_s + lasts_s)
        begins_s += lasts_s + QUIET_S + 60.0
    return Plan(processes, bots, tuple(sorted(events, key=lambda e: e.at_s)), tuple(quiets))


def _outage(rng: random.Random) -> dict[str, Any]:
    layer = rng.choice(("database", "discord", "discord"))
    what = "fails" if layer == "database" else rng.choice(("is refused", "is lost"))
    return {"layer": layer, "what": what, "for_s": OUTAGE_S}


def _clocks(rng: random.Random, processes: int) -> list[Event]:
    """Return how wrong the clocks are from the start: Discord's, the database's, the others."""
    wrong = ((0.0, 0.0), (0.0, 0.0), (1.0, 0.0), (-1.0, 0.0), (4.0, 1e-5), (-20.0, -1e-5))
    return [
        Event(FIRST_S / 2, "step", {"which": which, "by_s": by_s, "drift": drift})
        for which in range(-2, processes)
        for by_s, drift in [rng.choice(wrong)]
        if by_s
    ]


def _phase(rng: random.Random, begins_s: float, lasts_s: float, processes: int) -> list[Event]:
    acts = rng.randint(2, 10)
    events = [Event(begins_s + rng.uniform(0, lasts_s), *_act(rng)) for _ in range(acts)]
    # Most faults matter only close to what somebody does, or to when it is due.
    moments = [e.at_s for e in events] + [e.at_s + float(e.facts.get("due_s", 0)) for e in events]
    moments = [at_s for at_s in moments if at_s < begins_s + lasts_s]
    for _ in range(rng.choice((0, 1, 2, 4, 7))):
        near = rng.choice(moments) + rng.uniform(-2.0, 3.0)
        at_s = near if rng.random() < 0.8 else begins_s + rng.uniform(0, lasts_s)
        events.append(Event(max(at_s, begins_s), *_trouble(rng, lasts_s, processes)))
    return events


def _act(rng: random.Random) -> tuple[str, dict[str, Any]]:
    who, where = rng.randrange(3), rng.randrange(2)
    names = ("ask", "remind", "press", "chat", "delete", "digest", "leave", "mute", "refuse")
    name = rng.choices(names, (4, 5, 6, 1, 1, 1, 0.7, 0.5, 0.7))[0]
    facts: dict[str, Any] = {"who": who}
    if name not in ("press", "leave"):
        facts["where"] = where
    if name == "ask":
        facts |= {"private": rng.random() < 0.3, "long": rng.random() < 0.3}
    elif name == "remind":
        facts["due_s"] = seconds = rng.choice((20, 20, 60, 600, 3600, 5 * 3600))
        facts |= {"when": rng.choice((f"in {seconds} seconds",) * 6 + ("at 5", EVERY))}
        facts |= {"direct": rng.random() < 0.3}
    elif name == "press":
        facts |= {"times": rng.choice((1, 1, 2, 3)), "pause_s": rng.choice((0.0, 0.05, 0.3))}
        facts |= {"salt": rng.randrange(10**6)}
    elif name == "chat":
        facts |= {"messages": rng.choice((3, 120))}
    elif name == "leave":
        facts |= {"for_s": rng.choice((60.0, 3600.0))}
    elif name == "mute":
        facts = {"where": where, "for_s": rng.choice((60.0, 3600.0))}
    elif name == "digest":
        facts = {"where": where}
    elif name == "refuse":
        facts = {
            "word": rng.choice(("plants", "tell me", ".7 ")),
            "for_s": rng.choice((30.0, 600.0)),
        }
        facts |= rng.choice(({"code": 240000}, {"code": 200000}, {"code": 50035}, {"code": 20009}))
    else:
        facts = {"where": where, "salt": rng.randrange(10**6)}
    return name, facts


def _trouble(rng: random.Random, lasts_s: float, processes: int) -> tuple[str, dict[str, Any]]:
    kind = rng.choices(("database", "discord", "model", "process", "clock"), (4, 5, 1, 4, 1))[0]
    for_s = rng.choice((2.0, 10.0, 60.0, lasts_s))
    if kind == "process":
        facts: dict[str, Any] = {
            "which": rng.randrange(processes),
            "for_s": rng.choice((0.5, 5.0, 60.0, 3600.0)),
        }
        return rng.choice(("kill", "kill", "freeze", "stop")), facts
    if kind == "clock":
        by_s = rng.choice((-60.0, -2.0, 2.0, 60.0))
        return "step", {"which": rng.randrange(-2, processes), "by_s": by_s, "drift": 0.0}
    chance, times = rng.choice(((1.0, 1), (1.0, 2), (0.3, 10**6), (1.0, 10**6)))
    fault: dict[str, Any] = {"layer": kind, "for_s": for_s, "chance": chance, "times": times}
    if kind == "database":
        fault["what"] = rng.choice(("fails", "fails unheard", "is cut", "is cut unheard"))
        fault["pattern"] = rng.choice(("", "", "COMMIT", "BEGIN", "PRAGMA", "INSERT", "UPDATE"))
        if rng.random() < 0.2:
            fault |= {"layer": "hang", "what": "hangs", "delay_s": rng.choice((3.0, 30.0, 300.0))}
            fault |= {"pattern": "", "times": min(times, 3)}
        if rng.random() < 0.25:
            fault |= {"what": rng.choice(("dies", "dies unheard")), "times": 1}
            fault |= {"delay_s": rng.choice((1.0, 60.0, 300.0))}
        if "unheard" in fault["what"]:
            fault |= {"pattern": "COMMIT", "times": min(times, 3)}
        return "fault", fault
    whats = ("is refused", "is lost", "is lost unheard", "is slow", "is answered late")
    fault["what"] = rng.choice(whats)
    if rng.random() < 0.4:
        fault |= {"what": "is answered"} | rng.choice(_ANSWERS)
    if rng.random() < 0.25:
        fault |= {"what": rng.choice(("dies", "dies unheard")), "times": 1}
        fault |= {"delay_s": rng.choice((1.0, 60.0, 300.0, 3600.0))}
    if fault["what"] in ("is slow", "is answered late"):
        fault["delay_s"] = rng.choice((2.0, 4.0, 40.0))
    if kind == "discord":
        fault["pattern"] = rng.choice(("", "", "POST", "callback", "messages", "webhooks", "GET"))
    return "fault", fault


_ANSWERS: Sequence[dict[str, Any]] = (
    {"status": 429, "retry_after": 2.0},
    {"status": 429, "retry_after": 600.0},
    {"status": 429, "code": -1},
    {"status": 500},
    {"status": 502, "code": -1},
    {"status": 503},
    {"status": 400, "code": 50035},
    {"status": 400, "code": 20009},
    {"status": 400, "code": 0},
    {"status": 403, "code": 0},
    {"status": 403, "code": 40002},
    {"status": 403, "code": 50013},
    {"status": 403, "code": -1},
    {"status": 404, "code": 0},
)


class Story:
    """Tells the events of a plan in a world."""

    def __init__(self, world: World, seed: int) -> None:
        self._world = world
        self._seed = seed
        self._count = 0

    async def begin(self) -> None:
        """Start every process, register the commands, and set everybody's time zone."""
        world = self._world
        for machine in world.machines:
            machine.start()
        await asyncio.sleep(5.0)
        bot = next(m.bot for m in world.machines if m.bot is not None)
        commands = [command.to_dict(bot.tree) for command in bot.tree.get_commands()]
        world.discord.core.commands.put(None, commands)
        timezones = bot.services.timezones
        for user in (*world.people, world.discord.world.owner):
            await timezones.choose(user.id, ZoneInfo("Europe/Berlin"))

    async def tell(self, event: Event) -> None:
        await asyncio.sleep(max(0.0, event.at_s - true_s()))
        self._world.note(f"{event.name} {event.facts}")
        act: Callable[..., Awaitable[None]] = getattr(self, f"_{event.name}")
        try:
            await act(**event.facts)
        except LookupError as error:  # Discord's client does not offer it
            self._world.note(f"cannot: {error}")

    async def heal(self) -> None:
        """End every fault, and run every process."""
        world = self._world
        world.faults.clear()
        world.discord.allow_words()
        world.note("everything is well again")
        for machine in world.machines:
            machine.thaw()
        await asyncio.sleep(1.0)
        for machine in world.machines:
            if machine.bot is not None and machine.stop.is_set():
                machine.kill()
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

    async def _press(self, who: int, times: int, pause_s: float, salt: int) -> None:
        """Press one of the buttons that a person sees, perhaps more than once."""
        world = self._world
        user = world.people[who]
        offered = [
            (message, str(button["custom_id"]))
            for message in world.promises.messages.values()
            if not message.deleted and self._sees(user, message)
            for button in message.buttons()
            if not str(button["custom_id"]).startswith(_OPENS_A_FORM)
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
            begun = next((a for a in world.promises.asked if a.id == found[2]), None)
            mark = begun.mark if begun else "ask0x"
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
        self._world.machines[which].stop.set()
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
