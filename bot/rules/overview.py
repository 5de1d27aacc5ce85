"""The rules of a server in words: all in one message, or one of them with its last change."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import msgspec

from bot.rules import texts
from bot.rules.languages import label_of
from bot.storage.rules import LIMITS, LOCALITY, UNDO_WITHIN, Change, Model, Rules
from bot.text.chunking import MESSAGE_LIMIT
from bot.text.formatting import counted, inline_code
from connectors.discord import timestamp

LISTED = (5, 4, 3, 2, 1)  # roles or channels in the overview, as far as they fit
ROLES_LISTED = 8  # with their limits


class Facts(msgspec.Struct, frozen=True):
    """The rules of a server, and what is needed to say them.

    ``gone`` are the roles and channels that the rules name and that are deleted; ``labels`` the
    display names of providers, and ``usable`` those that can be asked; ``days`` how long the
    operator remembers conversations; ``chosen`` is what /model has chosen for the server;
    ``has_local`` whether a local model can be asked; ``remote`` are the providers that are none;
    ``limits`` are those that there are, in words.
    """

    rules: Rules
    changes: Mapping[str, Change]
    gone: Collection[int] = ()
    labels: Mapping[str, str] = {}
    usable: Collection[str] = ()
    days: int = 30
    persona: str | None = None
    chosen: Model | None = None
    has_local: bool = True
    remote: Collection[str] = ()
    limits: Mapping[str, Sequence[str]] = {}


def overview(facts: Facts) -> str:
    """Return all rules in sections; of long lists as much as fits into one message."""
    wholes = (_overview(facts, listed) for listed in LISTED)
    return next((whole for whole in wholes if len(whole) <= MESSAGE_LIMIT), _overview(facts, 0))


def _overview(facts: Facts, listed: int) -> str:
    lines = [texts.TITLE]
    for title, names in texts.SECTIONS.items():
        lines.append(f"**{title}**")
        lines += [
            texts.LINE.format(label=texts.LABELS[name], value=shown(facts, name, listed))
            for name in names
        ]
        lines += _cautions(facts, names)
        if "opens_threads" in names:
            lines.append(_persona(facts))
    return "\n".join([*lines, texts.HINT])


def page(facts: Facts, name: str) -> str:
    """Return one rule: what it does, what it is, and who changed it."""
    label, about = texts.LABELS[name], texts.ABOUT[name]
    said = texts.PAGE.format(label=label, about=about, value=shown(facts, name))
    notes = [*_cautions(facts, [name]), *_has_gone(facts, name)]
    return "\n".join([said, *notes, *_changed(facts, name)])


def said(facts: Facts, names: Sequence[str]) -> str:
    """Return the confirmation of a change."""
    lines = [
        texts.SAID.format(label=texts.LABELS[name], value=shown(facts, name)) for name in names
    ]
    notes = [*_cautions(facts, names), *_deletes(facts, names)]
    return "\n".join([*lines, *notes, *_changed(facts, names[-1])])


def deleted(name: str, server: str, rules: Sequence[str]) -> str:
    """Return what to tell about a role or a channel that is deleted, and that rules name."""
    named = {"name": inline_code(name), "server": inline_code(server)}
    effects = [{"label": texts.LABELS[rule], "effect": texts.EFFECT[rule]} for rule in rules]
    if len(effects) == 1:
        return texts.WAS_DELETED.format(**named, **effects[0])
    lines = "\n".join(texts.DELETED_EFFECT.format(**effect) for effect in effects)
    return texts.WAS_DELETED_TWICE.format(**named, effects=lines)


def undoable(facts: Facts, name: str, now: datetime) -> Change | None:
    """Return the last change of a rule if it can still be undone, and is no undoing itself."""
    change = facts.changes.get(name)
    if change is None or change.undone is not None:
        return None
    return change if now - change.at < UNDO_WITHIN else None


def shown(facts: Facts, name: str, at_most: int = 25) -> str:
    """Return what a rule is at the moment."""
    value = getattr(facts.rules, name)
    if name in texts.EITHER:
        return texts.EITHER[name][value]
    if name == "at_limit":
        return texts.AT_LIMIT[value]
    if name in LIMITS:
        return _limits(facts, name, min(at_most, ROLES_LISTED))
    if name == "retention_days":
        return _days(facts, value)
    if name == "fallbacks" and value == ():
        return texts.NO_FALLBACKS
    if not value:
        return texts.DEFAULT[name]
    if isinstance(value, Model):
        return _model(facts, value)
    if name == "fallbacks":
        return texts.THEN.join(_label(facts, provider) for provider in value)
    if name == "language":
        return label_of(value)
    return inline_code(value) if name == "zone" else _mentions(facts, name, value, at_most)


def _mentions(facts: Facts, name: str, ids: Sequence[int], at_most: int) -> str:
    mark = "#" if "channels" in name else "@&"
    names = [texts.GONE if i in facts.gone else f"<{mark}{i}>" for i in ids[:at_most]]
    if len(ids) > at_most:
        names.append(texts.AND_MORE.format(count=len(ids) - at_most))
    form = texts.ALSO if name == "digest_roles" else texts.ONLY
    joined = ", ".join(names)
    is_plain = name.endswith("denied") or name == "local_channels"
    return joined if is_plain else form.format(names=joined)


def _limits(facts: Facts, name: str, at_most: int) -> str:
    said = facts.limits.get(name, ())
    more = [texts.AND_MORE.format(count=len(said) - at_most)] if len(said) > at_most else []
    return "; ".join([*said[:at_most], *more]) or texts.DEFAULT[name]


def _model(facts: Facts, model: Model) -> str:
    label = _label(facts, model.provider)
    return f"{label} · {inline_code(model.model)}" if model.model else label


def _label(facts: Facts, provider: str) -> str:
    label = facts.labels.get(provider, provider)
    return label if provider in facts.usable else texts.NOT_USABLE.format(label=label)


def _cautions(facts: Facts, names: Collection[str]) -> list[str]:
    """Return what else decides about these rules, or makes nothing of them."""
    return [
        *_asked_before(facts, names),
        *_not_asked(facts, names),
        *_would_fail(facts, names),
    ]


def _not_asked(facts: Facts, names: Collection[str]) -> list[str]:
    """Return which of the providers that are named here may not answer in this server."""
    rules, shown_all = facts.rules, "is_local_only" in names
    named = [
        m.provider for m in (facts.chosen, rules.model) if m and (shown_all or "model" in names)
    ]
    named += (rules.fallbacks or ()) if shown_all or "fallbacks" in names else ()
    found = [facts.labels.get(name, name) for name in named if name in facts.remote]
    if not (rules.is_local_only and found):
        return []
    return [texts.NOT_ASKED.format(names=", ".join(dict.fromkeys(found)))]


def _asked_before(facts: Facts, names: Collection[str]) -> list[str]:
    if facts.chosen is None or "model" not in names:
        return []
    return [texts.CHOSEN.format(name=_model(facts, facts.chosen))]


def _would_fail(facts: Facts, names: Collection[str]) -> list[str]:
    is_asked_for = facts.rules.keeps_local and not set(LOCALITY).isdisjoint(names)
    return [texts.NO_LOCAL] if is_asked_for and not facts.has_local else []


def _has_gone(facts: Facts, name: str) -> list[str]:
    value = getattr(facts.rules, name)
    ids = value if isinstance(value, tuple) and ("roles" in name or "channels" in name) else ()
    return [texts.HAS_GONE] if set(ids) & set(facts.gone) else []


def _deletes(facts: Facts, names: Collection[str]) -> list[str]:
    is_bounded = facts.rules.retention_days is not None and "retention_days" in names
    return [texts.DELETES] if is_bounded else []


def _days(facts: Facts, days: int | None) -> str:
    if days is None:
        return texts.DAYS_BY_DEFAULT.format(days=counted(facts.days, "day"))
    return texts.DAYS.format(days=counted(days, "day")) if days else texts.NOTHING_KEPT


def _persona(facts: Facts) -> str:
    name = facts.persona
    return texts.PERSONA.format(name=inline_code(name)) if name else texts.NO_PERSONA


def _changed(facts: Facts, name: str) -> list[str]:
    change = facts.changes.get(name)
    if change is None:
        return []
    form = texts.CHANGED if change.undone is None else texts.UNDONE
    return [form.format(by=change.by, when=timestamp(change.at, "R"))]
