from __future__ import annotations

from collections.abc import Mapping

from connectors.wires.retry_after import wait_from_headers
from tests.rows import each

NOON = 1_795_003_200.0  # Wed, 18 Nov 2026 12:00:00 GMT


@each(
    "headers, wait_s",
    [
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after": "-5"}, 0.0),
        ({"retry-after-ms": "850", "retry-after": "1"}, 0.85),
        ({"retry-after-ms": "soon", "retry-after": "1"}, 1.0),
        ({"retry-after": "Wed, 18 Nov 2026 12:00:30 GMT"}, 30.0),
        (
            {
                "retry-after": "Wed, 18 Nov 2026 09:00:07 GMT",
                "date": "Wed, 18 Nov 2026 09:00:00 GMT",
            },
            7.0,
        ),
        ({"retry-after": "Wed, 18 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"llm_provider-retry-after": "3"}, 3.0),
        ({"ratelimit": '"api";r=0;t=55'}, 55.0),
        ({"ratelimit": '"api";r=10;t=55'}, None),
        ({"retry-after": "1000000000000"}, 86_400.0),
        ({"retry-after": "1e18"}, 86_400.0),
        ({"retry-after-ms": "1e300"}, 86.4),
        ({"retry-after": "9" * 5000}, None),
        ({"retry-after": "Fri, 31 Dec 9999 23:59:59 GMT"}, 86_400.0),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "later"}, None),
        ({"retry-after": "Wed, 99 Nov 2026 99:00:00 GMT"}, None),
        ({}, None),
    ],
)
def test_every_form_of_wait_is_read(headers: Mapping[str, str], wait_s: float | None) -> None:
    assert wait_from_headers(headers, NOON) == wait_s
