"""A check whether a file survives a restart, as far as a process can know."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from connectors.shared import any_env_is_set, env_value

# The variables of a platform that deletes files outside of a mount, its name, and what to mount.
_PLATFORMS = (
    (("FLY_MACHINE_ID", "FLY_APP_NAME"), "Fly", "a volume"),
    (("RENDER", "RENDER_SERVICE_ID"), "Render", "a disk"),
    (("K_SERVICE", "CLOUD_RUN_JOB"), "Cloud Run", "a volume"),
    (("RAILWAY_PROJECT_ID", "RAILWAY_ENVIRONMENT"), "Railway", "a volume"),
    (("KOYEB_APP_NAME",), "Koyeb", "a volume"),
    (("CONTAINER_APP_NAME",), "Azure Container Apps", "a volume"),
    (("ECS_CONTAINER_METADATA_URI", "ECS_CONTAINER_METADATA_URI_V4"), "ECS", "a volume"),
    (("KUBERNETES_SERVICE_HOST",), "Kubernetes", "a persistent volume"),
)
_MARKS = ("/.dockerenv", "/run/.containerenv")
_MOUNTS = "/proc/self/mountinfo"
# File systems of a container's own layer, and those in memory.
_LAYERS = {"overlay", "aufs", "fuse.fuse-overlayfs", "vfs", "unionfs"}
_MEMORY = {"tmpfs", "ramfs"}
OVERRIDE = "ABI_FILES_LAST"


def loss(
    file: Path | None,
    environ: Mapping[str, str] = os.environ,
    *,
    variable: str = "DATABASE_URL",
    read: Callable[[str], str] = lambda path: Path(path).read_text(errors="replace"),
    exists: Callable[[str], bool] = os.path.exists,
) -> str | None:
    """Return why a file will be gone after a restart, and what to do; None if it stays or may stay.

    ABI_FILES_LAST overrides it.
    """
    if file is None:
        return f"the database is kept in memory only. Set {variable} to a PostgreSQL server"
    if env_value(OVERRIDE, environ).lower() in ("1", "true", "yes", "on"):
        return None
    if env_value("DYNO", environ):
        # devcenter.heroku.com/articles/dyno-restarts: local files are gone after each restart.
        return (
            "Heroku deletes files at least once a day. "
            f"Set {variable}: `heroku addons:create heroku-postgresql:essential-0`"
        )
    mount, kind = _mount_of(file, read)
    advice = f"set {variable} to a PostgreSQL server"
    for variables, name, what in _PLATFORMS:
        if any_env_is_set(variables, environ):
            is_lost = mount == "/" or kind in _LAYERS | _MEMORY
            why = f"{name} deletes the files in {file.parent} at each restart or deploy"
            return f"{why}. Mount {what} there, or {advice}" if is_lost else None
    is_lost = (mount == "/" and kind in _LAYERS) or kind in _MEMORY
    if not is_lost or not any(map(exists, _MARKS)):
        return None
    return (
        f"the files in {file.parent} are deleted with this container. Mount a volume there, "
        f"{advice}, or set {OVERRIDE}=1 if it is never replaced"
    )


def _mount_of(file: Path, read: Callable[[str], str]) -> tuple[str, str]:
    """Return the mount point above a file and its file system; ``/`` and nothing if unknown."""
    path = PurePosixPath(os.path.realpath(file))
    found = ("/", "")
    try:
        lines = read(_MOUNTS).splitlines()
    except OSError:
        return found
    for line in lines:
        fields, _, tail = line.partition(" - ")
        columns = fields.split()
        if len(columns) < 5 or not tail:
            continue
        # man 5 proc: a space in a path is written as \040.
        point = columns[4].replace(r"\040", " ")
        if path.is_relative_to(point) and len(point) >= len(found[0]):
            found = (point, tail.split()[0])
    return found
