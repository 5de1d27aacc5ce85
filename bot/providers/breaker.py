"""A breaker: open while a provider fails time after time, so that others are asked first."""

from connectors.shared import ConnectorError, MissingApiKey, exponential_backoff

FAILURES = 3  # in a row
FIRST_CHECK_MS, LAST_CHECK_MS = 5_000, 300_000
# Reasons that would meet every question, and those that would if they are about the default model.
_OF_PROVIDER = {
    "auth",
    "billing",
    "loading",
    "malformed_key",
    "overloaded",
    "rate_limit",
    "server",
    "timeout",
    "truncated",
    "unavailable",
    "wrong_address",
}
_OF_MODEL = {"gone", "not_found", "permission"}


def is_of_provider(error: ConnectorError, *, is_default_model: bool) -> bool:
    """Return whether an error says something about the provider, and not about the question.

    That it is not set up is no failure.
    """
    if isinstance(error, MissingApiKey) and error.reason == "auth":
        return False
    return error.reason in _OF_PROVIDER or (is_default_model and error.reason in _OF_MODEL)


class Breaker:
    """Counts the failures of one provider. After a passed check one more opens it again."""

    def __init__(self) -> None:
        self.failures = 0  # in a row
        self.is_open = False
        self._checks = 0  # since it last answered
        self._retry_after_s = 0.0

    @property
    def check_after_s(self) -> float:
        """The wait before the next check in seconds: longer each time, five minutes at most."""
        wait_ms = exponential_backoff(self._checks, FIRST_CHECK_MS, LAST_CHECK_MS)
        return min(max(wait_ms / 1000, self._retry_after_s), LAST_CHECK_MS / 1000)

    def failed(self, retry_after_s: float = 0.0) -> bool:
        """Count a failure. Return whether it opens the breaker."""
        self.failures += 1
        self._retry_after_s = retry_after_s
        if self.is_open or self.failures < FAILURES:
            return False
        self.is_open = True
        return True

    def succeeded(self) -> None:
        """Close the breaker after a finished answer."""
        self.failures = self._checks = 0
        self._retry_after_s = 0.0
        self.is_open = False

    def checked(self, *, is_healthy: bool) -> None:
        """Count a health check; close the breaker if it passed."""
        self._checks += 1
        if is_healthy:
            self.is_open = False
            self.failures = FAILURES - 1
