"""What an interaction is answered with: its first response and the messages after it, for 15 minutes."""

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

import msgspec

from connectors.discord.bodies import (
    EPHEMERAL,
    File,
    MessageBody,
    Payload,
    edited_message,
    new_message,
    response,
)
from connectors.discord.codes import ALREADY_ACKNOWLEDGED, UNKNOWN_MESSAGE
from connectors.discord.failures import decode
from connectors.discord.objects import Message
from connectors.discord.routes import Id, Route, route
from connectors.discord.sending import ATTEMPTS, Resource, nothing
from connectors.http.timeouts import Timeouts
from connectors.shared import ConnectorError, RateLimitExceeded

WEBHOOK = "/webhooks/{application_id}/{interaction_token}"
ORIGINAL = "@original"
# An interaction is given up after 3 s, so that an answer which does not come is asked for again soon.
FIRST_RESPONSE_TIMEOUTS = Timeouts(connect_s=1.0, first_byte_s=1.0, between_s=1.0)


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
        await self._do(_callback(interaction_id, token), response(kind, data))

    async def acknowledge(
        self,
        interaction_id: Id,
        token: str,
        body: Mapping[str, Any],
        files: tuple[File, ...] = (),
        *,
        attempts: int = ATTEMPTS,
    ) -> dict[str, Any] | None:
        """Give the first response, and return what Discord says of it; None when that was lost.

        Then it was given, or perhaps was: what follows goes on by the token. Raises ApiRequestFailed with code 40060
        when somebody else had given it, and with 10062 when it came too late.
        """
        path = _callback(interaction_id, token, with_response=True)
        payload = Payload(msgspec.json.encode(body), files=files)
        try:
            answer = await self._send(
                path, payload, attempts=attempts, timeouts=FIRST_RESPONSE_TIMEOUTS
            )
        except ConnectorError as error:
            is_uncertain = error.retryable and error.was_sent
            if not is_uncertain or isinstance(error, RateLimitExceeded):
                raise
            return None
        return decode(answer, dict) if answer else None

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
        path = route("POST", WEBHOOK, application_id, token, query={"wait": True})
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


def _callback(interaction_id: Id, token: str, *, with_response: bool | None = None) -> Route:
    return route(
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
        interaction_id,
        token,
        query={"with_response": with_response},
        is_repeatable=True,
        done_code=ALREADY_ACKNOWLEDGED,
    )


def _message(method: str, application_id: Id, token: str, message_id: Id) -> Route:
    return route(
        method,
        WEBHOOK + "/messages/{message_id}",
        application_id,
        token,
        message_id,
        done_code=UNKNOWN_MESSAGE if method == "DELETE" else None,
    )
