"""docker-compose.yml: a strict parser takes it, and every command of ours in it runs for real, for a moment."""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml
from compose_spec import PyCompose
from moto.server import ThreadedMotoServer

from config.local.stores import free_port
from config.local.supervisor import ROOT
from tests.conftest import until

TEXT = (ROOT / "docker-compose.yml").read_text()
FILLED = {
    "SITE": "frameloop.test",
    "SECRET_KEY": "k" * 40,
    "POSTGRES_PASSWORD": "p-word",
    "VALKEY_PASSWORD": "v-word",
    "AWS_SECRET_ACCESS_KEY": "s-word",
}
OURS = {"web", "worker-default", "worker-inference", "worker-training", "beat", "migrate"}
THEIRS = {"proxy", "postgres", "valkey", "s3"}


class Missing(ValueError):
    pass


def interpolate(text: str, values: dict[str, str]) -> str:
    """As compose does: ${NAME}, ${NAME:-default}, ${NAME:?message}, nested defaults, and $$ for a dollar."""

    def one(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "\0"
        name, kind, rest = match[1], match[2], match[3] or ""
        if values.get(name):
            return values[name]
        if kind == ":?":
            raise Missing(f"{name}: {rest}")
        return rest if kind == ":-" else ""

    pattern = re.compile(r"\$\$|\$\{([A-Z0-9_]+)(?:(:-|:\?)([^${}]*))?\}")
    while (after := pattern.sub(one, text)) != text:
        text = after
    return text.replace("\0", "$")


COMPOSE: dict[str, Any] = yaml.safe_load(interpolate(TEXT, FILLED))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


def test_a_strict_parser_takes_it():
    parsed = PyCompose.from_yaml(yaml.safe_dump(COMPOSE)).to_dict()
    assert set(parsed["services"]) == OURS | THEIRS


@pytest.mark.parametrize("name", sorted(FILLED))
def test_it_does_not_start_without_what_has_to_be_filled_in(name):
    with pytest.raises(Missing, match=name):
        interpolate(TEXT, {key: value for key, value in FILLED.items() if key != name})


def test_only_the_proxy_can_be_reached_from_outside():
    assert [name for name, service in SERVICES.items() if service.get("ports")] == ["proxy"]
    assert not [
        name for name, service in SERVICES.items() if service.get("privileged") or service.get("network_mode")
    ]


@pytest.mark.parametrize("name", sorted(OURS))
def test_ours_run_without_rights_and_come_back(name):
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert service["restart"] == ("no" if name == "migrate" else "unless-stopped")
    if name != "migrate":
        assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_each_one_is_asked_how_it_is():
    assert [name for name, service in SERVICES.items() if "healthcheck" not in service] == [
        "proxy",
        "migrate",
    ]


def test_every_volume_is_declared_and_used():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert used == set(COMPOSE["volumes"])


class Container:
    """A service's command on this machine, as its container would run it."""

    def __init__(self, name: str, environment: dict[str, str], folder: Path, port: int) -> None:
        self.service, self.folder, self.port = SERVICES[name], folder, port
        own = {
            key: str(value).replace("/tmp", str(folder)) for key, value in self.service["environment"].items()
        }
        self.environment = own | environment
        self.log = folder / f"{name}.log"
        with open(self.log, "w") as sink:
            self.process = subprocess.Popen(
                self.here(self.service["command"]), cwd=ROOT, env=self.environment, stdout=sink, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    def here(self, words: list[str]) -> list[str]:
        """The container's port and folder are its own; here they are what is free."""
        return [
            str(self.port) if word == "8000" else word.replace(":8000/", f":{self.port}/").replace("/tmp", str(self.folder))
            for word in words
        ]  # fmt: skip

    def healthy(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        kind, *words = self.service["healthcheck"]["test"]
        command = self.here(words if kind == "CMD" else ["sh", "-c", *words])
        return (
            subprocess.run(
                command, cwd=ROOT, env=self.environment, capture_output=True, check=False
            ).returncode
            == 0
        )

    def stop(self) -> None:
        self.process.send_signal(signal.Signals[self.service.get("stop_signal", "SIGTERM")])
        try:
            self.process.wait(20)
        finally:
            if self.process.poll() is None:
                os.killpg(self.process.pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A database, a broker and an S3 of the test's own, in the places where compose names its own."""
    server, name = os.environ["DATABASE_URL"].rsplit("/", 1)[0], f"compose_{secrets.token_hex(4)}"
    storage = ThreadedMotoServer(port=free_port(), verbose=False)
    storage.start()
    with psycopg.connect(f"{server}/postgres", autocommit=True) as database:
        database.execute(f"CREATE DATABASE {name}")  # type: ignore[call-overload]
        yield {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DATABASE_URL": f"{server}/{name}",
            "BROKER_URL": os.environ["BROKER_URL"].removesuffix("/0") + "/9",
            "S3_ENDPOINT_URL": "http://{}:{}".format(*storage.get_host_and_port()),
            "DJANGO_SETTINGS_MODULE": "config.settings",  # these two stand in the image
            "FRAMELOOP_FOLDER": str(tmp_path_factory.mktemp("state")),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        database.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[call-overload]
    storage.stop()


@pytest.fixture(scope="module")
def migrated(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What `migrate` said, run twice, for it runs before every start."""
    folder = tmp_path_factory.mktemp("migrate")
    said = []
    for _ in range(2):
        container = Container("migrate", environment, folder, 0)
        assert container.process.wait(120) == 0, container.log.read_text()
        said.append(container.log.read_text())
    assert "No migrations to apply" in said[1]
    return said[0]


def test_the_first_start_makes_the_bucket_the_tables_and_the_admin(migrated):
    assert "Made the bucket frameloop." in migrated
    assert "Applying labeling.0001_initial... OK" in migrated
    assert "Made the user admin with the password" in migrated


@pytest.mark.parametrize("name", sorted(OURS - {"migrate"}))
def test_a_service_starts_is_well_and_stops(name, migrated, environment, tmp_path):
    container = Container(name, environment, tmp_path, free_port())
    try:
        until(container.healthy, 60, f"{name}: {container.log}")
        if name == "web":
            with pytest.raises(urllib.request.HTTPError, match="400"):  # a name that is not this site's
                urllib.request.urlopen(f"http://localhost:{container.port}/api/health/ready")
    finally:
        container.stop()
