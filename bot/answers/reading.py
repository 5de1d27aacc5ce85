"""From a question to the text of its answer: which provider is asked, and who goes on when one fails."""

import logging
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from bot.catalogue import Catalogue
from bot.errors import Failure
from connectors import (
    ChatMessage,
    ChatRequest,
    Chunk,
    ConnectorError,
    Connectors,
    OutOfMemory,
    Role,
)

log = logging.getLogger(__name__)

# As UTF-8 at most 8 MB: what fits into an attachment, of which Discord takes 10 MiB.
ANSWER_LIMIT = 2_000_000
GO_ON = "Go on exactly where you stopped. Repeat nothing, and do not comment on the interruption."

# What is wrong with the question itself is wrong with every provider.
OF_THE_QUESTION = {"bad_request", "validation", "context_length", "too_large"}


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, of whom if the person chose, and the part of the answer that there already is."""

    prompt: str
    provider: str | None = None
    model: str | None = None
    so_far: str = ""
    instructions: str = ""  # of ours, apart from what a person wrote


@dataclass(frozen=True, slots=True)
class Heard:
    """What the models have said so far; ``finish_reason`` is None until one came to the end."""

    text: str = ""
    reasoning: str = ""
    provider: str | None = None
    model: str | None = None
    finish_reason: str | None = None


class Reading:
    """Reads one answer, or the rest of one. ``text`` grows while ``read`` runs; failures are collected, never raised."""

    def __init__(
        self,
        question: Question,
        connectors: Connectors,
        catalogue: Catalogue,
        default: str | None,
        on_text: Callable[[], None],
        heard: Heard = Heard(),
    ) -> None:
        self._question = question
        self._connectors = connectors
        self._catalogue = catalogue
        self._default = default
        self._on_text = on_text
        self._pieces = [heard.text]
        self._length = len(heard.text)
        self._thoughts = [heard.reasoning]
        self.provider = heard.provider
        self.model = heard.model
        self.finish_reason = heard.finish_reason  # None: no provider came to the end
        self.failures: list[Failure] = []
        self.is_refusal = False  # the model says that it will not

    @property
    def text(self) -> str:
        """The answer so far, without what the question brought along."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def heard(self) -> Heard:
        """What there is so far, for whoever goes on."""
        return Heard(self.text, self.reasoning, self.provider, self.model, self.finish_reason)

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

    async def read(self) -> None:
        """Ask one provider after the other until one comes to the end of its answer.

        Nothing visible yet: the next provider begins anew. Something visible: the same one goes on from
        there once, then the next. A provider or model that the person chose is never replaced.
        """
        if not self._catalogue.usable():
            await self._catalogue.look_for_local()
        for name in self._candidates():
            for _ in range(2):
                if await self._read_from(name):
                    return
                if not self._may_try_again():
                    break
            if self.failures[-1].error.reason in OF_THE_QUESTION:
                return

    def _candidates(self) -> Iterator[str]:
        if self._question.provider is not None:
            yield self._question.provider
            return
        usable = self._catalogue.usable()
        first = self._default or next(iter(usable), None)
        if first is not None:
            yield first
        if self._question.model is None:
            yield from (name for name in usable if name != first)

    def _may_try_again(self) -> bool:
        error = self.failures[-1].error
        # Before the headers of an answer the connector has tried several times by itself.
        broke_in_stream = error.reason == "truncated" or error.status == 200
        return error.retryable and (broke_in_stream or self.has_begun)

    async def _read_from(self, name: str) -> bool:
        """Return whether the answer came to its end; else there is one failure more."""
        self._begin(name)
        try:
            connector = self._connectors.get(name)
            async with aclosing(connector.stream(self._request())) as chunks:
                async for chunk in chunks:
                    self._take(chunk)
        except ConnectorError as error:
            self._fail(name, error)
            return False
        self.finish_reason = self.finish_reason or "stop"
        self._catalogue.failures.pop(name, None)
        return True

    def _begin(self, name: str) -> None:
        self.provider = name
        self.model = self._question.model or self._connectors.model_of(name)
        self.finish_reason = None
        if not self.has_begun:
            self._pieces.clear()
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
        if chunk.reasoning:
            self._thoughts.append(chunk.reasoning)
        self.is_refusal |= bool(chunk.refusal)
        text = chunk.text or chunk.refusal
        if text:
            self._length += len(text)
            if self._length > ANSWER_LIMIT:
                raise OutOfMemory(self.provider or "")
            self._pieces.append(text)
            self._on_text()

    def _fail(self, name: str, error: ConnectorError) -> None:
        self.finish_reason = None
        row = self._connectors.providers[name]
        log.warning("%s", error)
        nearest: list[str] = []
        if error.reason in {"not_found", "gone"}:
            nearest = self._catalogue.nearest(name, self.model or "")
        failure = Failure(error, row, self.model, nearest, begun=self.has_begun)
        self.failures.append(failure)
        self._catalogue.failures[name] = failure
