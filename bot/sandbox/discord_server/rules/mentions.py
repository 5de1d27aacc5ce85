"""The mentions of a message that notify, after allowed_mentions and permissions."""

import re
from dataclasses import dataclass, field

from bot.sandbox.discord_server.objects import JSON, REPLY_MESSAGE, Message, User, walk
from bot.sandbox.discord_server.rules.permissions import MENTION_EVERYONE, channel_permissions

CODE = re.compile(r"```.*?```|``.*?``|`[^`\n]*`", re.DOTALL)
USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(?:everyone|here)\b")

MESSAGE_DEFAULT = frozenset({"users", "roles", "everyone"})
WEBHOOK_DEFAULT = frozenset({"users"})


@dataclass(slots=True)
class Mentions:
    """The users and roles that are notified, and whether ``@everyone`` is."""

    users: list[User] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    everyone: bool = False

    def pings(self) -> set[int | str]:
        found: set[int | str] = {user.id for user in self.users}
        found.update(self.roles)
        if self.everyone:
            found.add("everyone")
        return found


def find(message: Message, allowed: JSON | None, default_parse: frozenset[str]) -> Mentions:
    """Return the users and roles that a message notifies.

    Without allowed_mentions all of default_parse counts, and a reply notifies its target, unless
    that is a webhook or the answer to an interaction, which is sent by one.
    Source: resources/message, "Allowed Mentions Object".
    """
    parse = default_parse if allowed is None else frozenset(allowed.get("parse") or ())
    allowed = {"replied_user": True} if allowed is None else allowed
    texts = [message.content, *(str(p.get("content", "")) for _, p in walk(message.components))]
    text = CODE.sub(" ", "\n".join(texts))
    users = _users(message, text, None if "users" in parse else _named(allowed, "users"))
    target = message.reference
    if target is not None and allowed.get("replied_user") and _can_be_pinged(message, target):
        users += [target.author] if target.author not in users else []
    found = Mentions([user for user in users if user is not message.author])
    if message.channel.guild is not None:
        may_all = bool(channel_permissions(message.channel, message.author) & MENTION_EVERYONE)
        named = None if "roles" in parse else _named(allowed, "roles")
        found.roles = _roles(message, text, named, may_all=may_all)
        found.everyone = "everyone" in parse and may_all and EVERYONE.search(text) is not None
    return found


def _can_be_pinged(message: Message, target: Message) -> bool:
    return (
        message.kind == REPLY_MESSAGE and target.interaction is None and target.webhook_id is None
    )


def _named(allowed: JSON, what: str) -> set[int]:
    return {int(named) for named in allowed.get(what) or ()}


def _users(message: Message, text: str, only: set[int] | None) -> list[User]:
    guild = message.channel.guild
    found: list[User] = []
    for user_id in dict.fromkeys(int(i) for i in USER.findall(text)):
        member = None if guild is None else guild.members.get(user_id)
        people = message.channel.recipients if member is None else [member.user]
        found.extend(u for u in people if u.id == user_id and (only is None or user_id in only))
    return found


def _roles(message: Message, text: str, only: set[int] | None, *, may_all: bool) -> list[int]:
    guild = message.channel.guild
    found: list[int] = []
    for role_id in dict.fromkeys(int(i) for i in ROLE.findall(text)):
        role = None if guild is None else guild.roles.get(role_id)
        is_allowed = only is None or role_id in only
        if role is not None and is_allowed and (role.mentionable or may_all):
            found.append(role_id)
    return found
