"""A manager's way with made pictures, in the browser: scenes rendered and looked at, a CycleGAN trained on them and photographs,
translations brought into the project, and a detector that learned with them beside one that learned without."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import call
from tests.e2e.stack import Stack
from tests.e2e.test_accessibility import as_it_stands
from tests.pictures import encoded
from tests.shelves import coco, packed, shelf
from tests.synthesis.conftest import needs_blender
from tests.vision.test_scenes import CUBE

pytestmark = needs_blender
NAMES = ["milk", "apple", "jam"]
SIZE = (160, 120)
PHOTOGRAPHS = 20


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Drawn shelves stand for photographs, some of them held out."""
    shelves = {f"{n:02}.png": shelf(n, SIZE, categories=NAMES) for n in range(PHOTOGRAPHS)}
    said = {name: found for name, (_, found) in shelves.items()}
    sides = ("train", "train", "train", "val", "test")
    text = coco(said, SIZE, NAMES, lambda name: sides[int(name[:2]) % 5])
    pictures = {name: encoded(picture, "PNG") for name, (picture, _) in shelves.items()}
    return packed(
        tmp_path_factory.mktemp("fridges") / "fridge.zip", "images", pictures, {"annotations.json": text}
    )


@pytest.fixture
def fridge(signed_in: Page, stack: Stack, photographs: Path) -> str:
    page = signed_in
    page.goto(f"{stack.url}/projects/new")
    page.get_by_label("Name", exact=True).fill("Made fridges")
    page.get_by_label("Kind").select_option("detection")
    for number, name in enumerate(NAMES, 1):
        page.get_by_label(f"Category {number}", exact=True).fill(name)
    page.get_by_role("button", name="Make the project").click()
    page.get_by_label("Choose an archive").set_input_files(photographs)
    expect(page.get_by_text(f"{PHOTOGRAPHS} labels")).to_be_visible(timeout=60_000)
    return page.url.removesuffix("/import")


def section(page: Page, title: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=title, exact=True))


def fill(page: Page, **fields: int | str) -> None:
    for name, value in fields.items():
        field = page.get_by_label(re.compile(f"^{name.replace('_', ' ')} "))
        if not field.is_visible():
            page.locator("summary", has_text=re.compile("^(More|Fridge, light and camera)$")).click()
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(str(value))
        else:
            field.fill(str(value))


def train(page: Page, project: str, model: str, **fields: int | str) -> None:
    page.goto(f"{project}/models")
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_role("dialog").get_by_label(re.compile("^Model")).select_option(model)
    fill(page, **fields)
    page.get_by_role("dialog").get_by_role("button", name=re.compile("^Train")).click()
    page.get_by_role("link", name="Look at the version").click(timeout=180_000)


def test_from_renders_to_a_detector_that_learned_from_what_was_made_of_them(
    signed_in: Page, stack: Stack, fridge: str
):
    page, pk = signed_in, int(fridge.rpartition("/")[2])
    page.goto(f"{fridge}/synthesis")
    expect(page.get_by_text("No pictures yet")).to_be_visible()
    rendered(page)
    looked_at(page)
    train(page, fridge, "yolo", epochs=4, image_size=96, augmentation="none")
    page.wait_for_url(re.compile(r"/models/\d+$"))
    without = int(page.url.rpartition("/")[2])
    train(
        page,
        fridge,
        "cyclegan",
        epochs=2,
        steps=3,
        image_size=32,
        load_size=96,
        filters=8,
        rival_filters=8,
        patch=2,
    )
    expect(page.get_by_text("KID, renders as they are")).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("^Sample .* by epoch")).first).to_be_visible()
    assert as_it_stands(page, "the form") == []
    translated(page, fridge)
    brought(page, fridge, pk)
    train(page, fridge, "yolo", epochs=4, image_size=96, augmentation="none")
    page.wait_for_url(re.compile(r"/models/\d+$"))
    compared(page, fridge, without, int(page.url.rpartition("/")[2]))


def rendered(page: Page) -> None:
    page.get_by_role("button", name="Render scenes").click()
    form = page.get_by_role("dialog", name="Render scenes")
    form.get_by_label(re.compile("^Pictures")).fill("6")
    form.get_by_label(re.compile("^Seed")).fill("11")
    fill(page, width=128, height=96)
    expect(form.get_by_text(re.compile("3 of them labeled"))).to_be_visible()
    form.get_by_text("What stands in them").click()
    expect(form.get_by_label("Milk carton is labeled as")).to_have_value("milk")
    assert as_it_stands(page, "the batch") == []
    form.get_by_role("button", name="Render", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("Batch .*: 6 renders"))).to_be_visible()
    expect(page.get_by_role("heading").get_by_role("status")).to_have_text("succeeded", timeout=120_000)
    expect(page.get_by_role("button", name=re.compile("^Picture "))).to_have_count(6)


def looked_at(page: Page) -> None:
    assert as_it_stands(page, "a picture") == []
    page.get_by_role("button", name=re.compile("^Picture 1")).first.click()
    large = page.get_by_role("dialog")
    expect(large).to_have_accessible_name("Picture 1")
    expect(large.get_by_text("seed 11")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("dialog")).to_have_accessible_name("Picture 2")
    assert as_it_stands(page, "the version") == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Choose picture 3").click()
    expect(page.get_by_role("button", name="Bring 1 into the project")).to_be_visible()
    page.get_by_label("Choose picture 3").click()


def translated(page: Page, project: str) -> None:
    page.goto(f"{project}/synthesis")
    page.get_by_role("link", name=re.compile("6 renders")).click()
    page.get_by_role("button", name="Translate").click()
    dialog = page.get_by_role("dialog", name="Translate")
    expect(dialog.get_by_label("Version")).to_contain_text("cyclegan 1")
    dialog.get_by_role("button", name="Translate", exact=True).click()
    expect(page.get_by_role("heading", name=re.compile("6 translations"))).to_be_visible()
    expect(page.get_by_role("heading").get_by_role("status")).to_have_text("succeeded", timeout=60_000)
    page.get_by_role("button", name=re.compile("^Picture 1")).first.click()
    expect(page.get_by_role("dialog").get_by_role("figure")).to_have_count(2)  # the render beside it
    assert as_it_stands(page, "a translation") == []
    page.keyboard.press("Escape")


def brought(page: Page, project: str, pk: int) -> None:
    page.get_by_role("button", name="Choose all").click()
    page.get_by_role("button", name="Bring 6 into the project").click()
    expect(page.get_by_text("6 new images, 6 with boxes.")).to_be_visible(timeout=60_000)
    page.get_by_role("link", name="Look at them").click()
    expect(page.get_by_role("gridcell")).to_have_count(6)
    images = call(page, "GET", f"/api/projects/{pk}/images/?source=translated")["results"]
    assert {(image["split"], image["source"], image["status"]) for image in images} == {
        ("train", "translated", "labeled")
    }


def compared(page: Page, project: str, without: int, using: int) -> None:
    page.goto(f"{project}/models/compare?a={without}&b={using}")
    expect(page.get_by_text("On the same 4 held-out images")).to_be_visible()
    expect(page.get_by_text("mAP 50–95").first).to_be_visible()


def test_a_model_of_ones_own_is_added_and_a_broken_one_says_why(
    signed_in: Page, stack: Stack, fridge: str, tmp_path: Path
):
    page = signed_in
    page.goto(f"{fridge}/synthesis")
    page.get_by_role("button", name="Own models").click()
    dialog = page.get_by_role("dialog", name="Own models")
    expect(dialog.get_by_text("None yet.")).to_be_visible()
    (tmp_path / "crate.obj").write_bytes(CUBE)
    (tmp_path / "broken.glb").write_bytes(b"nothing")
    dialog.get_by_label("File").set_input_files(tmp_path / "broken.glb")
    dialog.get_by_role("button", name="Add it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("no .glb file")
    dialog.get_by_label("File").set_input_files(tmp_path / "crate.obj")
    dialog.get_by_label("Name").fill("crate")
    dialog.get_by_label("Labeled as").select_option("milk")
    dialog.get_by_role("button", name="Add it").click()
    expect(dialog.get_by_text("ready")).to_be_visible(timeout=60_000)
    expect(dialog.get_by_text("milk, 12 cm high, 3 triangles")).to_be_visible()
    assert as_it_stands(page, "own models") == []
    dialog.get_by_role("button", name="Delete crate").click()
    expect(dialog.get_by_text("None yet.")).to_be_visible()


def test_what_cannot_be_rendered_is_told_in_the_form(signed_in: Page, stack: Stack, fridge: str):
    page = signed_in
    page.goto(f"{fridge}/synthesis")
    page.get_by_role("button", name="Render scenes").click()
    form = page.get_by_role("dialog", name="Render scenes")
    form.get_by_text("What stands in them").click()
    for title in ("Milk carton", "Apple", "Jam"):
        form.get_by_label(f"{title} is labeled as").select_option("")
    form.get_by_role("button", name="Render", exact=True).click()
    expect(form.get_by_role("alert")).to_contain_text("at least one kind")


def test_without_blender_the_page_says_how_to_get_it(signed_in: Page, stack: Stack, fridge: str):
    page = signed_in
    said = call(page, "GET", f"/api/projects/{fridge.rpartition('/')[2]}/synthesis/options/")
    page.route(
        re.compile("/synthesis/options/$"),
        lambda route: route.fulfill(
            json={**said, "blender_missing": "Blender is not installed. Run `make blender`."}
        ),
    )
    page.goto(f"{fridge}/synthesis")
    expect(page.get_by_text("Run `make blender`")).to_be_visible()
    expect(page.get_by_role("button", name="Render scenes")).to_be_disabled()
