"""What tests do on the labeling screen for mattes, what they look at, and what a brush is to leave."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.e2e.box_screen import label, place
from tests.e2e.conftest import BRUSH, PORTRAIT, call
from tests.e2e.stack import Stack

SIZE = PORTRAIT  # of the images, where nothing else is said
Levels = np.ndarray[Any, np.dtype[np.uint8]]  # [h, w]


def ready(page: Page, name: str) -> None:
    """The image is on the stage, and its matte can be painted."""
    expect(page.get_by_role("toolbar", name="Tools")).to_be_visible()
    expect(page.locator(".stage img")).to_have_attribute("alt", name)
    expect(page.locator(".box-bar")).not_to_contain_text("Loading")
    expect(page.get_by_label("Origin of the matte")).not_to_be_empty()


def begin(page: Page, stack: Stack, project: int, name: str = "0.png") -> None:
    page.goto(f"{stack.url}/projects/{project}/label")
    ready(page, "0.png")
    if name != "0.png":
        page.keyboard.press("f")
        ready(page, name)


def brush(page: Page, **settings: Any) -> None:
    """Set before the page is opened."""
    page.evaluate(BRUSH, {"size": 20, "hardness": 1, "opacity": 1, "pen": "size", **settings})


def spot(page: Page, x: float, y: float, size: tuple[int, int] = SIZE) -> tuple[float, float]:
    return place(page, x, y, size)


def stroke(page: Page, *points: tuple[float, float], size: tuple[int, int] = SIZE) -> None:
    first, *rest = (spot(page, x, y, size) for x, y in points)
    page.mouse.move(*first)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point)
    page.mouse.up()


def shown(page: Page, x: float, y: float, size: tuple[int, int] = SIZE) -> tuple[int, ...]:
    """What the matte's canvas has at a pixel of the image."""
    at = spot(page, x, y, size)
    pixel: list[int] = page.evaluate(
        """([x, y]) => {
          const canvas = document.querySelectorAll("canvas.layer")[1];
          const box = canvas.getBoundingClientRect(), ratio = canvas.width / box.width;
          return [...canvas.getContext("2d").getImageData((x - box.left) * ratio, (y - box.top) * ratio, 1, 1).data];
        }""",
        list(at),
    )
    return tuple(pixel)


def bar(page: Page) -> Locator:
    """Where the labeler reads what is asked, what goes on and what is said."""
    return page.locator(".box-bar")


def looked_at(page: Page, name: str) -> None:
    """How the matte is seen, by now or soon."""
    group = page.get_by_role("group", name="View", exact=True)
    expect(group.locator("[aria-pressed=true]")).to_have_text(name)


def origin(page: Page) -> str:
    return page.get_by_label("Origin of the matte").inner_text()


def fetched(page: Page, path: str) -> Levels:
    """A grey PNG of the server's, decoded by Pillow."""
    data = page.evaluate("async path => [...new Uint8Array(await (await fetch(path)).arrayBuffer())]", path)
    with Image.open(io.BytesIO(bytes(data))) as image:
        assert image.mode == "L"
        return np.array(image)


def matte(page: Page, project: int, name: str) -> Levels:
    """The matte of the label that stands on an image."""
    return fetched(page, f"/api/annotations/{label(page, project, name)['uuid']}/alpha.png")


def labels(page: Page, project: int, name: str) -> list[dict[str, Any]]:
    images = call(page, "GET", f"/api/projects/{project}/images/")["results"]
    pk = next(row["id"] for row in images if row["name"] == name)
    found: list[dict[str, Any]] = call(page, "GET", f"/api/images/{pk}/")["annotations"]
    return found


def painted(
    start: tuple[float, float], end: tuple[float, float], *, size: float, hardness: float, opacity: float,
    target: int = 255, base: Levels | int = 0, shape: tuple[int, int] = SIZE,
) -> Levels:  # fmt: skip
    """What a stroke is to leave, by its definition: the distance of each pixel's middle from the way tells how far it is
    covered, from 1 in the core to 0 at the rim."""
    width, height = shape
    y, x = np.mgrid[0:height, 0:width] + 0.5
    way = np.subtract(end, start)
    length = float(way @ way)
    along = np.clip(((x - start[0]) * way[0] + (y - start[1]) * way[1]) / length, 0, 1) if length else 0 * x
    distance = np.hypot(x - start[0] - along * way[0], y - start[1] - along * way[1])
    radius = size / 2
    core = max(0.0, min(radius * hardness, radius - 0.5))
    share = np.clip((radius + 0.5 - distance) / (radius + 0.5 - core), 0, 1)
    cover = np.floor(255 * share * share * (3 - 2 * share) + 0.5)
    levels: Levels = np.rint(base + (target - np.asarray(base, float)) * cover * opacity / 255).astype(
        np.uint8
    )
    return levels
