"""Twelve thousand pixels a side: looked at in renditions, labeled in the pixels of the original."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.e2e.box_screen import drag, label, on, place, rows, saved, taking_keys
from tests.e2e.conftest import call
from tests.e2e.predictions import predict
from tests.e2e.stack import Stack

SIDE = 12_000
SAID = {"id": "p0", "category": "milk", "bbox": [10_900.25, 11_000.5, 11_900.75, 11_990], "score": 0.9}
CLOSEST = 32  # pixels of the screen to one of the image, at most
MOST = 1_500_000_000  # bytes of memory in any process; the pixels alone are 432 million


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> Path:
    picture = Image.new("RGB", (SIDE, SIDE), (70, 90, 110))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((2000, 3000, 5000, 6000), fill=(220, 60, 60))
    pen.rectangle((10_900, 11_000, 11_900, 11_990), fill=(240, 240, 240))
    path = tmp_path_factory.mktemp("large") / "large.jpg"
    picture.save(path, quality=75)
    return path


def test_boxes_on_144_megapixels_are_kept_in_pixels_of_the_original(signed_in: Page, stack: Stack, large):
    page = signed_in
    rules = {"name": "Large", "kind": "detection", "categories": [{"name": "milk", "hotkey": "1"}]}
    project = call(page, "POST", "/api/projects/", rules)["id"]
    page.goto(f"{stack.url}/projects/{project}/import")
    page.get_by_label("Choose files").set_input_files(large)
    expect(page.get_by_role("button", name="1 new")).to_be_visible(timeout=60_000)
    while not call(page, "GET", f"/api/projects/{project}/images/")["results"][0]["ready"]:
        page.wait_for_timeout(200)
    predict(stack, project, {"large.jpg": [SAID]})

    page.goto(f"{stack.url}/projects/{project}/label")
    taking_keys(page)
    on(page, "large.jpg")
    expect(rows(page)).to_have_count(1)
    drag(page, spot(page, 2000, 3000), spot(page, 5000, 6000))
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("Escape")
    x, y = spot(page, 8000, 9000)
    page.mouse.move(x, y)
    with page.expect_response(re.compile("size=large"), timeout=60_000):
        for _ in range(10):
            page.mouse.wheel(0, -600)
    drag(page, (x - 5 * CLOSEST, y - 2 * CLOSEST), (x + 5 * CLOSEST, y + 2 * CLOSEST))
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("Enter")
    saved(page)
    kept = label(page, project, "large.jpg")
    said, far, close = kept["result"]["boxes"]
    assert said["bbox"] == SAID["bbox"] and kept["regions"][0]["origin"] == "accepted"
    pixel = SIDE / 700  # of the screen, where the whole image is in sight
    assert all(abs(a - b) < 2 * pixel for a, b in zip(far["bbox"], (2000, 3000, 5000, 6000), strict=True))
    x1, y1, x2, y2 = close["bbox"]
    assert (x2 - x1, y2 - y1) == pytest.approx((10, 4), abs=0.05)
    assert abs(x1 - 7995) + abs(y1 - 8998) < 3 * pixel

    page.reload()  # what comes back is what was kept
    taking_keys(page)
    page.keyboard.press("m")
    page.get_by_role("dialog", name="My last labels").get_by_role("button").filter(has_text="3 boxes").click()
    on(page, "large.jpg")
    expect(rows(page)).to_have_count(3)
    rows(page).nth(2).click()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    saved(page)
    again = label(page, project, "large.jpg")["result"]["boxes"]
    assert again[:2] == [said, far]
    assert again[2]["bbox"] == pytest.approx([x1 + 1, y1, x2 + 1, y2], abs=0.01)
    peaks = {
        pid: peak for root in (stack.process.pid, os.getpid()) for pid, peak in peaks_below(root).items()
    }
    assert max(peaks.values()) < MOST, sorted(peaks.values())[-4:]


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    return place(page, x, y, (SIDE, SIDE))


def peaks_below(root: int) -> dict[int, int]:
    """The most memory that each process below another one has had, in bytes (Linux)."""
    children: defaultdict[int, list[int]] = defaultdict(list)
    peaks: dict[int, int] = {}
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            lines = dict(line.split(":\t", 1) for line in status.read_text().splitlines() if ":\t" in line)
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(lines["Pid"])
        children[int(lines["PPid"])].append(pid)
        if peak := lines.get("VmHWM"):
            peaks[pid] = int(peak.split()[0]) * 1024
    below, left = [], list(children[root])
    while left:
        below.append(pid := left.pop())
        left += children[pid]
    return {pid: peaks[pid] for pid in below if pid in peaks}
