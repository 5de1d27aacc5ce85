"""Scenes: events that are harmless one by one, and that chance alone seldom brings together."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from tests.simulation.events import EVERY, PASSING, Event, outage, talk

POSTS = r"POST /channels/\d+/messages"
Scene = tuple[list[Event], float]


def scene_of(rng: random.Random, at_s: float, processes: int) -> Scene:
    """Return the events of a scene that begins at ``at_s``, and how long it lasts."""
    return rng.choice(_SCENES)(rng, at_s, processes)


def all_down(at_s: float, for_s: float, processes: int) -> list[Event]:
    return [Event(at_s, "kill", {"which": n, "for_s": for_s}) for n in range(processes)]


def _remind(
    rng: random.Random, at_s: float, due_s: int, *, who: int = 0, when: str = "", **facts: Any
) -> Event:
    facts = {"where": rng.randrange(2), "direct": rng.random() < 0.2} | facts
    when = when or f"in {due_s} seconds"
    return Event(at_s, "remind", {"who": who, "when": when, "due_s": due_s} | facts)


def _fault(at_s: float, layer: str, what: str, for_s: float, **facts: Any) -> Event:
    return Event(at_s, "fault", {"layer": layer, "what": what, "for_s": for_s} | facts)


def _outage(rng: random.Random, at_s: float, _: int) -> Scene:
    """Make reminders and a question due while what they need is away for hours."""
    away = outage(rng)
    events = [
        _remind(rng, at_s, rng.choice((60, 600, 3600)), who=0),
        _remind(rng, at_s + 1.0, 1200, who=1, when=EVERY),
        Event(at_s + rng.uniform(2.0, 30.0), "ask", _question(rng, is_long=True)),
        Event(at_s + rng.uniform(20.0, 50.0), "fault", away),
    ]
    return events, away["for_s"] + 60.0


def _refused(rng: random.Random, at_s: float, _: int) -> Scene:
    """Make a reminder due while Discord refuses everything, for a reason that passes."""
    events = [_remind(rng, at_s, 20), _remind(rng, at_s + 1.0, 1200, who=1, when=EVERY)]
    for_s = rng.choice((5.0, 60.0, 1800.0))
    due_s = at_s + rng.choice((20.0, 1201.0)) - 1.0
    pattern = rng.choice(("", POSTS, "POST"))
    events.append(_fault(due_s, "discord", "is answered", for_s, pattern=pattern))
    events[-1].facts.update(rng.choice(PASSING))
    return events, due_s + for_s - at_s + 10.0


def _lost_post(rng: random.Random, at_s: float, processes: int) -> Scene:
    """Lose the reply to a reminder's message, for longer than Discord remembers a nonce."""
    away_s, due_s = rng.choice((310.0, 400.0, 1800.0)), at_s + 30.0
    skew_s = rng.choice((0.0, -1.0, 1.0, -3.0, -30.0))
    where = rng.randrange(2)
    events = [
        Event(at_s, "step", {"which": -1, "by_s": skew_s, "drift": 0.0}),
        _remind(rng, at_s + 1.0, 29, where=where, direct=rng.random() < 0.2),
        Event(due_s + 3.0, "chat", {"who": 1, "where": where, "messages": rng.choice((3, 120))}),
    ]
    if rng.random() < 0.3:  # claimed late, as nothing ran when it was due
        events += all_down(due_s - 5.0, 7.0, processes)
        due_s += 2.0
    if rng.random() < 0.5:
        lost = {"pattern": POSTS, "times": 1}
        events.append(_fault(due_s - 2.5, "discord", "is lost unheard", 30.0, **lost))
        events.append(_fault(due_s + 0.5, "discord", "is refused", away_s))
    else:
        dying = {"pattern": POSTS, "times": 1, "delay_s": away_s}
        events.append(_fault(due_s - 2.5, "discord", "dies unheard", 30.0, **dying))
        events += all_down(due_s + 0.5, away_s, processes)
    return events, due_s + away_s + 10.0 - at_s


def _busy_answer(rng: random.Random, at_s: float, _: int) -> Scene:
    """Lose the reply to a further message of an answer, in a busy channel."""
    where = rng.randrange(2)
    question = _question(rng, is_long=True) | {"where": where}
    lost = {"pattern": r"POST /(webhooks|channels)", "times": rng.choice((1, 2))}
    events = [
        Event(at_s, "ask", question),
        _fault(at_s + 5.0, "discord", "is lost unheard", 60.0, **lost),
        Event(at_s + rng.uniform(18.0, 26.0), "chat", {"who": 1, "where": where, "messages": 120}),
    ]
    if rng.random() < 0.4:
        for_s = rng.choice((5.0, 60.0, 400.0))
        events.append(_fault(at_s + rng.uniform(18.0, 26.0), "discord", "is refused", for_s))
    return events, 60.0


def _late_list(rng: random.Random, at_s: float, processes: int) -> Scene:
    """Have one person miss several reminders for days, and lose something of what follows."""
    away_s = rng.uniform(1.1, 2.0) * 86400.0
    whens = [rng.choice((60, 600, 3600)) for _ in range(rng.randint(2, 4))]
    events = [_remind(rng, at_s + n, due_s) for n, due_s in enumerate(whens)]
    back_s = at_s + 20.0 + away_s
    events += all_down(at_s + 20.0, away_s, processes)
    if rng.random() < 0.5:
        what = rng.choice(("dies unheard", "dies", "is lost unheard"))
        delay_s = rng.choice((1.0, 60.0, 400.0)) if "dies" in what else 0.0
        facts = {"pattern": rng.choice((POSTS, "POST")), "times": 1, "delay_s": delay_s}
        events.append(_fault(back_s - 1.0, "discord", what, 30.0, **facts))
    if rng.random() < 0.7:  # the message stands, and not all that follows is written
        dying = {"pattern": "COMMIT", "skip": rng.randrange(12), "times": 1, "delay_s": 60.0}
        what = rng.choice(("dies", "dies unheard", "fails"))
        events.append(_fault(back_s, "database", what, 30.0, **dying))
    return events, away_s + 500.0


def _presses(rng: random.Random, at_s: float, _: int) -> Scene:
    """Press buttons more than once: those of a question, then those of a reminder."""
    events = [_remind(rng, at_s, 20), _remind(rng, at_s + 1.0, 20, when="at 5")]
    kinds = {at_s + 4.0: "draft:pick", at_s + 23.0: "rem:(20m|1h|tomorrow)"}
    for pressed_s, kind in kinds.items():
        press = {"who": 0, "kind": kind, "times": rng.choice((2, 3))}
        press |= {"pause_s": rng.choice((0.0, 0.05, 0.3, 5.0)), "salt": rng.randrange(10**6)}
        events.append(Event(pressed_s, "press", press))
    if rng.random() < 0.5:
        commits = {"pattern": "COMMIT", "times": rng.choice((1, 2)), "chance": 0.5}
        what = rng.choice(("fails unheard", "is cut unheard", "fails"))
        struck_s = rng.choice(list(kinds)) - 0.5
        events.append(_fault(struck_s, "database", what, 10.0, **commits))
    return events, 60.0


def _unheard(rng: random.Random, at_s: float, _: int) -> Scene:
    """Cancel a reminder, or set one, while replies to commits are lost."""
    what = rng.choice(("fails unheard", "is cut unheard"))
    commits = {"pattern": "COMMIT", "times": rng.choice((1, 2, 3))}
    press = {"who": 0, "kind": "rem:cancel", "times": 1, "pause_s": 0.0, "salt": 1}
    struck_s = at_s + rng.choice((0.0, 5.0))
    events = [
        _remind(rng, at_s, 600),
        _fault(struck_s, "database", what, 5.0, **commits),
        Event(at_s + 5.0 + rng.uniform(0.0, 1.0), "press", press),
    ]
    return events, 630.0


def _missed(rng: random.Random, at_s: float, processes: int) -> Scene:
    """Say something in each place while nobody hears it, and let something fail afterwards."""
    away_s = rng.choice((5.0, 60.0, 600.0))
    down_s = at_s + rng.choice((20.0, 90.0))
    events = [_say(rng, at_s + n, way=way, where=0) for n, way in enumerate(("mention", "dm"))]
    events.append(_say(rng, at_s + 10.0, way="thread", where=0))
    if rng.random() < 0.6:
        events += all_down(down_s, away_s, processes)
    else:
        cut = {"for_s": away_s, "ends": True}
        events += [Event(down_s, "cut", {"which": n} | cut) for n in range(processes)]
    for _ in range(rng.randint(1, 5)):
        name = rng.choice(("say", "say", "say", "edit", "erase"))
        events.append(_said(rng, down_s + rng.uniform(0.5, away_s), name, 0))
    if rng.random() < 0.6:
        events.append(_something(rng, down_s + away_s + rng.uniform(-0.5, 1.5), processes))
    return events, down_s + away_s + 60.0 - at_s


def _changed(rng: random.Random, at_s: float, processes: int) -> Scene:
    """Edit a question or delete it while it is answered, or shortly after, and let that fail."""
    where, who = rng.randrange(2), rng.randrange(3)
    way = rng.choice(("mention", "mention", "dm"))
    events = [_say(rng, at_s, way=way, where=where, who=who)]
    changed_s = at_s + rng.choice((0.05, 0.5, 1.5, 3.0, 6.0, 30.0))
    for name in rng.choices(("edit", "edit", "erase"), k=rng.choice((1, 1, 2, 3))):
        events.append(Event(changed_s, name, {"who": who} | talk(rng, name, where)))
        struck_s = changed_s + rng.uniform(-0.3, 1.0)
        changed_s += rng.choice((0.05, 0.2, 2.0, 20.0))
    if rng.random() < 0.7:
        events.append(_something(rng, struck_s, processes))
    return events, 60.0


def _conversation(rng: random.Random, at_s: float, processes: int) -> Scene:
    """Go on with one conversation for some turns, while something fails."""
    way, where = rng.choice(("reply", "dm", "thread")), rng.randrange(2)
    events = [_say(rng, at_s, way="mention", where=where)]
    said_s = at_s
    for _ in range(rng.randint(2, 5)):
        said_s += rng.choice((2.0, 10.0, 80.0))
        events.append(_say(rng, said_s, way=way, where=where))
    struck_s = [rng.uniform(at_s, said_s) for _ in range(rng.choice((0, 1, 2)))]
    events += [_something(rng, s, processes) for s in struck_s]
    return events, said_s + 60.0 - at_s


def _lost_reply(rng: random.Random, at_s: float, processes: int) -> Scene:
    """Lose the reply to a message of an answer in a busy channel, and then more."""
    where = rng.randrange(2)
    away_s = rng.choice((1.0, 60.0, 400.0))
    lost = {"pattern": POSTS, "times": 1, "delay_s": away_s}
    what = rng.choice(("is lost unheard", "dies unheard", "dies"))
    chat = {"who": 1, "where": where, "messages": rng.choice((3, 120))}
    events = [
        _say(rng, at_s, way=rng.choice(("mention", "dm")), where=where),
        _fault(at_s + rng.choice((-0.5, 3.0, 12.0)), "discord", what, 30.0, **lost),
        Event(at_s + rng.uniform(0.5, 5.0), "chat", chat),
    ]
    if rng.random() < 0.6:
        events.append(_something(rng, at_s + rng.uniform(0.0, 10.0), processes))
    return events, 60.0 + away_s


def _say(rng: random.Random, at_s: float, **facts: Any) -> Event:
    event = _said(rng, at_s, "say", 0)
    event.facts.update(facts)
    return event


def _said(rng: random.Random, at_s: float, name: str, where: int) -> Event:
    return Event(at_s, name, {"who": rng.randrange(3)} | talk(rng, name, where))


def _something(rng: random.Random, at_s: float, processes: int) -> Event:
    """Return a fault that is over soon, or the end of a process."""
    kind = rng.choice(("commit", "discord", "discord", "process", "database"))
    for_s = rng.choice((2.0, 10.0, 40.0))
    if kind == "process":
        facts = {"which": rng.randrange(processes), "for_s": rng.choice((0.5, 5.0, 60.0))}
        return Event(at_s, rng.choice(("kill", "stop", "freeze")), facts)
    if kind == "commit":
        what = rng.choice(("dies", "dies unheard", "fails unheard", "is cut unheard"))
        commits = {"pattern": "COMMIT", "times": 1, "skip": rng.randrange(4), "delay_s": 5.0}
        return _fault(at_s, "database", what, for_s, **commits)
    if kind == "database":
        return _fault(at_s, "database", rng.choice(("fails", "is cut")), for_s)
    pattern = rng.choice(("", "GET", "POST", "PATCH", "DELETE", POSTS))
    what = rng.choice(("is refused", "is lost", "is lost unheard", "dies unheard", "is answered"))
    times = 1 if "dies" in what else rng.choice((1, 2, 10**6))
    event = _fault(at_s, "discord", what, for_s, pattern=pattern, times=times, delay_s=5.0)
    if what == "is answered":
        event.facts.update(rng.choice(PASSING))
    return event


def _question(rng: random.Random, *, is_long: bool) -> dict[str, Any]:
    private = rng.random() < 0.3
    return {"who": rng.randrange(3), "where": rng.randrange(2), "private": private, "long": is_long}


_SCENES: tuple[Callable[[random.Random, float, int], Scene], ...] = (
    *(_outage, _refused, _lost_post, _lost_post, _busy_answer, _late_list, _presses, _unheard),
    *(_missed, _missed, _changed, _changed, _changed, _conversation, _conversation, _lost_reply),
)
