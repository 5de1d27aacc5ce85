"""Interactions: their one response, and the follow-ups after it."""

import asyncio
import secrets
from collections.abc import Sequence

from bot.sandbox.discord_server.objects import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    EPHEMERAL,
    JSON,
    Attachment,
    Channel,
    Interaction,
    Message,
    User,
)
from bot.sandbox.discord_server.rules.checks import check_choices, check_modal
from bot.sandbox.discord_server.rules.commands import CHAT_INPUT, MESSAGE_COMMAND
from bot.sandbox.discord_server.rules.errors import DiscordError, FormErrors
from bot.sandbox.discord_server.rules.mentions import WEBHOOK_DEFAULT
from bot.sandbox.discord_server.rules.permissions import may_answer_in_public
from bot.sandbox.discord_server.world.draft import Draft
from bot.sandbox.discord_server.world.feed import Event
from bot.sandbox.discord_server.world.interaction_json import (
    interaction_json,
    is_elsewhere,
    message_metadata,
    payload_json,
)
from bot.sandbox.discord_server.world.timeline import Timeline
from bot.sandbox.discord_server.world.world import World

USER_INSTALL_FOLLOWUPS = 5


class Interactions:
    """All interactions, and the rules for answering them."""

    def __init__(
        self, world: World, timeline: Timeline, *, life_s: float, response_deadline_s: float
    ) -> None:
        self.by_id: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self.life_s = life_s
        self.response_deadline_s = response_deadline_s
        self._world = world
        self._timeline = timeline

    def begin(
        self,
        kind: int,
        user: User,
        channel: Channel,
        data: JSON,
        *,
        source: Message | None = None,
        opened_by: Interaction | None = None,
    ) -> Interaction:
        """Send a new interaction to the bot and start its deadline.

        ``source`` is a component's message, ``opened_by`` the interaction that opened a modal.
        """
        bot, new_id, token = self._world.bot, self._world.new_id(), secrets.token_urlsafe(48)
        interaction = Interaction(
            new_id,
            token,
            kind,
            user,
            channel,
            data,
            self._world.clock(),
            is_elsewhere(channel, bot),
        )
        interaction.source, interaction.opened_by = source, opened_by
        self.by_id[new_id] = self.by_token[token] = interaction
        loop = asyncio.get_running_loop()
        interaction.timer = loop.call_later(self.response_deadline_s, self._expire, interaction)
        payload = payload_json(interaction, bot)
        guild_id = None if interaction.user_installed else channel.guild_id
        self._world.feed.dispatch(Event("INTERACTION_CREATE", payload, guild_id))
        self.publish(interaction)
        return interaction

    def publish(self, interaction: Interaction) -> None:
        self._world.feed.publish(
            {"type": "interaction", "interaction": interaction_json(interaction)}
        )

    def _expire(self, interaction: Interaction) -> None:
        if interaction.state == "waiting":
            interaction.state = "failed"
            self.publish(interaction)

    def aclose(self) -> None:
        for interaction in self.by_id.values():
            if interaction.timer is not None:
                interaction.timer.cancel()

    # The response

    def respond(self, interaction: Interaction, body: JSON, files: Sequence[Attachment]) -> None:
        """Act on a callback, or raise 10062, 40060 or 50035."""
        now = self._world.clock()
        if interaction.state == "waiting" and now - interaction.created > self.response_deadline_s:
            self._expire(interaction)
        if interaction.state == "failed":
            raise DiscordError(10062)
        if interaction.state != "waiting":
            raise DiscordError(40060)
        kind = int(body.get("type") or 0)
        if kind not in self._allowed(interaction):
            errors = FormErrors()
            errors.one_of(("type",), self._allowed(interaction))
            errors.raise_if_any()
        self._act(interaction, kind, body.get("data") or {}, files)
        if interaction.timer is not None:
            interaction.timer.cancel()
        self.publish(interaction)

    def _allowed(self, interaction: Interaction) -> tuple[int, ...]:
        if interaction.kind == AUTOCOMPLETE:
            return (8,)
        if interaction.kind == COMMAND:
            return (4, 5, 9)
        update = () if interaction.source is None else (6, 7)
        return (4, 5, *update) + ((9,) if interaction.kind == COMPONENT else ())

    def _act(
        self, interaction: Interaction, kind: int, data: JSON, files: Sequence[Attachment]
    ) -> None:
        if kind == 4:
            interaction.ephemeral = _is_ephemeral(interaction, data)
            draft = self._original_draft(interaction, data, files)
            interaction.original = self._timeline.create(
                interaction.channel, self._world.bot, draft
            )
        elif kind == 5:
            interaction.ephemeral = _is_ephemeral(interaction, data)
            draft = self._original_draft(interaction, {}, ())
            interaction.original = self._timeline.create_loading(interaction.channel, draft)
        elif kind == 8:
            interaction.choices = list(data.get("choices") or [])
            check_choices(interaction.choices)
        elif kind == 9:
            check_modal(data)
            interaction.modal = data
        else:
            interaction.original = interaction.source
            if kind == 7 and interaction.source is not None:
                self._timeline.edit(interaction.source, self._draft(interaction, data, files))
        interaction.state = {5: "deferred", 6: "deferred", 9: "modal"}.get(kind, "answered")

    def _draft(
        self, interaction: Interaction, body: JSON, files: Sequence[Attachment], *, flags: int = 0
    ) -> Draft:
        return Draft(
            body,
            files,
            flags=flags,
            visible_to=interaction.user if flags & EPHEMERAL else None,
            interaction=message_metadata(interaction, self._world.application_id),
            default_parse=WEBHOOK_DEFAULT,
        )

    def _original_draft(
        self, interaction: Interaction, body: JSON, files: Sequence[Attachment]
    ) -> Draft:
        flags = EPHEMERAL if interaction.ephemeral else 0
        draft = self._draft(interaction, body, files, flags=flags)
        draft.kind = 0
        if interaction.kind == COMMAND:
            draft.kind = 20 if interaction.data["type"] == CHAT_INPUT else 23
            draft.reference = _target(interaction)
        elif interaction.source is not None:
            draft.kind, draft.reference = 19, interaction.source
        return draft

    # Follow-ups

    def by_webhook(self, webhook_id: str, token: str) -> Interaction:
        """Return the interaction of a webhook address.

        Raises 10015 (unknown, or not answered yet), 50027 (the token has expired), 10003 (its
        channel is gone) or 50083 (its thread is locked and archived).
        """
        interaction = self.by_token.get(token)
        if webhook_id != str(self._world.application_id):
            raise DiscordError(10015)
        if interaction is None:
            raise DiscordError(50027)
        age_s = self._world.clock() - interaction.created
        if interaction.is_expired or age_s >= self.life_s:
            raise DiscordError(50027)
        if not interaction.is_answered:
            raise DiscordError(10015)
        self._require_place(interaction.channel)
        return interaction

    def _require_place(self, channel: Channel) -> None:
        if channel.id not in self._world.channels:
            raise DiscordError(10003)
        if channel.locked and channel.archived:
            raise DiscordError(50083)

    def follow_up(
        self, interaction: Interaction, body: JSON, files: Sequence[Attachment]
    ) -> Message:
        """Post a follow-up; the first one after a defer replaces the "thinking" message."""
        original = interaction.original
        if original is not None and original.loading and not original.deleted:
            self.edit(interaction, original, body, files)
            return original
        if interaction.user_installed and interaction.followups_sent >= USER_INSTALL_FOLLOWUPS:
            raise DiscordError(40094)
        flags = EPHEMERAL if _is_ephemeral(interaction, body) else 0
        draft = self._draft(interaction, body, files, flags=flags)
        if original is not None and not original.deleted:
            draft.kind, draft.reference = 19, original
        message = self._timeline.create(interaction.channel, self._world.bot, draft)
        interaction.followups_sent += 1
        interaction.followups.append(message)
        self._answered(interaction)
        return message

    def edit(
        self, interaction: Interaction, message: Message, body: JSON, files: Sequence[Attachment]
    ) -> None:
        self._timeline.edit(message, self._draft(interaction, body, files))
        self._answered(interaction)

    def delete(self, interaction: Interaction, message: Message) -> None:
        self._timeline.delete([message])
        self._answered(interaction)

    def _answered(self, interaction: Interaction) -> None:
        if interaction.state == "deferred":
            interaction.state = "answered"
            self.publish(interaction)


def _is_ephemeral(interaction: Interaction, body: JSON) -> bool:
    """Return whether only one person sees a response: as asked for, or as the server wants it."""
    if int(body.get("flags") or 0) & EPHEMERAL:
        return True
    may = may_answer_in_public(interaction.channel, interaction.user)
    return interaction.user_installed and not may


def _target(interaction: Interaction) -> Message | None:
    """Return the message that a message command was used on.

    Source: resources/message, "Context Menu Command messages".
    """
    if interaction.data["type"] != MESSAGE_COMMAND:
        return None
    return interaction.channel.messages.get(int(interaction.data["target_id"]))
