"""The pictures of mattes: a rough trimap, what Solve makes of it, and a run whose mattes grow better.

The flower is a photograph that scikit-learn ships (flickr.com/photos/vultilion, CC BY 2.0). What is learned from are
compositions of it with windows of other photographs.
"""

from __future__ import annotations

import io
import re
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from playwright.sync_api import Page, expect

from tests.e2e.box_screen import saved
from tests.e2e.matte_screen import brush, fetched, ready, stroke
from tests.pictures import encoded
from tests.shelves import packed

if TYPE_CHECKING:
    from docs.screenshots import Tour

FLOWER = "sklearn/datasets/images/flower.jpg"
SIZE = (640, 427)
MIDDLE, RIM = (308, 222), 134  # of the large flower, in pixels; the other one is background
COMPOSED = 40
SETTINGS = {"epochs": "14", "image size": "128"}


def mattes(tour: Tour, folder: Path) -> None:
    project = made(tour, "Cut-outs")
    page = tour.page
    page.get_by_label("Choose files").set_input_files(flower())
    expect(page.get_by_role("link", name="Label them")).to_be_visible(timeout=60_000)
    brush(page, size=44)
    page.goto(f"{project}/label")
    ready(page, "flower.jpg")
    page.wait_for_timeout(1000)
    trimap(page)
    page.keyboard.press("y")
    tour.shoot("mattes-trimap")
    page.keyboard.press("Shift+S")
    proposal = page.get_by_role("group", name="Solve: a proposal")
    expect(proposal).to_be_visible(timeout=180_000)
    page.keyboard.press("a")
    expect(proposal).to_have_count(0)
    tour.shoot("mattes")
    page.keyboard.press("o")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Nothing is left to label")).to_be_visible(timeout=30_000)
    saved(page)
    learned(tour, alpha(tour, project), folder)


def made(tour: Tour, name: str) -> str:
    page = tour.page
    page.goto(f"{tour.stack.url}/projects/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Kind").select_option("matting")
    page.get_by_label("Instructions").fill(
        "The flowers, with the **edges of their petals** as soft as they are."
    )
    page.get_by_role("button", name="Make the project").click()
    expect(page.get_by_role("heading", name="Import")).to_be_visible()
    return page.url.removesuffix("/import")


def flower() -> Path:
    found = next(file for file in files("scikit-learn") or () if str(file) == FLOWER)
    return Path(str(found.locate()))


def trimap(page: Page) -> None:
    """What is unknown: a ring around the flower. What is sure: within."""
    page.keyboard.press("t")
    stroke(page, *ring(RIM), size=SIZE)
    page.keyboard.press("q")
    for radius in (98, 64, 30):
        stroke(page, *ring(radius), size=SIZE)
    stroke(page, MIDDLE, (MIDDLE[0] + 8, MIDDLE[1]), size=SIZE)


def ring(radius: float) -> list[tuple[float, float]]:
    turns = np.linspace(0, 2 * np.pi, 49)
    return [(MIDDLE[0] + radius * np.cos(t), MIDDLE[1] + radius * np.sin(t)) for t in turns]


def alpha(tour: Tour, project: str) -> Image.Image:
    number = project.rpartition("/")[2]
    rows = tour.page.evaluate(
        "async path => (await (await fetch(path)).json()).results", f"/api/projects/{number}/images/"
    )
    image = tour.page.evaluate(
        "async path => await (await fetch(path)).json()", f"/api/images/{rows[0]['id']}/"
    )
    return Image.fromarray(
        fetched(tour.page, f"/api/annotations/{image['annotations'][0]['uuid']}/alpha.png")
    )


def learned(tour: Tour, levels: Image.Image, folder: Path) -> None:
    project, page = made(tour, "Flowers"), tour.page
    pictures, texts = compositions(levels)
    page.get_by_label("Choose an archive").set_input_files(
        packed(folder / "flowers.zip", "flowers", pictures, texts)
    )
    expect(page.get_by_text(f"{COMPOSED} labels")).to_be_visible(timeout=120_000)
    page.goto(f"{project}/models")
    page.get_by_role("button", name="Train", exact=True).click()
    for name, value in SETTINGS.items():
        page.get_by_label(re.compile(f"^{name} ")).fill(value)
    page.get_by_role("button", name=re.compile("^Train on ")).click()
    page.get_by_role("link", name="Look at the version").wait_for(timeout=600_000)
    expect(page.get_by_role("img").first).to_be_visible()
    page.wait_for_load_state("networkidle")
    tour.shoot("mattes-run")


def compositions(levels: Image.Image) -> tuple[dict[str, bytes], dict[str, str]]:
    """The flower in many places and sizes, before windows of other photographs."""
    from docs.screenshots import photographs

    random = np.random.default_rng(4)
    behind = [picture for name, picture in photographs().items() if name in ("coffee", "chelsea")]
    front = Image.open(flower()).convert("RGB")
    pictures, rows = {}, ["file,split"]
    for number in range(COMPOSED):
        ground = behind[number % len(behind)]
        left, top = (int(random.uniform(0, 0.4) * side) for side in ground.size)
        view = ground.crop((left, top, left + ground.width // 2, top + ground.height // 2)).resize((320, 240))
        size = int(random.uniform(180, 320)), int(random.uniform(140, 240))
        at = int(random.uniform(-20, 320 - size[0] + 20)), int(random.uniform(-20, 240 - size[1] + 20))
        matte = Image.new("L", view.size)
        matte.paste(levels.resize(size), at)
        view.paste(front.resize(size), at, levels.resize(size))
        pictures[f"images/{number:03}.jpg"] = encoded(view, quality=90)
        out = io.BytesIO()
        matte.save(out, "PNG")
        pictures[f"alphas/{number:03}.png"] = out.getvalue()
        rows.append(
            f"flowers/images/{number:03}.jpg,{('train', 'train', 'train', 'val', 'test')[number % 5]}"
        )
    return pictures, {"attributes.csv": "\n".join(rows)}
