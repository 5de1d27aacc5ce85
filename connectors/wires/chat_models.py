"""Chat models, recognised by the fields of a model list or else by name."""

import re
from collections.abc import Mapping
from typing import Any, Final

# Words of a name, between its separators, that stand for another use.
_OTHER_USES: Final = """
aqa asr babbage bark bge chatterbox clip cogvideo cogvideox cogview colbert colpali colqwen
colqwen2 csm davinci dia dinov2 dinov3 e5 flux gliner gritlm gte guard guardian hailuo
hunyuanvideo ideogram imagen inpainting instructor kandinsky kling kokoro kolors ltx lyria minilm
mochi moderation moonshine mpnet musicgen nemoretriever ocr openvoice orpheus parakeet piper
pixart recraft rerank reranker retrieval retriever reward sbert sd3 sdxl seamless seedance
seedream siglip silero sonic sora splade stella stt t2i t2v text2vec trocr tts uae upscaler veo
vibevoice vits voyage wan wan2 wav2vec2 whisper
"""
_WORDS: Final = frozenset(_OTHER_USES.split())
# Parts of words, and words that have this meaning only together. Compiled by re on first use, as
# start-up does not need it.
_PARTS: Final = (
    r"embed|rerank|whisper|moderation|guard(?:ian)?(?![a-z])|shield(?:gemma|lm)|dall-?e|"
    r"diffusion|transcri|realtime|tts|(?:gpt|qwen|chatgpt|glm|hunyuan|z|grok\W[\d.]+|flash|"
    r"pro)-image|image-(?:gen|edit|preview)|(?:text|image|speech|audio|video)-to-|grok-imagine|"
    r"voice-?clone|speech-|-speech|siglip|colbert|paraphrase-|sentence-|nomic-bert|(?:^|"
    r"[/-])(?:roberta|distilbert|modernbert|bert)\b|(?:jina-(?:clip|colbert|code))|"
    r"(?:snowflake-)?arctic-(?:e|m|l|s|xs)\b|mxbai|paddleocr|canary-\d|sam-vit|"
    r"table-transformer|nemotron-parse|minimax/video|playground-v\d|(?:gemini|flash)-live|"
    r"gpt-3\.5-turbo-instruct|gpt-audio|-audio-preview|computer-use"
)
_CUT: Final = re.compile(r"[^a-z0-9]+")
# ``type``: LM Studio and Together. ``task``, ``pipeline_tag``: Infinity and Hugging Face.
# ``mode``: LiteLLM. OpenRouter lists the kinds of output instead.
_KIND_FIELDS: Final = ("type", "task", "pipeline_tag", "mode")
_OTHER_KIND: Final = (
    r"embed|rerank|score|classif|image$|image_gen|image-gen|images|audio|speech|transcri|"
    r"moderat|video|feature-extr|similarity|tts|asr|diffusion|reward|ranking"
)
_CHAT_KIND: Final = re.compile(
    r"chat|llm|vlm|text-?gen|completion|conversation|language|image-text|text-to-text", re.I
)
_SEES_BY_TYPE: Final = {"vlm": True, "llm": False}  # LM Studio
_BERTS: Final = re.compile(r"bert|^clip$|t5-?enc", re.IGNORECASE)


def is_chat_name(model: str) -> bool:
    """Return whether the name of a model does not stand for another use."""
    words = _CUT.split(model.lower())
    return not (_WORDS.intersection(words) or re.search(_PARTS, model, re.IGNORECASE))


def is_chat_entry(model: str, entry: Mapping[str, Any]) -> bool:
    """Return whether an entry of a model list is a model that can chat."""
    is_chat = _by_capabilities(entry.get("capabilities"))
    is_chat = _by_kind(entry) if is_chat is None else is_chat
    is_chat = _by_output(entry) if is_chat is None else is_chat
    if is_chat is None:
        return is_chat_name(model) and not _is_encoder(entry.get("details"))
    return is_chat


def sees_images(entry: Mapping[str, Any]) -> bool | None:
    """Return whether an entry of a model list takes pictures, or None if it does not say."""
    said = entry.get("supports_vision")  # Cohere, LiteLLM
    if isinstance(said, bool):
        return said
    by_inputs = _by_inputs(entry)
    by_capabilities = _sees_by_capabilities(entry.get("capabilities"))
    found = by_inputs if by_capabilities is None else by_capabilities
    is_lm_studio = found is None and entry.get("state") is not None
    return _SEES_BY_TYPE.get(str(entry.get("type"))) if is_lm_studio else found


def is_same_model(one: str, other: str) -> bool:
    """Return whether two names mean one model; Ollama's tag ``latest`` may be left out."""
    return _plain(one) == _plain(other)


def _plain(model: str) -> str:
    return model.casefold().removeprefix("models/").removesuffix(":latest")


def _by_capabilities(listed: object) -> bool | None:
    """Return what the capabilities say: Mistral's are a mapping, others' a list of words."""
    if isinstance(listed, Mapping):
        can_chat = listed.get("completion_chat")
        return can_chat if isinstance(can_chat, bool) else None
    if not isinstance(listed, list):
        return None
    words = {word for word in listed if isinstance(word, str)}
    if words & {"completion", "chat", "completions", "chat-completion"}:
        return True
    return False if any(map(_is_other_kind, words)) else None


def _is_other_kind(word: str) -> bool:
    return re.search(_OTHER_KIND, word, re.IGNORECASE) is not None


def _sees_by_capabilities(listed: object) -> bool | None:
    """Return what Mistral and Anthropic (a mapping) or Ollama and llama.cpp (a list) say."""
    if isinstance(listed, Mapping):
        said = listed.get("vision", listed.get("image_input"))
        said = said.get("supported") if isinstance(said, Mapping) else said
        return said if isinstance(said, bool) else None
    if isinstance(listed, list) and ("vision" in listed or "completion" in listed):
        return "vision" in listed or "multimodal" in listed
    return None


def _by_inputs(entry: Mapping[str, Any]) -> bool | None:
    """Return what OpenRouter and the router of Hugging Face say."""
    shape = entry.get("architecture")
    inputs = shape.get("input_modalities") if isinstance(shape, Mapping) else None
    inputs = entry.get("input_modalities") if inputs is None else inputs
    return "image" in inputs if isinstance(inputs, list) and inputs else None


def _by_kind(entry: Mapping[str, Any]) -> bool | None:
    for field in _KIND_FIELDS:
        kind = entry.get(field)
        if not isinstance(kind, str):
            continue
        if _CHAT_KIND.search(kind):
            return True
        if _is_other_kind(kind):
            return False
    return None


def _by_output(entry: Mapping[str, Any]) -> bool | None:
    shape = entry.get("architecture")
    outputs = shape.get("output_modalities") if isinstance(shape, Mapping) else None
    outputs = entry.get("output_modalities") if outputs is None else outputs
    return False if isinstance(outputs, list) and outputs and "text" not in outputs else None


def _is_encoder(details: object) -> bool:
    """Return whether the family, which Ollama lists, only embeds."""
    family = details.get("family") if isinstance(details, Mapping) else None
    return isinstance(family, str) and _BERTS.search(family) is not None
