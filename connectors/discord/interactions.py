"""What an interaction is answered with: its first response and the messages after it, for 15 minutes."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

from connectors.discord.bodies import (
    EPHEMERAL,
    MessageBody,
    edited_message,
    new_message,
    response,
)
from connectors.discord.objects import Message
from connectors.discord.routes import Id, Route, route
from connectors.discord.sending import ATTEMPTS, Resource, nothing

WEBHOOK = "/webhooks/{application_id}/{interaction_token}"
ORIGINAL = "@original"


class ResponseKind(IntEnum):
    """The first response. UPDATE and DEFERRED_UPDATE answer components only, CHOICES autocomplete only."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


class Interactions(Resource):
    """``/interactions`` and the webhook of each. The token authorizes; it is never logged."""

    async def respond(
        self,
        interaction_id: Id,
        token: str,
        kind: ResponseKind,
        data: MessageBody | Mapping[str, Any] | None = None,
    ) -> None:
        """Give the first response, within 3 s of the event; only one is taken."""
        path = route(
            "POST",
            "/interactions/{interaction_id}/{interaction_token}/callback",
            interaction_id=interaction_id,
            interaction_token=token,
            is_repeatable=True,
            done_codes=frozenset({"40060"}),  # already acknowledged
        )
        await self._do(path, response(kind, data))

    async def defer(self, interaction_id: Id, token: str, *, ephemeral: bool = False) -> None:
        """Show that the bot is thinking; ``edit_original`` replaces it."""
        data = {"flags": EPHEMERAL} if ephemeral else None
        await self.respond(interaction_id, token, ResponseKind.DEFERRED_MESSAGE, data)

    async def original(self, application_id: Id, token: str) -> Message:
        """Return the message that the first response made."""
        return await self.followup(application_id, token, ORIGINAL)

    async def edit_original(
        self,
        application_id: Id,
        token: str,
        body: MessageBody,
        *,
        attempts: int = ATTEMPTS,
        before: Callable[[], None] = nothing,
    ) -> Message:
        """Replace the first response of an interaction, also a deferred one; ``before`` as in ``create_message``."""
        return await self.edit_followup(
            application_id, token, ORIGINAL, body, attempts=attempts, before=before
        )

    async def delete_original(self, application_id: Id, token: str) -> None:
        await self.delete_followup(application_id, token, ORIGINAL)

    async def followup(self, application_id: Id, token: str, message_id: Id) -> Message:
        """Return a message that an interaction made."""
        return await self._get(Message, _message("GET", application_id, token, message_id))

    async def create_followup(
        self,
        application_id: Id,
        token: str,
        body: MessageBody,
        *,
        attempts: int = ATTEMPTS,
        before: Callable[[], None] = nothing,
    ) -> Message:
        """Add a message to an interaction; ``before`` as in ``create_message``.

        Discord takes no nonce here, so a lost answer is raised.
        """
        path = route(
            "POST",
            WEBHOOK,
            application_id=application_id,
            interaction_token=token,
            query={"wait": True},
        )
        return await self._get(Message, path, new_message(body), attempts=attempts, before=before)

    async def edit_followup(
        self,
        application_id: Id,
        token: str,
        message_id: Id,
        body: MessageBody,
        *,
        attempts: int = ATTEMPTS,
        before: Callable[[], None] = nothing,
    ) -> Message:
        """Replace a message that an interaction made; ``before`` as in ``create_message``."""
        path = _message("PATCH", application_id, token, message_id)
        edited = edited_message(body)
        return await self._get(Message, path, edited, attempts=attempts, before=before)

    async def delete_followup(self, application_id: Id, token: str, message_id: Id) -> None:
        """Delete a message that an interaction made, or find it gone."""
        await self._do(_message("DELETE", application_id, token, message_id))


def _message(method: str, application_id: Id, token: str, message_id: Id) -> Route:
    return route(
        method,
        WEBHOOK + "/messages/{message_id}",
        application_id=application_id,
        interaction_token=token,
        message_id=message_id,
        done_codes=frozenset({"10008"}) if method == "DELETE" else frozenset(),
    )
