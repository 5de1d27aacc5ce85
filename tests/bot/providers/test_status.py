from datetime import date
from typing import Any

import pytest

from bot.providers.backends import Backend
from bot.providers.breaker import FAILURES
from bot.providers.failures import Failure
from bot.providers.reader import Reader
from bot.providers.routing import Route
from bot.providers.status import ProviderStatus, status_text
from bot.text.chunking import MESSAGE_LIMIT
from connectors import PROVIDERS, ApiRequestFailed
from connectors.check import Checked


def test_a_retired_default_is_shown_with_its_successor() -> None:
    row = PROVIDERS["openai"]
    ended, successor = row.retired["gpt-4"]
    assert ended < date(2026, 11, 22)
    checked = Checked(row, is_configured=True, model=successor, latency_s=0.02)
    text = status_text(
        [ProviderStatus(checked)], Route(("openai",), None, "the first provider that is set up")
    )
    assert f"`{successor}` (replaces `gpt-4`, retired on {ended})" in text


def busy() -> Backend:
    """Return a backend whose places are taken by alice and bob, and who failed them before."""
    backend = Backend(2)
    for person in (1, 2):
        backend.line.take(person)
    backend.latencies.add(0.5)
    for _ in range(FAILURES):
        backend.breaker.failed()
    backend.next_check_at = 1_800_000_000.0
    return backend


def test_the_line_the_failures_and_the_last_latencies_stand_below_the_status() -> None:
    checked = Checked(PROVIDERS["vllm"], is_configured=True, model="m", latency_s=0.02)
    status = ProviderStatus(checked, backend=busy())
    assert status_text([status], Route((), None, "")).splitlines()[:2] == [
        "🟠 **vLLM** · 20 ms · `m`",
        "-# 2 of 2 places taken · 3 failures in a row: others are asked first "
        "(next check <t:1800000000:R>) · first words ▃ 0.5 s",
    ]


def test_who_does_nothing_needs_no_second_line() -> None:
    checked = Checked(PROVIDERS["vllm"], is_configured=True, model="m", latency_s=0.02)
    text = status_text([ProviderStatus(checked, backend=Backend(8))], Route((), None, ""))
    assert text.startswith("🟢 **vLLM** · 20 ms · `m`\n\n")


def test_the_status_of_nine_busy_providers_that_fail_fits_into_a_message() -> None:
    def status(name: str) -> ProviderStatus:
        error = ApiRequestFailed(name, 500, detail="x" * 400)
        failure = Failure(error, PROVIDERS[name], "m", said="y" * 400)
        checked = Checked(PROVIDERS[name], is_configured=True, model="m", error=error)
        return ProviderStatus(checked, failure, backend=busy())

    text = status_text(list(map(status, PROVIDERS)), Route(("openai",), None, "chosen by you"))
    assert len(text) <= MESSAGE_LIMIT
    assert all(row.label in text for row in PROVIDERS.values())
    assert text.endswith("Questions asked here go to **OpenAI** (chosen by you).")


def status_of(name: str, **checked: Any) -> ProviderStatus:
    return ProviderStatus(Checked(PROVIDERS[name], model="m", **checked))


WORKS = {"is_configured": True, "latency_s": 0.02}
ABSENT = {"is_configured": False}
BROKEN = {"is_configured": True, "error": ApiRequestFailed("openai", 500)}


@pytest.mark.parametrize(
    ("first", "second", "candidates", "is_marked"),
    [
        (WORKS, WORKS, ("openai",), False),
        (BROKEN, WORKS, ("openai",), True),
        (ABSENT, WORKS, ("openai",), True),
        (BROKEN, WORKS, ("openai", "mistral"), False),
        (BROKEN, ABSENT, ("openai", "mistral"), True),
    ],
)
def test_a_route_that_cannot_work_is_marked(
    first: dict[str, Any], second: dict[str, Any], candidates: tuple[str, ...], is_marked: bool
) -> None:
    statuses = [status_of("openai", **first), status_of("mistral", **second)]
    text = status_text(statuses, Route(candidates, None, "chosen by you"))
    mark = "\n🔴 OpenAI cannot answer at the moment, so a question would fail. Choose another model"
    assert (mark in text) is is_marked


def test_who_is_set_up_comes_first_and_what_is_said_of_several_is_said_once() -> None:
    names: dict[str, dict[str, Any]] = {
        "anthropic": ABSENT,
        "openai": WORKS,
        "ollama": ABSENT,
        "cohere": ABSENT,
    }
    statuses = [status_of(name, **checked) for name, checked in names.items()]
    route = Route(("openai",), None, "chosen by you")
    assert status_text(statuses, route).splitlines()[:4] == [
        "🟢 **OpenAI** · 20 ms · `m`",
        "⚪ Anthropic, Cohere · not set up",
        "⚪ Ollama · not running",
        "",
    ]
    assert "\n⚪ Cohere · not set up: COHERE_API_KEY is missing\n" in status_text(
        statuses, route, Reader.OWNER
    )


def test_an_error_that_a_check_and_the_last_answer_met_is_said_once() -> None:
    error = ApiRequestFailed("openai", 401, "auth")
    failure = Failure(error, PROVIDERS["openai"], "m", at=1.8e9, said="No such key.")
    checked = Checked(PROVIDERS["openai"], is_configured=True, model="m", error=error)
    text = status_text([ProviderStatus(checked, failure)], Route((), None, ""), Reader.MANAGER)
    assert text.count("refused the key") == 1
    assert "It said: `No such key.` (<t:1800000000:R>)\n" in text


def test_where_no_local_model_may_answer_the_route_says_so() -> None:
    route = Route((), None, "", is_local_only=True)
    assert status_text([], route).endswith("only local models may, and none is running.")


def test_only_managers_read_what_a_provider_said_to_a_check() -> None:
    error = ApiRequestFailed("openai", 403, "permission", detail="Your organization is disabled.")
    status = status_of("openai", is_configured=True, error=error)
    texts = [status_text([status], Route(("openai",), None, ""), reader) for reader in Reader]
    assert ["organization is disabled" in text for text in texts] == [False, True, True]
