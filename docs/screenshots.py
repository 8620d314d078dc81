"""The pictures of docs/images: one turn of the loop, done in a browser as a person does it.

    make screenshots

The frames are the demo's, and more windows of the same photographs, imported without groups: the same people stand on
both sides of the split. So the pictures show what the screens look like; their figures say nothing of a model. The
shelves of the project with boxes are drawn (tests/shelves.py); docs/mattes.py says whose the flower is.
"""

from __future__ import annotations

import argparse
import io
import json
import re
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageEnhance
from playwright.sync_api import Page, expect, sync_playwright

from docs.boxes import boxes
from docs.mattes import mattes
from docs.synthesis import synthesis
from tests.e2e.stack import QUIET, Stack, chromium, start, stop
from tests.vision.test_gallery import gallery
from tests.vision.videos import write_video
from training.services.demo import PHOTOGRAPHS, locate

IMAGES = Path(__file__).resolve().parent / "images"
DESK, PHONE = (1440, 900), (390, 844)
MOST_BYTES = 150_000

# What a person would press for the demo's frames; the others show nobody, or a street.
DEMO = {
    "engaged": "astronaut-0 astronaut-1 astronaut-2 astronaut-3 bus-2 bus-5 bus-7",
    "non-engaged": "camera-0 camera-1 camera-2 bus-1 bus-4 zidane-4",
    "animated": "zidane-0 zidane-1 zidane-2 zidane-3 zidane-5 zidane-6 zidane-7",
}
# People in the photographs: the middle of the face, how high a window around them is, and what they do.
PEOPLE = {
    "astronaut": [((0.44, 0.23), 0.62, "engaged")],
    "camera": [((0.47, 0.24), 0.62, "non-engaged")],
    "bus": [((0.17, 0.42), 0.26, "non-engaged"), ((0.36, 0.4), 0.26, "engaged")],
    "zidane": [((0.48, 0.45), 0.8, "animated"), ((0.77, 0.25), 0.62, "animated")],
}
ROUNDS = 7  # windows of each person; with them all, one request of the upload keeps their order
LABELED = 30  # of the imported frames; the model pre-labels the rest
EXTRA = (  # other projects, so that the list is one
    ("Interviews, spring", ["listening", "speaking", "away"], 18, 11),
    ("Safety glasses", ["worn", "not worn"], 12, 12),
)


def photographs() -> dict[str, Image.Image]:
    found = {Path(one.path).stem: locate(one) for one in PHOTOGRAPHS}
    return {name: Image.open(path).convert("RGB") for name, path in found.items() if path}


def window(picture: Image.Image, middle: tuple[float, float], share: float) -> Image.Image:
    """640 × 480 around a point, no further than the picture's edge."""
    height = share * picture.height
    width = min(height * 4 / 3, picture.width)
    left = min(max(0.0, middle[0] * picture.width - width / 2), picture.width - width)
    top = min(max(0.0, middle[1] * picture.height - height / 2.4), picture.height - height)
    return picture.crop((int(left), int(top), int(left + width), int(top + height))).resize((640, 480))


def recording() -> Iterator[tuple[str, Image.Image, str]]:
    """(name, frame, category) of a call: one person a frame; at its end a smaller picture in a corner, with a cat."""
    random = np.random.default_rng(7)
    pictures = photographs()
    number = 0
    for _ in range(ROUNDS):
        for name, people in PEOPLE.items():
            for middle, share, category in people:
                number += 1
                moved = (middle[0] + random.normal(0, 0.025), middle[1] + random.normal(0, 0.025))
                frame = window(pictures[name], moved, share * random.uniform(0.75, 1.3))
                frame = ImageEnhance.Brightness(frame).enhance(random.uniform(0.6, 1.2))
                yield f"call-{number:03}.jpg", frame, category
    cat = pictures["chelsea"].resize((320, 213))
    for name, people in PEOPLE.items():
        number += 1
        middle, share, category = people[0]
        frame = window(pictures[name], middle, share)
        frame.paste(cat, (320, 267))
        yield f"call-{number:03}.jpg", frame, category


class Tour:
    """One person's way through the loop; `shoot` keeps what they see."""

    def __init__(self, page: Page, stack: Stack) -> None:
        self.page, self.stack = page, stack
        self.shown = page.locator(".stage img")

    def shoot(self, name: str) -> None:
        # What fades in or turns has come to rest, and no button lies under the pointer.
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(600)
        data = self.page.screenshot(animations="disabled")
        path = IMAGES / f"{name}.webp"
        size = save(data, path)
        print(f"{path.name}: {size / 1000:.0f} kB")

    def theme(self, name: str) -> None:
        self.page.evaluate("name => localStorage.setItem('frameloop-theme', name)", name)
        self.page.reload()

    def sign_in(self) -> None:
        self.page.goto(self.stack.url)
        self.page.get_by_label("User name").fill("admin")
        self.page.get_by_label("Password").fill(self.stack.password)
        self.page.get_by_role("button", name="Sign in").click()
        self.page.get_by_role("link", name=re.compile("demo")).click()
        self.page.wait_for_url(re.compile(r"/projects/\d+$"))
        self.project = self.page.url

    def name_of(self) -> str:
        expect(self.shown).to_be_visible()
        return self.shown.get_attribute("alt") or ""

    def label(self, said: dict[str, str], count: int) -> None:
        """By the keyboard: each frame's category, or a skip for who is not in `said`."""
        for _ in range(count):
            name = self.name_of()
            category = said.get(Path(name).stem)
            if category is None:
                self.page.keyboard.press("s")
                self.page.keyboard.press("1")
            else:
                self.page.keyboard.press(str(list(DEMO).index(category) + 1))
            expect(self.shown).not_to_have_attribute("alt", name)
        expect(self.page.get_by_text("Saved", exact=True)).to_be_visible()

    def accept(self) -> None:
        """What the model says of this one; where it says nothing, the first category."""
        # The first image is there before the rest of the screen.
        self.page.locator(".choice").first.wait_for()
        name = self.name_of()
        self.page.keyboard.press("Enter" if self.page.locator(".choice.said").count() else "1")
        expect(self.shown).not_to_have_attribute("alt", name)
        self.page.wait_for_timeout(150)

    def train(self, **choices: str) -> None:
        self.page.goto(f"{self.project}/models")
        self.page.get_by_role("button", name="Train", exact=True).click()
        for name, value in choices.items():
            field = self.page.get_by_label(re.compile(f"^{name} "))
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        self.page.get_by_role("button", name=re.compile("Train on")).click()
        expect(self.page.get_by_role("heading", name=re.compile("Run"))).to_be_visible()

    def version(self) -> None:
        self.page.get_by_role("link", name="Look at the version").click(timeout=300_000)
        expect(self.page.get_by_role("heading", name="Confusion")).to_be_visible()
        self.page.wait_for_load_state("networkidle")

    def promote(self) -> None:
        """Through the gate, or past it with a reason."""
        self.page.get_by_role("button", name="Promote").click()
        done, refused = self.page.get_by_text("In production."), self.page.get_by_text("The gate refuses")
        expect(done.or_(refused)).to_be_visible(timeout=60_000)
        if refused.is_visible():
            self.page.get_by_label(re.compile("^Promote it anyway")).fill("To see its pre-labels")
            self.page.get_by_role("button", name="Promote anyway").click()
            expect(done).to_be_visible(timeout=60_000)


def turn(tour: Tour, folder: Path) -> None:
    page = tour.page
    tour.sign_in()
    tour.theme("light")
    page.goto(f"{tour.project}/label")
    tour.label({stem: category for category, stems in DEMO.items() for stem in stems.split()}, 26)
    # The last one is labeled with nothing behind it.
    page.keyboard.press("3")
    expect(page.get_by_text("Nothing is left to label")).to_be_visible()

    said = {}
    for name, frame, category in recording():
        frame.save(folder / name, quality=92)
        said[Path(name).stem] = category
    frames = sorted(folder.iterdir())
    (folder / "agenda.jpg").write_text("no picture")
    (folder / "copy of call-001.jpg").write_bytes(frames[0].read_bytes())
    page.goto(f"{tour.project}/import")
    page.get_by_label("Choose files").set_input_files(sorted(folder.iterdir()))
    expect(page.get_by_role("link", name="Label them")).to_be_visible(timeout=60_000)
    tour.shoot("import")

    page.goto(f"{tour.project}/label")
    tour.label(said, LABELED)
    tour.train(epochs="8", patience="8")
    expect(page.get_by_text(re.compile("^Epoch [4-7] of"))).to_be_visible(timeout=240_000)
    tour.shoot("run")
    tour.version()
    tour.promote()
    page.reload()
    expect(page.get_by_role("heading", name="Confusion")).to_be_visible()
    tour.shoot("version")

    # From scratch, so few images teach little: the gate compares both, and refuses.
    tour.train(epochs="12", patience="12", backbone="scratch")
    tour.version()
    page.get_by_role("button", name="Promote").click()
    expect(page.get_by_text("The gate refuses this version")).to_be_visible(timeout=60_000)
    tour.shoot("gate")
    page.get_by_role("button", name="Leave it").click()
    page.goto(f"{tour.project}/models")
    boxes = page.get_by_role("checkbox", name=re.compile("^Compare"))
    expect(boxes).to_have_count(2)
    boxes.nth(1).check()
    boxes.nth(0).check()
    page.get_by_role("button", name="Compare two").click()
    expect(page.get_by_role("heading", name="Where they differ")).to_be_visible()
    page.wait_for_load_state("networkidle")
    tour.shoot("compare")


def labeling(tour: Tour) -> None:
    """With pre-labels: on two faces, on a phone, and where a cat distracts somebody."""
    page = tour.page
    page.goto(tour.project)
    expect(page.get_by_text("Pre-labeling").first).to_contain_text("succeeded", timeout=60_000)
    page.goto(f"{tour.project}/label")
    faces, distracted = page.locator(".mark-label.face"), page.get_by_text("Distracted", exact=True)
    done = 0
    while done < 4 or faces.count() < 2:
        tour.accept()
        done += 1
    page.get_by_role("button", name="Colours: light").click()
    tour.shoot("labeling-dark")
    page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    tour.shoot("labeling-phone")
    page.set_viewport_size({"width": DESK[0], "height": DESK[1]})
    page.get_by_role("button", name="Colours: dark").click()
    page.get_by_role("button", name="Colours: system").click()
    while not distracted.is_visible():
        tour.accept()
    tour.shoot("labeling-light")


def collecting(tour: Tour, folder: Path) -> None:
    """A recorded gallery view before it is imported, the grid of what is there, and what a reviewer sees of it."""
    page = tour.page
    views = [gallery((2, 2))[0]] * 40 + [gallery((3, 2), first=1)[0]] * 40
    page.goto(f"{tour.project}/import")
    video = page.get_by_role("region", name="Video")
    video.get_by_label("Choose videos").set_input_files(write_video(folder / "Weekly.mp4", views, g="20"))
    expect(video.get_by_text("About 8 images")).to_be_visible(timeout=60_000)
    video.get_by_label("One image for each participant").check()
    expect(video.locator("rect").first).to_be_visible(timeout=60_000)
    expect(video.get_by_text(re.compile("^About 36 images"))).to_be_visible()
    video.evaluate("region => scrollTo(0, region.offsetTop - 24)")
    tour.shoot("meeting")

    page.goto(f"{tour.project}/images")
    first = page.get_by_role("gridcell").first.get_by_role("link")
    first.focus()
    for key in ("ArrowRight", "Space", "Shift+ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_role("gridcell", selected=True)).to_have_count(3)
    page.wait_for_load_state("networkidle")
    tour.shoot("grid")

    page.goto(f"{tour.project}/review")
    page.get_by_role("button", name="Sample").click()
    expect(tour.shown).to_be_visible()
    for _ in range(6):
        name = tour.name_of()
        page.keyboard.press("f")
        expect(tour.shown).not_to_have_attribute("alt", name)
    tour.shoot("review")


def neighbours(tour: Tour) -> None:
    """The other projects of the list, by the API as a program fills them."""
    api = Api(tour.stack)
    pictures = [frame for _, frame, _ in recording()]
    for name, categories, count, done in EXTRA:
        rows = [{"name": category, "hotkey": str(n + 1)} for n, category in enumerate(categories)]
        project = api.call(
            "POST", "/api/projects/", {"name": name, "kind": "classification", "categories": rows}
        )["id"]
        api.upload(project, pictures[:count])
        for _ in range(done):
            (item,) = api.call("POST", f"/api/projects/{project}/next/?count=1")["items"]
            image, uuid = item["image"]["id"], f"00000000-0000-4000-8000-{item['image']['id']:012}"
            body = {
                "assignment": item["assignment"]["id"],
                "result": {"category": categories[image % len(categories)]},
                "lead_time_ms": 900,
            }
            api.call("PUT", f"/api/images/{image}/annotations/{uuid}/", body)
    tour.page.goto(tour.stack.url)
    expect(tour.page.locator(".card")).to_have_count(4 + len(EXTRA))
    tour.shoot("projects")


class Api:
    def __init__(self, stack: Stack) -> None:
        self.stack, self.token = stack, ""
        answer = self.call("POST", "/api/auth/token/", {"username": "admin", "password": stack.password})
        self.token = answer["token"]

    def call(self, method: str, path: str, body: Any = None) -> Any:
        return self.send(method, path, json.dumps(body or {}).encode(), "application/json")

    def upload(self, project: int, pictures: list[Image.Image]) -> None:
        lines = b""
        for number, picture in enumerate(pictures):
            data = io.BytesIO()
            picture.save(data, "JPEG", quality=88)
            head = (
                f'--cut\r\nContent-Disposition: form-data; name="files"; filename="{number:03}.jpg"\r\n\r\n'
            )
            lines += head.encode() + data.getvalue() + b"\r\n"
        body = lines + b"--cut--\r\n"
        self.send("POST", f"/api/projects/{project}/images/", body, "multipart/form-data; boundary=cut")

    def send(self, method: str, path: str, body: bytes, kind: str) -> Any:
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        request = urllib.request.Request(self.stack.url + path, data=body, headers=headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")


def save(data: bytes, path: Path) -> int:
    """As a WebP as good as fits into the limit: photographs are too large as PNG, and ugly in its few colours."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    for quality in (90, 85, 80, 70, 60):
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6, use_sharp_yuv=True)
        if len(out.getvalue()) <= MOST_BYTES:
            break
    path.write_bytes(out.getvalue())
    return len(out.getvalue())


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    IMAGES.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        tempfile.TemporaryDirectory() as frames,
        sync_playwright() as play,
    ):
        stack = start(Path(data))
        try:
            browser = play.chromium.launch(executable_path=chromium(), args=QUIET)
            page = browser.new_page(viewport={"width": DESK[0], "height": DESK[1]}, locale="en-GB")
            tour = Tour(page, stack)
            turn(tour, Path(frames))
            labeling(tour)
            collecting(tour, Path(data))
            boxes(tour, Path(data))
            synthesis(tour)
            mattes(tour, Path(data))
            neighbours(tour)
            browser.close()
        finally:
            stop(stack)


if __name__ == "__main__":
    main()
