"""The whole of Frameloop as `make run` starts it, and a real Chromium in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.predictions import predict_mattes
from tests.e2e.stack import QUIET, Stack, chromium, start, stop
from tests.pictures import encoded

PASSWORD = "a quiet staple 7"  # of everybody but the admin
CALL = """async ([method, path, body]) => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}"""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": chromium(), "args": QUIET}


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


@pytest.fixture(scope="session")
def frames(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    for number in range(6):
        pixels = np.random.default_rng(100 + number).integers(0, 255, (60, 80, 3), np.uint8)
        (folder / f"{number}.png").write_bytes(encoded(Image.fromarray(pixels), "PNG"))
    return sorted(folder.iterdir())


def bring(page: Page, files) -> None:
    page.get_by_label("Choose files").set_input_files(files)
    expect(page.get_by_role("button", name=f"{len(files)} new")).to_be_visible(timeout=30_000)


def person(page: Page, stack: Stack, name: str) -> None:
    page.goto(f"{stack.url}/account")
    page.get_by_label("User name").fill(name)
    page.get_by_label("First password").fill(PASSWORD)
    page.get_by_role("button", name="Make the user").click()
    expect(page.get_by_text(f"Made {name}.")).to_be_visible()


def other(browser: Browser, stack: Stack, name: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(stack.url)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    return page


def call(page: Page, method: str, path: str, body: Any = None) -> Any:
    """A call of the API as the page itself makes it; its answer."""
    return page.evaluate(CALL, [method, path, body])


PORTRAIT = (320, 240)
MATTING = {"kind": "matting", "instructions": "The person, with all of the hair."}
BRUSH = """kept => localStorage.setItem("frameloop-brush", JSON.stringify(kept))"""


@pytest.fixture(scope="session")
def portraits(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portraits")
    width, height = PORTRAIT
    for number in range(3):
        random = np.random.default_rng(700 + number)
        pixels = np.full((height, width, 3), (40, 60, 90), np.uint8)
        y, x = np.mgrid[0:height, 0:width]
        pixels[np.hypot(x - 160, y - 130) < 70] = (220, 170, 130)
        pixels = np.clip(pixels + random.integers(-9, 9, pixels.shape), 0, 255).astype(np.uint8)
        (folder / f"{number}.png").write_bytes(encoded(Image.fromarray(pixels), "PNG"))
    return sorted(folder.iterdir())


def said_of(level: int) -> bytes:
    """What a model would say of a portrait: the person, and beside it a level."""
    y, x = np.mgrid[0 : PORTRAIT[1], 0 : PORTRAIT[0]]
    levels = np.where(np.hypot(x - 160, y - 130) < 70, 255, level).astype(np.uint8)
    return encoded(Image.fromarray(levels), "PNG")


@pytest.fixture
def people(signed_in: Page, stack: Stack, portraits, request) -> int:
    """A project of matting with three images, of which the first one and the last one are pre-labeled."""
    page = signed_in
    project: int = call(page, "POST", "/api/projects/", {**MATTING, "name": request.node.name[:60]})["id"]
    page.goto(f"{stack.url}/projects/{project}/import")
    page.get_by_label("Choose files").set_input_files(portraits)
    expect(page.get_by_role("button", name=f"{len(portraits)} new")).to_be_visible(timeout=30_000)
    for _ in range(100):
        rows = call(page, "GET", f"/api/projects/{project}/images/")["results"]
        if all(row["ready"] for row in rows):
            break
        page.wait_for_timeout(100)
    predict_mattes(stack, project, {"0.png": said_of(30), "2.png": said_of(0)})
    page.evaluate(BRUSH, {"size": 20, "hardness": 1, "opacity": 1, "pen": "size"})
    return project
