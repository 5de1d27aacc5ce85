"""From a question to the text of its answer: which provider is asked, and who goes on when one fails."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.providers.failures import Failure, for_log
from bot.providers.redaction import without_quotations
from connectors import (
    ApiRequestFailed,
    ChatMessage,
    ChatRequest,
    ConnectorError,
    InvalidResponse,
    OutOfMemory,
    Role,
    UnmarkedEnd,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.providers.catalog import Catalog
    from bot.providers.routing import Route
    from connectors import Chunk, Connectors

log = logging.getLogger(__name__)

# As UTF-8 at most 8 MB: what fits into an attachment, of which Discord takes 10 MiB.
ANSWER_LIMIT = 2_000_000
GO_ON = "Go on exactly where you stopped. Repeat nothing, and do not comment on the interruption."


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, of whom if the person chose, and the part of the answer that there already is."""

    prompt: str
    provider: str | None = None
    model: str | None = None
    so_far: str = ""
    instructions: str = ""  # of ours, apart from what a person wrote


@dataclass(frozen=True, slots=True)
class Progress:
    """What the models have said so far; ``finish_reason`` is None until one came to the end."""

    text: str = ""
    reasoning: str = ""
    provider: str | None = None
    model: str | None = None
    finish_reason: str | None = None


class Generation:
    """Reads one answer, or the rest of one. ``text`` grows while ``run`` runs; failures are collected, never raised.

    Where a model turns out to have been thinking, its text becomes reasoning: ``on_retract`` is told how much of the text
    is left.
    """

    def __init__(
        self,
        question: Question,
        connectors: Connectors,
        catalog: Catalog,
        on_text: Callable[[], None],
        progress: Progress = Progress(),
        on_retract: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._question = question
        self._connectors = connectors
        self._catalog = catalog
        self._on_text = on_text
        self._on_retract = on_retract
        self._has_said = False  # the provider that is asked has written a word
        self._own = 0  # where the text begins that may turn out to be thinking
        self._pieces = [progress.text]
        self._length = len(progress.text)
        self._thoughts = [progress.reasoning]
        self.provider = progress.provider
        self.model = progress.model
        self.finish_reason = progress.finish_reason  # None: no provider came to the end
        self.failures: list[Failure] = []
        self.is_refusal = False  # the model says that it will not

    @property
    def text(self) -> str:
        """The answer so far, without what the question brought along."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def progress(self) -> Progress:
        """What there is so far, for whoever goes on."""
        return Progress(self.text, self.reasoning, self.provider, self.model, self.finish_reason)

    @property
    def reasoning(self) -> str:
        """What the model thought aloud, apart from the answer."""
        if len(self._thoughts) > 1:
            self._thoughts = ["".join(self._thoughts)]
        return self._thoughts[0] if self._thoughts else ""

    @property
    def label(self) -> str:
        """The name of the provider that answers, as people know it."""
        return self._connectors.providers[self.provider].label if self.provider else ""

    @property
    def has_begun(self) -> bool:
        """Whether there is a word to see."""
        return bool(self.text.strip())

    async def run(self, route: Route) -> None:
        """Ask the route's providers one after the other until one comes to the end of its answer.

        Nothing visible yet: the next one begins anew. Something visible: the same one goes on from there once, then
        the next. What is wrong with the question at every provider ends it.
        """
        for at, name in enumerate(route.candidates, start=1):
            is_last = at == len(route.candidates)
            for _ in range(2):
                if await self._read_from(name, is_last=is_last):
                    return
                if not self._may_try_again():
                    break
            if self._is_hopeless():
                return

    def _is_hopeless(self) -> bool:
        """Return whether the next provider could do no better: nothing is asked, or the answer is there."""
        if isinstance(self.failures[-1].error, UnmarkedEnd):
            # What is shown is probably whole: asked to go on, a model would say it again.
            return True
        return not self._question.prompt.strip() or self._length > ANSWER_LIMIT

    def _may_try_again(self) -> bool:
        error = self.failures[-1].error
        # Before the headers of an answer the connector has tried several times by itself.
        if isinstance(error, UnmarkedEnd):
            return False
        broke_in_stream = error.reason == "truncated" or error.status == 200
        return error.retryable and (broke_in_stream or self.has_begun)

    async def _read_from(self, name: str, *, is_last: bool) -> bool:
        """Return whether the answer came to its end; else there is one failure more.

        An end without a word is one only where nobody else can be asked, and never behind a part of an answer.
        """
        self._begin(name)
        try:
            connector = self._connectors.get(name)
            async with aclosing(connector.stream(self._request())) as chunks:
                async for chunk in chunks:
                    self._take(chunk)
            if not self._has_said and (self.has_begun or not is_last):
                raise _no_word(name, self.finish_reason, has_thought=bool(self.reasoning.strip()))
        except ConnectorError as error:
            self._fail(name, error)
            return False
        self.finish_reason = self.finish_reason or "stop"
        self._catalog.failures.pop(name, None)
        return True

    def _begin(self, name: str) -> None:
        self._has_said = False
        if name != self.provider or self.reasoning:
            self._own = self._length
        self.provider = name
        self.model = self._question.model or self._connectors.model_of(name)
        self.finish_reason = None
        if not self.has_begun:
            self._pieces.clear()
            self._length = self._own = 0
            self._thoughts.clear()

    def _request(self) -> ChatRequest:
        messages = [ChatMessage(Role.USER, self._question.prompt)]
        if self._question.instructions:
            messages.insert(0, ChatMessage(Role.SYSTEM, self._question.instructions))
        so_far = self._question.so_far + self.text
        if so_far.strip():
            messages += [ChatMessage(Role.ASSISTANT, so_far), ChatMessage(Role.USER, GO_ON)]
        return ChatRequest(messages, model=self._question.model)

    def _take(self, chunk: Chunk) -> None:
        if chunk.model:
            self.model = chunk.model
        if chunk.finish_reason:
            self.finish_reason = chunk.finish_reason
        if chunk.retracts:
            self._retract()
        if chunk.reasoning:
            self._thoughts.append(chunk.reasoning)
        self.is_refusal |= bool(chunk.refusal)
        text = chunk.text or chunk.refusal
        if text:
            self._length += len(text)
            if self._length > ANSWER_LIMIT:
                raise OutOfMemory(self.provider or "")
            self._pieces.append(text)
            self._has_said = self._has_said or not text.isspace()
            self._on_text()

    def _retract(self) -> None:
        """Take what this provider has said so far for reasoning."""
        text = self.text
        self._thoughts.append(text[self._own :])
        self._pieces, self._length = [text[: self._own]], self._own
        self._has_said = False
        self._on_retract(self._own)
        self._on_text()

    def _fail(self, name: str, error: ConnectorError) -> None:
        self.finish_reason = None
        failure = Failure(
            error,
            self._connectors.providers[name],
            self.model,
            self._nearest(name, error),
            begun=self.has_begun,
            said=without_quotations(error.detail, self._written()),
            address_is_default=self._connectors.address_is_default(name),
        )
        log.warning("%s", for_log(failure))
        self.failures.append(failure)
        self._catalog.failures[name] = failure

    def _nearest(self, name: str, error: ConnectorError) -> list[str]:
        if error.reason not in ("not_found", "gone"):
            return []
        return self._catalog.nearest(name, self.model or "")

    def _written(self) -> Sequence[str]:
        """What people and models wrote: a provider may quote it in an error, and no log may hold it."""
        question = self._question
        return (question.prompt, question.instructions, question.so_far, self.text, self.reasoning)


def _no_word(name: str, finish_reason: str | None, *, has_thought: bool) -> ConnectorError:
    match finish_reason:
        case "content_filter":
            return ApiRequestFailed(name, reason="content_filter")
        case "error":
            return ApiRequestFailed(name, reason="server", retryable=False)
        case "length":
            summary = "the model used its whole length limit for thinking"
            return InvalidResponse(name, reason="only_thoughts", summary=summary)
        case "tool_calls":
            summary = "the model tried to call a tool, although none was offered"
            return InvalidResponse(name, reason="tool_call", summary=summary)
    if has_thought:
        summary = "the model only thought and wrote no answer"
        return InvalidResponse(name, reason="only_thoughts", summary=summary)
    return InvalidResponse(name, reason="empty", summary="the answer is empty")
