"""The grid of all images: filters, choosing by keyboard, many at once, and back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import bring, new_project, other, person
from tests.e2e.stack import Stack


@pytest.fixture
def grid(signed_in: Page, stack: Stack, frames) -> Page:
    project = new_project(signed_in, stack, "Grid")
    bring(signed_in, frames)
    signed_in.goto(f"{project}/images")
    expect(signed_in.get_by_role("gridcell")).to_have_count(6)
    return signed_in


def chosen(page: Page):
    return page.get_by_role("gridcell", selected=True)


def test_images_are_chosen_relabeled_and_taken_back_by_keyboard_alone(grid: Page) -> None:
    grid.get_by_role("gridcell").first.get_by_role("link").focus()
    grid.keyboard.press("Space")
    grid.keyboard.press("Shift+ArrowRight")
    grid.keyboard.press("Shift+ArrowRight")
    expect(chosen(grid)).to_have_count(3)
    grid.keyboard.press("3")
    expect(grid.get_by_text("3 images labeled as animated.")).to_be_visible()
    expect(grid.get_by_role("gridcell").filter(has_text="animated")).to_have_count(3)
    grid.get_by_role("button", name="Undo").press("Enter")
    expect(grid.get_by_text("3 images as before.")).to_be_visible()
    expect(grid.get_by_role("gridcell").filter(has_text="unlabeled")).to_have_count(6)


def test_all_that_fit_are_moved_after_a_question_and_found_in_their_split(grid: Page) -> None:
    grid.get_by_role("checkbox", name="Choose 0.png").check(force=True)
    grid.get_by_role("button", name="Choose all that fit").click()
    grid.get_by_label("Move to a split").select_option("val")
    grid.get_by_role("button", name="Go on").click()
    expect(grid.get_by_text("6 images moved to val.")).to_be_visible()
    grid.get_by_label("Filter by split").select_option("train")
    expect(grid.get_by_text("No image fits")).to_be_visible()
    grid.get_by_label("Filter by split").select_option("val")
    expect(grid.get_by_role("gridcell")).to_have_count(6)


def test_deleting_is_taken_back_in_a_press(grid: Page) -> None:
    grid.get_by_role("gridcell").nth(1).get_by_role("link").focus()
    grid.keyboard.press("Space")
    grid.keyboard.press("Delete")
    expect(grid.get_by_text("1 image deleted.")).to_be_visible()
    expect(grid.get_by_role("gridcell")).to_have_count(5)
    grid.get_by_role("button", name="Undo").click()
    expect(grid.get_by_role("gridcell")).to_have_count(6)


def test_skipped_images_go_back_to_the_queue_from_the_grid_and_from_their_page(grid: Page) -> None:
    project = grid.url.removesuffix("/images")
    grid.goto(f"{project}/label")
    shown = grid.locator(".stage img")
    for number in range(3):
        expect(shown).to_have_attribute("alt", f"{number}.png")
        grid.keyboard.press("s")
        # The image is seen before the program runs, and the first key alone is kept for it.
        expect(grid.get_by_role("dialog", name="Why skip it?")).to_be_visible()
        grid.keyboard.type("too dark")
        grid.keyboard.press("Enter")
    expect(shown).to_have_attribute("alt", "3.png")
    expect(grid.get_by_text("Saved", exact=True)).to_be_visible()
    grid.goto(f"{project}/images")
    back = grid.get_by_role("button", name="Back to the queue")
    grid.get_by_role("checkbox", name="Choose 3.png").click(force=True)
    expect(grid.get_by_role("button", name="Gold", exact=True)).to_be_visible()
    expect(back).to_have_count(0)
    grid.get_by_role("checkbox", name="Choose 0.png").click(force=True)
    back.click()
    expect(grid.get_by_text("1 image put back into the queue, 1 left as it was.")).to_be_visible()
    expect(grid.get_by_role("gridcell").filter(has_text="skipped")).to_have_count(2)

    grid.get_by_label("Filter by status").select_option("skipped")
    grid.get_by_role("link", name="2.png").click()
    expect(grid.get_by_role("heading", name="2.png")).to_be_visible()
    back.click()
    expect(grid.get_by_text("None yet.")).to_be_visible()
    expect(back).to_have_count(0)

    grid.goto(f"{project}/images?status=skipped")
    expect(grid.get_by_role("gridcell")).to_have_count(1)
    grid.get_by_role("checkbox", name="Choose 1.png").click(force=True)
    grid.get_by_role("button", name="Choose all that fit").click()
    back.click()
    grid.get_by_role("button", name="Go on").click()
    expect(grid.get_by_text("1 image put back into the queue.")).to_be_visible()
    grid.goto(f"{project}/label")
    expect(shown).to_have_attribute("alt", "0.png")


def test_what_is_asked_for_stands_above_the_images_and_goes_one_by_one(grid: Page) -> None:
    grid.get_by_role("button", name="More filters").click()
    grid.get_by_role("combobox", name="Source").select_option("upload")
    grid.get_by_role("combobox", name="Labeled by").select_option("admin")
    expect(grid.get_by_text("No image fits")).to_be_visible()
    expect(grid).to_have_url(re.compile("source=upload&author=admin"))
    grid.get_by_role("button", name="Without: labeled by admin").click()
    expect(grid.get_by_role("gridcell")).to_have_count(6)
    grid.get_by_label("Confidence, at least").fill("50")
    grid.keyboard.press("Enter")
    expect(grid.get_by_role("button", name="Without: confidence from 50 %")).to_be_visible()
    grid.get_by_role("button", name="Show all").first.click()
    expect(grid.get_by_role("gridcell")).to_have_count(6)


def test_the_grid_is_walked_by_keys_and_opens_the_image(grid: Page) -> None:
    grid.get_by_role("gridcell").first.get_by_role("link").focus()
    grid.keyboard.press("End")
    expect(grid.get_by_role("gridcell").last.get_by_role("link")).to_be_focused()
    grid.keyboard.press("Home")
    grid.keyboard.press("ArrowRight")
    expect(grid.get_by_role("gridcell").nth(1).get_by_role("link")).to_be_focused()
    grid.keyboard.press("Enter")
    expect(grid.get_by_role("heading", name="1.png")).to_be_visible()


def test_a_gold_image_is_met_unawares_and_its_answer_kept_on_record(
    grid: Page, browser, stack: Stack
) -> None:
    project = grid.url.removesuffix("/images")
    person(grid, stack, "nora")
    grid.goto(f"{project}/members")
    grid.get_by_label("User name").fill("nora")
    grid.get_by_role("button", name="Add", exact=True).click()
    expect(grid.get_by_label("Role of nora")).to_be_visible()
    grid.goto(f"{project}/settings")
    grid.get_by_label("Gold images").fill("1")
    grid.get_by_role("button", name="Save").click()
    expect(grid.get_by_text("Saved")).to_be_visible()
    grid.goto(f"{project}/images")
    grid.get_by_role("checkbox", name="Choose 5.png").click(force=True)
    grid.get_by_role("button", name="animated").click()
    expect(grid.get_by_text("1 image labeled as animated.")).to_be_visible()
    grid.get_by_role("checkbox", name="Choose 5.png").click(force=True)
    grid.get_by_role("button", name="Gold", exact=True).click()
    expect(grid.get_by_text("1 image marked as gold.")).to_be_visible()
    expect(grid.get_by_role("gridcell").filter(has_text="gold")).to_have_count(1)

    hers = other(browser, stack, "nora")
    hers.goto(f"{project}/images")
    expect(hers.get_by_role("gridcell")).to_have_count(5)
    hers.goto(f"{project}/label")
    for _ in range(6):
        expect(hers.locator(".stage img")).to_be_visible()
        name = hers.locator(".stage img").get_attribute("src")
        hers.keyboard.press("3")
        expect(hers.locator(f'.stage img[src="{name}"]')).to_have_count(0)
    expect(hers.get_by_text("Nothing is left to label")).to_be_visible()
    expect(hers.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    hers.context.close()

    grid.goto(project)
    row = grid.get_by_role("row").filter(has_text="nora")
    expect(row.get_by_role("cell")).to_have_text(["nora", "100 %", "1"])


def test_without_a_network_the_grid_says_so_and_goes_on_by_itself(grid: Page) -> None:
    grid.context.set_offline(True)
    grid.get_by_label("Filter by status").select_option("unlabeled")
    expect(grid.get_by_text("Check the network")).to_be_visible(timeout=15_000)
    grid.context.set_offline(False)
    expect(grid.get_by_role("gridcell")).to_have_count(6)
    expect(grid.get_by_text("Check the network")).to_have_count(0)
