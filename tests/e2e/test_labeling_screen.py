"""What a labeler has beside the image: comments, two versions to choose from, earlier labels, pace, keys of one's own."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.e2e.conftest import new_project, sign_in
from tests.e2e.stack import Stack
from tests.pictures import encoded


@pytest.fixture(scope="session")
def frames(tmp_path_factory):
    folder = tmp_path_factory.mktemp("beside")
    for number in range(6):
        pixels = np.random.default_rng(500 + number).integers(0, 255, (60, 80, 3), np.uint8)
        (folder / f"{number}.png").write_bytes(encoded(Image.fromarray(pixels), "PNG"))
    return sorted(folder.iterdir())


def labeling(page: Page, stack: Stack, name: str, files) -> str:
    """The labeling screen of a new project with its panels fetched; returns the project's address."""
    project = new_project(page, stack, name)
    page.get_by_label("Choose files").set_input_files(files)
    expect(page.get_by_role("button", name=f"{len(files)} new")).to_be_visible(timeout=30_000)
    with page.expect_response(re.compile(r"/assets/extras-.*\.js")):
        page.goto(f"{project}/label")
        expect(shown(page)).to_have_attribute("alt", "0.png")
    expect(page.locator(".frame")).to_have_count(5)
    return project


def shown(page: Page):
    return page.locator(".stage img")


def saved(page: Page) -> None:
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def test_who_looks_away_without_a_network_comes_back_to_the_same_image(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = labeling(page, stack, "Away", frames)
    page.wait_for_timeout(5_100)  # what is known of the project is old by then, and asked for anew
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.context.set_offline(True)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', {bubbles: true}))")
    asked = project.replace("/projects/", "/api/projects/") + "/"
    for _ in range(100):
        if failed.count(asked) == 3:  # it is given up
            break
        page.wait_for_timeout(100)
    assert failed.count(asked) == 3
    page.keyboard.press("1")
    expect(shown(page)).to_have_attribute("alt", "1.png")
    expect(page.get_by_text("Offline · 1 kept")).to_be_visible()
    page.context.set_offline(False)
    saved(page)


def test_a_comment_written_without_a_network_is_sent_afterwards(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = labeling(page, stack, "Comments", frames)
    page.context.set_offline(True)
    page.keyboard.press("c")
    sheet = page.get_by_role("dialog", name="Comments")
    expect(sheet.get_by_label("Your comment")).to_be_focused()
    page.keyboard.type("Which of the <b>two</b>?")
    page.keyboard.press("Control+Enter")
    expect(sheet.get_by_text("not sent yet")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    expect(shown(page)).to_have_attribute("alt", "1.png")
    expect(page.get_by_text("Offline · 2 kept")).to_be_visible()
    page.close()

    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(f"{project}/label")
    expect(shown(again)).to_have_attribute("alt", "1.png", timeout=15_000)
    again.keyboard.press("m")
    again.get_by_role("dialog", name="My last labels").get_by_role("button", name="0.png, engaged").click()
    expect(shown(again)).to_have_attribute("alt", "0.png")
    comments = again.get_by_role("button", name="Comments on the image")
    expect(comments).to_contain_text("1")
    comments.click()
    sheet = again.get_by_role("dialog", name="Comments")
    expect(sheet.get_by_text("Which of the <b>two</b>?")).to_be_visible()
    expect(sheet.get_by_text("not sent yet")).to_have_count(0)
    again.evaluate("document.activeElement.remove()")  # as a button that had its effect
    again.keyboard.press("Tab")
    expect(sheet.locator(":focus")).to_have_count(1)
    again.evaluate("document.activeElement.blur()")
    again.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(again.locator(".frame.here .commented")).to_be_visible()

    again.goto(f"{project}/images?status=labeled")
    again.locator(".tile").click()
    again.get_by_label("Your comment").fill("The one on the left.")
    again.get_by_role("button", name="Comment", exact=True).click()
    expect(again.get_by_text("The one on the left.")).to_be_visible()
    expect(again.get_by_label("Your comment")).to_have_value("")
    again.get_by_role("button", name="Delete my comment: Which").click()
    expect(again.get_by_role("list", name="Comments").get_by_role("listitem")).to_have_count(1)


def test_two_windows_label_one_image_and_the_person_says_which_is_right(
    signed_in: Page, stack: Stack, frames
):
    page = signed_in
    project = labeling(page, stack, "Conflicts", frames)
    other = page.context.new_page()
    other.goto(f"{project}/label")
    for number in range(2):
        expect(shown(other)).to_have_attribute("alt", f"{number}.png")
        other.keyboard.press("1")
    saved(other)
    other.close()

    for number in range(2):
        page.keyboard.press("3")
        expect(shown(page)).to_have_attribute("alt", f"{number + 1}.png")
    page.keyboard.press("2")  # the queue goes on
    expect(shown(page)).to_have_attribute("alt", "3.png")
    expect(page.get_by_role("button", name="2 to decide")).to_be_visible()
    saved(page)

    page.reload()
    page.get_by_role("button", name="2 to decide").click()
    sheet = page.get_by_role("dialog", name="2 to decide")
    first = sheet.get_by_role("region", name="0.png")
    expect(first.get_by_text("in another window")).to_be_visible()
    with page.expect_response(lambda answer: answer.request.method == "PUT" and answer.ok):
        first.get_by_role("button", name="animated").click()
    second = page.get_by_role("region", name="1.png")
    expect(second.get_by_role("button", name="animated")).to_be_focused()
    second.get_by_role("button", name="engaged Mine, as it stands").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("button", name="to decide")).to_have_count(0)
    page.keyboard.press("2")  # labeling goes on
    expect(shown(page)).to_have_attribute("alt", "4.png")
    saved(page)
    for category, count in (("animated", 1), ("engaged", 1), ("non-engaged", 2)):
        page.goto(f"{project}/images?category={category}")
        expect(page.locator(".tile")).to_have_count(count)


def test_an_earlier_label_is_found_again_and_corrected_by_the_keyboard(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = labeling(page, stack, "Earlier", frames)
    for number in range(3):
        page.keyboard.press("1")
        expect(shown(page)).to_have_attribute("alt", f"{number + 1}.png")
    saved(page)
    page.reload()
    expect(shown(page)).to_have_attribute("alt", "3.png")
    page.keyboard.press("d")  # nothing stands before it: my labels
    sheet = page.get_by_role("dialog", name="My last labels")
    expect(sheet.locator(".my-label")).to_have_count(3)
    sheet.get_by_role("button", name="1.png, engaged").focus()
    page.keyboard.press("Enter")
    expect(shown(page)).to_have_attribute("alt", "1.png")
    expect(page.locator(".choice.chosen")).to_contain_text("engaged")
    page.keyboard.press("3")
    expect(shown(page)).to_have_attribute("alt", "3.png")
    saved(page)
    page.keyboard.press("g")
    expect(shown(page)).to_have_attribute("alt", "4.png")
    saved(page)
    page.goto(f"{project}/images?category=animated")
    expect(page.locator(".tile")).to_have_count(2)


def test_keys_and_the_timer_are_as_somebody_set_them_on_another_machine(
    signed_in: Page, browser: Browser, stack: Stack, frames
):
    page = signed_in
    project = labeling(page, stack, "Settings", frames)
    timer = page.locator(".timer")
    expect(timer).to_contain_text(re.compile(r"\d:\d\d"))
    for number in range(3):
        page.keyboard.press("1")
        expect(shown(page)).to_have_attribute("alt", f"{number + 1}.png")
    expect(timer).to_contain_text(re.compile(r"[\d,]+/h"))
    page.keyboard.press("?")
    page.get_by_role("button", name="S: another key for Skip, with a reason").click()
    page.keyboard.press("x")
    with page.expect_response(lambda answer: "/settings/" in answer.url and answer.ok):
        page.get_by_role("checkbox", name="time on the image").uncheck()
    page.keyboard.press("Escape")
    expect(timer).to_have_count(0)
    page.wait_for_function(
        "() => !localStorage.getItem(Object.keys(localStorage).find(k => k.startsWith('frameloop-screen')))"
    )

    there = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    there.goto(stack.url)
    sign_in(there, stack)
    expect(there.get_by_role("heading", name="Projects")).to_be_visible()
    there.goto(f"{project}/label")
    expect(shown(there)).to_have_attribute("alt", "3.png")
    expect(there.locator(".timer")).to_have_count(0)
    there.keyboard.press("x")
    expect(there.get_by_role("dialog", name="Why skip it?")).to_be_visible()
    there.context.close()
    page.keyboard.press("p")
    expect(timer).to_be_visible()
    page.keyboard.press("?")
    with page.expect_response(lambda answer: "/settings/" in answer.url and answer.ok):
        page.get_by_role("button", name="Reset").click()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.get_by_role("dialog", name="Why skip it?")).to_be_visible()


def test_on_a_phone_all_of_it_is_there_by_touch(signed_in: Page, browser: Browser, stack: Stack, frames):
    project = labeling(signed_in, stack, "Phone", frames)
    phone = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True
    ).new_page()
    phone.goto(stack.url)
    sign_in(phone, stack)
    expect(phone.get_by_role("heading", name="Projects")).to_be_visible()
    phone.goto(f"{project}/label")
    expect(shown(phone)).to_have_attribute("alt", "0.png")
    phone.locator(".choice").nth(1).tap()
    expect(shown(phone)).to_have_attribute("alt", "1.png")
    phone.get_by_role("button", name="Comments on the image").tap()
    phone.get_by_label("Your comment").fill("From the train.")
    phone.get_by_role("button", name="Comment", exact=True).tap()
    expect(phone.get_by_role("listitem").filter(has_text="From the train.")).to_be_visible()
    phone.get_by_role("button", name="Close").tap()
    phone.get_by_role("button", name="My last labels").tap()
    phone.get_by_role("button", name="0.png, non-engaged: open it").tap()
    expect(shown(phone)).to_have_attribute("alt", "0.png")
    expect(phone.locator(".timer")).to_be_visible()
    phone.context.set_offline(True)
    phone.locator(".choice").nth(0).tap()
    expect(phone.get_by_text("Offline · 1 kept")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    phone.get_by_role("button", name="Undo").tap()
    phone.get_by_role("button", name="More").tap()
    phone.get_by_role("button", name="Redo it").tap()
    expect(phone.get_by_text("Offline · 3 kept")).to_be_visible()
    phone.get_by_role("button", name="More").tap()
    phone.get_by_role("button", name="Find a category by its name").tap()
    expect(phone.get_by_label("Type to find a category")).to_be_focused()
    phone.keyboard.press("Escape")
    phone.get_by_role("button", name="More").tap()
    phone.get_by_role("button", name="Keys, time and pace").tap()
    phone.get_by_role("checkbox", name="time on the image").uncheck()
    expect(phone.locator(".timer")).to_have_count(0)
    phone.get_by_role("checkbox", name="time on the image").check()
    phone.get_by_role("button", name="Close").tap()
    phone.context.set_offline(False)
    saved(phone)
    phone.context.close()
