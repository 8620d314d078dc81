"""A recorded meeting in the browser: sent, looked at, split, imported, and on a phone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import new_project
from tests.e2e.stack import Stack
from tests.vision.test_gallery import gallery
from tests.vision.videos import count, write_video


@pytest.fixture(scope="session")
def meeting(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("meeting")
    views = [gallery((2, 2))[0]] * 100 + [gallery((3, 2), first=1)[0]] * 100
    return write_video(folder / "Monday stand-up.mp4", views, g="20")


def shot(page: Page, name: str) -> None:
    if folder := os.environ.get("SHOTS"):
        page.wait_for_timeout(500)  # colours change slowly
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_meeting_is_looked_at_split_and_imported(signed_in: Page, stack: Stack, meeting: Path):
    page = signed_in
    project = new_project(page, stack, "Meetings")
    video = page.get_by_role("region", name="Video")
    expect(video.get_by_text("MP4, WebM or MOV")).to_be_visible()
    video.get_by_label("Choose videos").set_input_files(meeting)
    moments = video.get_by_role("list", name="Moments of the video").get_by_role("img")
    expect(moments.first).to_be_visible(timeout=60_000)
    assert moments.count() > 5
    expect(video.get_by_text("About 20 images from 0:20 at 1 frame a second")).to_be_visible()
    video.get_by_label("Frames a second").fill("0")
    expect(video.get_by_text("between 0.01 and 30")).to_be_visible()
    expect(video.get_by_role("button", name="Import")).to_be_disabled()
    video.get_by_label("Frames a second").fill("2")
    video.get_by_label("To", exact=True).fill("0:15")
    expect(video.get_by_text("About 30 images from 0:15 at 2 frames a second")).to_be_visible()
    video.get_by_label("One image for each participant").check()
    expect(video.locator("rect").first).to_be_visible(timeout=60_000)
    expect(video.get_by_text("4 tiles").first).to_be_visible()
    expect(video.get_by_text("5 tiles").first).to_be_visible()
    video.get_by_label("Leave out near-duplicates").uncheck()
    shot(page, "preview")
    video.get_by_role("button", name="Import", exact=True).click()
    expect(video.get_by_text(re.compile(r"\d+ new images"))).to_be_visible(timeout=60_000)
    expect(video.get_by_text("succeeded")).to_be_visible(timeout=60_000)
    shot(page, "imported")
    page.goto(f"{project}/images")
    frame = page.get_by_role("link", name=re.compile(r"Monday stand-up-00h00m00\.500s-r2c2\.jpg"))
    expect(frame).to_be_visible(timeout=60_000)
    expect(frame.get_by_role("img", name="near-duplicate")).to_be_visible()
    shot(page, "grid-near")
    frame.click()
    expect(page.get_by_role("definition").filter(has_text="0:00.5")).to_be_visible()
    attributes = page.locator("section", has=page.get_by_role("heading", name="Attributes"))
    shot(page, "attributes")
    attributes.get_by_role("link", name="r2c2").click()
    expect(page.get_by_role("button", name="Without: tile r2c2")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("r2c2")).first).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("r1c1"))).to_have_count(0)


def test_a_phone_and_a_file_that_is_no_video(signed_in: Page, stack: Stack, meeting: Path, tmp_path):
    page = signed_in
    new_project(page, stack, "By phone")
    page.set_viewport_size({"width": 390, "height": 844})
    video = page.get_by_role("region", name="Video")
    (tmp_path / "list.mp4").write_text("#EXTM3U\n")
    video.get_by_label("Choose videos").set_input_files(tmp_path / "list.mp4")
    expect(video.get_by_text("This is no MP4, MOV or WebM video.")).to_be_visible(timeout=60_000)
    shot(page, "phone-refused")
    video.get_by_label("One image for each participant")
    video.get_by_label("Choose videos").set_input_files(meeting)
    expect(video.get_by_role("button", name="Import", exact=True)).to_be_enabled(timeout=60_000)
    video.get_by_label("One image for each participant").check()
    expect(video.locator("rect").first).to_be_visible(timeout=60_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "phone")
    page.emulate_media(color_scheme="dark")
    shot(page, "phone-dark")
    page.set_viewport_size({"width": 1440, "height": 900})
    shot(page, "dark")


def test_an_import_that_was_cancelled_goes_on_after_the_page_was_left(
    signed_in: Page, stack: Stack, tmp_path_factory
):
    page = signed_in
    project = new_project(page, stack, "Interrupted")
    video = page.get_by_role("region", name="Video")
    long = write_video(tmp_path_factory.mktemp("long") / "long.mp4", count(6000), g="50")
    video.get_by_label("Choose videos").set_input_files(long)
    expect(video.get_by_role("button", name="Import", exact=True)).to_be_enabled(timeout=60_000)
    video.get_by_label("Frames a second").fill("10")
    video.get_by_label("Leave out near-duplicates").uncheck()
    video.get_by_role("button", name="Import", exact=True).click()
    expect(video.get_by_text(re.compile(r"[1-9]\d* new images"))).to_be_visible(timeout=60_000)
    video.get_by_role("button", name="Cancel").click()
    expect(video.get_by_text("cancelled")).to_be_visible(timeout=60_000)
    page.goto(project)
    jobs = page.locator("section", has=page.get_by_role("heading", name="Recent jobs"))
    expect(jobs.get_by_role("button", name="Go on")).to_be_visible()
    shot(page, "go-on-overview")
    page.goto(f"{project}/import")
    expect(video.get_by_text("cancelled")).to_be_visible()
    shot(page, "go-on")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    shot(page, "go-on-phone-dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    video.get_by_role("button", name="Go on").click()
    expect(video.get_by_text("succeeded")).to_be_visible(timeout=120_000)
    expect(video.get_by_text("6,000 new images")).to_be_visible()
    expect(video.get_by_text("known already")).to_have_count(0)
    expect(video.get_by_role("button", name="Go on")).to_have_count(0)
    shot(page, "gone-on-phone-dark")


def test_several_videos_come_one_after_another_and_the_moments_follow_the_part(
    signed_in: Page, stack: Stack, meeting: Path, tmp_path
):
    page = signed_in
    new_project(page, stack, "A week")
    second, third = tmp_path / "Tuesday.mp4", tmp_path / "Wednesday.mp4"
    write_video(second, count(60), g="10")
    write_video(third, count(40), g="10")
    video = page.get_by_role("region", name="Video")
    video.get_by_label("Choose videos").set_input_files([meeting, second, third])
    waiting = video.get_by_role("list", name="Videos that wait").get_by_role("listitem")
    expect(waiting).to_have_text(["Tuesday.mp4", "Wednesday.mp4"])
    moments = video.get_by_role("list", name="Moments of the video").get_by_role("img")
    expect(moments.first).to_have_accessible_name(re.compile("at 0:00"), timeout=60_000)
    video.get_by_label("From", exact=True).fill("0:12")
    expect(moments.first).to_have_accessible_name(re.compile("at 0:12"), timeout=60_000)
    shot(page, "several")
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "several-phone-dark")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    waiting.first.get_by_role("button", name="Leave out Tuesday.mp4").click()
    expect(waiting).to_have_text(["Wednesday.mp4"])
    video.get_by_role("button", name="Import", exact=True).click()
    expect(waiting).to_have_count(0)
    expect(video.get_by_text("Monday stand-up.mp4, seconds")).to_be_visible()
    expect(video.get_by_text("4 s, 320 × 240")).to_be_visible(timeout=60_000)
    expect(video.get_by_label("From", exact=True)).to_have_value("")
    expect(video.get_by_text("succeeded")).to_be_visible(timeout=60_000)
