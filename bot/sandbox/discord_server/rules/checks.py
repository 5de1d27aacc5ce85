"""Discord's limits for messages, modals and autocomplete choices."""

from collections.abc import Sequence

from bot.sandbox.discord_server.objects import COMPONENTS_V2, JSON, Path, walk
from bot.sandbox.discord_server.rules.errors import FormErrors

FILE_LIMIT = 10 * 1024 * 1024
REQUEST_LIMIT = 25 * 1024 * 1024
CONTENT_LIMIT = 2000
EMBEDS_TOTAL = 6000
V2_COMPONENTS = 40
V2_TEXT = 4000
SELECTS = frozenset({3, 5, 6, 7, 8})
V2_KINDS = (1, 9, 10, 12, 13, 14, 17)
EMBED_LIMITS = {"title": 256, "description": 4096}
PARSE_VALUES = ("users", "roles", "everyone")


def check_message(body: JSON, *, is_v2: bool, files: int = 0) -> None:
    """Raise 50035 with every invalid field of a message."""
    errors = FormErrors()
    errors.length(("content",), body.get("content"), 0, CONTENT_LIMIT)
    nonce = body.get("nonce")
    errors.length(("nonce",), None if nonce is None else str(nonce), 0, 25)
    _check_embeds(errors, body.get("embeds") or [])
    _check_allowed_mentions(errors, body.get("allowed_mentions"))
    errors.at_most(("attachments",), max(files, len(body.get("attachments") or [])), 10)
    components = body.get("components") or []
    if is_v2:
        _check_v2(errors, body, components)
    else:
        _check_rows(errors, components)
    check_parts(errors, components)
    errors.raise_if_any()


def _check_embeds(errors: FormErrors, embeds: Sequence[JSON]) -> None:
    errors.at_most(("embeds",), len(embeds), 10)
    total = 0
    for index, embed in enumerate(embeds):
        path: Path = ("embeds", index)
        texts = [((*path, key), embed.get(key), limit) for key, limit in EMBED_LIMITS.items()]
        texts.append(((*path, "footer", "text"), _inner(embed, "footer", "text"), 2048))
        texts.append(((*path, "author", "name"), _inner(embed, "author", "name"), 256))
        fields = embed.get("fields") or []
        errors.count((*path, "fields"), fields, 0, 25)
        for number, item in enumerate(fields):
            here = (*path, "fields", number)
            for key in ("name", "value"):
                if not item.get(key):
                    errors.required((*here, key), None)
            texts.append(((*here, "name"), item.get("name"), 256))
            texts.append(((*here, "value"), item.get("value"), 1024))
        for where, text, limit in texts:
            errors.length(where, text, 0, limit)
            total += len(str(text or "").strip())
    if total > EMBEDS_TOTAL:
        text = f"Embed size exceeds maximum size of {EMBEDS_TOTAL}"
        errors.add(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", text)


def _inner(embed: JSON, key: str, name: str) -> str | None:
    part = embed.get(key)
    return part.get(name) if isinstance(part, dict) else None


def _check_allowed_mentions(errors: FormErrors, allowed: JSON | None) -> None:
    if allowed is None:
        return
    parse = allowed.get("parse") or []
    for index, value in enumerate(parse):
        if value not in PARSE_VALUES:
            errors.one_of(("allowed_mentions", "parse", index), PARSE_VALUES)
    for what in ("users", "roles"):
        errors.count(("allowed_mentions", what), allowed.get(what), 0, 100)
        if what in parse and allowed.get(what):
            text = f'parse:["{what}"] and {what}: [ids...] are mutually exclusive.'
            code = "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE"
            errors.add(("allowed_mentions",), code, text)


def _check_rows(errors: FormErrors, components: Sequence[JSON]) -> None:
    errors.at_most(("components",), len(components), 5)
    for index, row in enumerate(components):
        if row.get("type") != 1:
            text = 'Value of field "type" must be one of (1,).'
            errors.add(("components", index, "type"), "UNION_TYPE_CHOICES", text)


def _check_v2(errors: FormErrors, body: JSON, components: Sequence[JSON]) -> None:
    for legacy in ("content", "embeds", "poll", "sticker_ids"):
        if body.get(legacy):
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            text = f"The '{legacy}' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
            errors.add((legacy,), code, text)
    for index, part in enumerate(components):
        if part.get("type") not in V2_KINDS:
            text = f'Value of field "type" must be one of {V2_KINDS}.'
            errors.add(("components", index, "type"), "UNION_TYPE_CHOICES", text)
    parts = [part for _, part in walk(components)]
    if len(parts) > V2_COMPONENTS:
        text = f"Total number of components exceeds {V2_COMPONENTS}."
        errors.add(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", text)
    if sum(len(str(part.get("content") or "")) for part in parts) > V2_TEXT:
        text = f"The total length of displayable text exceeds {V2_TEXT}."
        errors.add(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)


def check_parts(errors: FormErrors, components: Sequence[JSON]) -> None:
    """Add the errors of each component, and of custom ids used twice."""
    seen: set[str] = set()
    for path, part in walk(components):
        custom_id = part.get("custom_id")
        errors.length((*path, "custom_id"), custom_id, 1, 100)
        if isinstance(custom_id, str) and custom_id in seen:
            text = "Component custom id cannot be duplicated"
            errors.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", text)
        if isinstance(custom_id, str):
            seen.add(custom_id)
        kind = part.get("type")
        if kind == 1:
            _check_row(errors, path, part)
        elif kind == 2:
            _check_button(errors, path, part)
        elif kind in SELECTS:
            _check_select(errors, path, part)
        elif kind == 4:
            _check_text_input(errors, path, part)
        elif kind == 10:
            errors.length((*path, "content"), part.get("content"), 1, V2_TEXT)


def _check_row(errors: FormErrors, path: Path, row: JSON) -> None:
    parts = row.get("components") or []
    errors.count((*path, "components"), parts, 1, 5)
    if len(parts) > 1 and any(part.get("type") != 2 for part in parts):
        text = "The specified component exceeds the maximum width"
        where = (*path, "components", 1)
        errors.add(where, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", text)


def _check_button(errors: FormErrors, path: Path, button: JSON) -> None:
    errors.length((*path, "label"), button.get("label"), 0, 80)
    style = button.get("style")
    if style not in (1, 2, 3, 4, 5, 6):
        errors.one_of((*path, "style"), (1, 2, 3, 4, 5, 6))
    needed = {5: "url", 6: "sku_id"}.get(int(style or 0), "custom_id")
    errors.required((*path, needed), button.get(needed))
    errors.length((*path, "url"), button.get("url"), 1, 512)
    if style != 6 and not button.get("label") and not button.get("emoji"):
        errors.required((*path, "label"), None)


def _check_select(errors: FormErrors, path: Path, select: JSON) -> None:
    errors.required((*path, "custom_id"), select.get("custom_id"))
    errors.length((*path, "placeholder"), select.get("placeholder"), 0, 150)
    if select.get("type") != 3:
        return
    options = select.get("options") or []
    errors.count((*path, "options"), options, 1, 25)
    values: set[str] = set()
    for index, option in enumerate(options):
        here = (*path, "options", index)
        errors.length((*here, "label"), option.get("label"), 1, 100)
        errors.length((*here, "value"), option.get("value"), 1, 100)
        errors.length((*here, "description"), option.get("description"), 0, 100)
        if option.get("value") in values:
            text = "The specified option value is already used"
            errors.add((*here, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
        values.add(str(option.get("value")))


def _check_text_input(errors: FormErrors, path: Path, part: JSON) -> None:
    errors.required((*path, "custom_id"), part.get("custom_id"))
    errors.length((*path, "label"), part.get("label"), 0, 45)
    errors.length((*path, "placeholder"), part.get("placeholder"), 0, 100)
    errors.length((*path, "value"), part.get("value"), 0, 4000)


def check_modal(body: JSON) -> None:
    """Raise 50035 with every invalid field of a modal."""
    errors = FormErrors()
    if errors.required(("title",), body.get("title")):
        errors.length(("title",), body["title"], 1, 45)
    if errors.required(("custom_id",), body.get("custom_id")):
        errors.length(("custom_id",), body["custom_id"], 1, 100)
    components = body.get("components") or []
    errors.count(("components",), components, 1, 5)
    for index, part in enumerate(components):
        if part.get("type") == 18:
            errors.length(("components", index, "label"), part.get("label"), 1, 45)
            errors.length(("components", index, "description"), part.get("description"), 0, 100)
    check_parts(errors, components)
    errors.raise_if_any()


def check_choices(choices: Sequence[JSON]) -> None:
    """Raise 50035 with every invalid autocomplete choice."""
    errors = FormErrors()
    errors.at_most(("choices",), len(choices), 25)
    for index, choice in enumerate(choices):
        if errors.required(("choices", index, "name"), choice.get("name")):
            errors.length(("choices", index, "name"), choice["name"], 1, 100)
        if errors.required(("choices", index, "value"), choice.get("value")):
            errors.length(("choices", index, "value"), choice["value"], 0, 100)
    errors.raise_if_any()


def is_v2(flags: int) -> bool:
    return bool(flags & COMPONENTS_V2)
