"""`make run` as a process of the test's own, and what of it is left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.local.stores import free_port
from config.local.supervisor import OURS, ROOT
from tests.conftest import until

Processes = dict[int, str]


def processes_of(folder: Path) -> Processes:
    """Every process that works in or with a folder: by its command line, environment or working directory."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            environment = (entry / "environ").read_bytes()
            where = str((entry / "cwd").readlink())
        except OSError:
            continue  # gone, or another user's
        named = f"FRAMELOOP_FOLDER={folder}".encode() in environment
        if command and (named or str(folder) in command or where.startswith(str(folder))):
            found[int(entry.name)] = command
    return found


@dataclass
class Running:
    folder: Path
    port: int
    process: subprocess.Popen[str]
    log: Path
    seconds: float = 0

    @property
    def output(self) -> str:
        return self.log.read_text()

    def health(self) -> dict[str, str]:
        try:  # where nobody listens the answer comes at once; a busy machine is given its time
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/api/health/ready", timeout=20
            ) as answer:
                return dict(json.load(answer))
        except OSError:
            return {}

    def ready(self) -> bool:
        assert self.process.poll() is None, self.output
        return self.health().get("status") == "ok" and "Frameloop: http" in self.output

    def pid_of(self, words: str) -> int:
        """The process of the supervisor's own children that has these words in its command line."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for child in children:
            command = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            if words in command:
                return int(child)
        return 0

    def stop(self, sign: int) -> None:
        self.process.send_signal(sign)
        assert self.process.wait(40) == 0
        assert "Traceback" not in self.output
        self.nobody_left()

    def nobody_left(self) -> None:
        # PostgreSQL's last checkpoint waits for the disk, which the other half of the tests has to itself at times.
        until(lambda: not processes_of(self.folder), what=lambda: f"the end of {processes_of(self.folder)}")


Start = Callable[..., Running]


def starter(tmp_path: Path) -> Iterator[Start]:
    started: list[Running] = []

    def make(name: str = "var", wait: bool = True, **environment: str) -> Running:
        folder = tmp_path / name
        port = free_port()
        log = folder.with_name(f"{folder.name}-{port}.log")
        own = {key: value for key, value in os.environ.items() if key not in OURS} | environment
        command = [sys.executable, "-m", "config.local", "run", "--folder", str(folder), "--port", str(port), "--no-demo"]  # fmt: skip
        begun = time.monotonic()
        with open(log, "w") as sink:
            process = subprocess.Popen(
                command, cwd=ROOT, env=own, stdout=sink, stderr=subprocess.STDOUT, text=True, start_new_session=True
            )  # fmt: skip
        running = Running(folder, port, process, log)
        started.append(running)
        if wait:
            until(running.ready, 60, "the services")
            running.seconds = time.monotonic() - begun
        return running

    yield make
    for running in started:
        if running.process.poll() is None:
            running.process.send_signal(signal.SIGTERM)
            running.process.wait(60)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `make run`'s supervisor in a folder of the test's own; what still runs at its end is stopped."""
    yield from starter(tmp_path)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that several tests share, in a folder that is its owner's alone."""
    private = tmp_path_factory.mktemp("private")
    private.chmod(0o700)
    for make in starter(private):
        yield make()
