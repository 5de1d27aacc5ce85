"""Finish reasons of all providers, mapped to the common ones.

Sources beside the providers' own pages: api-docs.deepseek.com (insufficient_system_resource),
ai.google.dev (SAFETY and others), docs.bigmodel.cn (sensitive, network_error), docs.aws.amazon.com
(guardrail_intervened), openrouter.ai (error).
"""

from typing import Final

from connectors.wires.wordings import by_word

_COMMON: Final = by_word(
    {
        "stop": """
            stop stopped stop_sequence stop_token stop_string stop_str end end_turn end_of_turn
            end_of_text endoftext eos eos_token eos_found complete completed done finish finished
            success normal
        """,
        "length": """
            length max_length max_tokens max_output_tokens max_completion_tokens max_new_tokens
            max_tokens_reached model_length model_context_window_exceeded context_length
            context_length_exceeded context_window_exceeded context_limit token_limit
            token_limit_reached length_limit output_limit length_capped incomplete truncated
            error_limit
        """,
        "tool_calls": "tool_calls tool_call tool_use tooluse function_call function_calls",
        "content_filter": """
            content_filter content_filtered filtered filter refusal refused safety recitation
            language blocklist prohibited_content spii image_safety image_prohibited_content
            model_armor sensitive error_toxic toxic toxicity guardrail guardrail_intervened
            guardrails content_policy content_policy_violation policy_violation moderation moderated
            content_moderation blocked flagged censored risk safety_violation jailbreak
        """,
        "pause": "pause pause_turn",
    }
)
NO_WORDS: Final = frozenset({"", "null", "none", "undefined"})


def _normal(raw: str) -> str:
    """Return a word as in the table: ``FINISH_REASON_MAX_TOKENS`` is ``max_tokens``."""
    word = raw.strip().lower().replace("-", "_").replace(" ", "_")
    return word.removeprefix("finish_reason_").removeprefix("finishreason.")


def finish_reason(raw: str | None, *, has_calls: bool) -> str:
    """Return the common word; an unknown one is an error, as the answer may not be whole.

    With tool calls, ``stop`` means tool_calls (vLLM for a named tool_choice), but length does not.
    """
    word = _normal(raw or "")
    common = "stop" if word in NO_WORDS else _COMMON.get(word, "error")
    return "tool_calls" if has_calls and common in ("stop", "tool_calls") else common
