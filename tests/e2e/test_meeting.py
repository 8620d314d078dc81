"""The whole way of a recorded meeting, by what two people see and press alone: to labeled, reviewed and exported frames of
its participants."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import new_project, other, person
from tests.e2e.stack import Stack
from tests.vision.test_gallery import gallery
from tests.vision.videos import write_video

KEYS = {"1": "engaged", "2": "non-engaged", "3": "animated"}


@pytest.fixture(scope="session")
def recording(tmp_path_factory) -> Path:
    """Four people for a while, then five."""
    views = [gallery((2, 2))[0]] * 40 + [gallery((3, 2), first=1)[0]] * 40
    return write_video(tmp_path_factory.mktemp("recording") / "Retro.mp4", views, g="20")


def test_a_recorded_meeting_becomes_labeled_reviewed_and_exported_participants(
    signed_in: Page, browser: Browser, stack: Stack, recording: Path, tmp_path: Path
):
    page = signed_in
    person(page, stack, "mira")
    new_project(page, stack, "Retrospective")
    video = page.get_by_role("region", name="Video")
    video.get_by_label("Choose videos").set_input_files(recording)
    expect(video.get_by_text("About 8 images")).to_be_visible(timeout=60_000)
    video.get_by_label("One image for each participant").check()
    expect(video.locator("rect").first).to_be_visible(timeout=60_000)
    video.get_by_role("button", name="Import", exact=True).click()
    expect(video.get_by_text("succeeded")).to_be_visible(timeout=60_000)
    expect(video.get_by_text("9 new images")).to_be_visible()

    page.get_by_role("link", name="Settings", exact=True).click()
    page.get_by_label("A reviewer has to accept every label").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.get_by_role("link", name="Members", exact=True).click()
    page.get_by_label("User name").fill("mira")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Role of mira")).to_have_value("labeler")

    hers = other(browser, stack, "mira")
    hers.get_by_role("link", name="Retrospective").first.click()
    hers.get_by_role("link", name="Label", exact=True).first.click()
    said = {}
    for number in range(9):
        key = "123"[number % 3]
        said[_press(hers, key)] = KEYS[key]
    expect(hers.get_by_text("Saved", exact=True)).to_be_visible()
    assert len(said) == 9

    page.get_by_role("link", name="Overview", exact=True).click()
    page.get_by_role("link", name="Review", exact=True).first.click()
    mended, sent_back = None, None
    for number in range(9):
        if number == 3:
            mended = _press(page, "3")
            said[mended] = "animated"
        elif number == 5:
            sent_back = _name(page)
            page.keyboard.press("x")
            page.keyboard.type("Look at the eyes")
            page.keyboard.press("Enter")
            expect(page.locator(f'.stage img[alt="{sent_back}"]')).to_have_count(0)
        else:
            _press(page, "a")
    expect(page.get_by_role("heading", name="Nothing is left to review")).to_be_visible()
    expect(page.locator(".saved")).to_have_text("Saved")
    assert mended and sent_back

    hers.reload()
    expect(hers.get_by_label("Sent back")).to_contain_text("Look at the eyes")
    assert _press(hers, "2") == sent_back
    said[sent_back] = "non-engaged"
    expect(hers.get_by_text("Saved", exact=True)).to_be_visible()
    hers.context.close()
    page.get_by_role("button", name="Look again").click()
    assert _press(page, "a") == sent_back
    expect(page.locator(".saved")).to_have_text("Saved")

    page.get_by_role("link", name="Back to the project").click()
    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_label("With the pictures").check()
    page.get_by_role("button", name="Export").click()
    with page.expect_download(timeout=60_000) as download:
        page.get_by_role("link", name="Download Table (CSV)").click(timeout=60_000)
    download.value.save_as(tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "out.zip") as files:
        rows = list(csv.DictReader(io.StringIO(files.read("labels.csv").decode("utf-8-sig"))))
        pictures = [name for name in files.namelist() if name.startswith("images/")]
        for name in pictures:
            width, height = Image.open(io.BytesIO(files.read(name))).size
            assert 0 < width < 1280 and 0 < height < 720, "one participant and not the whole view"
    assert len(pictures) == 9
    assert {row["name"]: row["category"] for row in rows} == said
    assert {row["status"] for row in rows} == {"done"} and {row["group"] for row in rows} == {"Retro.mp4"}


def _name(page: Page) -> str:
    shown = page.locator(".stage img")
    expect(shown).to_be_visible()
    return shown.get_attribute("alt") or ""


def _press(page: Page, key: str) -> str:
    """On the image that is shown; its name."""
    name = _name(page)
    page.keyboard.press(key)
    expect(page.locator(f'.stage img[alt="{name}"]')).to_have_count(0)
    return name
