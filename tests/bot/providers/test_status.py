from datetime import date

from bot.providers.backends import Backend
from bot.providers.breaker import FAILURES
from bot.providers.failures import Failure
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
