"""The labeling screen for mattes: painted, undone, solved and submitted to the very level, and nothing of it lost."""

from __future__ import annotations

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Dialog, Page, expect

from tests.e2e.box_screen import label, said, saved
from tests.e2e.conftest import call, sign_in
from tests.e2e.matte_screen import (
    bar,
    begin,
    brush,
    fetched,
    labels,
    looked_at,
    matte,
    origin,
    painted,
    ready,
    shown,
    spot,
    stroke,
)
from tests.e2e.stack import Stack
from tests.e2e.test_accessibility import as_it_stands
from tests.pictures import encoded

NEAR = (
    2  # levels: the page rounds the pointer to 1/32 of a pixel of the image, and so does the rim of a stroke
)


def test_a_stroke_arrives_at_the_server_to_the_level(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    brush(page, size=40, hardness=0.25, opacity=0.8)
    begin(page, stack, people, "1.png")
    assert origin(page) == "Nothing painted yet"
    stroke(page, (60, 60), (200, 150))
    expect(page.get_by_label("Origin of the matte")).to_have_text("Drawn")
    page.keyboard.press("Control+Enter")
    ready(page, "2.png")
    saved(page)
    found = matte(page, people, "1.png").astype(int)
    wanted = painted((60, 60), (200, 150), size=40, hardness=0.25, opacity=0.8).astype(int)
    assert np.abs(found - wanted).max() <= NEAR
    assert len(np.unique(found)) > 100  # soft, and no mask
    assert label(page, people, "1.png")["regions"] == [{"origin": "drawn"}]
    expect(page.locator(".frame .mark", has_text="matte")).to_be_visible()


def test_a_pre_label_is_accepted_as_it_is_or_corrected_and_the_server_says_which(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people)
    assert origin(page) == "Pre-label of unet-matting 1"
    page.keyboard.press("a")
    ready(page, "1.png")
    saved(page)
    (accepted,) = labels(page, people, "0.png")
    assert accepted["regions"][0]["origin"] == "accepted"
    page.keyboard.press("Control+z")
    ready(page, "0.png")
    page.keyboard.press("e")
    stroke(page, (160, 130), (180, 130))
    expect(page.get_by_label("Origin of the matte")).to_have_text("Corrected from unet-matting 1")
    page.keyboard.press("Enter")
    ready(page, "1.png")
    saved(page)
    found = label(page, people, "0.png")
    assert found["regions"][0]["origin"] == "corrected"
    levels = matte(page, people, "0.png")
    assert (levels[130, 170], levels[100, 160], levels[5, 5]) == (0, 255, 30)


def test_strokes_are_undone_and_done_again_before_the_submit_before_them(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("Enter")
    ready(page, "1.png")
    for y in (40, 80, 120):
        stroke(page, (50, y), (150, y))
    for _ in range(3):
        page.keyboard.press("Control+z")
        expect(said(page)).to_contain_text("Undone: Brush.")
    assert origin(page) == "Nothing painted yet"
    page.keyboard.press("Control+Shift+z")
    expect(page.get_by_label("Origin of the matte")).to_have_text("Drawn")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    ready(page, "0.png")  # the submit


def test_a_reload_brings_strokes_back_and_a_submit_forgets_them(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("e")
    stroke(page, (160, 130), (180, 130))
    page.keyboard.press("t")
    stroke(page, (60, 60), (90, 60))
    page.wait_for_timeout(300)
    page.reload()
    ready(page, "0.png")
    expect(page.get_by_label("Origin of the matte")).to_have_text(re.compile("Corrected"))
    page.keyboard.press("Control+Enter")
    ready(page, "1.png")
    saved(page)
    found = label(page, people, "0.png")
    assert matte(page, people, "0.png")[130, 170] == 0
    trimap = fetched(page, f"/api/annotations/{found['uuid']}/trimap.png")
    assert trimap[60, 75] == 128 and set(np.unique(trimap)) == {0, 128}
    page.reload()
    ready(page, "1.png")
    assert origin(page) == "Nothing painted yet"
    page.keyboard.press("g")
    expect(said(page)).to_contain_text("Copied from the image before.")
    expect(page.get_by_label("Origin of the matte")).to_have_text("Drawn")


def test_nothing_painted_is_said_on_purpose_alone(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people, "1.png")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Is there nothing in the foreground?")).to_be_visible()
    page.keyboard.press("Control+Enter")
    ready(page, "2.png")
    saved(page)
    assert matte(page, people, "1.png").max() == 0


def test_a_matte_submitted_without_a_network_arrives_once_after_the_tab_was_closed(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people, "1.png")
    expect(page.locator(".frame")).to_have_count(3)
    page.context.set_offline(True)
    stroke(page, (60, 60), (120, 60))
    page.keyboard.press("Control+Enter")
    expect(page.locator(".stage img")).to_have_attribute("alt", "2.png")
    expect(page.get_by_text("Offline · 1 kept")).to_be_visible()
    page.close()
    page.context.set_offline(False)
    again = page.context.new_page()
    again.set_viewport_size({"width": 1440, "height": 900})
    again.goto(f"{stack.url}/projects/{people}/label")
    ready(again, "0.png")
    for _ in range(50):
        if labels(again, people, "1.png"):
            break
        again.wait_for_timeout(100)
    assert len(labels(again, people, "1.png")) == 1
    wanted = painted((60, 60), (120, 60), size=20, hardness=1, opacity=1).astype(int)
    assert (
        np.abs(matte(again, people, "1.png").astype(int) - wanted).max() <= 16
    )  # at the one pixel of the rim


def test_operations_go_by_the_keyboard_and_are_one_step_each(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    for key, what in (
        ("Shift+I", "Invert"), ("Shift+E", "Grow"), ("Shift+C", "Shrink"), ("Shift+F", "Feather"), ("Shift+M", "Smooth"),
    ):  # fmt: skip
        page.keyboard.press(key)
        expect(said(page)).to_contain_text(f"{what}: done.")
    for what in ("Smooth", "Feather", "Shrink", "Grow"):
        page.keyboard.press("Control+z")
        expect(said(page)).to_contain_text(f"Undone: {what}.")
    page.keyboard.press("Control+Enter")
    ready(page, "1.png")
    saved(page)
    levels = matte(page, people, "0.png")
    assert (levels[130, 160], levels[5, 5]) == (0, 225)


def test_levels_are_seen_while_they_are_tried_out_and_stand_when_applied(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("u")
    assert shown(page, 20, 20) == (30, 30, 30, 255)
    page.keyboard.press("Shift+L")
    page.get_by_role("slider", name="Black").fill("40")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20) == (0, 0, 0, 255)
    page.get_by_role("button", name="As it was").click()
    page.wait_for_timeout(100)
    assert shown(page, 20, 20) == (30, 30, 30, 255)
    page.get_by_role("slider", name="Black").fill("40")
    page.get_by_role("button", name="Apply levels").click()
    expect(said(page)).to_contain_text("Levels: done.")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20) == (0, 0, 0, 255)


def test_views_show_the_matte_in_grey_as_a_tint_and_cut_out_and_before_beside_after(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("u")
    page.wait_for_timeout(100)
    assert shown(page, 160, 130) == (255, 255, 255, 255)
    page.keyboard.press("j")
    page.wait_for_timeout(100)
    assert shown(page, 160, 130)[3] == 0  # the picture itself
    page.keyboard.press("j")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20)[3] == 225 and min(shown(page, 20, 20)[:3]) > 250  # white
    page.keyboard.press("u")
    page.keyboard.press("e")
    stroke(page, (130, 130), (190, 130))
    page.keyboard.press("z")
    page.wait_for_timeout(100)
    assert (shown(page, 135, 130)[0], shown(page, 185, 130)[0]) == (255, 0)
    slider = page.get_by_role("slider", name="Before on the left")
    slider.focus()
    for _ in range(12):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert shown(page, 185, 130)[0] == 255
    page.keyboard.press("z")
    page.wait_for_timeout(100)
    assert shown(page, 135, 130)[0] == 0


def test_a_trimap_is_solved_proposed_and_accepted(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("Shift+S")
    expect(said(page)).to_contain_text("Paint what is unknown into the trimap first")
    page.keyboard.press("Shift+T")  # this pre-label is nowhere surely background
    expect(said(page)).to_contain_text("Unknown band: done.")
    page.keyboard.press("Shift+S")
    expect(page.get_by_role("alert")).to_contain_text("no background", timeout=180_000)
    page.keyboard.press("f")
    page.keyboard.press("f")
    ready(page, "2.png")
    page.keyboard.press("Shift+T")  # an unknown band around its edge
    expect(said(page)).to_contain_text("Unknown band: done.")
    page.keyboard.press("Shift+S")
    proposal = page.get_by_role("group", name="Solve: a proposal")
    expect(proposal).to_be_visible(timeout=180_000)
    page.keyboard.press("Enter")
    ready(page, "2.png")  # not before there is an answer
    page.keyboard.press("a")
    expect(proposal).to_have_count(0)
    page.keyboard.press("Control+z")
    expect(said(page)).to_contain_text("Undone: Solve.")
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+Enter")
    ready(page, "0.png")
    saved(page)
    levels = matte(page, people, "2.png")
    assert levels[130, 160] == 255 and levels[5, 5] == 0
    assert label(page, people, "2.png")["result"]["trimap"]


def test_what_lies_under_a_click_is_found(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people, "1.png")
    page.keyboard.press("r")
    page.mouse.click(*spot(page, 160, 130))
    expect(page.get_by_role("group", name="Segment: a proposal")).to_be_visible(timeout=180_000)
    page.keyboard.press("a")
    page.keyboard.press("Control+Enter")
    ready(page, "2.png")
    saved(page)
    levels = matte(page, people, "1.png")
    assert levels[130, 160] > 200 and levels[5, 5] < 50


def test_a_part_that_is_found_is_added_subtracted_or_rejected(signed_in: Page, stack: Stack, people: int):
    """What the worker would say is said here: which pixels it finds is tested elsewhere."""
    page = signed_in
    part = np.full((20, 30), 200, np.uint8)
    answer = {"window": [10, 10, 40, 30], "alpha": b64encode(encoded(Image.fromarray(part), "PNG")).decode()}
    asked: list[Any] = []

    def segment(route: Any) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(json=answer)

    page.route(re.compile(r"/segment/$"), segment)
    begin(page, stack, people)
    page.keyboard.press("u")
    page.keyboard.press("r")
    page.mouse.click(*spot(page, 25, 20))
    proposal = page.get_by_role("group", name="Segment: a proposal")
    expect(proposal).to_be_visible()
    page.wait_for_timeout(100)
    assert shown(page, 25, 20)[0] == 200
    page.keyboard.press("x")
    page.wait_for_timeout(100)
    assert shown(page, 25, 20)[0] == 30
    page.mouse.click(*spot(page, 25, 20))
    expect(proposal).to_be_visible()
    page.keyboard.press("Shift+A")
    page.wait_for_timeout(100)
    assert shown(page, 25, 20)[0] == 30  # the smaller of 30 and 255 − 200
    assert asked[0]["point"] == pytest.approx([25, 20], abs=0.2)


def test_a_display_of_two_pixels_to_one_is_painted_to_the_pixel(
    signed_in: Page, stack: Stack, people: int, browser: Browser
):
    context = browser.new_context(viewport={"width": 1200, "height": 800}, device_scale_factor=2)
    page = context.new_page()
    page.goto(stack.url)
    sign_in(page, stack)
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    brush(page)
    begin(page, stack, people, "1.png")
    canvas = page.locator("canvas.layer").nth(1)
    sizes = canvas.evaluate("c => [c.width / c.clientWidth, c.height / c.clientHeight]")
    assert sizes == [2, 2]
    page.keyboard.press("u")
    stroke(page, (100, 100), (140, 100))
    page.wait_for_timeout(100)
    assert (shown(page, 120, 100)[0], shown(page, 120, 108.5)[0], shown(page, 120, 112)[0]) == (255, 255, 0)
    page.keyboard.press("Control+Enter")
    ready(page, "2.png")
    saved(page)
    wanted = painted((100, 100), (140, 100), size=20, hardness=1, opacity=1).astype(int)
    found = matte(page, people, "1.png").astype(int)
    assert (found > 128).sum() == pytest.approx((wanted > 128).sum(), rel=0.03)
    context.close()


def test_fingers_move_the_image_and_one_paints(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people, "1.png")
    wire = page.context.new_cdp_session(page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        at = [dict(zip("xy", spot(page, x, y), strict=True), id=n) for n, (x, y) in enumerate(points)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

    touch("touchStart", (50, 50))
    touch("touchMove", (100, 50))
    touch("touchStart", (100, 50), (200, 150))
    touch("touchMove", (80, 40), (230, 170))
    touch("touchEnd")
    assert origin(page) == "Nothing painted yet"
    page.keyboard.press("0")
    touch("touchStart", (50, 50))
    touch("touchMove", (100, 50))
    touch("touchEnd")
    expect(page.get_by_label("Origin of the matte")).to_have_text("Drawn")


def test_a_reviewer_mends_a_matte_and_the_image_s_page_shows_each_version(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("Enter")
    ready(page, "1.png")
    saved(page)
    page.goto(f"{stack.url}/projects/{people}/review?of=labeled")
    expect(page.locator(".stage img")).to_have_attribute("alt", "0.png")
    page.keyboard.press("y")  # in grey
    page.wait_for_timeout(500)
    assert shown(page, 160, 130)[0] == 255
    page.keyboard.press("e")
    stroke(page, (150, 130), (170, 130))
    expect(page.get_by_text("Accept takes what you made of it")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Nothing is left to review")).to_be_visible(timeout=10_000)
    for _ in range(50):
        if len(labels(page, people, "0.png")) == 2:
            break
        page.wait_for_timeout(100)
    assert matte(page, people, "0.png")[130, 160] == 0
    images = call(page, "GET", f"/api/projects/{people}/images/")["results"]
    pk = next(row["id"] for row in images if row["name"] == "0.png")
    page.goto(f"{stack.url}/projects/{people}/images/{pk}")
    page.get_by_role("button", name="Grey").click()
    page.wait_for_timeout(500)
    assert shown(page, 160, 130)[0] == 0
    page.locator(".version.past").get_by_role("button", name="Show").click()
    page.wait_for_timeout(500)
    assert shown(page, 160, 130)[0] == 255


def test_a_matte_that_does_not_come_is_asked_for_again_at_a_press(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    page.context.route(re.compile(r"/api/mattes/"), lambda route: route.fulfill(status=503))
    page.goto(f"{stack.url}/projects/{people}/label")
    expect(page.get_by_role("alert")).to_contain_text("gives no matte here (503)")
    page.keyboard.press("Enter")
    expect(said(page)).to_contain_text("The matte could not be loaded: try again first.")
    page.context.unroute(re.compile(r"/api/mattes/"))
    page.get_by_role("button", name="Try again").click()
    ready(page, "0.png")
    assert origin(page) == "Pre-label of unet-matting 1"


def test_why_nothing_happens_stands_in_the_bar_and_moves_nothing(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    panel = page.get_by_role("complementary", name="The matte")
    place = panel.bounding_box()
    page.keyboard.press("q")
    expect(bar(page)).to_have_text("Paint what is surely foreground.")
    stroke(page, (160, 130), (180, 130))
    page.get_by_role("button", name=re.compile(r"^Solve(?! in)")).click()
    expect(bar(page)).to_contain_text("Paint what is unknown into the trimap first")
    assert panel.bounding_box() == place
    page.keyboard.press("x")
    expect(bar(page)).to_have_text("Nothing is proposed.")
    page.keyboard.press("g")
    expect(bar(page)).to_have_text("The image before has no matte to copy.")
    page.keyboard.press("b")
    expect(bar(page)).to_have_text("Paint the foreground. Control erases.")


def test_a_pre_label_is_rejected_for_an_empty_matte_in_one_step(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("u")
    page.keyboard.press("x")
    expect(bar(page)).to_contain_text("Pre-label rejected")
    page.wait_for_timeout(100)
    assert shown(page, 160, 130)[0] == 0
    page.keyboard.press("Control+z")
    expect(bar(page)).to_contain_text("Undone: Pre-label rejected.")
    page.wait_for_timeout(100)
    assert shown(page, 160, 130)[0] == 255
    assert origin(page) == "Pre-label of unet-matting 1"
    page.get_by_role("button", name="Reject").click()  # where there is no keyboard
    expect(bar(page)).to_contain_text("Pre-label rejected")


def test_a_pre_label_is_not_accepted_by_a_key_in_the_place_of_what_was_made_of_it(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("e")
    stroke(page, (160, 130), (180, 130))
    page.keyboard.press("a")
    expect(bar(page)).to_contain_text("Enter submits what you see")
    ready(page, "0.png")
    page.get_by_role("button", name="Pre-label", exact=True).click()
    ready(page, "1.png")
    saved(page)
    assert label(page, people, "0.png")["regions"][0]["origin"] == "accepted"
    page.keyboard.press("Control+z")
    ready(page, "0.png")
    assert origin(page) == "Corrected from unet-matting 1"  # nothing of it is lost


def test_levels_that_are_tried_out_are_submitted_and_escape_drops_them(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("u")
    page.keyboard.press("Shift+L")
    page.get_by_role("slider", name="Black").fill("40")
    page.keyboard.press("Escape")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20) == (30, 30, 30, 255)
    page.get_by_role("slider", name="Black").fill("40")
    page.keyboard.press("Enter")  # on the slider
    ready(page, "1.png")
    saved(page)
    levels = matte(page, people, "0.png")
    assert (levels[130, 160], levels[5, 5]) == (255, 0)


def test_what_is_worked_on_is_the_matte_as_levels_show_it(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("u")
    page.get_by_role("slider", name="Black").fill("40")
    page.keyboard.press("Shift+I")
    expect(said(page)).to_contain_text("Invert: done.")
    page.wait_for_timeout(100)
    assert (shown(page, 20, 20)[0], shown(page, 160, 130)[0]) == (255, 0)
    page.keyboard.press("Control+z")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20)[0] == 0
    page.keyboard.press("Control+z")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20)[0] == 30


def test_what_is_painted_is_looked_at(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    kept = """localStorage.setItem("frameloop-matte-view", JSON.stringify({ name: "trimap" }))"""
    page.evaluate(kept)  # as another tab has left it
    begin(page, stack, people, "1.png")
    looked_at(page, "Trimap")
    stroke(page, (60, 60), (120, 60))
    looked_at(page, "Tint")
    page.keyboard.press("t")
    page.keyboard.press("u")
    looked_at(page, "Grey")
    stroke(page, (60, 60), (120, 60))
    looked_at(page, "Trimap")
    page.keyboard.press("Shift+I")
    expect(said(page)).to_contain_text("Invert: done.")
    looked_at(page, "Tint")


def test_a_stroke_that_goes_on_stands_whatever_key_is_pressed(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people, "1.png")

    def hold(*points: tuple[float, float]) -> None:
        page.mouse.move(*spot(page, *points[0]))
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*spot(page, *point))

    hold((60, 60), (90, 60))
    page.keyboard.press("e")
    page.mouse.move(*spot(page, 120, 60))
    page.mouse.up()
    page.keyboard.press("b")
    hold((60, 100), (120, 100))
    page.keyboard.press("f")
    ready(page, "2.png")
    page.mouse.up()
    page.keyboard.press("d")
    ready(page, "1.png")
    hold((60, 140), (120, 140))
    page.keyboard.press("Enter")
    ready(page, "2.png")
    page.mouse.up()
    saved(page)
    levels = matte(page, people, "1.png")
    assert [levels[y, x] for x, y in ((70, 60), (110, 60), (110, 100), (110, 140))] == [255] * 4


def test_an_image_stays_as_it_is_while_it_is_being_saved(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    slow = """const post = Worker.prototype.postMessage;
      Worker.prototype.postMessage = function (message, transfer) {
        setTimeout(() => post.call(this, message, transfer), message.task?.do === "encode" ? 900 : 0);
      };"""
    page.add_init_script(slow)
    begin(page, stack, people, "1.png")
    stroke(page, (60, 60), (120, 60))
    page.keyboard.press("Enter")
    expect(bar(page)).to_contain_text("Saving")
    page.keyboard.press("Control+z")
    stroke(page, (60, 150), (120, 150))
    page.keyboard.press("f")
    expect(bar(page)).to_contain_text("Saving goes on: wait for it.")
    expect(page.locator(".stage img")).to_have_attribute("alt", "1.png")
    ready(page, "2.png")
    saved(page)
    levels = matte(page, people, "1.png")
    assert (levels[60, 90], levels[150, 90]) == (255, 0)


def test_the_lasso_fills_and_holes_are_filled(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people, "1.png")
    page.keyboard.press("k")
    stroke(page, (60, 60), (160, 60), (160, 160), (60, 160), (60, 70))
    expect(said(page)).to_contain_text("Lasso filled.")
    page.keyboard.press("e")
    stroke(page, (110, 110), (112, 110))
    page.keyboard.press("u")
    page.wait_for_timeout(100)
    assert (shown(page, 80, 80)[0], shown(page, 110, 110)[0], shown(page, 180, 80)[0]) == (255, 0, 0)
    page.keyboard.press("Shift+O")
    expect(said(page)).to_contain_text("Fill holes: done.")
    page.wait_for_timeout(100)
    assert (shown(page, 110, 110)[0], shown(page, 180, 80)[0]) == (255, 0)


def test_a_trimap_is_copied_from_the_image_before(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("t")
    stroke(page, (60, 60), (120, 60))
    page.keyboard.press("Control+Enter")
    ready(page, "1.png")
    page.keyboard.press("o")
    page.keyboard.press("Shift+G")
    expect(bar(page)).to_have_text("Copied from the image before.")
    looked_at(page, "Trimap")
    page.keyboard.press("g")
    expect(page.get_by_label("Origin of the matte")).to_have_text("Drawn")
    looked_at(page, "Tint")
    page.keyboard.press("Control+Enter")
    ready(page, "2.png")
    saved(page)
    trimap = fetched(page, f"/api/annotations/{label(page, people, '1.png')['uuid']}/trimap.png")
    assert trimap[60, 90] == 128


def test_keys_go_on_after_a_background_was_chosen(
    signed_in: Page, stack: Stack, people: int, portraits: list[Path]
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("j")
    page.get_by_label("The colour behind the cut-out").fill("#ff0000")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20) == (255, 0, 0, 225)
    page.keyboard.press("u")
    looked_at(page, "Grey")
    page.keyboard.press("j")
    page.locator("label", has_text="Picture").locator("input").set_input_files(portraits[1])
    page.locator("label", has_text="Picture").locator("input").focus()
    page.wait_for_timeout(300)
    red, green, blue, cover = shown(page, 20, 20)
    assert cover == 225 and blue > green > red  # of the picture's own background
    page.get_by_role("slider", name="Black").fill("40")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20)[3] == 255  # levels are seen before it
    page.locator("label", has_text="Picture").locator("input").focus()
    page.keyboard.press("Escape")
    page.keyboard.press("u")
    page.wait_for_timeout(100)
    assert shown(page, 20, 20) == (30, 30, 30, 255)


def test_a_tab_that_closes_warns_where_the_browser_keeps_no_drafts(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    page.add_init_script("""const open = indexedDB.open.bind(indexedDB);
      indexedDB.open = (name, version) => {
        if (name !== "frameloop-mattes") return open(name, version);
        const request = { error: new DOMException("no", "InvalidStateError") };
        setTimeout(() => request.onerror());
        return request;
      };""")
    begin(page, stack, people)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)
    page.keyboard.press("e")
    stroke(page, (160, 130), (180, 130))
    page.wait_for_timeout(300)
    page.close(run_before_unload=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    page.remove_listener("dialog", answer)
    page.keyboard.press("Enter")
    ready(page, "1.png")
    saved(page)
    page.goto(stack.url)  # and does not where there is nothing to lose
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()


def test_what_a_reviewer_mends_stays_while_other_images_are_looked_at(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("Enter")
    ready(page, "1.png")
    page.keyboard.press("f")
    ready(page, "2.png")
    page.keyboard.press("Enter")
    ready(page, "1.png")
    saved(page)
    page.goto(f"{stack.url}/projects/{people}/review?of=labeled")
    stage = page.locator(".stage img")
    expect(stage).to_be_visible()
    name = stage.get_attribute("alt") or ""
    page.keyboard.press("y")
    page.wait_for_timeout(500)
    page.keyboard.press("e")
    stroke(page, (150, 130), (170, 130))
    page.mouse.move(*spot(page, 150, 180))
    page.mouse.down()
    page.mouse.move(*spot(page, 170, 180))
    page.keyboard.press("f")  # before it is lifted
    expect(stage).not_to_have_attribute("alt", name)
    page.mouse.up()
    expect(page.get_by_text("Accept takes what you made of it")).to_have_count(0)
    page.keyboard.press("d")
    expect(stage).to_have_attribute("alt", name)
    expect(page.get_by_text("Accept takes what you made of it")).to_be_visible()
    page.wait_for_timeout(200)
    assert (shown(page, 160, 130)[0], shown(page, 160, 180)[0], shown(page, 160, 100)[0]) == (0, 0, 255)
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", answer)
    page.close(run_before_unload=True)
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    page.remove_listener("dialog", answer)
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")


def moved(page: Page) -> bool:
    """Whether the wheel enlarges what is on the stage."""
    look = """() => {
      const canvas = document.querySelector("canvas.layer"), { width, height } = canvas;
      return [...canvas.getContext("2d").getImageData(0, 0, width, height).data].filter((_, n) => n % 401 === 0);
    }"""
    before = page.evaluate(look)
    page.mouse.move(*spot(page, 160, 130))
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(400)
    found: bool = page.evaluate(look) != before
    return found


def test_an_image_without_a_matte_is_enlarged_by_the_wheel(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("Enter")
    ready(page, "1.png")
    saved(page)
    page.goto(f"{stack.url}/projects/{people}/review?of=labeled")
    expect(page.locator(".stage img")).to_have_attribute("alt", "0.png")
    page.keyboard.press("o")  # the matte is hidden
    page.wait_for_timeout(300)
    assert moved(page)
    images = call(page, "GET", f"/api/projects/{people}/images/")["results"]
    pk = next(row["id"] for row in images if row["name"] == "1.png")
    page.goto(f"{stack.url}/projects/{people}/images/{pk}")
    page.wait_for_timeout(500)
    assert moved(page)


def test_a_label_s_matte_that_does_not_come_is_asked_for_again(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("Enter")
    ready(page, "1.png")
    saved(page)
    page.context.route(re.compile(r"/api/mattes/"), lambda route: route.fulfill(status=503))
    page.goto(f"{stack.url}/projects/{people}/review?of=labeled")
    expect(page.get_by_role("alert")).to_contain_text("gives no matte here (503)")
    page.keyboard.press("y")
    page.context.unroute(re.compile(r"/api/mattes/"))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    page.wait_for_timeout(300)
    assert shown(page, 160, 130)[0] == 255


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_of_the_screen_is_what_axe_calls_serious(
    signed_in: Page, stack: Stack, people: int, scheme: Any
):
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    begin(page, stack, people)
    assert as_it_stands(page, page.url) == []
    page.keyboard.press("j")
    page.keyboard.press("z")
    page.keyboard.press("Shift+S")
    expect(bar(page)).to_contain_text("Paint what is unknown")
    assert as_it_stands(page, page.url) == []
