"""After labeling began: categories become one, labels are reviewed and come back, what was deleted is restored, and a
forgotten password is chosen anew."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.conftest import bring, new_project, other, person
from tests.e2e.stack import Stack


def add(page: Page, project: str, name: str) -> None:
    page.goto(f"{project}/members")
    page.get_by_label("User name").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label(f"Role of {name}")).to_have_value("labeler")


def label(page: Page, project: str, keys: str) -> None:
    page.goto(f"{project}/label")
    for key in keys:
        shown = page.locator(".stage img")
        expect(shown).to_be_visible()
        name = shown.get_attribute("alt") or ""
        page.keyboard.press(key)
        expect(page.locator(f'.stage img[alt="{name}"]')).to_have_count(0)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def to_review(
    page: Page, browser: Browser, stack: Stack, frames, name: str, *, by: str, keys: str
) -> tuple[str, Page]:
    """A project whose labels wait for a reviewer; its address, and the page of whoever labeled."""
    person(page, stack, by)
    project = new_project(page, stack, name)
    bring(page, frames)
    add(page, project, by)
    page.goto(f"{project}/settings")
    page.get_by_label("A reviewer has to accept every label").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    hers = other(browser, stack, by)
    label(hers, project, keys)
    return project, hers


def test_labels_of_a_category_that_is_removed_become_another_one(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Merged")
    bring(page, frames)
    label(page, project, "1123")
    page.goto(f"{project}/settings")
    page.get_by_role("button", name="Remove engaged").click()
    sheet = page.get_by_role("dialog", name="Remove engaged")
    expect(sheet.get_by_text("2 labels say engaged: choose what it becomes")).to_be_visible()
    expect(sheet.get_by_role("button", name="Remove", exact=True)).to_be_disabled()
    sheet.get_by_label("What becomes of it").select_option("It becomes animated")
    expect(sheet.get_by_text("2 labels of engaged become animated")).to_be_visible()
    sheet.get_by_role("button", name="Merge into animated").click()
    expect(page.get_by_text("labels of engaged become animated")).to_be_visible()
    page.get_by_role("button", name="Move animated up").click()
    page.get_by_label("Category 2").fill("bored")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(page.get_by_label("Category 1")).to_have_value("animated")
    expect(page.get_by_label("Category that means non-engaged")).to_have_value("bored")
    expect(page.get_by_label("Category 3")).to_have_count(0)
    page.goto(f"{project}/images?category=animated")
    expect(page.locator(".tile")).to_have_count(3)
    page.goto(f"{project}/images?category=bored")
    expect(page.locator(".tile")).to_have_count(1)


def test_settings_show_what_somebody_else_changed_and_keep_what_is_typed(signed_in: Page, stack: Stack):
    page = signed_in
    project = new_project(page, stack, "Two managers")
    page.clock.install()
    page.goto(f"{project}/settings")
    second = page.context.new_page()
    second.goto(f"{project}/settings")

    def add_elsewhere(number: int, name: str) -> None:
        second.get_by_role("button", name="Add a category").click()
        second.get_by_label(f"Category {number}", exact=True).fill(name)
        second.get_by_role("button", name="Save").click()
        expect(second.get_by_text("Saved", exact=True)).to_be_visible()
        page.clock.fast_forward(10_000)  # what was fetched just now is not asked for again
        with page.expect_response(re.compile(r"/api/projects/\d+/$")):
            page.evaluate("window.dispatchEvent(new Event('visibilitychange'))")

    add_elsewhere(4, "asleep")
    expect(page.get_by_label("Category 4", exact=True)).to_have_value("asleep")
    page.get_by_label("Instructions").fill("Look at the eyes")
    add_elsewhere(5, "away")
    expect(page.get_by_label("Instructions")).to_have_value("Look at the eyes")
    expect(page.get_by_label("Category 5", exact=True)).to_have_count(0)


def test_a_reviewer_accepts_mends_sends_back_and_takes_back_by_the_keyboard(
    signed_in: Page,
    browser: Browser,
    stack: Stack,
    frames,
):
    page = signed_in
    project, hers = to_review(page, browser, stack, frames, "Reviewed", by="lara", keys="123")
    hers.goto(f"{project}/review")
    expect(hers.get_by_text("Only a reviewer or a manager")).to_be_visible()

    page.goto(f"{project}/review")
    shown = page.locator(".stage img")
    expect(shown).to_have_attribute("alt", "0.png")
    expect(page.locator(".said-by.here")).to_contain_text("lara")
    page.keyboard.press("a")
    expect(shown).to_have_attribute("alt", "1.png")
    page.keyboard.press("3")
    expect(shown).to_have_attribute("alt", "2.png")
    page.keyboard.press("x")
    page.keyboard.type("Look at the hands")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing is left to review")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(shown).to_have_attribute("alt", "2.png")
    expect(page.locator(".lab-top .place")).to_contain_text("2 of 3")
    page.keyboard.press("x")
    page.keyboard.type("Look at the hands")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nothing is left to review")).to_be_visible()
    expect(page.locator(".saved")).to_have_text("Saved")

    hers.goto(f"{project}/label")
    expect(hers.locator('.stage img[alt="2.png"]')).to_be_visible()
    expect(hers.get_by_label("Sent back")).to_have_text("Sent back by admin. Look at the hands")
    hers.keyboard.press("1")
    expect(hers.get_by_label("Sent back")).to_have_count(0)
    page.goto(f"{project}/images?status=done")
    expect(page.locator(".tile")).to_have_count(2)
    hers.context.close()


def test_verdicts_do_not_wait_for_the_network_and_one_that_is_refused_comes_back(
    signed_in: Page, browser: Browser, stack: Stack, frames
):
    page = signed_in
    project, hers = to_review(page, browser, stack, frames, "Reviewed from afar", by="lina", keys="123")
    hers.context.close()

    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/api/annotations/*/review/", hold)
    page.goto(f"{project}/review")
    shown = page.locator(".stage img")
    expect(shown).to_have_attribute("alt", "0.png")
    page.keyboard.press("a")
    expect(shown).to_have_attribute("alt", "1.png")
    page.keyboard.press("a")
    expect(shown).to_have_attribute("alt", "2.png")
    expect(page.locator(".saved")).to_have_text("Saving")
    first, second = held
    first.abort()
    expect(shown).to_have_attribute("alt", "0.png")
    expect(page.get_by_role("alert")).to_be_visible()
    second.continue_()
    page.unroute("**/api/annotations/*/review/")
    page.keyboard.press("a")
    expect(shown).to_have_attribute("alt", "2.png")
    expect(page.get_by_role("alert")).to_have_count(0)
    page.keyboard.press("a")
    expect(page.get_by_role("heading", name="Nothing is left to review")).to_be_visible()
    expect(page.locator(".saved")).to_have_text("Saved")
    page.goto(f"{project}/images?status=done")
    expect(page.locator(".tile")).to_have_count(3)


def test_people_who_disagree_stand_side_by_side(signed_in: Page, browser: Browser, stack: Stack, frames):
    page = signed_in
    person(page, stack, "ludo")
    project = new_project(page, stack, "Disputed")
    bring(page, frames)
    add(page, project, "ludo")
    page.goto(f"{project}/settings")
    page.get_by_label("People per image").fill("2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    label(page, project, "12")
    his = other(browser, stack, "ludo")
    label(his, project, "31")
    his.context.close()
    page.goto(f"{project}/review")
    expect(page.get_by_text("They disagree")).to_be_visible()
    expect(page.locator(".said-by")).to_have_count(2)
    page.keyboard.press("j")
    expect(page.locator(".said-by.here")).to_contain_text("ludo")
    page.keyboard.press("a")
    expect(page.locator(".stage img")).to_have_attribute("alt", "1.png")
    expect(page.locator(".saved")).to_have_text("Saved")
    page.goto(f"{project}/images?status=done")
    expect(page.locator(".tile")).to_contain_text("animated")


def test_what_was_deleted_is_restored(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Deleted")
    bring(page, frames)
    for _ in range(3):
        page.goto(f"{project}/images")
        page.locator(".tile").first.click()
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(page.get_by_role("heading", name="Images", exact=True)).to_be_visible()
    expect(page.locator(".tile")).to_have_count(3)
    page.get_by_role("button", name="More filters").click()
    page.get_by_role("checkbox", name="Deleted").check()
    expect(page.get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="Restore 1.png").click()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("checkbox", name="0.png").check()
    page.get_by_role("button", name="Restore 1 chosen").click()
    expect(page.get_by_text("1 image restored.")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(1)
    page.get_by_role("button", name="Restore all").click()
    expect(page.get_by_role("heading", name="No image fits")).to_be_visible()
    page.goto(f"{project}/images")
    expect(page.locator(".tile")).to_have_count(6)

    page.goto(f"{project}/settings")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    page.get_by_text("Deleted projects").click()
    expect(page.locator(".deleted li").filter(has_text="by admin").first).to_be_visible()
    page.get_by_role("button", name="Restore Deleted").click()
    expect(page.locator(".card").filter(has_text="Deleted")).to_be_visible()


def test_a_link_lets_somebody_choose_a_new_password(signed_in: Page, browser: Browser, stack: Stack):
    page = signed_in
    person(page, stack, "lotte")
    page.get_by_label("Who has forgotten it").fill("lotte")
    page.get_by_role("button", name="New password for lotte").click()
    page.get_by_role("button", name="Make the link").click()
    link = page.get_by_role("status").locator("code").inner_text()
    assert re.fullmatch(rf"{stack.url}/reset#[\w-]{{43}}", link)
    hers = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    asked = []
    hers.on("request", lambda request: asked.append(request.url))
    hers.goto(link)
    hers.get_by_role("textbox", name="New password").fill("12345678")
    hers.get_by_role("button", name="Set the password").click()
    expect(hers.get_by_role("alert")).to_contain_text("too common")
    hers.get_by_role("textbox", name="New password").fill("a third quiet staple")
    hers.get_by_role("button", name="Set the password").click()
    expect(hers.get_by_role("status")).to_contain_text("lotte has a new password")
    secret = link.split("#")[1]
    assert not any(secret in url for url in asked if "#" not in url) and hers.url == f"{stack.url}/reset"
    hers.get_by_role("link", name="Sign in").click()
    hers.get_by_label("User name").fill("lotte")
    hers.get_by_label("Password").fill("a third quiet staple")
    hers.get_by_role("button", name="Sign in").click()
    expect(hers.get_by_role("heading", name="Projects")).to_be_visible()
    hers.goto(link)
    hers.get_by_role("textbox", name="New password").fill("a fourth quiet staple")
    hers.get_by_role("button", name="Set the password").click()
    expect(hers.get_by_role("alert")).to_contain_text("used already")
    hers.context.close()


def test_review_goes_on_by_touch_talks_about_the_image_and_takes_keys_of_ones_own(
    signed_in: Page, browser: Browser, stack: Stack, frames
):
    page = signed_in
    project, hers = to_review(page, browser, stack, frames, "Talked about", by="lena", keys="12")
    hers.context.close()

    page.goto(f"{project}/review")
    shown = page.locator(".stage img")
    expect(shown).to_have_attribute("alt", "0.png")
    expect(page.get_by_role("button", name="Previous image")).to_be_disabled()
    page.get_by_role("button", name="Next image").click()
    expect(shown).to_have_attribute("alt", "1.png")
    page.get_by_role("button", name="Next image").click()
    expect(page.get_by_text("You passed over 2 images without a verdict.")).to_be_visible()
    page.get_by_role("button", name="Go back to them").click()
    expect(shown).to_have_attribute("alt", "0.png")

    page.keyboard.press("c")
    expect(page.get_by_label("Your comment")).to_be_focused()
    page.keyboard.type("a hand is cut off")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("listitem").filter(has_text="a hand is cut off")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Comments on the image")).to_contain_text("1")

    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    sheet.get_by_role("button", name="another key for Accept the label").click()
    page.keyboard.press("x")
    expect(sheet.get_by_text("Taken by: Send it back")).to_be_visible()
    with page.expect_response(lambda answer: "/settings/" in answer.url and answer.ok):
        page.keyboard.press("u")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.keyboard.press("u")
    expect(shown).to_have_attribute("alt", "1.png")
    expect(page.locator(".saved")).to_have_text("Saved")  # shown at once, sent a little later
    page.reload()
    expect(shown).to_have_attribute("alt", "1.png")
    page.get_by_role("button", name="Accept U").click()
    expect(page.get_by_role("heading", name="Nothing is left to review")).to_be_visible()
    expect(page.locator(".saved")).to_have_text("Saved")
    page.keyboard.press("?")
    with page.expect_response(lambda answer: "/settings/" in answer.url and answer.ok):
        sheet.get_by_role("button", name="Reset").click()
