"""Registered application commands, and the rules for registering them."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from bot.sandbox.discord_server.objects import JSON, Path
from bot.sandbox.discord_server.rules.errors import DiscordError, FormErrors

CHAT_INPUT, USER_COMMAND, MESSAGE_COMMAND, ENTRY_POINT = 1, 2, 3, 4
LIMITS = {CHAT_INPUT: 100, USER_COMMAND: 15, MESSAGE_COMMAND: 15, ENTRY_POINT: 1}
SIZE_LIMIT = 8000
CREATES_PER_DAY = 200
INSTALLS = (0, 1)  # for guilds, and for users
CONTEXTS = (0, 1, 2)  # guilds, DMs with the bot, other DMs
DAY_S = 86_400.0
SUB_COMMAND, SUB_GROUP = 1, 2

DEFAULTS: JSON = {
    "name_localizations": None,
    "description": "",
    "description_localizations": None,
    "default_member_permissions": None,
    "dm_permission": True,
    "contexts": None,
    "integration_types": [0],
    "nsfw": False,
}


class Commands:
    """The registered commands, global or of one guild.

    ``installs`` are the installation contexts that are switched on in the developer portal.
    """

    def __init__(
        self, application_id: int, new_id: Callable[[], int], clock: Callable[[], float]
    ) -> None:
        self.installs = INSTALLS
        self._scopes: dict[int | None, dict[int, JSON]] = {None: {}}
        self._creates: list[tuple[float, int | None]] = []
        self._application_id = application_id
        self._new_id = new_id
        self._clock = clock

    def all(self, guild_id: int | None) -> list[JSON]:
        return list(self._scopes.get(guild_id, {}).values())

    def get(self, guild_id: int | None, command_id: int) -> JSON:
        command = self._scopes.get(guild_id, {}).get(command_id)
        if command is None:
            raise DiscordError(10063)
        return command

    def put(self, guild_id: int | None, bodies: Sequence[JSON]) -> list[JSON]:
        """Replace all commands of a scope; a command that exists keeps its id."""
        check_commands(bodies, self.installs)
        launches = [c for c in self.all(guild_id) if c["type"] == ENTRY_POINT]
        if any(launch["name"] not in _entry_points(bodies) for launch in launches):
            raise DiscordError(50240)
        old = {(c["type"], c["name"]): c for c in self.all(guild_id)}
        fresh = [body for body in bodies if (_kind(body), body["name"]) not in old]
        self._count_creates(guild_id, len(fresh))
        stored = [self._stored(guild_id, b, old.get((_kind(b), b["name"]))) for b in bodies]
        self._scopes[guild_id] = {int(command["id"]): command for command in stored}
        return stored

    def create(self, guild_id: int | None, body: JSON) -> tuple[JSON, bool]:
        """Register or replace one command; return it and whether it is new."""
        others = self.all(guild_id)
        same = [c for c in others if (c["type"], c["name"]) == (_kind(body), body.get("name"))]
        check_commands([body], self.installs)
        _check_counts([*(c for c in others if c not in same), body])
        self._count_creates(guild_id, 0 if same else 1)
        command = self._stored(guild_id, body, same[0] if same else None)
        self._scopes.setdefault(guild_id, {})[int(command["id"])] = command
        return command, not same

    def edit(self, guild_id: int | None, command_id: int, changes: JSON) -> JSON:
        old = self.get(guild_id, command_id)
        body = old | changes
        check_commands([body], self.installs)
        command = self._stored(guild_id, body, old)
        self._scopes[guild_id][command_id] = command
        return command

    def delete(self, guild_id: int | None, command_id: int) -> None:
        self.get(guild_id, command_id)
        del self._scopes[guild_id][command_id]

    def _count_creates(self, guild_id: int | None, count: int) -> None:
        now = self._clock()
        self._creates = [(at, scope) for at, scope in self._creates if now - at < DAY_S]
        used = sum(scope == guild_id for _, scope in self._creates)
        if used + count > CREATES_PER_DAY:
            raise DiscordError(30034)
        self._creates += [(now, guild_id)] * count

    def _stored(self, guild_id: int | None, body: JSON, old: JSON | None) -> JSON:
        command = DEFAULTS | {key: value for key, value in body.items() if value is not None}
        command["type"] = _kind(body)
        command["id"] = old["id"] if old is not None else str(self._new_id())
        command["application_id"] = str(self._application_id)
        is_same = old is not None and _content(old) == _content(command)
        command["version"] = old["version"] if old and is_same else str(self._new_id())
        if guild_id is not None:
            command["guild_id"] = str(guild_id)
        return command


def _content(command: JSON) -> JSON:
    given = ("id", "application_id", "version", "guild_id")
    return {key: value for key, value in command.items() if key not in given}


def _kind(body: JSON) -> int:
    return int(body.get("type") or CHAT_INPUT)


def _entry_points(bodies: Sequence[JSON]) -> set[str]:
    return {body["name"] for body in bodies if _kind(body) == ENTRY_POINT}


def check_commands(bodies: Sequence[JSON], installs: Sequence[int] = INSTALLS) -> None:
    """Raise 50035 or 30032 if Discord would not register these commands."""
    errors = FormErrors()
    seen: set[tuple[int, str]] = set()
    for index, body in enumerate(bodies):
        path: Path = (index,)
        _check_command(errors, path, body)
        _check_contexts(errors, path, body, installs)
        key = (_kind(body), str(body.get("name")))
        if key in seen:
            text = "Application command names must be unique"
            errors.add(path, "APPLICATION_COMMANDS_DUPLICATE_NAME", text)
        seen.add(key)
    errors.raise_if_any()
    _check_counts(bodies)


def _check_counts(bodies: Sequence[JSON]) -> None:
    counts = Counter(_kind(body) for body in bodies)
    if any(counts[kind] > limit for kind, limit in LIMITS.items()):
        raise DiscordError(30032)


def _check_command(errors: FormErrors, path: Path, body: JSON) -> None:
    if _kind(body) == CHAT_INPUT:
        _check_name(errors, (*path, "name"), body.get("name"))
        if errors.required((*path, "description"), body.get("description")):
            errors.length((*path, "description"), body["description"], 1, 100)
        check_options(errors, (*path, "options"), body.get("options") or [], depth=0)
    else:
        if errors.required((*path, "name"), body.get("name")):
            errors.length((*path, "name"), body["name"], 1, 32)
        for forbidden in ("description", "options"):
            if body.get(forbidden):
                text = "Context menu commands cannot have " + forbidden
                errors.add((*path, forbidden), "APPLICATION_COMMAND_CONTEXT_MENU", text)
    if sum(texts(body)) > SIZE_LIMIT:
        text = f"Command exceeds maximum size ({SIZE_LIMIT})"
        errors.add(path, "APPLICATION_COMMAND_TOO_LARGE", text)


def _check_contexts(errors: FormErrors, path: Path, body: JSON, installs: Sequence[int]) -> None:
    """Check where a command is for. Source: interactions/application-commands, "Contexts"."""
    types, contexts = body.get("integration_types"), body.get("contexts")
    for index, kind in enumerate(types or ()):
        if kind not in installs:
            errors.one_of((*path, "integration_types", index), installs)
    # Other DMs are of use to users only.
    allowed = CONTEXTS if 1 in (types or installs) else CONTEXTS[:2]
    for index, where in enumerate(contexts or ()):
        if where not in allowed:
            errors.one_of((*path, "contexts", index), allowed)


def _check_name(errors: FormErrors, path: Path, name: object) -> None:
    if not errors.required(path, name):
        return
    if not isinstance(name, str) or not is_name(name):
        text = "Command name is invalid"
        errors.add(path, "APPLICATION_COMMAND_INVALID_NAME", text)


def is_name(name: str) -> bool:
    r"""Return whether name is lower case and ``^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$``."""
    letters = all(
        char in "-_'"
        or char.isalnum()
        or "\u0900" <= char <= "\u097f"
        or "\u0e00" <= char <= "\u0e7f"
        for char in name
    )
    return 1 <= len(name) <= 32 and letters and name == name.lower()


def check_options(errors: FormErrors, path: Path, options: Sequence[JSON], *, depth: int) -> None:
    """Add the errors of a command's options, sub-commands and groups included."""
    errors.count(path, list(options), 0, 25)
    seen_optional = False
    names: set[str] = set()
    for index, option in enumerate(options):
        here = (*path, index)
        _check_name(errors, (*here, "name"), option.get("name"))
        if errors.required((*here, "description"), option.get("description")):
            errors.length((*here, "description"), option["description"], 1, 100)
        if option.get("name") in names:
            text = "Option names must be unique"
            errors.add((*here, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", text)
        names.add(str(option.get("name")))
        if option.get("required") and seen_optional:
            text = "Required options must be placed before non-required options"
            errors.add(here, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
        seen_optional = seen_optional or not option.get("required")
        _check_option(errors, here, option, depth=depth)


def _check_option(errors: FormErrors, path: Path, option: JSON, *, depth: int) -> None:
    kind = option.get("type")
    if kind in (SUB_COMMAND, SUB_GROUP):
        if depth > (0 if kind == SUB_GROUP else 1):
            text = "Sub-command option type is not valid here"
            errors.add((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
        nested = option.get("options") or []
        check_options(errors, (*path, "options"), nested, depth=depth + 1)
        return
    if kind not in range(3, 12):
        errors.one_of((*path, "type"), range(1, 12))
    choices = option.get("choices") or []
    errors.count((*path, "choices"), choices, 0, 25)
    if choices and option.get("autocomplete"):
        text = "Choices and autocomplete exclude each other"
        code = "APPLICATION_COMMAND_OPTIONS_CHOICES_WITH_AUTOCOMPLETE"
        errors.add((*path, "autocomplete"), code, text)
    for index, choice in enumerate(choices):
        errors.length((*path, "choices", index, "name"), choice.get("name"), 1, 100)
        errors.length((*path, "choices", index, "value"), choice.get("value"), 1, 100)


def texts(body: JSON) -> Iterator[int]:
    """Yield the lengths of the texts that count towards a command's 8,000 characters."""
    for key in ("name", "description", "value"):
        if isinstance(value := body.get(key), str):
            yield len(value)
    for nested in (*(body.get("options") or ()), *(body.get("choices") or ())):
        yield from texts(nested)
