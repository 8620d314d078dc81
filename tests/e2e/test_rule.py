"""From head poses that came with the images to pre-labels, before anybody has labeled or trained anything."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import new_project
from tests.e2e.stack import Stack
from tests.pictures import encoded

POSES = ["41.5,0", "-3,4", ","]  # yaw and pitch of 0.png, 1.png, 2.png


@pytest.fixture(scope="session")
def posed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("posed") / "posed.zip"
    with zipfile.ZipFile(path, "w") as files:
        for number in range(len(POSES)):
            pixels = np.random.default_rng(700 + number).integers(0, 255, (60, 80, 3), np.uint8)
            files.writestr(f"{number}.png", encoded(Image.fromarray(pixels), "PNG"))
        lines = [f"{number}.png,{pose}" for number, pose in enumerate(POSES)]
        files.writestr("attributes.csv", "\n".join(["file,yaw,pitch", *lines, ""]))
    return path


def test_a_rule_pre_labels_what_came_with_a_pose(signed_in: Page, stack: Stack, posed: Path):
    page = signed_in
    project = new_project(page, stack, "Heads")
    page.goto(f"{project}/models")
    page.get_by_role("button", name="Add a rule").click()
    sheet = page.get_by_role("dialog", name="Add a rule")
    sheet.get_by_role("link", name="Import attributes").click()
    page.get_by_label("Choose an archive").set_input_files(posed)
    section = page.get_by_role("region", name="From an archive or a table")
    expect(section.get_by_text("3 new images")).to_be_visible(timeout=30_000)

    page.get_by_role("link", name="Models", exact=True).click()
    page.get_by_role("button", name="Add a rule").click()
    expect(sheet.get_by_label("Yaw, to a side")).to_have_value("yaw")
    expect(sheet.get_by_label("Pitch, up or down")).to_have_value("pitch")
    expect(sheet.get_by_label("Turned away is")).to_have_value("non-engaged")
    sheet.get_by_label("Turned away is").select_option("engaged")
    sheet.get_by_role("button", name="Add the rule").click()
    expect(sheet.get_by_role("alert")).to_contain_text("another category")
    sheet.get_by_label("Turned away is").select_option("non-engaged")
    sheet.get_by_label("Yaw limit in degrees").fill("35")
    sheet.get_by_role("button", name="Add the rule").click()

    expect(page.get_by_role("heading", name="rule 1")).to_be_visible()
    expect(page.get_by_text("A rule learns nothing here.")).to_be_visible()
    page.get_by_role("button", name="Promote").click()
    expect(page.get_by_role("status")).to_contain_text("In production. Nothing was measured", timeout=30_000)

    page.get_by_role("link", name="Models", exact=True).click()
    page.get_by_role("button", name="Pre-label now").click()
    expect(page.get_by_text("Pre-labeling").first).to_contain_text("succeeded", timeout=30_000)
    page.goto(f"{project}/label")
    expect(page.locator(".stage img")).to_have_attribute("alt", "0.png")
    expect(page.get_by_text("Yaw 41.5° is beyond ±35°.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".stage img")).to_have_attribute("alt", "1.png")
    expect(page.get_by_text("Yaw −3° is within ±35° and pitch 4° is within ±20°.")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(".stage img")).to_have_attribute("alt", "2.png")
    expect(page.get_by_text("The model gives no category: no head pose is known.")).to_be_visible()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.goto(f"{project}/images?category=non-engaged")
    expect(page.locator(".tile")).to_have_count(1)
