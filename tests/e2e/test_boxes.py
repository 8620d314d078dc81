"""The labeling screen for boxes: drawn, corrected and accepted by mouse, keys and fingers, and nothing of it lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.box_screen import SIZE, drag, label, near, on, place, rows, said, saved, taking_keys
from tests.e2e.conftest import PASSWORD, call, sign_in
from tests.e2e.predictions import predict
from tests.e2e.stack import Stack
from tests.e2e.test_accessibility import as_it_stands
from tests.pictures import encoded

SAID = [
    {"id": "p0", "category": "milk", "bbox": [100, 100, 300, 300], "score": 0.92},
    {"id": "p1", "category": "jam", "bbox": [420, 80, 560, 220], "score": 0.61},
    {"id": "p2", "category": "milk", "bbox": [600, 400, 700, 520], "score": 0.33},
]
PROJECT = {
    "kind": "detection",
    "categories": [{"name": "milk", "hotkey": "1"}, {"name": "jam", "hotkey": "2"}],
    "instructions": "A box around each thing.",
}


@pytest.fixture(scope="session")
def shelves(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shelves")
    for number in range(4):
        pixels = np.random.default_rng(900 + number).integers(0, 255, (6, 8, 3), np.uint8)
        picture = Image.fromarray(pixels).resize(SIZE, Image.Resampling.BILINEAR)
        (folder / f"{number}.png").write_bytes(encoded(picture, "PNG"))
    return sorted(folder.iterdir())


@pytest.fixture
def fridge(signed_in: Page, stack: Stack, shelves, request) -> int:
    """A project of detection with four images, of which the first one is pre-labeled."""
    page = signed_in
    project: int = call(page, "POST", "/api/projects/", {**PROJECT, "name": request.node.name[:60]})["id"]
    page.goto(f"{stack.url}/projects/{project}/import")
    page.get_by_label("Choose files").set_input_files(shelves)
    expect(page.get_by_role("button", name=f"{len(shelves)} new")).to_be_visible(timeout=30_000)
    for _ in range(100):
        rows = call(page, "GET", f"/api/projects/{project}/images/")["results"]
        if all(row["ready"] for row in rows):
            break
        page.wait_for_timeout(100)
    predict(stack, project, {"0.png": SAID})
    return project


def begin(page: Page, stack: Stack, project: int) -> None:
    page.goto(f"{stack.url}/projects/{project}/label")
    taking_keys(page)
    on(page, "0.png")


@pytest.fixture
def spot(signed_in: Page) -> Callable[[float, float], tuple[float, float]]:
    return lambda x, y: place(signed_in, x, y)


def test_boxes_are_drawn_in_three_ways_and_stand_where_they_were_drawn(
    signed_in: Page, stack: Stack, fridge: int, spot
):
    page = signed_in
    begin(page, stack, fridge)
    page.keyboard.press("f")
    on(page, "1.png")
    drag(page, spot(50, 60), spot(200, 160))
    expect(said(page)).to_contain_text("Box milk drawn, 1 box.")
    page.keyboard.press("Escape")
    page.keyboard.press("2")
    page.mouse.click(*spot(300, 100))
    page.mouse.move(*spot(350, 150))
    page.mouse.click(*spot(400, 300))
    expect(said(page)).to_contain_text("Box jam drawn, 2 boxes.")
    page.keyboard.press("Shift+R")
    for x, y in ((600, 50), (500, 200), (620, 400), (760, 220)):
        page.mouse.click(*spot(x, y))
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("Control+Enter")
    on(page, "2.png")
    saved(page)
    found = label(page, fridge, "1.png")
    boxes = found["result"]["boxes"]
    assert [box["category"] for box in boxes] == ["milk", "jam", "jam"]
    for box, wanted in zip(
        boxes, ([50, 60, 200, 160], [300, 100, 400, 300], [500, 50, 760, 400]), strict=True
    ):
        assert near(box["bbox"], wanted), box
    assert {region["origin"] for region in found["regions"]} == {"drawn"}
    assert found["lead_time_ms"] > 0
    expect(page.locator(".frame .mark", has_text="3 boxes")).to_be_visible()


def test_pre_labels_are_accepted_rejected_and_corrected_and_the_server_says_which(
    signed_in: Page, stack: Stack, fridge: int, spot
):
    page = signed_in
    begin(page, stack, fridge)
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("j")  # the least confident first
    expect(rows(page).nth(2)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("x")
    expect(rows(page)).to_have_count(2)
    expect(rows(page).nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Shift+ArrowRight")  # moved, it is a corrected one
    expect(rows(page).nth(1)).to_have_accessible_name(re.compile("jam corrected"))
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(rows(page).nth(0)).to_have_accessible_name(re.compile("milk accepted"))
    page.keyboard.press("Control+Enter")
    on(page, "1.png")
    saved(page)
    found = label(page, fridge, "0.png")
    assert [(region["id"], region["origin"]) for region in found["regions"]] == [
        ("p0", "accepted"),
        ("p1", "corrected"),
    ]
    assert found["result"]["boxes"][1]["bbox"] == [430, 80, 570, 220]


def test_enter_accepts_what_the_slider_leaves_and_undo_brings_all_back(
    signed_in: Page, stack: Stack, fridge: int
):
    page = signed_in
    begin(page, stack, fridge)
    slider = page.get_by_role("slider", name="Confidence that pre-labels have to reach")
    slider.fill("0.5")
    expect(rows(page)).to_have_count(2)
    slider.blur()
    page.keyboard.press("Enter")
    on(page, "1.png")
    saved(page)
    assert [box["id"] for box in label(page, fridge, "0.png")["result"]["boxes"]] == ["p0", "p1"]
    page.keyboard.press("Control+z")  # the submit
    on(page, "0.png")
    page.keyboard.press("Control+z")  # the accepting
    expect(rows(page).first).to_have_accessible_name(re.compile("milk pre-label"))
    page.keyboard.press("Control+Shift+z")
    expect(rows(page).first).to_have_accessible_name(re.compile("milk accepted"))
    page.keyboard.press("Control+Shift+z")
    on(page, "1.png")
    saved(page)
    assert [box["id"] for box in label(page, fridge, "0.png")["result"]["boxes"]] == ["p0", "p1"]


def test_the_record_says_of_each_box_what_the_list_says(signed_in: Page, stack: Stack, fridge: int, spot):
    page = signed_in
    begin(page, stack, fridge)
    slider = page.get_by_role("slider", name="Confidence that pre-labels have to reach")
    slider.fill("0.5")
    slider.blur()
    expect(rows(page)).to_have_count(2)
    drag(page, spot(602, 402), spot(700, 520))  # over one that is not in sight
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    drag(page, spot(490, 150), spot(590, 250))  # so far that little of it is where it was
    for row, said_of in ((1, "jam corrected"), (2, "milk drawn")):
        expect(rows(page).nth(row)).to_have_accessible_name(re.compile(said_of))
    page.keyboard.press("Control+Enter")
    on(page, "1.png")
    saved(page)
    found = label(page, fridge, "0.png")
    assert [region["origin"] for region in found["regions"]] == ["corrected", "drawn"]


def test_what_is_drawn_is_undone_before_the_submit_before_it(
    signed_in: Page, stack: Stack, fridge: int, spot
):
    page = signed_in
    begin(page, stack, fridge)
    page.keyboard.press("Enter")
    on(page, "1.png")
    drag(page, spot(50, 60), spot(200, 160))
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.get_by_role("listbox", name="Boxes")).to_have_count(0)
    on(page, "1.png")
    page.keyboard.press("Control+z")
    on(page, "0.png")


def test_an_image_without_a_box_is_submitted_on_purpose_alone(signed_in: Page, stack: Stack, fridge: int):
    page = signed_in
    begin(page, stack, fridge)
    page.keyboard.press("f")
    on(page, "1.png")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    on(page, "1.png")
    expect(page.get_by_text("No box on this image?")).to_be_visible()
    page.keyboard.press("Control+Enter")
    on(page, "2.png")
    saved(page)
    assert label(page, fridge, "1.png")["result"] == {"boxes": []}


def test_a_reload_and_a_look_at_the_neighbour_keep_what_was_begun(
    signed_in: Page, stack: Stack, fridge: int, spot
):
    page = signed_in
    begin(page, stack, fridge)
    page.keyboard.press("j")
    page.keyboard.press("x")
    drag(page, spot(400, 300), spot(500, 380))
    expect(rows(page)).to_have_count(3)
    page.keyboard.press("f")
    on(page, "1.png")
    page.keyboard.press("d")
    on(page, "0.png")
    expect(rows(page)).to_have_count(3)
    page.wait_for_timeout(200)
    page.reload()
    taking_keys(page)
    on(page, "0.png")
    expect(rows(page)).to_have_count(3)
    expect(rows(page).nth(2)).to_have_accessible_name("milk drawn")
    page.keyboard.press("Control+Enter")
    on(page, "1.png")
    saved(page)
    page.reload()
    taking_keys(page)
    on(page, "1.png")
    expect(page.get_by_text("None yet")).to_be_visible()
    assert len(label(page, fridge, "0.png")["result"]["boxes"]) == 1
    page.keyboard.press("g")  # of an image that this page has not seen
    expect(said(page)).to_contain_text("Copied 1 box from the image before.")


def test_a_page_that_goes_keeps_what_was_begun_from_others_and_gives_them_the_rest(
    signed_in: Page, stack: Stack, fridge: int, spot, browser: Browser
):
    page = signed_in
    begin(page, stack, fridge)
    drag(page, spot(400, 300), spot(500, 380))
    expect(rows(page)).to_have_count(4)
    page.wait_for_timeout(200)
    page.goto(stack.url)
    somebody = {"username": f"somebody-{fridge}", "password": PASSWORD}
    user = call(page, "POST", "/api/users/", somebody)["id"]
    call(page, "POST", f"/api/projects/{fridge}/members/", {"user": user, "role": "labeler"})
    token = call(page, "POST", "/api/auth/token/", somebody)["token"]
    other = browser.new_context(extra_http_headers={"Authorization": f"Bearer {token}"})
    given: set[str] = set()
    for _ in range(50):
        items = other.request.post(f"{stack.url}/api/projects/{fridge}/next/?count=4").json()["items"]
        given = {item["image"]["name"] for item in items}
        if len(given) == 3:
            break
        page.wait_for_timeout(100)
    assert given == {"1.png", "2.png", "3.png"}
    other.close()
    begin(page, stack, fridge)
    expect(rows(page)).to_have_count(4)


def test_boxes_submitted_without_a_network_arrive_once(signed_in: Page, stack: Stack, fridge: int, spot):
    page = signed_in
    begin(page, stack, fridge)
    expect(page.locator(".frame")).to_have_count(4)
    page.context.set_offline(True)
    drag(page, spot(400, 300), spot(500, 380))
    page.keyboard.press("Control+Enter")
    on(page, "1.png")
    expect(page.get_by_text("Offline · 1 kept")).to_be_visible()
    page.close()
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(f"{stack.url}/projects/{fridge}/label")
    on(again, "1.png")
    saved_now = label(again, fridge, "0.png")
    assert len(saved_now["result"]["boxes"]) == 1
    images = call(again, "GET", f"/api/projects/{fridge}/images/")["results"]
    pk = next(row["id"] for row in images if row["name"] == "0.png")
    assert len(call(again, "GET", f"/api/images/{pk}/")["annotations"]) == 1


def test_an_image_that_does_not_come_is_asked_for_again_at_a_press(
    signed_in: Page, stack: Stack, fridge: int
):
    page = signed_in
    page.route(re.compile(r"size=screen"), lambda route: route.abort())
    page.goto(f"{stack.url}/projects/{fridge}/label")
    taking_keys(page)
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    page.unroute(re.compile(r"size=screen"))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert page.locator(".stage img").evaluate("image => image.naturalWidth") > 0


def test_all_of_it_goes_by_the_keyboard_alone(signed_in: Page, stack: Stack, fridge: int):
    page = signed_in
    begin(page, stack, fridge)
    page.keyboard.press("f")
    on(page, "1.png")
    page.keyboard.press("2")
    page.keyboard.press("n")  # a box in the middle
    expect(said(page)).to_contain_text("Box jam drawn")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Control+Shift+ArrowDown")
    page.keyboard.press("/")
    page.keyboard.type("mi")
    page.keyboard.press("Enter")
    expect(rows(page).first).to_have_accessible_name("milk drawn")
    page.keyboard.press("Control+d")
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("w")
    page.keyboard.press("Delete")
    expect(said(page)).to_contain_text("This box is locked.")
    page.keyboard.press("w")
    page.keyboard.press("Delete")
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Control+Enter")
    on(page, "2.png")
    page.keyboard.press("g")  # the boxes of the image before
    expect(rows(page)).to_have_count(1)
    page.keyboard.press("Control+Enter")
    on(page, "3.png")
    saved(page)
    first, second = (label(page, fridge, name)["result"]["boxes"] for name in ("1.png", "2.png"))
    assert near(first[0]["bbox"], [290, 224, 490, 384]), first
    assert [box["bbox"] for box in first] == [box["bbox"] for box in second]


def test_click_to_box_leaves_the_rough_box_where_nothing_is_found(
    signed_in: Page, stack: Stack, fridge: int, spot
):
    page = signed_in
    begin(page, stack, fridge)
    page.keyboard.press("f")
    on(page, "1.png")
    answers = [
        {"status": 200, "json": {"bbox": [100, 100, 180, 170]}},
        {"status": 422, "json": {"detail": "Nothing stands out there."}},
    ]
    asked: list[Any] = []

    def answer(route) -> None:
        asked.append(json.loads(route.request.post_data))
        route.fulfill(**answers.pop(0))

    page.route("**/snap/", answer)
    page.keyboard.press("q")
    page.mouse.click(*spot(140, 130))
    expect(said(page)).to_contain_text("Box milk snapped.")
    drag(page, spot(300, 300), spot(400, 400))
    expect(said(page)).to_contain_text("The rough box stays: Nothing stands out there.")
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("Control+Enter")
    on(page, "2.png")
    saved(page)
    assert [sorted(one) for one in asked] == [["point"], ["box"]]
    first, second = label(page, fridge, "1.png")["result"]["boxes"]
    assert first["bbox"] == [100, 100, 180, 170]
    assert near(second["bbox"], [300, 300, 400, 400])


def test_two_versions_of_an_image_are_shown_on_the_picture(signed_in: Page, stack: Stack, fridge: int, spot):
    page = signed_in
    begin(page, stack, fridge)
    expect(page.locator(".frame")).to_have_count(4)
    other = page.context.new_page()
    other.set_viewport_size({"width": 1440, "height": 900})
    other.goto(f"{stack.url}/projects/{fridge}/label")
    taking_keys(other)
    on(other, "0.png")
    other.keyboard.press("Enter")
    on(other, "1.png")
    saved(other)
    other.close()
    drag(page, spot(400, 300), spot(500, 380))
    page.keyboard.press("Control+Enter")
    on(page, "1.png")
    page.get_by_role("button", name="1 to decide").click()
    sheet = page.get_by_role("dialog", name="To decide")
    region = sheet.get_by_role("region", name="0.png")
    expect(region.get_by_role("img", name="1 box")).to_be_visible()
    expect(region.get_by_role("img", name="3 boxes")).to_be_visible()
    region.get_by_role("button", name=re.compile("What I said last")).click()
    expect(sheet).to_have_count(0)
    saved(page)
    assert len(label(page, fridge, "0.png")["result"]["boxes"]) == 1


def test_the_bar_of_the_chosen_box_covers_nothing_and_takes_no_press_that_draws(
    signed_in: Page, stack: Stack, fridge: int, spot
):
    page = signed_in
    page.set_viewport_size({"width": 1280, "height": 800})
    begin(page, stack, fridge)
    page.keyboard.press("f")
    on(page, "1.png")
    stage = page.locator(".stage").bounding_box()
    drag(page, spot(50, 60), spot(200, 160))
    bar = page.get_by_role("group", name="The chosen box").bounding_box()
    assert stage and bar
    assert bar["x"] >= stage["x"] + stage["width"]
    assert page.locator(".stage").bounding_box() == stage
    drag(page, spot(400, 590), spot(500, 500))
    expect(rows(page)).to_have_count(2)
    page.mouse.click(*spot(520, 590))
    page.mouse.click(*spot(620, 500))
    expect(rows(page)).to_have_count(3)


@pytest.mark.parametrize("size", [(390, 844), (844, 390), (932, 430)])
def test_on_a_phone_nothing_lies_over_the_image_or_what_submits(
    signed_in: Page, stack: Stack, fridge: int, size
):
    page = signed_in
    page.set_viewport_size({"width": size[0], "height": size[1]})
    begin(page, stack, fridge)
    stage = page.locator(".stage").bounding_box()
    assert stage and stage["height"] > 300
    page.keyboard.press("j")
    expect(page.get_by_role("group", name="The chosen box")).to_be_visible()
    assert page.locator(".stage").bounding_box() == stage
    assert is_on_top(page, page.locator(".stage > .layer").last, 0.95)
    assert is_on_top(page, page.get_by_role("button", name=re.compile("^Submit")))
    assert is_on_top(page, page.get_by_role("button", name=re.compile("^Accept 3")))
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def is_on_top(page: Page, part: Locator, down: float = 0.5) -> bool:
    """Whether a press would reach it, in its middle or further down."""
    find = "(part, [x, y]) => part.contains(document.elementFromPoint(x, y))"
    box = part.bounding_box()
    assert box
    return bool(part.evaluate(find, [box["x"] + box["width"] / 2, box["y"] + box["height"] * down]))


@pytest.mark.parametrize("size", [(390, 844), (844, 390)])
def test_a_phone_says_why_boxes_are_refused(signed_in: Page, stack: Stack, fridge: int, size):
    page = signed_in
    page.set_viewport_size({"width": size[0], "height": size[1]})
    begin(page, stack, fridge)
    refusal = {"status": 400, "json": {"detail": "There are too many boxes."}}
    page.route("**/annotations/**", lambda route: route.fulfill(**refusal))
    page.keyboard.press("Enter")
    on(page, "1.png")
    expect(page.get_by_text("Not saved", exact=True)).to_be_visible()
    page.keyboard.press("d")
    on(page, "0.png")
    note = page.get_by_role("alert").filter(has_text="There are too many boxes.")
    expect(note).to_be_visible()
    assert is_on_top(page, note)
    assert is_on_top(page, page.get_by_role("button", name="Submit 3 boxes"))


def test_arrows_move_the_chosen_box_after_the_slider_was_used_by_hand(
    signed_in: Page, stack: Stack, fridge: int
):
    page = signed_in
    begin(page, stack, fridge)
    slider = page.get_by_role("slider", name="Confidence that pre-labels have to reach")
    box = slider.bounding_box()
    assert box
    # Let go beside it, as it happens with a quick hand.
    middle = box["y"] + box["height"] / 2
    drag(page, (box["x"] + 0.25 * box["width"], middle), (box["x"] + 0.5 * box["width"], middle - 60))
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("Shift+ArrowRight")
    expect(rows(page).nth(1)).to_have_accessible_name(re.compile("jam corrected"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="The chosen box")).to_have_count(0)
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(slider).to_be_focused()
    page.keyboard.press("Escape")
    expect(slider).not_to_be_focused()


def test_arrows_move_an_enlarged_image_where_no_box_is_chosen(signed_in: Page, stack: Stack, fridge: int):
    page = signed_in
    begin(page, stack, fridge)
    page.keyboard.press("f")
    on(page, "1.png")
    page.keyboard.press("ArrowRight")  # all of it is in sight
    for key in ("=", "=", "=", "Shift+ArrowRight", "ArrowDown", "n"):
        page.keyboard.press(key)
    page.keyboard.press("Control+Enter")
    on(page, "2.png")
    saved(page)
    (box,) = label(page, fridge, "1.png")["result"]["boxes"]
    # The stage shows 319 × 226 pixels of the image: by half of them to the right, and by a tenth down.
    assert near(box["bbox"], [520, 294, 599, 351]), box


def test_a_phone_draws_with_a_finger_and_a_pinch_draws_nothing(
    signed_in: Page, browser: Browser, stack: Stack, fridge: int
):
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, device_scale_factor=3
    )
    phone = context.new_page()
    phone.goto(stack.url)
    sign_in(phone, stack)
    expect(phone.get_by_role("heading", name="Projects")).to_be_visible()
    phone.goto(f"{stack.url}/projects/{fridge}/label")
    on(phone, "0.png")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert phone.evaluate("document.documentElement.scrollHeight") <= 844
    wire = context.new_cdp_session(phone)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        fingers = [{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)]
        wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": fingers})

    begin_at, end_at = place(phone, 350, 350), place(phone, 500, 500)
    touch("touchStart", begin_at)
    touch("touchMove", ((begin_at[0] + end_at[0]) / 2, end_at[1]))
    touch("touchMove", end_at)
    touch("touchEnd")
    expect(said(phone)).to_contain_text("Box milk drawn, 1 box.")
    touch("touchStart", begin_at)
    touch("touchStart", begin_at, end_at)
    touch("touchMove", (begin_at[0] - 40, begin_at[1]), (end_at[0] + 40, end_at[1]))
    touch("touchEnd", begin_at)
    touch("touchEnd")
    expect(rows(phone)).to_have_count(4)
    phone.get_by_role("button", name=re.compile("Submit 1 box")).tap()
    on(phone, "1.png")
    saved(phone)
    (box,) = label(phone, fridge, "0.png")["result"]["boxes"]
    assert near(box["bbox"], [350, 350, 500, 500])
    context.close()


@pytest.mark.parametrize(("scheme", "size"), [("light", (1440, 900)), ("dark", (390, 844))])
def test_axe_finds_nothing_serious(signed_in: Page, stack: Stack, fridge: int, scheme, size):
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    begin(page, stack, fridge)
    page.keyboard.press("j")
    expect(page.get_by_role("group", name="The chosen box")).to_be_visible()
    assert as_it_stands(page, "boxes") == []
