"""The client's checks before it sends a command, a component or a modal."""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.sandbox.discord_server.objects import JSON, Attachment, Channel, Message, Role, User, walk
from bot.sandbox.discord_server.rules.commands import SUB_COMMAND, SUB_GROUP, Commands
from bot.sandbox.discord_server.rules.permissions import (
    ADMINISTRATOR,
    USE_APPLICATION_COMMANDS,
    channel_permissions,
)
from bot.sandbox.discord_server.world.interaction_json import context, is_elsewhere
from bot.sandbox.discord_server.world.message_json import attachment_json, message_json
from bot.sandbox.discord_server.world.render import (
    channel_json,
    member_json,
    role_json,
    user_json,
)

STRING, INTEGER, BOOLEAN, NUMBER = 3, 4, 5, 10
PLAIN: dict[int, tuple[Any, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    NUMBER: (int, float),
}
THINGS: dict[int, tuple[Any, ...]] = {
    6: (User,),
    7: (Channel,),
    8: (Role,),
    9: (User, Role),
    11: (Attachment,),
}
STRING_LIMIT = 6000
INTEGER_LIMIT = 2**53 - 1


Thing = User | Role | Channel | Attachment | Message


class Resolved:
    """The ``resolved`` objects of an interaction, whose options hold only their ids."""

    def __init__(self, channel: Channel, bot: User) -> None:
        self.body: dict[str, dict[str, JSON]] = {}
        self._channel = channel
        self._bot = bot

    def data(self) -> JSON:
        """Return ``resolved`` as a part of an interaction's data, empty if there is none."""
        return {"resolved": self.body} if self.body else {}

    def add(self, thing: Thing) -> str:
        """Add an object and return its id, for the option's value."""
        key = str(thing.id)
        if isinstance(thing, User):
            self._add_user(key, thing)
        elif isinstance(thing, Role):
            self._put("roles", key, role_json(thing))
        elif isinstance(thing, Channel):
            self._put("channels", key, channel_json(thing, self._bot))
        elif isinstance(thing, Attachment):
            self._put("attachments", key, attachment_json(thing))
        else:
            self._put("messages", key, message_json(thing, self._bot))
        return key

    def _add_user(self, key: str, user: User) -> None:
        self._put("users", key, user_json(user))
        guild = self._channel.guild
        member = None if guild is None else guild.members.get(user.id)
        if member is not None:
            body = member_json(member, with_user=False)
            body["permissions"] = str(channel_permissions(self._channel, user))
            self._put("members", key, body)

    def _put(self, kind: str, key: str, body: JSON) -> None:
        self.body.setdefault(kind, {})[key] = body


def visible_commands(commands: Commands, user: User, channel: Channel, bot: User) -> list[JSON]:
    """Return the commands that the client offers to user in channel."""
    guild = channel.guild
    own = [] if guild is None or not guild.has_bot else commands.all(guild.id)
    names = {(command["type"], command["name"]) for command in own}
    rest = [c for c in commands.all(None) if (c["type"], c["name"]) not in names]
    return [c for c in own + rest if _is_visible(c, user, channel, bot)]


def _is_visible(command: JSON, user: User, channel: Channel, bot: User) -> bool:
    guild, contexts = channel.guild, command["contexts"]
    elsewhere = is_elsewhere(channel, bot)
    where = context(channel, is_elsewhere=elsewhere)
    if contexts is None and where == 1 and not command["dm_permission"]:
        return False
    if contexts is not None and where not in contexts:
        return False
    has_app = elsewhere if user.has_app is None else user.has_app
    installs = {1} if has_app else set()
    installs |= set() if elsewhere else {0}
    if "guild_id" not in command and installs.isdisjoint(command["integration_types"] or [0]):
        return False
    if guild is None:
        return True
    allowed = channel_permissions(channel, user)
    if not allowed & USE_APPLICATION_COMMANDS:
        return False
    needed = command["default_member_permissions"]
    if needed is None or allowed & ADMINISTRATOR:
        return True
    return int(needed) != 0 and allowed & int(needed) == int(needed)


def find_command(offered: Sequence[JSON], kind: int, name: str) -> JSON:
    for command in offered:
        if command["type"] == kind and command["name"] == name:
            return command
    names = ", ".join(sorted(c["name"] for c in offered if c["type"] == kind)) or "none"
    raise LookupError(f"no command {name!r} here; offered: {names}")


def invocation(command: JSON, names: Sequence[str], options: Sequence[JSON]) -> JSON:
    """Return the data of a slash command, with the options inside its sub-command."""
    data: JSON = {"id": command["id"], "name": command["name"], "type": 1}
    if "guild_id" in command:
        data["guild_id"] = command["guild_id"]
    nested = list(options)
    kinds = [SUB_GROUP, SUB_COMMAND][-len(names) :] if names else []
    for name, kind in reversed(list(zip(names, kinds, strict=True))):
        nested = [{"name": name, "type": kind, "options": nested}]
    data["options"] = nested
    return data


def leaf_options(command: JSON, names: Sequence[str]) -> list[JSON]:
    """Return the options of the sub-command that names lead to, or raise LookupError."""
    options: list[JSON] = command.get("options") or []
    for name in names:
        found = [o for o in options if o["name"] == name and o["type"] in (SUB_COMMAND, SUB_GROUP)]
        if not found:
            raise LookupError(f"/{command['name']} has no sub-command {name!r}")
        options = found[0].get("options") or []
    if any(option["type"] in (SUB_COMMAND, SUB_GROUP) for option in options):
        raise LookupError(f"/{command['name']} needs a sub-command")
    return options


def fill_options(
    options: Sequence[JSON],
    values: Mapping[str, Any],
    resolved: Resolved,
    focused: str | None = None,
) -> list[JSON]:
    """Return the options as sent; raise LookupError or ValueError if the client refuses them.

    While an option is ``focused``, no option is required, and its value is not checked.
    """
    if unknown := set(values) - {option["name"] for option in options}:
        raise LookupError(f"unknown option: {', '.join(sorted(unknown))}")
    given = {name: value for name, value in values.items() if value is not None}
    missing = [o["name"] for o in options if o.get("required") and o["name"] not in given]
    if missing and focused is None:
        raise ValueError(f"missing required option: {', '.join(missing)}")
    filled: list[JSON] = []
    for option in options:
        entry = {"name": option["name"], "type": option["type"]}
        if option["name"] == focused:
            filled.append(entry | _focused(option, given.get(option["name"])))
        elif option["name"] in given:
            value = check_option(option, given[option["name"]], resolved)
            filled.append(entry | {"value": value})
    return filled


def _focused(option: JSON, typed: Any) -> JSON:
    if not option.get("autocomplete"):
        raise LookupError(f"option {option['name']!r} has no autocomplete")
    return {"value": typed or "", "focused": True}


def check_option(option: JSON, value: Any, resolved: Resolved) -> Any:
    """Return the value as sent, or raise ValueError."""
    kind, name = option["type"], option["name"]
    if kind in THINGS:
        return _check_thing(option, value, resolved)
    if not isinstance(value, PLAIN[kind]) or (isinstance(value, bool) and kind != BOOLEAN):
        raise ValueError(f"{name}: {value!r} has the wrong type")
    if kind == STRING:
        low, high = option.get("min_length") or 0, option.get("max_length") or STRING_LIMIT
        if not low <= len(str(value)) <= high or (not value and option.get("required")):
            raise ValueError(f"{name}: {len(str(value))} characters, allowed are {low} to {high}")
    elif kind != BOOLEAN:
        low = option.get("min_value", -INTEGER_LIMIT)
        high = option.get("max_value", INTEGER_LIMIT)
        if not low <= value <= high:
            raise ValueError(f"{name}: {value} is not between {low} and {high}")
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise ValueError(f"{name}: {value!r} is not one of {choices}")
    return value


def _check_thing(option: JSON, value: Any, resolved: Resolved) -> str:
    name, kinds = option["name"], option.get("channel_types")
    if not isinstance(value, THINGS[option["type"]]):
        raise ValueError(f"{name}: {value!r} is not what this option takes")
    if isinstance(value, Channel) and kinds and value.kind not in kinds:
        raise ValueError(f"{name}: channels of type {value.kind} cannot be chosen")
    return resolved.add(value)


def find_component(message: Message, name: str, kinds: frozenset[int]) -> JSON:
    """Return the component by its custom_id or label, or raise LookupError or ValueError."""
    parts = [part for _, part in walk(message.components) if part.get("type") in kinds]
    by_id = [part for part in parts if part.get("custom_id") == name]
    found = by_id or [part for part in parts if part.get("label") == name]
    if not found:
        known = [part.get("label") or part.get("custom_id") for part in parts]
        raise LookupError(f"no {name!r} in this message; it has {known}")
    if found[0].get("disabled"):
        raise ValueError(f"{name!r} is disabled")
    if "custom_id" not in found[0]:
        raise ValueError(f"{name!r} is a link")
    return found[0]


def check_selection(select: JSON, values: Sequence[Any]) -> None:
    low, high = select.get("min_values", 1), select.get("max_values", 1)
    low = 1 if low is None else low
    if not low <= len(values) <= (high or 1):
        raise ValueError(f"{len(values)} values chosen, allowed are {low} to {high}")
    options = [option["value"] for option in select.get("options") or []]
    if select["type"] == 3 and (wrong := [value for value in values if value not in options]):
        raise ValueError(f"{wrong} are not among {options}")


def fill_modal(modal: JSON, fields: Mapping[str, Any], resolved: Resolved) -> list[JSON]:
    """Return a modal's components as submitted, or raise LookupError or ValueError."""
    inputs = {part["custom_id"]: part for _, part in walk(modal["components"]) if _is_input(part)}
    if unknown := set(fields) - set(inputs):
        raise LookupError(f"no field {sorted(unknown)}; the modal has {sorted(inputs)}")
    submitted: list[JSON] = []
    for row in modal["components"]:
        shell = {"type": row["type"], "id": row.get("id", 0)}
        if "component" in row:
            shell["component"] = _submitted(row["component"], fields, resolved)
        elif row.get("components"):
            shell["components"] = [_submitted(p, fields, resolved) for p in row["components"]]
        submitted.append(shell)
    return submitted


def _is_input(part: JSON) -> bool:
    return "custom_id" in part and part.get("type") != 2


def _submitted(part: JSON, fields: Mapping[str, Any], resolved: Resolved) -> JSON:
    custom_id, kind = part["custom_id"], part["type"]
    entry: JSON = {"type": kind, "id": part.get("id", 0), "custom_id": custom_id}
    value = fields.get(custom_id)
    is_required = part.get("required", True)
    if kind == 4:
        entry["value"] = _typed(part, part.get("value") or "" if value is None else value)
    elif kind in (21, 23):
        if value is None and is_required and kind == 21:
            raise ValueError(f"{custom_id}: nothing chosen")
        entry["value"] = bool(value) if kind == 23 else value
    else:
        values = [] if value is None else list(value)
        if values or is_required:
            check_selection(part, values)
        entry["values"] = [v if isinstance(v, str) else resolved.add(v) for v in values]
    return entry


def _typed(part: JSON, text: str) -> str:
    low, high = part.get("min_length") or 0, part.get("max_length") or 4000
    if not text and part.get("required", True):
        raise ValueError(f"{part['custom_id']}: this field is required")
    if text and not low <= len(text) <= high:
        raise ValueError(f"{part['custom_id']}: {len(text)} characters, {low} to {high} allowed")
    return text
