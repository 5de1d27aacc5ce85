"""Estimated numbers of tokens, corrected by what is reported."""

from typing import Final

from connectors import Usage

# Below this, what a server adds of its own would count for too much.
ENOUGH_TO_LEARN: Final = 400
LEAST, MOST = 0.6, 4.0
IMPLAUSIBLE: Final = 0.4


class Corrections:
    """The factor by which the estimate of each model is corrected."""

    def __init__(self) -> None:
        self._factors: dict[tuple[str, str | None], float] = {}

    def of(self, provider: str, model: str | None) -> float:
        return self._factors.get((provider, model), 1.0)

    def learn(self, provider: str, model: str | None, estimate: int, usage: Usage) -> None:
        """Raise the factor at once if the estimate was too low, and lower it little by little."""
        counted = usage.input_tokens
        # Some servers do not count what is still in memory from the last request.
        if counted is None or estimate < ENOUGH_TO_LEARN or counted < estimate * IMPLAUSIBLE:
            return
        found, known = counted / estimate, self.of(provider, model)
        factor = found if found > known else 0.8 * known + 0.2 * found
        self._factors[provider, model] = min(max(factor, LEAST), MOST)
