"""Frameloop as `make run` starts it, with its data in a folder of its own, and the Chromium to look at it with."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from config.local.stores import free_port
from config.local.supervisor import ROOT

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
START_SECONDS = 60


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "A browser is needed, Chromium: apt install chromium"
    return found


@dataclass
class Stack:
    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def password(self) -> str:
        return (self.folder / "admin-password").read_text().strip()


def start(folder: Path, *, demo: bool = True) -> Stack:
    port = free_port()
    own = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "BROKER_URL", "MEDIA_ROOT", "SECRET_KEY")
    }
    own["FRAMELOOP_WEIGHTS"] = os.environ.get("FRAMELOOP_WEIGHTS") or str(ROOT / "var" / "weights")
    command = [
        sys.executable,
        "-m",
        "config.local",
        "run",
        "--folder",
        str(folder),
        "--port",
        str(port),
        *([] if demo else ["--no-demo"]),
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=own, start_new_session=True)
    stack = Stack(f"http://127.0.0.1:{port}", folder, process)

    end = time.monotonic() + START_SECONDS
    while not answers(stack):
        assert process.poll() is None, "the services ended before they answered"
        assert time.monotonic() < end, f"the services did not answer within {START_SECONDS} s"
        time.sleep(0.1)
    return stack


def answers(stack: Stack) -> bool:
    try:
        with urllib.request.urlopen(f"{stack.url}/api/health/ready", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def stop(stack: Stack) -> None:
    stack.process.send_signal(signal.SIGTERM)
    stack.process.wait(40)
