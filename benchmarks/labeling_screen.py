"""The labeling screen in a real Chromium: how soon the next image is seen, how soon the first one, and bytes on the wire.

python -m config.local env -- python -m benchmarks.labeling_screen

Seen is what the browser itself reports: the Element Timing entry of the image, whose `renderTime` is the moment at
which the frame with the decoded image was presented. A key press begins with the `timeStamp` of its event, an opening
with the start of the navigation. The images have pre-labels of a two-stage version, drawn as people get them. It needs
Chromium (apt install chromium).
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, sync_playwright

from benchmarks.frames import frames
from benchmarks.inference import CATEGORIES, Ground, inference_worker, labeled
from benchmarks.stack import person, server
from inference.services.versions import version_set_production
from labeling.models import Image, Job, User
from labeling.services.images import images_create
from labeling.services.projects import project_create
from labeling.services.renditions import renditions_make
from labeling.uploads import Incoming

SIZES = ((640, 480), (1920, 1080))
INSTRUCTIONS = (
    "Look at the face first, then at the hands.\n\n- **engaged**: follows\n- **non-engaged**: looks away\n"
)
PASSWORD = "benchmark of the screen"
WINDOW: ViewportSize = {"width": 1440, "height": 900}
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--window-size=1440,987",  # with the browser's own bars
]  # fmt: skip
SUBMIT_MS, OPEN_MS, PAGE_MB = 50, 500, 0.4  # what is to be kept

WATCH = """
window.watched = { keys: [], seen: [], marks: [] };
addEventListener("keydown", (event) => watched.keys.push(event.timeStamp), true);
new PerformanceObserver((list) => {
  for (const { url, renderTime } of list.getEntries()) {
    if (url === watched.seen.at(-1)?.url) continue; // the program puts its own in the place of the first script's
    watched.seen.push({ url, at: renderTime });
    console.debug("seen");
  }
}).observe({ type: "element", buffered: true });
new PerformanceObserver((list) => {
  for (const { name, startTime } of list.getEntries()) if (name === "next-visible") watched.marks.push(startTime);
}).observe({ type: "mark", buffered: true });
"""
# What a page knows of itself afterwards: when it showed its first image, and when its screen was whole.
ASK = """new Promise((resolve) => new PerformanceObserver((list) => resolve([
  list.getEntries()[0].renderTime, performance.getEntriesByName("next-visible")[0].startTime, innerWidth, innerHeight,
])).observe({ type: "element", buffered: true }))"""
SETTLED_SECONDS = 2


@dataclass
class Scene:
    address: str
    user: str


def chromium() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        sys.exit("This benchmark needs Chromium: apt install chromium")
    return found


def scene(size: tuple[int, int], count: int, folder: Path, port: int) -> Scene:
    """A project with `count` frames of a size, their renditions, and a version's predictions on the queue."""
    user, token = person("labeler")
    user.set_password(PASSWORD)
    user.save()
    project = project_create(
        by=user,
        name=f"{size[0]} × {size[1]}",
        kind="classification",
        instructions=INSTRUCTIONS,
        categories=[{"name": name, "hotkey": str(n + 1)} for n, name in enumerate(CATEGORIES)],
    )
    for number, data in enumerate(frames(count, size)):
        file = Incoming(f"{number:03}.jpg")
        file.write(data)
        images_create(project=project, files=[file])
    while renditions_make(project_id=project.pk):
        pass
    images = Image.objects.filter(project=project, ready=True).order_by("id")
    assert images.count() == count, "some frames have no renditions"
    files = [stored(image) for image in images]
    ground = Ground(project, token, files, folder / str(project.pk), CATEGORIES, labeled(files))
    version = ground.version("two_stage", epochs=1)
    version_set_production(version=version)
    while Job.objects.exclude(state__in=Job.FINISHED).exists():
        time.sleep(0.1)
    return Scene(f"http://127.0.0.1:{port}/projects/{project.pk}/label", user.username)


def stored(image: Image) -> Path:
    from django.core.files.storage import default_storage

    return Path(default_storage.path(image.file_key))


def sign_in(browser: Browser, scene: Scene) -> Any:
    """The cookies of somebody who has signed in."""
    page = browser.new_page()
    page.goto(scene.address)
    page.get_by_label("User name").fill(scene.user)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".stage img").wait_for()
    state = page.context.storage_state()
    page.context.close()
    return state


@contextmanager
def fresh(browser: Browser, state: Any) -> Iterator[tuple[Page, list[ConsoleMessage]]]:
    """A page in a profile of its own, where nothing is cached; and what it says."""
    context: BrowserContext = browser.new_context(storage_state=state, viewport=WINDOW)
    context.add_init_script(WATCH)
    said: list[ConsoleMessage] = []
    page = context.new_page()

    def hear(message: ConsoleMessage) -> None:  # Playwright takes no method of a list
        said.append(message)

    page.on("console", hear)
    try:
        yield page, said
    finally:
        context.close()


def wait(page: Page, said: list[ConsoleMessage], count: int) -> None:
    """Until the page has said so often that it has seen an image. To ask it would take time from what is measured: the
    first question alone costs a page 25 ms."""
    end = time.monotonic() + 20
    while sum(message.text == "seen" for message in said) < count:
        assert time.monotonic() < end, "no image was seen"
        page.wait_for_timeout(5)


@dataclass
class Opening:
    ms: float  # to the first image
    ready: float  # to the whole screen, which takes keys


class Unwatched:
    """Openings as people have them: in a profile of its own, with no tool attached until everything is over.

    Playwright makes a browser write down where each request, timer and message comes from; for that it reads the
    program twice, and an opening takes half as long again.
    """

    def __init__(self, browser: Browser, state: Any) -> None:
        self.page = browser.new_page()  # only to let time pass
        self.cookies = [
            {key: cookie[key] for key in ("name", "value", "domain", "path", "secure", "httpOnly")}
            for cookie in state["cookies"]
        ]
        self.wire = browser.new_browser_cdp_session()
        self.answers: list[str] = []
        self.wire.on("Target.receivedMessageFromTarget", lambda event: self.answers.append(event["message"]))

    def open(self, address: str) -> Opening:
        profile = self.wire.send("Target.createBrowserContext")["browserContextId"]
        self.wire.send("Storage.setCookies", {"cookies": self.cookies, "browserContextId": profile})
        target = self.wire.send("Target.createTarget", {"url": address, "browserContextId": profile})[
            "targetId"
        ]
        self.page.wait_for_timeout(SETTLED_SECONDS * 1000)
        seen, ready, *size = self._ask(target)
        assert size == [WINDOW["width"], WINDOW["height"]], size
        self.wire.send("Target.disposeBrowserContext", {"browserContextId": profile})
        return Opening(seen, ready)

    def _ask(self, target: str) -> list[float]:
        session = self.wire.send("Target.attachToTarget", {"targetId": target, "flatten": False})["sessionId"]
        params = {"expression": ASK, "awaitPromise": True, "returnByValue": True}
        message = json.dumps({"id": 1, "method": "Runtime.evaluate", "params": params})
        self.answers.clear()
        self.wire.send("Target.sendMessageToTarget", {"sessionId": session, "message": message})
        for _ in range(200):
            if self.answers:
                answer = json.loads(self.answers[0])["result"]
                return list(answer["result"]["value"])
            self.page.wait_for_timeout(10)
        raise RuntimeError("the page showed no image")


@dataclass
class Wire:
    early: int  # bytes until the first image was seen
    all: int  # and until the network fell silent
    kinds: dict[str, int]


def weigh(browser: Browser, state: Any, address: str) -> Wire:
    """The bytes of an opening: what the network carried, headers included and compressed as sent."""
    with fresh(browser, state) as (page, said):
        wire = page.context.new_cdp_session(page)
        requests: dict[str, tuple[float, str]] = {}
        finished: list[tuple[float, str, int]] = []
        wire.on(
            "Network.requestWillBeSent",
            lambda e: requests.update({e["requestId"]: (e["timestamp"], e["request"]["url"])}),
        )
        wire.on(
            "Network.loadingFinished",
            lambda e: finished.append((e["timestamp"], requests[e["requestId"]][1], e["encodedDataLength"])),
        )
        wire.send("Network.enable")
        page.goto(address, wait_until="commit")
        wait(page, said, 1)
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(300)
        first = page.evaluate("watched.seen[0]")
        begun = min(stamp for stamp, _ in requests.values())
        # What the first image needed is fetched by the frame that shows it.
        early = [row for row in finished if (row[0] - begun) * 1000 <= first["at"]]
        kinds: dict[str, int] = {}
        for _, url, size in finished:
            kinds[kind(url, first["url"])] = kinds.get(kind(url, first["url"]), 0) + size
        return Wire(sum(row[2] for row in early), sum(row[2] for row in finished), kinds)


def kind(url: str, first: str) -> str:
    if url == first:
        return "first image"
    if "size=screen" in url:
        return "next images"
    if "/thumbnail/" in url:
        return "thumbnails"
    if "/api/" in url:
        return "API"
    return "program"


def submits(
    browser: Browser, state: Any, address: str, count: int, pause: int
) -> tuple[list[float], list[float]]:
    """Milliseconds from key press to the next image, as the browser presented it and as the screen's own mark says.

    A press comes `pause` ms after the image before was seen.
    """
    with fresh(browser, state) as (page, said):
        page.goto(address)
        wait(page, said, 1)
        page.wait_for_load_state("networkidle")
        for number in range(count):
            page.wait_for_timeout(pause)
            page.keyboard.press(str(number % len(CATEGORIES) + 1))
            wait(page, said, number + 2)
        page.wait_for_timeout(200)
        shown, keys, marks = page.evaluate("[watched.seen.map((one) => one.at), watched.keys, watched.marks]")
    assert len(keys) == count and len(shown) == count + 1, (len(keys), len(shown))
    # Who presses again before the mark is made gets none for that image.
    marked = (
        [after - key for key, after in zip(keys, marks[1:], strict=True)] if len(marks) == count + 1 else []
    )
    return [after - key for key, after in zip(keys, shown[1:], strict=True)], marked


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def row(size: str, what: str, median: str, p95: str = "", bound: str = "", kept: str = "") -> None:
    print(f"| {size} | {what} | {median} | {p95} | {bound} | {kept} |", flush=True)


def timed(size: str, what: str, values: list[float], bound: int | None = None) -> None:
    middle = statistics.median(values)
    kept = "" if bound is None else "yes" if middle <= bound else "NO"
    row(size, what, f"{middle:.0f} ms", f"{p95(values):.0f} ms", f"{bound} ms" if bound else "", kept)


def report(browser: Browser, state: Any, address: str, size: str, options: argparse.Namespace) -> None:
    # The first one after the server's start is nobody's usual one.
    people = Unwatched(browser, state)
    openings = [people.open(address) for _ in range(options.opens + 1)][1:]
    timed(size, "cold opening to first image", [one.ms for one in openings], OPEN_MS)
    timed(size, "cold opening to the whole screen, which takes keys", [one.ready for one in openings])
    wires = [weigh(browser, state, address) for _ in range(3)]
    names = wires[0].kinds
    kinds = {name: statistics.median(one.kinds.get(name, 0) for one in wires) / 1e6 for name in names}
    page = kinds["program"] + kinds["API"] + kinds["first image"]
    text = "bytes of the page: program, API answers, first image"
    row(size, text, f"{page:.3f} MB", "", f"{PAGE_MB} MB", "yes" if page <= PAGE_MB else "NO")
    early = statistics.median(one.early for one in wires) / 1e6
    row(size, "bytes of all that came until the first image was seen", f"{early:.3f} MB")
    whole = statistics.median(one.all for one in wires) / 1e6
    parts = ", ".join(f"{name} {value:.3f}" for name, value in kinds.items())
    row(size, f"bytes until the network was idle ({parts})", f"{whole:.3f} MB")
    for pause, text in ((options.pause, f"{options.pause} ms after the last"), (0, "at once")):
        presented, marked = submits(browser, state, address, options.submits, pause)
        timed(size, f"submit to next image, a key {text}", presented, SUBMIT_MS)
        if marked:
            timed(size, "the same by the screen's own mark", marked)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--submits", type=int, default=30)
    parser.add_argument("--opens", type=int, default=12)
    parser.add_argument(
        "--pause", type=int, default=500, help="ms between seeing an image and pressing the key"
    )
    options = parser.parse_args()
    with TemporaryDirectory() as folder, server() as port:
        with inference_worker():
            scenes = [scene(size, 2 * options.submits + 10, Path(folder), port) for size in SIZES]
        assert User.objects.count() == 1
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            state = sign_in(browser, scenes[0])
            print(f"Chromium {browser.version}\n")
            print("| frames | what | median | p95 | bound | kept |\n|---|---|---|---|---|---|")
            for (width, height), one in zip(SIZES, scenes, strict=True):
                report(browser, state, one.address, f"{width} × {height}", options)
            browser.close()


if __name__ == "__main__":
    main()
