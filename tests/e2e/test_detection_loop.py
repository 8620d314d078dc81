"""A newcomer's way with boxes, in the browser: a project, labeled pictures in an archive, a detector that learns from them
and pre-labels the next picture, and what comes out trains elsewhere as it is."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.box_screen import drag, label, near, on, place, rows, said, saved, taking_keys
from tests.e2e.stack import Stack
from tests.e2e.test_exchange import downloaded
from tests.pictures import encoded
from tests.shelves import CATEGORIES, Box, Said, coco, packed, shelf
from vision.geometry import iou, to_voc

SIZE = (320, 240)
NAMES = CATEGORIES[:3]
LABELED, OPEN = 48, 4
SETTINGS = {"epochs": "24", "image size": "160"}
WRONG = "00.png"  # its first thing has the name of another
HELD_OUT = "47.png"  # nobody drew its first box, and somebody drew one around nothing
EMPTY = (140.0, 220.0, 180.0, 238.0)


def truth(number: int) -> Said:
    return shelf(number, SIZE)[1]


def drawn(number: int) -> Said:
    """What the archive says of a picture."""
    boxes, name = truth(number), f"{number:02}.png"
    if name == WRONG:
        boxes[0] = (other(boxes[0][0]), boxes[0][1])
    return [*boxes[1:], (NAMES[0], EMPTY)] if name == HELD_OUT else boxes


def other(name: str) -> str:
    return NAMES[(NAMES.index(name) + 1) % len(NAMES)]


def side(number: int) -> str:
    return "train" if number < LABELED - 12 else "val" if number < LABELED - 6 else "test"


def as_voc() -> dict[str, str]:
    files: dict[str, str] = {}
    for number in range(LABELED):
        objects = "".join(
            f"<object><name>{name}</name><bndbox>"
            + "".join(f"<{tag}>{at:g}</{tag}>" for tag, at in zip(("xmin", "ymin", "xmax", "ymax"), to_voc(box), strict=True))
            + "</bndbox></object>"
            for name, box in drawn(number)
        )  # fmt: skip
        size = "<size><width>{}</width><height>{}</height><depth>3</depth></size>".format(*SIZE)
        files[f"Annotations/{number:02}.xml"] = (
            f"<annotation><filename>{number:02}.png</filename>{size}{objects}</annotation>"
        )
    for split in ("train", "val", "test"):
        stems = [f"{number:02}\n" for number in range(LABELED) if side(number) == split]
        files[f"ImageSets/Main/{split}.txt"] = "".join(stems)
    return files


def as_coco() -> dict[str, str]:
    said = {f"{number:02}.png": drawn(number) for number in range(LABELED)}
    return {"annotations.json": coco(said, SIZE, NAMES, lambda name: side(int(name[:2])))}


@pytest.fixture(scope="module")
def pictures() -> dict[str, bytes]:
    return {f"{n:02}.png": encoded(shelf(n, SIZE)[0], "PNG") for n in range(LABELED + OPEN)}


def test_from_an_archive_of_boxes_to_a_detector_that_pre_labels_and_out_again(
    signed_in: Page, stack: Stack, pictures, tmp_path
):
    page = signed_in
    project = made(page, stack, "Shelves coco")
    pk = int(project.rpartition("/")[2])
    imported(page, packed(tmp_path / "shelves.zip", "images", pictures, as_coco()))
    mended(page, project, pk)
    labeled(page, project, pk)
    trained(page, project)
    promoted(page, project)
    answered(page, project, pk)
    told(page, project)
    out = tmp_path / "out"
    exported(page, project, out)
    elsewhere(out)


def test_an_archive_of_pascal_voc_brings_the_same_boxes(signed_in: Page, stack: Stack, pictures, tmp_path):
    page = signed_in
    project = made(page, stack, "Shelves voc")
    pk = int(project.rpartition("/")[2])
    imported(page, packed(tmp_path / "shelves.zip", "JPEGImages", pictures, as_voc()))
    for number in range(LABELED):
        assert same(label(page, pk, f"{number:02}.png")["result"]["boxes"], drawn(number))
    mended(page, project, pk)


def made(page: Page, stack: Stack, name: str) -> str:
    page.goto(f"{stack.url}/projects/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Kind").select_option("detection")
    for number, category in enumerate(NAMES, 1):
        page.get_by_label(f"Category {number}", exact=True).fill(category)
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_role("heading", name="Import")).to_be_visible()
    return page.url.removesuffix("/import")


def imported(page: Page, path: Path) -> None:
    page.get_by_label("Choose an archive").set_input_files(path)
    section = page.get_by_role("region", name="From an archive or a table")
    expect(section.get_by_text(f"{LABELED + OPEN} new images")).to_be_visible(timeout=60_000)
    expect(section.get_by_text(f"{LABELED} labels")).to_be_visible()


def mended(page: Page, project: str, pk: int) -> None:
    """One label is wrong: from its page on, the box gets its right name."""
    page.goto(f"{project}/images?status=labeled")
    page.get_by_role("link", name=WRONG).click()
    page.get_by_role("link", name="Mend the boxes").click()
    taking_keys(page)  # the page that leads here shows the same image
    on(page, WRONG)
    name, box = truth(0)[0]
    page.mouse.click(*middle(page, box))
    page.keyboard.press(str(NAMES.index(name) + 1))
    expect(page.get_by_text("Accept takes what you made of it")).to_be_visible()
    with page.expect_response(re.compile(r"/annotations/[\w-]+/review/$")):
        page.keyboard.press("a")
    assert same(label(page, pk, WRONG)["result"]["boxes"], truth(0))


def labeled(page: Page, project: str, pk: int) -> None:
    """The first of what is left is drawn by hand."""
    page.goto(f"{project}/label")
    taking_keys(page)
    name = f"{LABELED}.png"
    on(page, name)
    for category, box in truth(LABELED):
        page.keyboard.press("Escape")
        page.keyboard.press(str(NAMES.index(category) + 1))
        drag(page, spot(page, *box[:2]), spot(page, *box[2:]))
    expect(rows(page)).to_have_count(len(truth(LABELED)))
    page.keyboard.press("Control+Enter")
    on(page, f"{LABELED + 1}.png")
    saved(page)
    assert same(label(page, pk, name)["result"]["boxes"], truth(LABELED))


def trained(page: Page, project: str) -> None:
    page.goto(f"{project}/models")
    expect(page.get_by_text("No version yet")).to_be_visible()
    page.get_by_role("button", name="Train", exact=True).click()
    page.get_by_label(re.compile("^augmentation ")).select_option("light")
    for name, value in SETTINGS.items():
        page.get_by_label(re.compile(f"^{name} ")).fill(value)
    page.get_by_role("button", name=re.compile("^Train on ")).click()
    expect(page.get_by_text(re.compile(r"^Epoch \d+ of 24, about"))).to_be_visible(timeout=90_000)
    page.get_by_role("link", name="Look at the version").click(timeout=150_000)
    expect(page.get_by_text("mAP 50–95", exact=True)).to_be_visible()
    by_category = section(page, "By category")
    for name in NAMES:
        expect(by_category.get_by_role("row", name=name)).to_be_visible()
    worst = section(page, "What it gets most wrong")
    wrong = worst.get_by_role("link").filter(has_text=re.compile("missed, .* not there")).first
    expect(wrong.get_by_role("img", name=re.compile("missed"))).to_be_visible()
    expect(wrong.locator("g.dashed .line").first).to_have_css("stroke", "rgb(255, 93, 93)")


def promoted(page: Page, project: str) -> None:
    page.get_by_role("button", name="Promote").click()
    expect(page.get_by_text("In production.")).to_be_visible(timeout=60_000)
    page.goto(project)
    expect(page.get_by_text("Pre-labeling").first).to_contain_text("succeeded", timeout=60_000)


def answered(page: Page, project: str, pk: int) -> None:
    """The next image comes with the version's boxes: one is rejected, one accepted, and Enter takes what is left."""
    name = f"{LABELED + 1}.png"
    page.goto(f"{project}/label")
    taking_keys(page)
    on(page, name)
    expect(rows(page).first).to_have_accessible_name(re.compile(r"pre-label \d+ %"))
    count = rows(page).count()
    assert count > 1, "the version found too little to go on with"
    page.keyboard.press("j")  # the least confident first
    page.keyboard.press("x")
    expect(rows(page)).to_have_count(count - 1)
    page.keyboard.press("k")  # from the least confident back to the most
    page.keyboard.press("a")
    expect(said(page)).to_contain_text("Accepted: ")
    chosen = rows(page).filter(has_text="accepted")
    expect(chosen).to_have_count(1)
    slider = page.get_by_role("slider", name="Confidence that pre-labels have to reach")
    slider.fill("1")
    expect(rows(page)).to_have_count(1)  # the accepted one alone
    slider.fill("0")
    expect(rows(page)).to_have_count(count - 1)
    slider.blur()
    page.keyboard.press("Enter")
    on(page, f"{LABELED + 2}.png")
    saved(page)
    found = label(page, pk, name)
    assert {region["origin"] for region in found["regions"]} == {"accepted"}
    assert len(found["regions"]) == count - 1
    assert any(similar(one, true) for one in found["result"]["boxes"] for true in truth(LABELED + 1))


def told(page: Page, project: str) -> None:
    page.goto(project)
    accepted = section(page, "Pre-labels accepted")
    expect(accepted.get_by_role("link", name="yolo 1")).to_be_visible()
    expect(page.get_by_role("heading", name="Seconds a box")).to_be_visible()


def exported(page: Page, project: str, out: Path) -> None:
    page.goto(f"{project}/export")
    page.get_by_label("Format").select_option("YOLO")
    page.get_by_label("With the pictures").check()
    page.get_by_role("button", name="Export", exact=True).click()
    out.mkdir()
    with downloaded(page, "YOLO", out) as files:
        files.extractall(out)
    pictures = [path for path in (out / "images").rglob("*") if path.is_file()]
    assert len(pictures) == len(list((out / "labels").rglob("*.txt"))) == LABELED + 2


TRAIN = """import sys
from ultralytics import YOLO
model = YOLO("yolo11n.yaml")
model.train(data="data.yaml", epochs=1, imgsz=64, batch=16, workers=0, plots=False, project=sys.argv[1], device="cpu")
"""


def elsewhere(out: Path) -> None:
    """Ultralytics itself, in a process that knows nothing of us."""
    own = {"PATH": os.environ["PATH"], "HOME": str(out), "YOLO_CONFIG_DIR": str(out), "YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(out)], cwd=out, env=own, capture_output=True, text=True, timeout=200, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    assert list(out.rglob("last.pt"))


def section(page: Page, title: str) -> Locator:
    return page.locator("section", has=page.get_by_role("heading", name=title, exact=True))


def spot(page: Page, x: float, y: float) -> tuple[float, float]:
    return place(page, x, y, SIZE)


def middle(page: Page, box: Box) -> tuple[float, float]:
    return spot(page, (box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def similar(one: dict[str, Any], true: tuple[str, Box]) -> bool:
    return bool(one["category"] == true[0] and iou([one["bbox"]], [true[1]])[0, 0] > 0.5)


def same(boxes: list[dict[str, Any]], true: Said) -> bool:
    return len(boxes) == len(true) and all(
        one["category"] == name and near(one["bbox"], list(box))
        for one, (name, box) in zip(boxes, true, strict=True)
    )
