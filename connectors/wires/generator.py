"""Going on from a bare prompt, for the wires that can."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, Sequence
from functools import partial

from connectors.chat import ChatRequest, Chunk, Completion
from connectors.shared import ChatMessage, Role
from connectors.wires.request_checks import check
from connectors.wires.wire import Call, Wire


class GeneratorWire(Wire):
    """A wire that also goes on from a bare prompt."""

    async def generate(
        self,
        prompt: str,
        *,
        model: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> Completion:
        """Return the whole text that follows the prompt."""
        request = _prompt(prompt, model, max_tokens, temperature, stop, seed)
        return await self._complete(await self._checked_prompt(request, is_stream=False))

    def generate_stream(
        self,
        prompt: str,
        *,
        model: str | None = None,
        max_tokens: int | None = None,
        temperature: float | None = None,
        stop: Sequence[str] = (),
        seed: int | None = None,
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the text that follows the prompt as it is written, as ``stream`` does."""
        request = _prompt(prompt, model, max_tokens, temperature, stop, seed)
        return self._chunks(partial(self._checked_prompt, request, is_stream=True))

    async def _checked_prompt(self, request: ChatRequest, *, is_stream: bool) -> Call:
        check(self._name, request)
        return await self._generate_call(self._capped(request), is_stream=is_stream)

    @abstractmethod
    async def _generate_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        """Return the request, whose only message is the prompt, in this wire's own form."""


def _prompt(
    prompt: str,
    model: str | None,
    max_tokens: int | None,
    temperature: float | None,
    stop: Sequence[str],
    seed: int | None,
) -> ChatRequest:
    messages = (ChatMessage(Role.USER, prompt),)
    return ChatRequest(messages, model, max_tokens, temperature, stop, seed)
