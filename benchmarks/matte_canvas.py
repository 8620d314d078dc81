"""The matte editor in a real Chromium, on images of 4,096 × 4,096 pixels: a frame while brushing, the first paint of a matte,
what saving takes, and how long the page stands still.

python -m config.local env -- python -m benchmarks.matte_canvas

A project of matting with photographs, each with a predicted matte that is soft all along its edge. A mouse that moves 120
times a second paints circles with brushes of several sizes, over the whole image in sight and enlarged.

A frame's latency is the time from the first move of the mouse that the frame before had not seen until the page has
painted it onto its canvas. First paint: until the matte is on its canvas, from the start of the navigation in a fresh
profile with nothing cached, from when the matte is asked for, and from the key that goes to the next image. Saving begins with the key and ends with the label
in the outbox, its file made. Standing still is the longest task of the page's own thread meanwhile. It needs Chromium
(apt install chromium).
"""

from __future__ import annotations

import argparse
import io
import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image as Picture
from PIL import ImageFilter
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benchmarks.canvas import circle, hand, sign_in
from benchmarks.frames import frames
from benchmarks.labeling_screen import PASSWORD, QUIET, WINDOW, chromium
from benchmarks.stack import person, server
from inference.models import ModelVersion
from inference.services.results import Said, store
from labeling.models import Image, Project, User
from labeling.services.images import images_create
from labeling.services.mattes import matte_store
from labeling.services.projects import project_create
from labeling.services.renditions import renditions_make
from labeling.uploads import Incoming

SIDE = 4096
FRAME_MS, PAINT_MS, SAVE_MS = 16, 500, 1000  # what is to be kept
BRUSHES = (20, 200, 1000)

WATCH = """
window.watched = { latencies: [], frames: [], tasks: [] };
let moved = 0;
addEventListener("pointermove", (event) => { moved ||= event.timeStamp; }, true);
const asked = requestAnimationFrame.bind(window);
window.requestAnimationFrame = (act) => asked((now) => {
  act(now);
  if (moved) watched.latencies.push(performance.now() - moved);
  moved = 0;
});
const count = (now) => { watched.frames.push(now); asked(count); };
asked(count);
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) watched.tasks.push(duration);
}).observe({ type: "longtask", buffered: true });
"""
SINCE = "name => performance.getEntriesByName(name).map(({ startTime }) => startTime)"


def furnished(user: User, count: int) -> Project:
    project = project_create(by=user, name="Mattes", kind="matting", categories=[])
    for number, data in enumerate(frames(count, (SIDE, SIDE))):
        file = Incoming(f"{number:03}.jpg")
        file.write(data)
        images_create(project=project, files=[file])
    while renditions_make(project_id=project.pk):
        pass
    version = ModelVersion.objects.create(
        project=project, model="unet_matting", number=1, weights="", stage=ModelVersion.Stage.PRODUCTION
    )
    random = np.random.default_rng(0)
    images = Image.objects.filter(project=project, ready=True).order_by("id")
    store(version, [predicted(image, random) for image in images])
    return project


def predicted(image: Image, random: np.random.Generator) -> Said:
    """A body, and strands all around it, each of many levels."""
    y, x = np.mgrid[0:512, 0:512] / 512 - 0.5
    turn, far = np.arctan2(y, x), np.hypot(x, y)
    rim = 0.3 + 0.02 * np.sin(90 * turn + random.uniform(0, 6)) + 0.04 * np.sin(5 * turn)
    small = Picture.fromarray((255 * np.clip((rim - far) * 30 + 0.5, 0, 1)).astype(np.uint8))
    large = small.resize((SIDE, SIDE), Picture.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(3))
    levels = np.array(large)
    soft = (levels > 4) & (levels < 251)
    levels[soft] = np.clip(levels[soft] + random.integers(-4, 5, int(soft.sum())), 0, 255)
    out = io.BytesIO()
    Picture.fromarray(levels).save(out, "PNG", compress_level=4)
    alpha = matte_store(project_id=image.project_id, data=out.getvalue()).sha256
    return Said(image.pk, {"alpha": alpha}, 0.9, 0.5, 1.0)


def opened(browser: Browser, state: Any, address: str) -> tuple[BrowserContext, Page]:
    context = browser.new_context(storage_state=state, viewport=WINDOW)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(address)
    marked(page, "matte-visible", 1)
    return context, page


def marked(page: Page, name: str, count: int) -> None:
    """Waits until the page has set a mark so often. By asking again and again: its policy lets nothing wait inside."""
    while len(page.evaluate(SINCE, name)) < count:
        page.wait_for_timeout(5)


def row(what: str, values: list[float], bound: float | None) -> None:
    median = statistics.median(values)
    kept = "" if bound is None else "yes" if median <= bound else "no"
    print(f"| {what} | {median:.1f} ms | {max(values):.0f} ms | {kept} |", flush=True)


def openings(browser: Browser, state: Any, address: str, rounds: int) -> None:
    cold, alone, gone, longest = [], [], [], []
    for _ in range(rounds + 1):
        context, page = opened(browser, state, address)
        cold.append(page.evaluate(SINCE, "matte-visible")[0])
        alone.append(cold[-1] - page.evaluate(SINCE, "matte-asked")[0])
        page.wait_for_timeout(1500)
        longest.append(max(page.evaluate("watched.tasks"), default=0.0))
        at = page.evaluate("performance.now()")
        page.keyboard.press("f")
        marked(page, "matte-visible", 2)
        gone.append(page.evaluate(SINCE, "matte-visible")[1] - at)
        context.close()
    # The first after the server's start is nobody's usual one.
    row("the matte is seen, from a cold opening", cold[1:], None)
    row("the same, from its being asked for", alone[1:], PAINT_MS)
    row("the matte of the next image is seen, from the key", gone[1:], PAINT_MS)
    row("longest task while opening", longest[1:], None)


def brushing(page: Page, what: str, size: int, seconds: float) -> None:
    page.evaluate("watched.latencies.length = watched.frames.length = watched.tasks.length = 0")
    page.mouse.move(*circle(0))
    page.mouse.down()
    hand(page, seconds, circle)
    page.mouse.up()
    latencies, shown, tasks = page.evaluate("[watched.latencies, watched.frames, watched.tasks]")
    gaps = np.diff(shown)
    median = statistics.median(latencies)
    print(
        f"| {what}, {size} px | {median:.1f} ms | {np.percentile(latencies, 95):.1f} ms | {np.median(gaps):.1f} ms | "
        f"{max(tasks, default=0):.0f} ms | {'yes' if median <= FRAME_MS else 'no'} |",
        flush=True,
    )


def handling(browser: Browser, state: Any, address: str, seconds: float) -> None:
    print("\n| brushing | latency of a frame | p95 | between frames | longest task | kept |")
    print("|---|---|---|---|---|---|", flush=True)
    views: tuple[tuple[str, Callable[[Page], None]], ...] = (
        ("the whole image in sight", lambda page: page.keyboard.press("0")),
        ("a pixel of the image to one of the screen", lambda page: zoomed(page, 5)),
        ("enlarged eight times", lambda page: zoomed(page, 11)),
    )
    context, page = opened(browser, state, address)
    page.wait_for_timeout(2000)
    for size in BRUSHES:
        page.evaluate(
            "size => localStorage.setItem('frameloop-brush', JSON.stringify({ size, hardness: 0.4, opacity: 0.9 }))",
            size,
        )
        page.reload()
        marked(page, "matte-visible", 1)
        page.wait_for_timeout(1500)
        for what, look in views:
            look(page)
            page.wait_for_timeout(400)
            brushing(page, what, size, seconds)
            page.keyboard.press("Control+z")
            page.wait_for_timeout(400)
    context.close()


def zoomed(page: Page, steps: int) -> None:
    page.keyboard.press("0")
    for _ in range(steps):
        page.keyboard.press("+")


def saving(browser: Browser, state: Any, address: str, count: int) -> None:
    context, page = opened(browser, state, address)
    page.wait_for_timeout(1500)
    times, tasks = [], []
    for number in range(count):
        page.mouse.move(400 + 20 * number, 300)
        page.mouse.down()
        page.mouse.move(600, 500)
        page.mouse.up()
        page.evaluate("watched.tasks.length = 0")
        at = page.evaluate("performance.now()")
        page.keyboard.press("Control+Enter")
        marked(page, "submit", number + 1)
        times.append(page.evaluate(SINCE, "submit")[number] - at)
        marked(page, "matte-visible", number + 2)
        page.wait_for_timeout(1500)
        tasks.append(max(page.evaluate("watched.tasks"), default=0.0))
    print("\n| saving | median | worst | kept |\n|---|---|---|---|")
    row("a matte after a stroke, from the key", times, SAVE_MS)
    row("longest task meanwhile, and of the next image", tasks, None)
    context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--images", type=int, default=6)
    options = parser.parse_args()
    with server() as port:
        user, _ = person("labeler")
        user.set_password(PASSWORD)
        user.save()
        project = furnished(user, options.images)
        address = f"http://127.0.0.1:{port}/projects/{project.pk}/label"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            print(f"Chromium {browser.version}, {SIDE:,} × {SIDE:,} pixels\n")
            state = sign_in(browser, address, user)
            print("| opening, until | median | worst | kept |\n|---|---|---|---|")
            openings(browser, state, address, options.rounds)
            handling(browser, state, address, options.seconds)
            saving(browser, state, address, min(4, options.images - 1))
            browser.close()


if __name__ == "__main__":
    main()
