"""The whole of Frameloop as `make run` starts it, and a real Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.local.stores import free_port
from config.local.supervisor import ROOT
from tests.conftest import until

QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    assert found, "The browser tests need Chromium: apt install chromium"
    return {"executable_path": found, "args": QUIET}


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

    def answers() -> bool:
        assert process.poll() is None, "the services ended before they answered"
        try:
            with urllib.request.urlopen(f"{stack.url}/api/health/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    until(answers, 60, "the services")
    return stack


def stop(stack: Stack) -> None:
    stack.process.send_signal(signal.SIGTERM)
    stack.process.wait(40)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    running = start(tmp_path_factory.mktemp("stack"))
    yield running
    stop(running)


@pytest.fixture
def signed_in(page: Page, stack: Stack) -> Page:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(stack.url)
    sign_in(page, stack)
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    return page


def sign_in(page: Page, stack: Stack) -> None:
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(stack.password)
    page.get_by_role("button", name="Sign in").click()


def new_project(page: Page, stack: Stack, name: str) -> str:
    """A project made by hand; returns its address."""
    page.goto(f"{stack.url}/projects/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_role("heading", name="Import")).to_be_visible()
    return page.url.removesuffix("/import")
