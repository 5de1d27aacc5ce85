"""Text generation from a bare prompt, for the wires that have it."""

from abc import abstractmethod
from collections.abc import AsyncGenerator
from functools import partial
from typing import Unpack

from connectors.chat import ChatRequest, Chunk, Completion, GenerateOptions
from connectors.shared import ChatMessage, Role
from connectors.wires.call import Call
from connectors.wires.request_checks import check
from connectors.wires.wire import Wire


class GeneratorWire(Wire):
    """A wire that also continues a bare prompt."""

    async def generate(self, prompt: str, **options: Unpack[GenerateOptions]) -> Completion:
        """Return the whole text that follows the prompt."""
        request = ChatRequest((ChatMessage(Role.USER, prompt),), **options)
        return await self._complete(await self._checked_prompt(request, is_stream=False))

    def generate_stream(
        self, prompt: str, **options: Unpack[GenerateOptions]
    ) -> AsyncGenerator[Chunk, None]:
        """Yield the text that follows the prompt as it is written, as ``stream`` does."""
        request = ChatRequest((ChatMessage(Role.USER, prompt),), **options)
        return self._chunks(partial(self._checked_prompt, request, is_stream=True))

    async def _checked_prompt(self, request: ChatRequest, *, is_stream: bool) -> Call:
        check(self._name, request)
        return await self._generate_call(self._capped(request), is_stream=is_stream)

    @abstractmethod
    async def _generate_call(self, request: ChatRequest, *, is_stream: bool) -> Call:
        """Return the request, whose only message is the prompt, in the form of this wire."""
