"""Responses to interactions: the first one, and for 15 minutes the messages after it."""

from collections.abc import Mapping
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
from connectors.discord.first_responses import FirstResponses
from connectors.discord.objects import Message
from connectors.discord.routes import Id, Route, route
from connectors.discord.sending import ATTEMPTS, Resource
from connectors.http.timeouts import Timeouts
from connectors.shared import ConnectorError

WEBHOOK = "/webhooks/{application_id}/{interaction_token}"
ORIGINAL = "@original"
# An interaction expires after 3 seconds, so a lost response must be repeated soon.
FIRST_RESPONSE_TIMEOUTS = Timeouts(connect_s=1.0, first_byte_s=1.0, between_s=1.0, whole_s=3.0)


class ResponseKind(IntEnum):
    """Type of a first response; updates are for components, CHOICES for autocomplete."""

    PONG = 1
    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


class Interactions(Resource):
    """``/interactions`` and the webhook of each, authorized by a token that is never logged."""

    @property
    def first_responses(self) -> FirstResponses:
        """First responses, for which all else in this process waits."""
        return self._sender.first_responses

    async def respond(
        self,
        interaction_id: Id,
        token: str,
        kind: ResponseKind,
        data: MessageBody | Mapping[str, Any] | None = None,
    ) -> None:
        """Send the first response, within 3 seconds of the interaction; only one is accepted."""
        await self._send(_callback(interaction_id, token), response(kind, data))

    async def acknowledge(
        self,
        interaction_id: Id,
        token: str,
        body: Mapping[str, Any],
        files: tuple[File, ...] = (),
        *,
        attempts: int = ATTEMPTS,
    ) -> dict[str, Any] | None:
        """Send the first response, and return Discord's reply to it.

        None means that the reply was lost, so that Discord may or may not have the response.
        Raise ApiRequestFailed with code 40060 if another process has responded, and with code 10062
        if the interaction has expired.
        """
        path = _callback(interaction_id, token, with_response=True)
        payload = Payload(msgspec.json.encode(body), files=files)
        try:
            async with self.first_responses.turn(interaction_id):
                answer = await self._send(
                    path, payload, attempts=attempts, timeouts=FIRST_RESPONSE_TIMEOUTS
                )
        except ConnectorError as error:
            if not (error.retryable and error.was_sent):
                raise
            return None
        return decode(answer, dict) if answer else None

    async def defer(self, interaction_id: Id, token: str, *, ephemeral: bool = False) -> None:
        """Show that the bot is thinking; ``edit_original`` replaces that."""
        data = {"flags": EPHEMERAL} if ephemeral else None
        await self.respond(interaction_id, token, ResponseKind.DEFERRED_MESSAGE, data)

    async def original(self, application_id: Id, token: str) -> Message:
        return await self.followup(application_id, token, ORIGINAL)

    async def edit_original(
        self, application_id: Id, token: str, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Edit the first response, also a deferred one."""
        return await self.edit_followup(application_id, token, ORIGINAL, body, attempts=attempts)

    async def delete_original(self, application_id: Id, token: str) -> None:
        await self.delete_followup(application_id, token, ORIGINAL)

    async def followup(self, application_id: Id, token: str, message_id: Id) -> Message:
        return await self._get(Message, _message("GET", application_id, token, message_id))

    async def create_followup(
        self, application_id: Id, token: str, body: MessageBody, *, attempts: int = ATTEMPTS
    ) -> Message:
        """Add a message to an interaction.

        Discord accepts no nonce here, so the request is not repeated if its reply is lost. A public
        message is found again in the channel: ``messages_after`` with ``interaction_metadata``. For
        an ephemeral one there is no such way: it is in no history, and only its id fetches it.
        """
        path = route("POST", WEBHOOK, application_id, token, query={"wait": True})
        return await self._get(Message, path, new_message(body), attempts=attempts)

    async def edit_followup(
        self,
        application_id: Id,
        token: str,
        message_id: Id,
        body: MessageBody,
        *,
        attempts: int = ATTEMPTS,
    ) -> Message:
        path = _message("PATCH", application_id, token, message_id)
        return await self._get(Message, path, edited_message(body), attempts=attempts)

    async def delete_followup(self, application_id: Id, token: str, message_id: Id) -> None:
        """Delete one of an interaction's messages. One that is gone already is no error."""
        await self._send(_message("DELETE", application_id, token, message_id))


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
