"""What a person does, in a browser: the turn of the loop, and labels that survive what happens to browsers."""

import re

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import new_project
from tests.e2e.stack import Stack
from tests.pictures import encoded

CATEGORIES = ["engaged", "non-engaged", "animated"]


@pytest.fixture(scope="session")
def frames(tmp_path_factory):
    """Frames whose category can be seen, for it is their colour; and one file that is none."""
    folder = tmp_path_factory.mktemp("frames")
    for number in range(36):
        pixels = np.random.default_rng(number).integers(0, 90, (120, 160, 3), np.uint8)
        pixels[..., number % 3] += 160
        (folder / f"{number:02}.png").write_bytes(encoded(Image.fromarray(pixels), "PNG"))
    (folder / "notes.png").write_text("no image")
    return sorted(folder.iterdir())


def bring(page: Page, files) -> None:
    page.get_by_label("Choose files").set_input_files(files)
    expect(page.get_by_role("status").filter(has_text="of")).to_contain_text(
        f"{len(files)} of {len(files)} files", timeout=30_000
    )


def label(page: Page, count: int) -> None:
    """By the keyboard, each by its colour."""
    for _ in range(count):
        shown = page.locator(".stage img")
        expect(shown).to_be_visible()
        name = shown.get_attribute("alt") or ""
        page.keyboard.press(str(int(name[:2]) % 3 + 1))
        expect(shown).not_to_have_attribute("alt", name)
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()


def test_the_loop_turns_in_the_browser(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Frames")
    bring(page, frames)
    page.get_by_role("button", name="1 rejected").click()
    expect(page.get_by_text("This is no JPEG, PNG or WebP image.")).to_be_visible()

    page.goto(f"{project}/label")
    label(page, 30)

    page.goto(f"{project}/models")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_label(re.compile("^crop ")).select_option("image")
    page.get_by_label(re.compile("^backbone ")).select_option("scratch")
    page.get_by_label(re.compile("^augmentation ")).select_option("none")
    page.get_by_text("More", exact=True).click()
    page.get_by_label(re.compile("^image size ")).fill("32")
    page.get_by_label(re.compile("^batch size ")).fill("8")
    page.get_by_label(re.compile("^learning rate ")).fill("0.003")
    page.get_by_role("button", name=re.compile("Train on 30 images")).click()
    expect(page.get_by_role("heading", name=re.compile("Run"))).to_be_visible()
    page.get_by_role("link", name="Look at the version").click(timeout=90_000)
    expect(page.get_by_role("heading", name="Confusion")).to_be_visible()
    version = page.url
    page.goto(f"{project}/images?status=labeled")
    page.get_by_role("checkbox", name="Choose 00.png").click(force=True)
    page.keyboard.press("Delete")
    expect(page.get_by_text("1 image deleted.")).to_be_visible()
    page.goto(version)
    page.get_by_role("button", name="Promote").click()
    expect(page.get_by_text("In production.")).to_be_visible(timeout=30_000)

    page.goto(project)
    expect(page.get_by_text("Pre-labeling").first).to_contain_text("succeeded", timeout=30_000)
    page.goto(f"{project}/label")
    choice = page.locator(".choice", has_text="model")
    expect(choice).to_be_visible(timeout=30_000)
    before = page.locator(".stage img").get_attribute("alt")
    page.keyboard.press("Enter")
    expect(page.locator(".stage img")).not_to_have_attribute("alt", str(before))
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.goto(f"{project}/images?status=labeled")
    expect(page.locator(".tile")).to_have_count(30)  # and one is deleted

    page.goto(f"{project}/api")
    page.locator("input[type=file]").set_input_files(frames[1])
    expect(page.get_by_text("The model says non-engaged.")).to_be_visible(timeout=20_000)

    page.goto(f"{project}/images?deleted=1")
    page.get_by_role("button", name="Restore 00.png").click()
    expect(page.get_by_text("1 image restored.")).to_be_visible()
    page.goto(f"{project}/images?status=labeled")
    page.get_by_role("link", name="00.png").click()
    page.get_by_role("link", name="More like this").click()
    expect(page.get_by_text("has not seen this image yet: pre-label all images")).to_be_visible()
    page.get_by_role("button", name="Pre-label all images").click()
    expect(page.get_by_role("gridcell").first).to_contain_text("%", timeout=30_000)
    expect(page.get_by_text("35 images compared")).to_be_visible()
    page.goto(f"{project}/images?agrees=1")  # those that were labeled before, too
    expect(page.get_by_role("gridcell").nth(9)).to_be_visible()
    page.goto(f"{project}/models")
    page.get_by_role("button", name="Pre-label all images").click()
    expect(page.get_by_text("Pre-labeling").first).to_contain_text("succeeded", timeout=30_000)
    suspects_walked(page, project)


def suspects_walked(page: Page, project: str) -> None:
    """Two labels become wrong ones; the check finds them, and a key each keeps the one and relabels the other."""
    wrong = {"06.png": "engaged", "10.png": "non-engaged"}
    page.goto(f"{project}/images")
    for name in wrong:
        page.get_by_role("checkbox", name=f"Choose {name}").click(force=True)
    page.keyboard.press("3")
    expect(page.get_by_text("2 images labeled as animated.")).to_be_visible()
    page.goto(project)
    page.get_by_role("link", name="Label errors").click()
    page.get_by_role("button", name="Check the labels").click()
    shown = page.locator(".image-frame img")
    expect(shown).to_be_visible(timeout=60_000)
    expect(page.get_by_text("2 suspects left")).to_be_visible()
    kept = shown.get_attribute("alt") or ""
    page.keyboard.press("k")
    expect(page.get_by_text("The last one was kept as animated")).to_be_visible()
    (mended,) = wrong.keys() - {kept}
    expect(shown).to_have_attribute("alt", mended)
    expect(page.get_by_role("button", name=f"Relabel as {wrong[mended]}")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_text("No label is suspected")).to_be_visible()
    for name, category in {kept: "animated", mended: wrong[mended]}.items():
        page.goto(f"{project}/images?category={category}")
        expect(page.get_by_role("link", name=name)).to_be_visible()


def test_undo_skip_and_going_back(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Undo")
    bring(page, frames[:6])
    page.goto(f"{project}/label")
    shown = page.locator(".stage img")
    expect(shown).to_have_attribute("alt", "00.png")
    page.keyboard.press("1")
    expect(shown).to_have_attribute("alt", "01.png")
    page.keyboard.press("Control+z")
    expect(shown).to_have_attribute("alt", "00.png")
    page.keyboard.press("2")
    page.keyboard.press("s")
    page.keyboard.press("2")
    expect(shown).to_have_attribute("alt", "02.png")
    page.get_by_role("button", name="00.png, non-engaged").click()
    page.keyboard.press("3")
    expect(page.get_by_role("button", name="00.png, animated")).to_be_visible()
    page.keyboard.press("/")
    page.get_by_label("Type to find a category").fill("non")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="02.png, non-engaged")).to_be_visible()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.goto(f"{project}/images?status=skipped")
    expect(page.locator(".tile")).to_have_count(1)
    page.goto(f"{project}/images?category=animated")
    expect(page.locator(".tile")).to_have_count(1)


def test_the_first_image_and_a_key_for_it_do_not_wait_for_the_program(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Early")
    bring(page, frames[:6])
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(re.compile(r"/assets/index-.*\.js"), hold)
    page.goto(f"{project}/label", wait_until="commit")
    shown = page.locator(".stage img")
    expect(shown).to_be_visible()
    name, box = shown.get_attribute("alt"), shown.bounding_box()
    page.keyboard.press("2")
    page.keyboard.press("3")  # another image would be meant, which nobody has seen
    assert held and not page.get_by_role("button", name="Undo").count()
    for route in held:
        route.continue_()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    expect(page.get_by_text("Image 2 of 6")).to_be_attached()
    page.keyboard.press("d")
    expect(shown).to_have_attribute("alt", name or "")
    assert shown.bounding_box() == box
    expect(page.locator(".choice.chosen")).to_contain_text("non-engaged")


def test_a_program_that_does_not_come_is_said_in_the_place_of_the_image(signed_in: Page, stack: Stack):
    page = signed_in
    page.route(re.compile(r"/assets/index-.*\.js"), lambda route: route.abort())
    page.goto(f"{stack.url}/projects/1/label")
    expect(page.get_by_role("alert")).to_have_text(re.compile("could not be loaded.*reload the page"))
    expect(page.locator(".stage")).to_have_count(0)


def test_a_lost_network_and_a_closed_tab_lose_nothing(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Offline")
    bring(page, frames[:5])
    page.goto(f"{project}/label")
    shown = page.locator(".stage img")
    expect(shown).to_have_attribute("alt", "00.png")
    expect(page.locator(".frame")).to_have_count(5)
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    for number in range(3):
        page.keyboard.press("1")
        expect(shown).to_have_attribute("alt", f"{number + 1:02}.png")
    expect(page.get_by_text("Offline · 3 kept")).to_be_visible()
    page.close()
    page.context.set_offline(False)
    again = page.context.new_page()
    again.goto(f"{project}/label")
    expect(again.locator(".stage img")).to_have_attribute("alt", "03.png", timeout=15_000)
    again.goto(f"{project}/images?status=labeled")
    expect(again.locator(".tile")).to_have_count(3)


def test_an_expired_login_keeps_the_work_and_sends_it_after_signing_in(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Expired")
    bring(page, frames[:4])
    page.goto(f"{project}/label")
    expect(page.locator(".stage img")).to_have_attribute("alt", "00.png")
    expect(page.locator(".frame")).to_have_count(4)
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name="sessionid")
    page.keyboard.press("1")
    expect(page.get_by_role("heading", name="Sign in again to go on")).to_be_visible()
    page.get_by_label("Password").fill(stack.password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.goto(f"{project}/images?status=labeled")
    expect(page.locator(".tile")).to_have_count(1)


def test_names_and_instructions_run_no_script(signed_in: Page, stack: Stack, frames, tmp_path):
    page = signed_in
    fired: list[str] = []
    page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    attack = "<img src=x onerror=alert(1)>"
    page.goto(f"{stack.url}/projects/new")
    page.get_by_label("Name", exact=True).fill(attack)
    page.get_by_label("Category 1").fill(attack)
    page.get_by_label("Instructions").fill(f"{attack} [x](javascript:alert(1)) <script>alert(2)</script>")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".markdown")).to_contain_text(attack)
    assert page.locator(".markdown").locator("img, a, script").count() == 0
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_role("heading", name="Import")).to_be_visible()
    project = page.url.removesuffix("/import")
    hostile = tmp_path / "<img src=x onerror=alert(3)>.png"
    hostile.write_bytes(frames[0].read_bytes())
    rejected = tmp_path / "<img src=x onerror=alert(4)>.png"
    rejected.write_text("no image")
    bring(page, [hostile, rejected])
    page.get_by_role("button", name="1 rejected").click()
    expect(page.get_by_text(rejected.name)).to_be_visible()
    page.goto(f"{project}/label")
    expect(page.locator(".stage img")).to_be_visible()
    page.keyboard.press("c")
    page.get_by_label("Your comment").fill(attack)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog", name="Comments").get_by_text(attack)).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.get_by_label("Another reason").fill(attack)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.goto(f"{project}/images?status=skipped")
    page.locator(".tile").click()
    expect(page.get_by_text(f"Skipped: {attack}")).to_be_visible()
    for path in ("", "/label", "/images", "/models", "/members", "/settings"):
        page.goto(project + path)
        page.wait_for_load_state("networkidle")
    page.goto(stack.url)
    page.wait_for_load_state("networkidle")
    assert fired == []


@pytest.mark.parametrize("size", [(1440, 900), (390, 844)])
def test_no_page_is_wider_than_its_window(signed_in: Page, stack: Stack, size):
    page = signed_in
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(stack.url)
    page.get_by_role("link", name=re.compile("demo")).click()
    page.wait_for_url(re.compile(r"/projects/\d+$"))
    project = page.url
    for path in ("", "/label", "/images", "/import", "/models", "/members", "/settings", "/api"):
        page.goto(project + path)
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
