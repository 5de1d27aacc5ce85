from pathlib import Path

import pytest

from connectors.database.persistence import loss
from connectors.local_scheduler import load_from_env

DISK = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n"
LAYER = "27 1 0:30 / / rw,relatime - overlay overlay rw,lowerdir=/l\n"
VOLUME = "40 27 254:16 / /data rw,relatime - ext4 /dev/vdb rw\n"
SPACED = "40 27 254:16 / /my\\040data rw,relatime shared:1 - ext4 /dev/vdb rw\n"
MEMORY = "41 27 0:40 / /data rw,nosuid - tmpfs tmpfs rw\n"
PROC = "22 27 0:21 / /proc rw,relatime - proc proc rw\nnonsense\n"


def lost(
    environ: dict[str, str],
    mounts: str | None = DISK,
    *,
    file: str = "/data/abi.db",
    marks: tuple[str, ...] = (),
) -> str | None:
    def read(path: str) -> str:
        assert path == "/proc/self/mountinfo"
        if mounts is None:
            raise FileNotFoundError(path)
        return PROC + mounts

    return loss(Path(file), environ, read=read, exists=lambda path: path in marks)


PLATFORMS = [
    {"FLY_MACHINE_ID": "e784"},
    {"FLY_APP_NAME": "abi"},
    {"RENDER": "true"},
    {"K_SERVICE": "abi"},
    {"RAILWAY_PROJECT_ID": "x"},
    {"KOYEB_APP_NAME": "abi"},
    {"CONTAINER_APP_NAME": "abi"},
    {"ECS_CONTAINER_METADATA_URI_V4": "http://169.254.170.2/v4"},
    {"KUBERNETES_SERVICE_HOST": "10.0.0.1"},
]


@pytest.mark.parametrize("environ", PLATFORMS)
@pytest.mark.parametrize("root", [DISK, LAYER])
def test_on_a_platform_only_a_mount_lasts(environ: dict[str, str], root: str) -> None:
    said = lost(environ, root)
    assert said is not None
    assert "/data" in said
    assert "DATABASE_URL" in said
    assert lost(environ, root + VOLUME) is None
    assert lost(environ, root + VOLUME, file="/app/data/abi.db") is not None
    assert lost(environ, root + MEMORY) is not None
    assert lost(environ, None) is not None


def test_the_files_of_a_dyno_never_last() -> None:
    said = lost({"DYNO": "worker.1"}, DISK + VOLUME)
    assert said is not None
    assert "heroku addons:create heroku-postgresql" in said


@pytest.mark.parametrize("mark", ["/.dockerenv", "/run/.containerenv"])
def test_in_a_container_its_own_layer_and_memory_do_not_last(mark: str) -> None:
    said = lost({}, LAYER, marks=(mark,))
    assert said is not None
    assert "ABI_FILES_LAST=1" in said
    assert lost({}, DISK + MEMORY, marks=(mark,)) is not None
    assert lost({}, LAYER + VOLUME, marks=(mark,)) is None
    assert lost({}, DISK, marks=(mark,)) is None


def test_nothing_is_claimed_of_a_machine_of_ones_own() -> None:
    assert lost({}, DISK) is None
    assert lost({}, LAYER) is None  # a live system may well keep what it has
    assert lost({}, None) is None


def test_a_mount_whose_name_has_a_space_is_found() -> None:
    assert lost({"RENDER": "true"}, DISK + SPACED, file="/my data/abi.db") is None
    assert lost({"RENDER": "true"}, DISK + VOLUME, file="/database/abi.db") is not None


def test_whoever_runs_the_bot_may_know_better() -> None:
    assert lost({"RENDER": "true", "ABI_FILES_LAST": "yes"}) is None
    assert lost({"RENDER": "true", "ABI_FILES_LAST": "0"}) is not None


def test_a_server_lasts_everywhere_and_memory_nowhere() -> None:
    fly = {"FLY_APP_NAME": "abi"}
    assert load_from_env({**fly, "DATABASE_URL": "postgresql://db/abi"}).is_lasting
    assert not load_from_env({"DATABASE_URL": "sqlite:///:memory:"}).is_lasting
    dyno = load_from_env({"DYNO": "web.1", "DATABASE_URL": "sqlite:///abi.db"})
    assert not dyno.is_lasting
    assert dyno.loss
