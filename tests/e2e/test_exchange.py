"""An archive in and a file out, in the browser: what came, what did not and why, and what is there to download."""

from __future__ import annotations

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.conftest import new_project
from tests.e2e.stack import Stack
from tests.pictures import encoded


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("exchange") / "frames.zip"
    with zipfile.ZipFile(path, "w") as files:
        for number in range(5):
            pixels = np.random.default_rng(200 + number).integers(0, 255, (60, 80, 3), np.uint8)
            folder = "asleep" if number == 4 else "engaged"
            files.writestr(f"{folder}/{number}.png", encoded(Image.fromarray(pixels), "PNG"))
        files.writestr("engaged/broken.jpg", b"no picture")
        files.writestr("attributes.csv", f"file,yaw,subject,notes\nengaged/0.png,-12.5,anna,{'x' * 300}\n")
    return path


def test_an_archive_comes_in_and_a_table_and_pictures_go_out(
    signed_in: Page, stack: Stack, archive, tmp_path
):
    page = signed_in
    project = new_project(page, stack, "Exchange")
    page.goto(f"{project}/export")
    expect(page.get_by_text("Nothing was exported yet")).to_be_visible()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_role("alert")).to_contain_text("No image is selected")

    page.get_by_role("link", name="Import", exact=True).click()
    page.get_by_label("Choose an archive").set_input_files(archive)
    section = page.get_by_role("region", name="From an archive or a table")
    expect(section.get_by_role("alert")).to_contain_text("no category asleep", timeout=30_000)
    section.get_by_label("Make missing categories").check()
    section.get_by_role("button", name="Import it again").click()
    expect(section.get_by_text("5 new images")).to_be_visible(timeout=30_000)
    expect(section.get_by_text("New categories: asleep.")).to_be_visible()
    expect(section.get_by_text("engaged/broken.jpg")).to_be_visible()

    page.get_by_role("link", name="Export", exact=True).click()
    page.get_by_label("With the pictures").check()
    page.get_by_role("button", name="Export").click()
    expect(page.get_by_text("Table (CSV) with pictures")).to_be_visible(timeout=30_000)
    with downloaded(page, "Table (CSV)", tmp_path) as files:
        assert len([name for name in files.namelist() if name.startswith("images/")]) == 5
        assert b"anna" in files.read("labels.csv") and b"-12.5" in files.read("labels.csv")

    page.goto(f"{project}/images?attr=yaw:..0")
    page.get_by_role("gridcell").get_by_role("link").click()
    attributes = page.locator("section", has=page.get_by_role("heading", name="Attributes"))
    expect(page.get_by_role("link", name="anna")).to_be_visible()  # whose frames are a group
    page.set_viewport_size({"width": 390, "height": 844})
    attributes.get_by_text("xxx …").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    attributes.get_by_role("link", name="-12.5").click()
    expect(page.get_by_role("button", name="Without: yaw -12.5")).to_be_visible()
    expect(page.get_by_role("gridcell")).to_have_count(1)


@pytest.mark.parametrize(
    ("text", "file"), [("Class folders", "folders"), ("Label Studio tasks", "label-studio")]
)
def test_what_one_project_exports_another_imports(
    signed_in: Page, stack: Stack, archive, tmp_path, text: str, file: str
):
    page = signed_in
    labels = {"engaged": 4, "asleep": 1}
    new_project(page, stack, f"Out as {file}")
    section = page.get_by_role("region", name="From an archive or a table")
    page.get_by_label("Choose an archive").set_input_files(archive)
    expect(section.get_by_role("alert")).to_contain_text("no category asleep", timeout=30_000)
    section.get_by_label("Make missing categories").check()
    section.get_by_role("button", name="Import it again").click()
    expect(section.get_by_text("5 new images")).to_be_visible(timeout=30_000)

    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.get_by_role("heading", name="Export", exact=True)).to_be_visible()
    page.get_by_label("Format").select_option(text)
    page.get_by_label("With the pictures").check()
    page.get_by_role("button", name="Export").click()
    with downloaded(page, text, tmp_path) as files:
        if file == "folders":
            lie = Counter(name.split("/")[0] for name in files.namelist() if "/" in name)
        else:
            tasks = json.loads(files.read("tasks.json"))
            said = [task["annotations"][0]["result"][0]["value"]["choices"] for task in tasks]
            lie = Counter(choice for (choice,) in said)
    assert lie == labels

    project = new_project(page, stack, f"In as {file}")
    page.get_by_label("Choose an archive").set_input_files(tmp_path / "out.zip")
    expect(section.get_by_role("alert")).to_contain_text("no category asleep", timeout=30_000)
    section.get_by_label("Make missing categories").check()
    section.get_by_role("button", name="Import it again").click()
    expect(section.get_by_text("5 new images")).to_be_visible(timeout=30_000)
    for category, count in labels.items():
        page.goto(f"{project}/images?category={category}")
        expect(page.get_by_role("gridcell")).to_have_count(count)


@contextmanager
def downloaded(page: Page, text: str, folder: Path) -> Iterator[zipfile.ZipFile]:
    link = page.get_by_role("link", name=f"Download {text}")
    expect(link).to_be_visible(timeout=60_000)
    with page.expect_download() as download:
        link.click()
    download.value.save_as(folder / "out.zip")
    with zipfile.ZipFile(folder / "out.zip") as files:
        yield files


def test_a_table_among_what_is_chosen_goes_its_own_way(signed_in: Page, stack: Stack, tmp_path):
    page = signed_in
    new_project(page, stack, "Chosen")
    (tmp_path / "labels.csv").write_text("file,category\nnone.png,engaged\n")
    page.get_by_label("Choose files").set_input_files(tmp_path / "labels.csv")
    section = page.get_by_role("region", name="From an archive or a table")
    section.get_by_label("Make missing categories").check()
    section.get_by_role("button", name="Import it again").click()
    expect(section.get_by_text("There is no such image")).to_be_visible(timeout=30_000)
