"""The canvas for boxes in a real Chromium: frames a second with 2,000 boxes on the image, and how soon they are seen.

python -m config.local env -- python -m benchmarks.canvas

A project of detection with photographs, each with as many predicted boxes as `--boxes` says, opened as people open it.
Then the image is moved by a mouse, zoomed by its wheel, and a box is drawn over all the others, each for `--seconds`. The
mouse moves 120 times a second, which is oftener than there are frames. A frame shown is one that the browser's display
has drawn; beside it stand the page's own frames and the longest times between two of them. Without a GPU all of it, and
the server, share the processor.

Opening: from the start of the navigation, in a fresh profile with nothing cached and no tool attached, until the image was
presented (Element Timing), and until the frame after the one that shows it with its boxes has begun (the screen's own
mark). It needs Chromium (apt install chromium).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.frames import frames
from benchmarks.labeling_screen import PASSWORD, QUIET, WINDOW, Unwatched, chromium
from benchmarks.stack import person, server
from inference.models import ModelVersion
from inference.services.results import Said, store
from labeling.models import Image, Project, User
from labeling.services.images import images_create
from labeling.services.projects import project_create
from labeling.services.renditions import renditions_make
from labeling.uploads import Incoming

CATEGORIES = ["milk", "jam", "butter", "eggs", "cheese", "apple", "carrot", "juice", "yoghurt"]
FRAMES, OPEN_MS = 50, 500  # what is to be kept
SIZE = (4000, 3000)
HANDS = 120  # moves of the mouse a second

RECORD = """
window.drawn = [];
const draw = (now) => { drawn.push(now); requestAnimationFrame(draw); };
requestAnimationFrame(draw);
"""


def furnished(user: User, count: int, boxes: int) -> Project:
    project = project_create(
        by=user, name=f"{boxes:,} boxes", kind="detection",
        categories=[{"name": name, "hotkey": str(n + 1)} for n, name in enumerate(CATEGORIES)],
    )  # fmt: skip
    for number, data in enumerate(frames(count, SIZE)):
        file = Incoming(f"{number:03}.jpg")
        file.write(data)
        images_create(project=project, files=[file])
    while renditions_make(project_id=project.pk):
        pass
    version = ModelVersion.objects.create(
        project=project, model="yolo", number=1, weights="", stage=ModelVersion.Stage.PRODUCTION
    )
    random = np.random.default_rng(0)
    images = Image.objects.filter(project=project, ready=True).order_by("id")
    store(version, [predicted(image.pk, boxes, random) for image in images])
    return project


def predicted(image: int, boxes: int, random: np.random.Generator) -> Said:
    """Boxes of a twentieth of the image or less, all over it."""
    sides = random.uniform(0.01, 0.05, (boxes, 2)) * SIZE
    corners = random.uniform(0, 1, (boxes, 2)) * (np.array(SIZE) - sides)
    scores = np.sort(random.uniform(0.1, 1, boxes))[::-1]
    rows = [
        {
            "id": f"p{n}", "category": CATEGORIES[n % len(CATEGORIES)], "score": round(float(scores[n]), 6),
            "bbox": [round(float(value), 2) for value in (*corners[n], *(corners[n] + sides[n]))],
        }
        for n in range(boxes)
    ]  # fmt: skip
    return Said(image, {"boxes": rows}, float(scores[0]), 0.5, 1.0)


def hand(page: Page, seconds: float, path: Callable[[float], tuple[float, float]]) -> None:
    """Moves the mouse along `path`, which tells the place at a time."""
    start = time.monotonic()
    while (now := time.monotonic() - start) < seconds:
        page.mouse.move(*path(now))
        time.sleep(max(0, 1 / HANDS - (time.monotonic() - start - now)))


def circle(now: float) -> tuple[float, float]:
    return 560 + 250 * float(np.sin(now * 2.5)), 430 + 180 * float(np.cos(now * 2.5))


def move(page: Page, seconds: float) -> None:
    page.mouse.move(*circle(0))
    page.mouse.down(button="middle")
    hand(page, seconds, circle)
    page.mouse.up(button="middle")


def zoom(page: Page, seconds: float) -> None:
    """In, out, and so on. The browser makes the wheel's events itself: those that a client sends wait for each other."""
    wire = page.context.new_cdp_session(page)
    start, way = time.monotonic(), 1
    while time.monotonic() - start < seconds:
        wire.send(
            "Input.synthesizeScrollGesture",
            {"x": 560, "y": 430, "yDistance": way * 1000, "speed": 1000, "gestureSourceType": "mouse"},
        )
        way = -way
    wire.detach()


def draw(page: Page, seconds: float) -> None:
    page.keyboard.press("r")
    page.mouse.move(300, 200)
    page.mouse.down()
    hand(page, seconds, circle)
    page.mouse.up()


def watch(
    browser: Browser, page: Page, what: str, act: Callable[[Page, float], None], seconds: float
) -> None:
    page.evaluate("drawn.length = 0")
    browser.start_tracing(page=page, categories=["viz"])
    start = time.monotonic()
    act(page, seconds)
    took = time.monotonic() - start
    events = json.loads(browser.stop_tracing())["traceEvents"]
    shown = sum(event["name"] == "Display::DrawAndSwap" for event in events) / took
    gaps = sorted(after - before for before, after in pairwise(page.evaluate("drawn")))
    print(
        f"| {what} | {shown:.0f} | {1000 * len(gaps) / sum(gaps):.0f} | {gaps[int(0.95 * len(gaps))]:.0f} ms | "
        f"{gaps[-1]:.0f} ms | {'yes' if shown >= FRAMES else 'no'} |",
        flush=True,
    )


def sign_in(browser: Browser, address: str, user: User) -> Any:
    page = browser.new_page()
    page.goto(address)
    page.get_by_label("User name").fill(user.username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".stage img").wait_for()
    state = page.context.storage_state()
    page.context.close()
    return state


def opened(browser: Browser, state: Any, address: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(storage_state=state, viewport=WINDOW)
    context.add_init_script(RECORD)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("listbox", name="Boxes").wait_for()
    return context, page


def openings(browser: Browser, state: Any, address: str, rounds: int) -> None:
    people = Unwatched(browser, state)
    times = [people.open(address) for _ in range(rounds + 1)][
        1:
    ]  # the first after the server's start is nobody's usual one
    print("| cold opening, until | median | worst | kept |\n|---|---|---|---|")
    for name, values, bound in (
        ("the image is seen", [one.ms for one in times], OPEN_MS),
        ("the screen takes keys, its boxes drawn", [one.ready for one in times], None),
    ):
        median = statistics.median(values)
        kept = "" if bound is None else "yes" if median <= bound else "no"
        print(f"| {name} | {median:.0f} ms | {max(values):.0f} ms | {kept} |")


def handling(browser: Browser, state: Any, address: str, seconds: float) -> None:
    context, page = opened(browser, state, address)
    page.wait_for_timeout(2000)
    print("\n| what is done | frames shown a second | the page's own | p95 | longest | kept |")
    print("|---|---|---|---|---|---|", flush=True)
    watch(browser, page, "zooming, from all boxes in sight", zoom, seconds)
    watch(browser, page, "drawing over all of them", draw, seconds)
    page.keyboard.press("0")
    page.keyboard.press("+")
    watch(browser, page, "moving, at 1.4 times the fit", move, seconds)
    for _ in range(7):
        page.keyboard.press("+")
    watch(browser, page, "moving, at 15 times", move, seconds)
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--boxes", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with server() as port:
        user, _ = person("labeler")
        user.set_password(PASSWORD)
        user.save()
        project = furnished(user, 6, options.boxes)
        address = f"http://127.0.0.1:{port}/projects/{project.pk}/label"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            print(
                f"Chromium {browser.version}, {options.boxes:,} boxes on {SIZE[0]:,} × {SIZE[1]:,} pixels\n"
            )
            state = sign_in(browser, address, user)
            openings(browser, state, address, options.rounds)
            handling(browser, state, address, options.seconds)
            browser.close()


if __name__ == "__main__":
    main()
