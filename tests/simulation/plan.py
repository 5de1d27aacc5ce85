"""A plan: what people do and what goes wrong in one simulation, decided by its seed."""

from __future__ import annotations

import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from tests.simulation.events import EVERY, LASTING, PASSING, Event, outage, talk
from tests.simulation.scenes import all_down, scene_of

FIRST_S = 60.0
QUIET_S = 1500.0
SCENES = 0.5  # how many phases are scenes
LONGEST_SHARED_S = 600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """The shape of a simulation. After each of ``quiets`` all is checked.

    Its ``seed`` decides what is left open: which of many statements a fault meets, for example.
    """

    seed: int
    processes: int
    bots: int
    events: tuple[Event, ...]
    quiets: tuple[float, ...]
    reads_content: bool = False  # whether Discord shows the bot what does not mention it
    shards: int = 0  # which the processes share; 0 if each of them hears everything
    settles_s: float = QUIET_S  # how long all is well before it is checked

    def only(self, kept: Collection[int]) -> Plan:
        """Return this plan with only those of its events that have these numbers."""
        return replace(self, events=tuple(self.events[number] for number in kept))


def plan_of(seed: int) -> Plan:
    """Return the plan of a seed: random events, a scene, or both."""
    rng = random.Random(seed)
    processes = rng.choice((1, 1, 2, 2, 3))
    bots = rng.randint(1, processes)
    begins_s, events, quiets = FIRST_S, _clocks(rng, processes), []
    for _ in range(rng.choice((1, 1, 1, 2))):
        lasts_s = rng.choice((60.0, 60.0, 300.0, 300.0, 1800.0, 5 * 3600.0))
        is_scene = rng.random() < SCENES
        if is_scene:
            scene, lasts_s = scene_of(rng, begins_s, processes)
            events += scene
        if not is_scene or rng.random() < 0.3:
            events += _phase(rng, begins_s, lasts_s, processes)
        if not is_scene and rng.random() < 0.2:  # what everything needs is away for hours
            away = outage(rng)
            events.append(Event(begins_s + rng.uniform(0, lasts_s), "fault", away))
            lasts_s += away["for_s"]
        if not is_scene and rng.random() < 0.15:  # all of it is down for days
            away_s = rng.uniform(0.2, 3.0) * 86400.0
            events += all_down(begins_s + lasts_s, away_s, processes)
            lasts_s += away_s + 10.0
        quiets.append(begins_s + lasts_s)
        begins_s += lasts_s + QUIET_S + 60.0
    reads_content = rng.random() < 0.4
    # Those who share look at their leases every second or two, which takes time.
    is_short = quiets[-1] < LONGEST_SHARED_S
    shards = rng.choice((0, 2, 3)) if is_short else 0
    if shards and rng.random() < 0.3:
        events.append(Event(rng.uniform(FIRST_S, quiets[0]), "grow"))
    ordered = sorted(events, key=lambda event: event.at_s)
    return Plan(seed, processes, bots, tuple(ordered), tuple(quiets), reads_content, shards)


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
    chances = (3, 4, 6, 1, 1, 1, 0.7, 0.5, 0.7)
    said, their_chances = ("say", "edit", "erase", "form", "archive"), (6, 2, 1.5, 1.5, 0.7)
    name = rng.choices((*names, *said), (*chances, *their_chances))[0]
    facts: dict[str, Any] = {"who": who}
    if name in said:
        facts = {} if name == "archive" else facts
        return name, facts | talk(rng, name, where)
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
        if rng.random() < 0.25:
            return "cut", facts | {"ends": rng.random() < 0.5}
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
        fault |= {"what": "is answered"} | rng.choice((*PASSING, *LASTING))
    if rng.random() < 0.25:
        fault |= {"what": rng.choice(("dies", "dies unheard")), "times": 1}
        fault |= {"delay_s": rng.choice((1.0, 60.0, 300.0, 3600.0))}
    if fault["what"] in ("is slow", "is answered late"):
        fault["delay_s"] = rng.choice((2.0, 4.0, 40.0))
    if kind == "discord":
        fault["pattern"] = rng.choice(("", "", "POST", "callback", "messages", "webhooks", "GET"))
    return "fault", fault
