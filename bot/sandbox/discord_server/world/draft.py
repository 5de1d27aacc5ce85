"""A message as asked for: the body of a request, and what it turns into."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.sandbox.discord_server.objects import JSON, REPLY, Attachment, Message, User, walk
from bot.sandbox.discord_server.rules.errors import DiscordError
from bot.sandbox.discord_server.rules.mentions import MESSAGE_DEFAULT
from bot.sandbox.discord_server.world.render import timestamp

# The fields of a draft that its message has too.
DRAFT_FIELDS = (
    "kind",
    "visible_to",
    "interaction",
    "reference",
    "reference_kind",
    "is_resolved",
    "snapshots",
    "stickers",
    "webhook_id",
)


@dataclass(slots=True)
class Draft:
    """The body of a request for a message, its files, and the fields that it cannot set."""

    body: JSON
    files: Sequence[Attachment] = ()
    kind: int = 0
    flags: int = 0
    reference: Message | None = None
    reference_kind: int = REPLY
    is_resolved: bool = True
    snapshots: list[JSON] = field(default_factory=list)
    stickers: list[JSON] = field(default_factory=list)
    webhook_id: int | None = None
    message_id: int | None = None
    visible_to: User | None = None
    interaction: JSON | None = None
    default_parse: frozenset[str] = field(default=MESSAGE_DEFAULT)


def merged(message: Message, body: JSON) -> JSON:
    """Return the fields that are checked together, as they are after the edit."""
    return {
        "content": body.get("content", message.content),
        "embeds": (body["embeds"] or []) if "embeds" in body else message.embeds,
        "components": (body["components"] or []) if "components" in body else message.components,
        "allowed_mentions": body.get("allowed_mentions"),
        "attachments": body.get("attachments"),
    }


def embeds(body: JSON) -> list[JSON]:
    return [{"type": "rich"} | embed for embed in body.get("embeds") or []]


def numbered(components: list[JSON]) -> list[JSON]:
    """Return the components; those without an id get the next free one.

    What a select begins with is named by snowflakes, which come back as strings.
    """
    taken = {part["id"] for _, part in walk(components) if part.get("id")}
    free = (number for number in range(1, 10_000) if number not in taken)
    for _, part in walk(components):
        if not part.get("id"):
            part["id"] = next(free)
        for chosen in part.get("default_values") or ():
            chosen["id"] = str(chosen["id"])
    return components


def poll(body: JSON, now: float) -> JSON | None:
    """Return a poll as shown, from the request for it; it ends after a day by default."""
    asked = body.get("poll")
    if not asked:
        return None
    answers = [{"answer_id": n, **answer} for n, answer in enumerate(asked["answers"], 1)]
    ends = timestamp(now + 3600.0 * int(asked.get("duration") or 24))
    settled = {"expiry": ends, "layout_type": 1, "allow_multiselect": False}
    return settled | {"question": asked["question"], "answers": answers}


def refuse_empty(message: Message) -> None:
    has_more = (
        message.embeds
        or message.components
        or message.attachments
        or message.stickers
        or message.poll
        or message.snapshots
    )
    if not message.content.strip() and not has_more:
        raise DiscordError(50006)
