from datetime import date

from bot.providers.routing import Route
from bot.providers.status import ProviderStatus, status_text
from connectors import PROVIDERS
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
