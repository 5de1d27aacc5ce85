"""Webhooks of channels, used with the bot's token or with the webhook's own."""

from connectors.discord.bodies import MessageBody, new_message
from connectors.discord.codes import UNKNOWN_WEBHOOK
from connectors.discord.objects import Message, Webhook
from connectors.discord.routes import Id, Route, route
from connectors.discord.sending import ATTEMPTS, Resource

WEBHOOK = "/webhooks/{webhook_id}"
WITH_TOKEN = WEBHOOK + "/{webhook_token}"


class Webhooks(Resource):
    """``/webhooks``. One that Discord called unknown is not requested again."""

    async def webhook(self, webhook_id: Id, *, token: str | None = None) -> Webhook:
        """Return a webhook. With its own token the bot needs no permission."""
        return await self._get(Webhook, _webhook("GET", webhook_id, token))

    async def execute_webhook(
        self,
        webhook_id: Id,
        token: str,
        body: MessageBody,
        *,
        thread_id: Id | None = None,
        attempts: int = ATTEMPTS,
    ) -> Message:
        """Post through a webhook.

        Discord accepts no nonce here, so the request is not repeated if its reply is lost.
        """
        query = {"wait": True, "thread_id": thread_id}
        path = route("POST", WITH_TOKEN, webhook_id, token, query=query)
        return await self._get(Message, path, new_message(body), attempts=attempts)

    async def delete_webhook(self, webhook_id: Id, *, token: str | None = None) -> None:
        """Delete a webhook. One that is gone already is no error."""
        await self._send(_webhook("DELETE", webhook_id, token))


def _webhook(method: str, webhook_id: Id, token: str | None) -> Route:
    done_code = UNKNOWN_WEBHOOK if method == "DELETE" else None
    if token is None:
        return route(method, WEBHOOK, webhook_id, done_code=done_code)
    return route(method, WITH_TOKEN, webhook_id, token, done_code=done_code)
