"""The pictures of made pictures: scenes rendered in the project of shelves, a CycleGAN trained on them, and a translation."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from docs.screenshots import Tour

SCENES, SEED = 24, 3
SETTINGS = {
    "epochs": "6",
    "steps": "40",
    "image size": "64",
    "load size": "256",
    "filters": "32",
    "rival filters": "32",
}


def synthesis(tour: Tour) -> None:
    """Call after `boxes`, whose project it takes."""
    page = tour.page
    page.goto(tour.stack.url)
    page.get_by_role("link", name=re.compile("Fridge shelves")).click()
    page.get_by_role("link", name="Synthesis").click()
    page.get_by_role("button", name="Render scenes").click()
    form = page.get_by_role("dialog", name="Render scenes")
    form.get_by_label(re.compile("^Pictures")).fill(str(SCENES))
    form.get_by_label(re.compile("^Seed")).fill(str(SEED))
    form.get_by_label(re.compile("^width")).fill("480")
    form.get_by_label(re.compile("^height")).fill("360")
    form.get_by_role("button", name="Render", exact=True).click()
    expect(page.get_by_role("heading").get_by_role("status")).to_have_text("succeeded", timeout=600_000)
    page.wait_for_load_state("networkidle")
    tour.shoot("synthesis")
    batch = page.url
    project = batch.partition("/synthesis")[0]
    page.goto(f"{project}/models")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("dialog").get_by_label(re.compile("^Model")).select_option("cyclegan")
    page.get_by_text("More", exact=True).click()
    for name, value in SETTINGS.items():
        page.get_by_label(re.compile(f"^{name} ")).fill(value)
    page.get_by_role("dialog").get_by_role("button", name="Train").click()
    page.get_by_role("link", name="Look at the version").click(timeout=900_000)
    expect(page.get_by_text("KID, renders as they are")).to_be_visible()
    page.goto(batch)
    page.get_by_role("button", name="Translate").click()
    page.get_by_role("dialog").get_by_role("button", name="Translate", exact=True).click()
    expect(page.get_by_role("heading").get_by_role("status")).to_have_text("succeeded", timeout=120_000)
    page.get_by_role("button", name=re.compile("^Picture 2")).first.click()
    expect(page.get_by_role("figure")).to_have_count(2)
    page.wait_for_load_state("networkidle")
    tour.shoot("synthesis-translated")
