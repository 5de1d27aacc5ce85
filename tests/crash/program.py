"""``python -m bot`` with a lease of three seconds: tests cannot wait for one of 45.

Tests of what does not wait for a lease set LEASE_S.
"""

import os
import sys

from bot.__main__ import main
from connectors.local_scheduler import Pace

LEASE_S = float(os.environ.get("LEASE_S", "3"))
PACE = Pace(lease_s=LEASE_S, renew_s=LEASE_S / 3, checkpoint_s=0.2, poll_s=0.2, first_retry_s=0.5)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], pace=PACE))
