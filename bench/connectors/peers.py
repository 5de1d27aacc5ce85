"""Peers, used as their documentation shows, with retries and telemetry off.

None of them is a dependency of the project.
"""

import importlib
from collections.abc import AsyncGenerator
from typing import Any, Final

from bench.connectors.clients import Messages

KEY: Final = "sk-bench"
LITELLM_MODELS: Final = {
    "openai": "openai/gpt-4o-mini",
    "anthropic": "anthropic/claude-3-5-haiku-latest",
    "ollama": "ollama_chat/llama3.2",
}


class OpenAISDK:
    def __init__(self, api: str, base: str, limit: int) -> None:  # noqa: ARG002 - as it comes
        openai = _imported("openai")
        self._client = openai.AsyncOpenAI(api_key=KEY, base_url=f"{base}/v1", max_retries=0)

    async def complete(self, messages: Messages) -> str:
        answer = await self._ask(messages)
        text: str = answer.choices[0].message.content
        return text

    async def stream(self, messages: Messages) -> AsyncGenerator[str, None]:
        async for chunk in await self._ask(messages, stream=True):
            for choice in chunk.choices:
                if choice.delta.content:
                    yield choice.delta.content

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(self, messages: Messages, **options: Any) -> Any:
        return await self._client.chat.completions.create(
            model="gpt-4o-mini", messages=messages, max_tokens=512, **options
        )


class AnthropicSDK:
    def __init__(self, api: str, base: str, limit: int) -> None:  # noqa: ARG002 - as it comes
        anthropic = _imported("anthropic")
        self._client = anthropic.AsyncAnthropic(api_key=KEY, base_url=base, max_retries=0)

    async def complete(self, messages: Messages) -> str:
        answer = await self._ask(messages)
        return "".join(block.text for block in answer.content)

    async def stream(self, messages: Messages) -> AsyncGenerator[str, None]:
        async for event in await self._ask(messages, stream=True):
            if event.type == "content_block_delta":
                yield event.delta.text

    async def aclose(self) -> None:
        await self._client.close()

    async def _ask(self, messages: Messages, **options: Any) -> Any:
        return await self._client.messages.create(
            model="claude-3-5-haiku-latest",
            system=messages[0]["content"],
            messages=messages[1:],
            max_tokens=512,
            **options,
        )


class OllamaSDK:
    """Its pool ends at 100 connections unless it is told otherwise, so it is told."""

    def __init__(self, api: str, base: str, limit: int) -> None:  # noqa: ARG002 - one service
        ollama, httpx = _imported("ollama"), _imported("httpx")
        limits = httpx.Limits(max_connections=limit, max_keepalive_connections=limit)
        self._client = ollama.AsyncClient(host=base, limits=limits)

    async def complete(self, messages: Messages) -> str:
        answer = await self._client.chat(model="llama3.2", messages=messages)
        text: str = answer.message.content
        return text

    async def stream(self, messages: Messages) -> AsyncGenerator[str, None]:
        async for part in await self._client.chat(model="llama3.2", messages=messages, stream=True):
            if part.message.content:
                yield part.message.content

    async def aclose(self) -> None:
        await self._client._client.aclose()  # noqa: SLF001 - it has no way of its own


class LiteLLM:
    def __init__(self, api: str, base: str, limit: int) -> None:  # noqa: ARG002 - as it comes
        self._litellm = _imported("litellm")
        self._litellm.telemetry = False
        self._litellm.suppress_debug_info = True
        self._options = {
            "model": LITELLM_MODELS[api],
            "api_base": f"{base}/v1" if api == "openai" else base,
            "api_key": KEY,
            "max_tokens": 512,
            "num_retries": 0,
        }

    async def complete(self, messages: Messages) -> str:
        answer = await self._litellm.acompletion(messages=list(messages), **self._options)
        text: str = answer.choices[0].message.content
        return text

    async def stream(self, messages: Messages) -> AsyncGenerator[str, None]:
        answer = await self._litellm.acompletion(
            messages=list(messages), stream=True, **self._options
        )
        async for chunk in answer:
            for choice in chunk.choices:
                if choice.delta.content:
                    yield choice.delta.content

    async def aclose(self) -> None:
        pass


def _imported(name: str) -> Any:
    # Not installed here as a rule, so there are no types to check against.
    return importlib.import_module(name)
