"""What tests do on the labeling screen for boxes, and what they look at."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import call

SIZE = (800, 600)  # of the images, where nothing else is said


def taking_keys(page: Page) -> None:
    """The image alone is seen before the program runs, and one key is kept for it."""
    expect(page.get_by_role("toolbar", name="Tools")).to_be_visible()


def on(page: Page, name: str) -> None:
    expect(page.locator(".stage img")).to_have_attribute("alt", name)


def rows(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Boxes").get_by_role("option")


def said(page: Page) -> Locator:
    return page.locator("main > [aria-live=polite]")


def place(page: Page, x: float, y: float, size: tuple[int, int] = SIZE) -> tuple[float, float]:
    """Where a pixel of the image stands on the page while the whole image is in sight."""
    box = page.locator(".stage").bounding_box()
    assert box
    scale = min(4, (box["width"] - 24) / size[0], (box["height"] - 24) / size[1])
    left = box["x"] + box["width"] / 2 - size[0] * scale / 2
    top = box["y"] + box["height"] / 2 - size[1] * scale / 2
    return left + x * scale, top + y * scale


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()


def label(page: Page, project: int, name: str) -> dict[str, Any]:
    """The label that stands on an image, as the server keeps it."""
    images = call(page, "GET", f"/api/projects/{project}/images/")["results"]
    pk = next(row["id"] for row in images if row["name"] == name)
    (found,) = [one for one in call(page, "GET", f"/api/images/{pk}/")["annotations"] if one["current"]]
    return found


def saved(page: Page) -> None:
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def near(bbox: list[float], wanted: list[float]) -> bool:
    return all(abs(a - b) < 2.5 for a, b in zip(bbox, wanted, strict=True))
