"""The pictures of boxes: drawn shelves, imported with their labels, learned from, and pre-labeled."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.pictures import encoded
from tests.shelves import CATEGORIES, coco, packed, shelf

if TYPE_CHECKING:
    from docs.screenshots import Tour

SIZE = (960, 720)
LABELED, OPEN = 90, 12
SETTINGS = {"epochs": "18", "image size": "256", "augmentation": "light"}


def boxes(tour: Tour, folder: Path) -> None:
    project = made(tour, folder)
    page = tour.page
    page.goto(f"{project}/models")
    page.get_by_role("button", name="Train", exact=True).click()
    for name, value in SETTINGS.items():
        field = page.get_by_label(re.compile(f"^{name} "))
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.get_by_role("button", name=re.compile("^Train on ")).click()
    page.get_by_role("link", name="Look at the version").click(timeout=600_000)
    expect(page.get_by_role("heading", name="What it gets most wrong")).to_be_visible()
    tour.promote()
    page.reload()
    expect(page.get_by_role("heading", name="What it gets most wrong")).to_be_visible()
    page.wait_for_load_state("networkidle")
    tour.shoot("boxes-version")

    page.goto(project)
    expect(page.get_by_text("Pre-labeling").first).to_contain_text("succeeded", timeout=60_000)
    page.goto(f"{project}/label")
    expect(page.get_by_role("toolbar", name="Tools")).to_be_visible()
    rows = page.get_by_role("listbox", name="Boxes").get_by_role("option")
    expect(rows.nth(3)).to_be_visible()
    # A few are accepted, one is chosen, and the others wait.
    for key in "kakaj":
        page.keyboard.press(key)
    expect(page.get_by_role("group", name="The chosen box")).to_be_visible()
    tour.shoot("boxes")


def made(tour: Tour, folder: Path) -> str:
    page = tour.page
    page.goto(f"{tour.stack.url}/projects/new")
    page.get_by_label("Name", exact=True).fill("Fridge shelves")
    page.get_by_label("Kind").select_option("detection")
    page.get_by_role("button", name="Add a category").click()
    for number, name in enumerate(CATEGORIES, 1):
        page.get_by_label(f"Category {number}", exact=True).fill(name)
    page.get_by_label("Instructions").fill("A box around **each thing** on the shelves, also where another one hides a part of it.")  # fmt: skip
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_role("heading", name="Import")).to_be_visible()
    shelves = {
        f"shelf-{n:03}.jpg": shelf(n, SIZE, shelves=3, categories=CATEGORIES, most=5)
        for n in range(LABELED + OPEN)
    }
    said = {name: found for n, (name, (_, found)) in enumerate(shelves.items()) if n < LABELED}
    text = coco(said, SIZE, CATEGORIES, lambda name: "test" if int(name[6:9]) % 5 == 4 else "train")
    pictures = {name: encoded(picture, quality=88) for name, (picture, _) in shelves.items()}
    page.get_by_label("Choose an archive").set_input_files(
        packed(folder / "shelves.zip", "images", pictures, {"annotations.json": text})
    )
    expect(page.get_by_text(f"{LABELED} labels")).to_be_visible(timeout=120_000)
    return page.url.removesuffix("/import")
