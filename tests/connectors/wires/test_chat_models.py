from collections.abc import Callable
from typing import Any

import pytest

from connectors import PROVIDERS, ApiRequestFailed, Model
from connectors.wires.anthropic import reply as anthropic_reply
from connectors.wires.chat_models import is_chat_entry, is_chat_name, is_same_model, sees_images
from connectors.wires.cohere import reply as cohere_reply
from connectors.wires.ollama import reply as ollama_reply
from connectors.wires.openai import reply as openai_reply
from tests.rows import each

OTHERS = [
    "text-embedding-3-small",
    "nomic-embed-text",
    "mxbai-embed-large",
    "all-minilm:latest",
    "paraphrase-multilingual:latest",
    "bge-m3",
    "snowflake-arctic-embed2",
    "BAAI/bge-large-en-v1.5",
    "intfloat/multilingual-e5-large",
    "thenlper/gte-large",
    "jina-embeddings-v3",
    "granite-embedding:30m",
    "embeddinggemma",
    "qwen3-embedding:8b",
    "rerank-v3.5",
    "BAAI/bge-reranker-v2-m3",
    "whisper-1",
    "whisper-large-v3-turbo",
    "distil-whisper",
    "tts-1-hd",
    "gpt-4o-mini-tts",
    "gpt-4o-transcribe",
    "dall-e-3",
    "gpt-image-1",
    "sora-2",
    "chatgpt-image-latest",
    "omni-moderation-latest",
    "text-moderation-007",
    "llama-guard3:8b",
    "meta-llama/Llama-Guard-4-12B",
    "shieldgemma:2b",
    "granite3-guardian",
    "meta-llama/llama-prompt-guard-2-22m",
    "gpt-realtime",
    "babbage-002",
    "davinci-002",
    "gpt-3.5-turbo-instruct",
    "mistral-ocr-latest",
    "mistral-embed",
    "mistral-moderation-2411",
    "voxtral-mini-transcribe-2507",
    "models/embedding-001",
    "models/aqa",
    "models/imagen-4.0-generate",
    "gemini-2.5-flash-image",
    "gemini-2.5-flash-preview-tts",
    "playai-tts",
    "canopylabs/orpheus-v1-english",
    "black-forest-labs/FLUX.1-schnell",
    "stabilityai/stable-diffusion-xl",
    "kokoro-82m",
    "parakeet-tdt-0.6b",
    "sentence-transformers/all-mpnet-base-v2",
    "answerdotai/ModernBERT-base",
    "siglip2",
    "voyage-3",
    "openai/clip-vit-large",
    "nvidia/nv-embedqa",
    "grok-2-image",
    "speech-02-hd",
    "gpt-audio",
    "colbertv2",
    "qwen-image",
    "z-image-turbo",
    "infly/inf-retriever-v1",
    "stella_en_400m_v5",
    "hkunlp/instructor-xl",
    "WhereIsAI/UAE-Large-V1",
    "vidore/colqwen2-v1.0",
    "nvidia/canary-1b",
    "usefulsensors/moonshine",
    "sesame/csm-1b",
    "ResembleAI/chatterbox",
    "microsoft/VibeVoice-1.5B",
    "tencent/HunyuanVideo",
    "wan-2.1",
    "kandinsky-3",
    "seedream-4.0",
    "kling-v2",
    "minimax/video-01",
    "gemini-live-2.5-flash-preview",
    "facebook/sam-vit-huge",
    "microsoft/trocr-large",
]
CHAT = [
    "gpt-4o",
    "gpt-6-luna",
    "o3",
    "claude-sonnet-5-5",
    "llama3.2:latest",
    "qwen3-4b",
    "mistral-small-latest",
    "command-a-03-2025",
    "gemma-3-27b-it",
    "gemini-2.5-pro",
    "deepseek-r1",
    "phi-5",
    "sandbox-small",
    "mlx-community/Qwen3-4B-4bit",
    "llava:13b",
    "qwen2.5-vl-7b",
    "pixtral-12b",
    "voxtral-small-2507",
    "codestral-latest",
    "openai/gpt-oss-120b",
    "kimi-k2",
    "glm-4.6",
    "hermes-3",
    "smollm2",
    "gpt-5-codex",
    "minicpm-v",
    "vicuna",
    "aya-expanse",
    "yi-34b-chat",
    "granite3.3:8b",
    "gpt-4-vision-preview",
    "snowflake-arctic-instruct",
    "qwq",
    "orca-mini",
    "dolphin-mixtral",
    "robert-7b",
    "models/gemini-2.5-flash",
    "video-llava",
    "samantha-7b",
    "gradient/llama-clippy",
    "playground",
    "livekit-chat",
    "swan-9b",
]


def test_the_name_of_another_use_is_told() -> None:
    assert [name for name in OTHERS if is_chat_name(name)] == []


def test_the_name_of_a_chat_model_is_told() -> None:
    assert [name for name in CHAT if not is_chat_name(name)] == []


@each(
    "entry, is_chat",
    [
        ({"capabilities": {"completion_chat": False}}, False),
        ({"capabilities": {"completion_chat": True}}, True),
        ({"capabilities": {"vision": True}}, True),
        ({"capabilities": ["completion", "tools"]}, True),
        ({"capabilities": ["embedding"]}, False),
        ({"capabilities": ["tool_use"]}, True),
        ({"type": "embeddings"}, False),
        ({"type": "llm"}, True),
        ({"type": "vlm"}, True),
        ({"type": "model"}, True),
        ({"type": "image"}, False),
        ({"type": "rerank"}, False),
        ({"mode": "audio_transcription"}, False),
        ({"mode": "chat"}, True),
        ({"pipeline_tag": "text-to-image"}, False),
        ({"pipeline_tag": "image-text-to-text"}, True),
        ({"pipeline_tag": "audio-text-to-text"}, True),
        ({"task": "feature-extraction"}, False),
        ({"architecture": {"output_modalities": ["image"]}}, False),
        ({"architecture": {"output_modalities": ["text", "image"]}}, True),
        ({"details": {"family": "nomic-bert"}}, False),
        ({"details": {"family": "llama", "families": ["llama", "clip"]}}, True),
        ({"type": 7, "task": None, "architecture": [], "details": "x", "capabilities": "y"}, True),
    ],
)
def test_what_a_list_says_counts_more_than_the_name(entry: dict[str, Any], is_chat: bool) -> None:
    assert is_chat_entry("some-model", entry) is is_chat


def test_a_list_that_calls_it_a_chat_model_is_believed() -> None:
    assert is_chat_entry("my-embed-and-chat", {"type": "llm"})


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("llama3.2", "llama3.2:latest", True),
        ("Qwen3", "qwen3", True),
        ("models/gemini", "gemini", True),
        ("llama3.2:1b", "llama3.2:latest", False),
    ],
)
def test_two_names_of_one_model_are_the_same(one: str, other: str, same: bool) -> None:
    assert is_same_model(one, other) is same


def test_every_default_model_can_chat() -> None:
    names = [row.model for row in PROVIDERS.values() if row.model]
    names += [
        successor
        for row in PROVIDERS.values()
        for _, successor in row.retired.values()
        if "://" not in successor
    ]
    assert [name for name in names if not is_chat_name(name)] == []


@each(
    "entry, sees",
    [
        ({}, None),
        ({"capabilities": {"completion_chat": True, "vision": True}}, True),  # Mistral
        ({"capabilities": {"completion_chat": True, "vision": False}}, False),
        ({"capabilities": {"image_input": {"supported": True}}}, True),  # Anthropic
        ({"capabilities": {"image_input": {"supported": False}}}, False),
        ({"capabilities": {"image_input": None}}, None),
        ({"capabilities": ["completion", "vision"]}, True),  # Ollama
        ({"capabilities": ["completion", "tools"]}, False),
        ({"capabilities": ["completion", "multimodal"]}, True),  # llama.cpp
        ({"capabilities": ["tool_use"], "type": "vlm", "state": "loaded"}, True),  # LM Studio
        ({"capabilities": ["tool_use"], "type": "llm", "state": "not-loaded"}, False),
        ({"type": "llm"}, None),
        ({"type": "chat"}, None),
        ({"architecture": {"input_modalities": ["text", "image"]}}, True),  # OpenRouter, the hub
        ({"architecture": {"input_modalities": ["text"]}}, False),
        ({"input_modalities": ["TEXT"]}, False),
        ({"architecture": {"input_modalities": []}}, None),
        ({"supports_vision": True}, True),  # LiteLLM, Cohere
        ({"supports_vision": False, "capabilities": {}}, False),
        ({"supports_vision": "yes", "capabilities": 5, "architecture": 5}, None),
    ],
)
def test_a_list_may_say_whether_a_model_sees(entry: dict[str, Any], sees: bool | None) -> None:
    assert sees_images(entry) is sees


OPENAI = b'{"data": [{"id": "x", "architecture": {"input_modalities": ["text"]}}]}'
ANTHROPIC = b'{"data": [{"id": "x", "capabilities": {"image_input": {"supported": false}}}]}'
COHERE = b'{"models": [{"name": "x", "supports_vision": false}]}'
OLLAMA = b'{"models": [{"name": "x", "capabilities": ["completion"]}]}'


@pytest.mark.parametrize(
    ("read", "body"),
    [
        (openai_reply.models, OPENAI),
        (lambda *given: anthropic_reply.models_page(*given)[0], ANTHROPIC),
        (lambda *given: cohere_reply.models_page(*given)[0], COHERE),
        (ollama_reply.models, OLLAMA),
    ],
)
def test_each_wire_reads_it(read: Callable[..., list[Model]], body: bytes) -> None:
    [model] = read("x", body, lambda *_: ApiRequestFailed("x"))
    assert model.sees_images is False
