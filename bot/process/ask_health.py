"""``python -m bot.process.ask_health``: exit with 0 if the bot on this machine is alive, else 1.

For containers, whose images need no other program for it.
"""

import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException

from connectors.shared import env_value, first_env_set

PORT_ENV = ("ABI_PORT", "PORT")
WITHIN_S = 4.0


def is_alive(environ: Mapping[str, str]) -> bool:
    """Return whether /healthz on the port of PORT answers that all is well."""
    port = env_value(first_env_set(PORT_ENV, environ) or PORT_ENV[-1], environ)
    if not port.isdecimal():
        return False
    connection = HTTPConnection("127.0.0.1", int(port), timeout=WITHIN_S)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(0 if is_alive(os.environ) else 1)
