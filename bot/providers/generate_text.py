"""Complete texts written by a model for the bot itself, such as digests."""

import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from uuid import uuid4

import msgspec
from msgspec.structs import replace

from bot.errors import Refused
from bot.providers import texts
from bot.providers.catalog import Catalog
from bot.providers.failures import what_happened
from bot.providers.generation import OURSELVES, Generation
from bot.providers.model_names import quoted
from bot.providers.preferences import Place
from bot.providers.question import Question
from bot.providers.routing import Routing
from bot.providers.spending import Admit, Meter, Settle, admit_all, settle_nothing
from bot.providers.written import Written
from bot.storage.use import Account
from bot.text.formatting import on_one_line
from bot.text.links import without_masks
from connectors import ChatMessage, ChatRequest, ConnectorError, Connectors, Role

log = logging.getLogger(__name__)


class GeneratedText(msgspec.Struct, frozen=True):
    """A text and its author; ``is_cut`` if the model reached its length limit."""

    text: str
    by: str
    is_cut: bool = False


class GenerationFailed(Exception):
    """No text was generated; the message is a sentence for people.

    ``may_pass``: a retry may help, in ``retry_after`` seconds at the earliest.
    """

    def __init__(
        self, why: str, reason: str = "", *, may_pass: bool = False, retry_after: float = 0.0
    ) -> None:
        super().__init__(why)
        self.reason = reason
        self.may_pass = may_pass
        self.retry_after = retry_after


Generate = Callable[[Place, str, str], Awaitable[GeneratedText]]


class TextGenerator:
    """Generates texts with the model that /model selects for a person in a place."""

    def __init__(
        self,
        connectors: Connectors,
        catalog: Catalog,
        routing: Routing,
        settle: Settle = settle_nothing,
        admit: Admit = admit_all,
    ) -> None:
        self._connectors = connectors
        self._catalog = catalog
        self._routing = routing
        self._settle = settle
        self._admit = admit

    async def generate(self, place: Place, instructions: str, prompt: str) -> GeneratedText:
        """Return a complete text. Raise GenerationFailed if no candidate writes one."""
        account, question = _account(place), Question(prompt, instructions=instructions)
        try:
            question = await self._admit(account, place, question)
        except Refused as error:  # a limit is reached
            raise GenerationFailed(str(error)) from error
        route = await self._routing.route(place, *question.asks)
        question = replace(question, provider=route.chosen, model=route.model)
        outlet = self._routing.outlet(place)
        generation = Generation(question, self._connectors, self._catalog, _ignore, outlet)
        try:
            await generation.run(route)
        finally:
            await self._settle(account, generation.progress.spent)
        if generation.finish_reason is None:
            raise _failed(generation)
        if generation.is_refusal:
            raise GenerationFailed(texts.REFUSED.format(label=generation.label), may_pass=True)
        if generation.finish_reason not in ("stop", "length") or not generation.has_begun:
            may_pass = generation.finish_reason == "stop"
            raise GenerationFailed(_why_no_text(generation), may_pass=may_pass)
        model = without_masks(on_one_line(generation.model or ""))
        badge = texts.BADGE if generation.outlet.is_local_only else ""
        by = " · ".join(filter(None, [generation.label, model, badge]))
        is_cut = generation.finish_reason == "length"
        return GeneratedText(generation.text.strip(), by, is_cut=is_cut)

    async def complete(
        self, place: Place, provider: str, model: str | None, instructions: str, prompt: str
    ) -> str | None:
        """Return a whole text by this model, or None if that fails, without a turn in its line.

        It is for a request that has its turn already, and needs this text first.
        """
        said = [ChatMessage(Role.SYSTEM, instructions), ChatMessage(Role.USER, prompt)]
        name = model or self._connectors.model_of(provider) or ""
        meter, is_whole = Meter(written := Written("", "")), False
        try:
            outlet, request = self._routing.outlet(place), ChatRequest(said, model)
            with meter.request(said, lambda: (provider, name)):
                async with aclosing(await outlet.send(provider, request)) as chunks:
                    async for chunk in chunks:
                        if chunk.retracts:
                            written.retract()
                        written.add(chunk.text)
                        meter.usage = chunk.usage or meter.usage
                        is_whole = is_whole or chunk.finish_reason == "stop"
        except ConnectorError as error:
            log.warning("%s; a text could not be written", error)
            return None
        finally:
            await self._settle(_account(place), meter.spent)
        return written.text if is_whole else None


def _account(place: Place) -> Account:
    """Return the account of what the bot asks by itself: that of the server."""
    return Account(uuid4().hex, place.guild_id or 0, OURSELVES)


def _ignore() -> None:
    """Wait for the whole text."""


def _failed(generation: Generation) -> GenerationFailed:
    if not generation.failures:
        is_local_only = generation.outlet.is_local_only
        return GenerationFailed(texts.NO_LOCAL_MODEL if is_local_only else texts.NO_PROVIDER)
    said = " ".join(dict.fromkeys(map(what_happened, generation.failures)))
    errors = [failure.error for failure in generation.failures]
    return GenerationFailed(
        said,
        errors[-1].reason,
        may_pass=any(error.retryable for error in errors),
        retry_after=min(error.retry_after or 0.0 for error in errors),
    )


def _why_no_text(generation: Generation) -> str:
    sentence = {
        "content_filter": texts.BLOCKED,
        "length": texts.USED_UP,
        "tool_calls": texts.CALLED_TOOL,
        "stop": texts.ONLY_THOUGHT if generation.reasoning.strip() else texts.EMPTY,
    }.get(generation.finish_reason or "", texts.CUT_OFF)
    return sentence.format(label=generation.label, model=quoted(generation.model))
