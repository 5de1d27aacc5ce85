"""Webhooks of channels: looked at, posted through and deleted, with the bot's token or the webhook's own."""

from connectors.discord.bodies import MessageBody, new_message
from connectors.discord.objects import Message, Webhook
from connectors.discord.routes import Id, Route, route
from connectors.discord.sending import ATTEMPTS, Resource

UNKNOWN_WEBHOOK = frozenset({"10015"})


class Webhooks(Resource):
    """``/webhooks``. One that Discord once called unknown is not asked for again."""

    async def webhook(self, webhook_id: Id, *, token: str | None = None) -> Webhook:
        """Return a webhook; with its own token the bot needs no permission."""
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
        """Post through a webhook; Discord takes no nonce here, so a lost answer is raised."""
        path = route(
            "POST",
            "/webhooks/{webhook_id}/{webhook_token}",
            webhook_id=webhook_id,
            webhook_token=token,
            query={"wait": True, "thread_id": thread_id},
        )
        return await self._get(Message, path, new_message(body), attempts=attempts)

    async def delete_webhook(self, webhook_id: Id, *, token: str | None = None) -> None:
        """Delete a webhook for good, or find it gone."""
        await self._do(_webhook("DELETE", webhook_id, token))


def _webhook(method: str, webhook_id: Id, token: str | None) -> Route:
    done = UNKNOWN_WEBHOOK if method == "DELETE" else frozenset[str]()
    if token is None:
        return route(method, "/webhooks/{webhook_id}", webhook_id=webhook_id, done_codes=done)
    return route(
        method,
        "/webhooks/{webhook_id}/{webhook_token}",
        webhook_id=webhook_id,
        webhook_token=token,
        done_codes=done,
    )
