"""A fair division of the requests that Discord allows in a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# The others keep so much together while one takes the rest: whoever has nothing to send now may
# have something in a moment, and is then heard of a little later.
KEPT_BY_OTHERS: Final = 0.12
HEADROOM: Final = 1.25


def fair(total: float, wanted: Mapping[str, float]) -> dict[str, float]:
    """Return a share for each process, whole numbers unless there is less than one for each.

    Nobody gets less than another who wants as much. Of what nobody wants each gets an equal part,
    and one part is left for a process that joins.
    """
    least = _least(total, len(wanted))
    if least < 1 or not wanted:
        return dict.fromkeys(wanted, least)
    names = sorted(wanted, key=lambda name: (wanted[name], name))
    claims = {name: min(max(wanted[name] * HEADROOM, least), total) for name in names}
    left, shares = total, dict[str, float]()
    for number, name in enumerate(names):
        shares[name] = min(claims[name], left / (len(names) - number))
        left -= shares[name]
    part = left / (len(names) + (len(names) > 1))
    return _whole({name: share + part for name, share in shares.items()})


def _least(total: float, count: int) -> float:
    if count <= 1:
        return total
    return min(max(float(int(total * KEPT_BY_OTHERS / (count - 1))), 1.0), total / count)


def _whole(shares: Mapping[str, float]) -> dict[str, float]:
    """Round shares down, and give what is left of them to the last, who want most."""
    whole = {name: float(int(share + 1e-9)) for name, share in shares.items()}
    more = int(sum(shares.values()) - sum(whole.values()) + 1e-9)
    return {n: share + (len(whole) - i <= more) for i, (n, share) in enumerate(whole.items())}
