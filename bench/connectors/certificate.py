"""A throw-away certificate authority, made by openssl, and a certificate for 127.0.0.1."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

VALID = ["-days", "2", "-newkey", "rsa:2048", "-nodes"]


@dataclass(frozen=True, slots=True)
class Certificate:
    authority: Path
    certificate: Path
    key: Path


def make_certificate(folder: Path) -> Certificate | None:
    """Return the files of a new certificate in the folder, or None without openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    made = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    authority_key = folder / "ca.key"
    commands = [
        [
            *("req", "-x509", *VALID, "-subj", "/CN=abi bench"),
            *("-addext", "basicConstraints=critical,CA:TRUE"),
            *("-keyout", str(authority_key), "-out", str(made.authority)),
        ],
        [
            *("req", "-x509", *VALID, "-subj", "/CN=127.0.0.1"),
            *("-CA", str(made.authority), "-CAkey", str(authority_key)),
            *("-addext", "subjectAltName=IP:127.0.0.1"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-keyout", str(made.key), "-out", str(made.certificate)),
        ],
    ]
    for command in commands:
        subprocess.run([openssl, *command], check=True, capture_output=True)  # noqa: S603 - all ours
    return made
