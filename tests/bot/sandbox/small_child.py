"""A process as the sandbox's bot is one, of a few lines: what it is told decides how it ends."""

import os
import sys

if __name__ == "__main__":
    folder, ahead_s = sys.argv[1:]
    sys.stdout.write(f"{os.environ['LABEL']} {ahead_s}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        if line == "1.0\n":
            sys.exit("Traceback\n\nValueError: no soup\n")
        sys.exit(3)
