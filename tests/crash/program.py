"""``python -m bot`` with a lease of three seconds: tests cannot wait for one of 45."""

import sys

from bot.__main__ import main
from connectors.local_scheduler import Pace

PACE = Pace(lease_s=3.0, renew_s=1.0, checkpoint_s=0.2, poll_s=0.2, first_retry_s=0.5)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], pace=PACE))
