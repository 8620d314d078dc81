"""The list of images: the first page of each filter over HTTP, and frames a second while a Chromium scrolls through it.

python -m config.local env -- python -m benchmarks.grid

The images have thumbnails of real frames, labels, predictions and attributes. The scrolling is the browser's own, as of
a wheel that does not stop. A frame shown is one that the browser's display has drawn, which goes on while the page is
busy; beside it stand the frames that the page itself had a hand in, and how many of those lacked rows that were in
sight. Without a GPU all of it, and the server, share the processor. It needs Chromium (apt install chromium).
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.core.files.storage import default_storage
from django.db import connection
from PIL import Image as Pictures
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.frames import frames
from benchmarks.labeling_screen import PASSWORD, QUIET, WINDOW, chromium
from benchmarks.queue import fill
from benchmarks.stack import Api, person, server
from labeling.models import Image, Project, User

FILTERS: tuple[dict[str, str], ...] = (
    {},
    {"status": "labeled"},
    {"category": "animated"},
    {"split": "val"},
    {"source": "video"},
    {"author": "manager"},
    {"author": "seldom"},
    {"agrees": "1"},
    {"agrees": "0"},
    {"score_min": "0.4", "score_max": "0.5"},
    {"score_max": "0.001"},
    {"attr": "yaw:-1..1"},
    {"attr": "yaw:1000.."},
    {"attr": "subject:s7"},
    {"group": "meeting-7"},
    {"error": "1"},
    {"near_duplicates": "1"},
    {"status": "labeled", "agrees": "0", "source": "video", "attr": "yaw:..0"},
    {"ordering": "-uncertainty"},
    {"ordering": "-labeled"},
    {"ordering": "name"},
)
FIRST_MS, FRAMES = 100, 50  # what is to be kept

RECORD = """
window.drawn = [];
window.bare = 0;
const draw = (now) => {
  drawn.push(now);
  const grid = document.querySelector("[role=grid]");
  if (grid?.lastElementChild) {
    window.head ??= grid.getBoundingClientRect().top + scrollY;
    const from = scrollY - head;
    const top = (row) => parseFloat(row.style.top);
    const last = grid.lastElementChild;
    const end = Math.min(from + innerHeight, parseFloat(grid.style.height));
    if (from < top(grid.firstElementChild) - 12 || end > top(last) + parseFloat(last.style.height) + 12) bare += 1;
  }
  requestAnimationFrame(draw);
};
requestAnimationFrame(draw);
"""


@dataclass
class Scrolled:
    shown: int
    seconds: float
    gaps: list[float]  # milliseconds between the page's own frames
    bare: int


def furnish(project: Project, user: User, seldom: User) -> None:
    """Labels on six images in ten, a prediction on all, sources, splits, groups and attributes."""
    prediction = {
        "id": 1, "model_version": 1, "number": 1, "model": "two_stage", "score": 0.5, "uncertainty": 0.5,
        "result": {
            "category": "engaged", "scores": {"engaged": 0.5, "non-engaged": 0.3, "animated": 0.2},
            "faces": [{"bbox": [217.6, 120.7, 374.5, 314.3], "category": "engaged", "distracted": False,
                       "scores": {"engaged": 0.5, "non-engaged": 0.3, "animated": 0.2}}],
            "entities": [], "distracted": False, "reason": "",
        },
    }  # fmt: skip
    values = {
        "project": project.pk, "user": user.pk, "seldom": seldom.pk, "said": json.dumps(prediction),
        "names": [category.name for category in project.categories.order_by("pk")],
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_image SET source = (ARRAY['upload', 'video', 'url'])[1 + id %% 3], "group" = 'meeting-' || id %% 100,
                   split = (ARRAY['train', 'train', 'val', ''])[1 + id %% 4],
                   attributes = jsonb_build_object('yaw', round((random() * 180 - 90)::numeric, 2), 'subject', 's' || id %% 50)
               WHERE project_id = %(project)s""",
            values,
        )
        cursor.execute(
            """UPDATE labeling_queueitem q SET score = n.score, uncertainty = 1 - n.score,
                   status = CASE WHEN n.labeled THEN 'labeled' ELSE 'unlabeled' END, slots = CASE WHEN n.labeled THEN 0 ELSE 1 END,
                   category = CASE WHEN n.labeled THEN (%(names)s::text[])[1 + q.image_id %% 3] ELSE '' END,
                   labeled_at = CASE WHEN n.labeled THEN now() - q.image_id * interval '1 second' END,
                   prediction = jsonb_set(%(said)s::jsonb, '{result,category}', to_jsonb(CASE WHEN random() < 0.9
                       THEN (%(names)s::text[])[1 + q.image_id %% 3] ELSE (%(names)s::text[])[1 + (q.image_id + 1) %% 3] END))
               FROM (SELECT image_id, 0.34 + random() * 0.66 AS score, random() < 0.6 AS labeled FROM labeling_queueitem
                     WHERE project_id = %(project)s) n WHERE n.image_id = q.image_id""",
            values,
        )
        cursor.execute(
            """INSERT INTO labeling_annotation (uuid, image_id, project_id, author_id, origin, result, regions, digest, current,
                   withdrawn, late, verdict, created)
               SELECT gen_random_uuid(), q.image_id, q.project_id, CASE WHEN q.image_id %% 5000 = 0 THEN %(seldom)s ELSE %(user)s END,
                   'person', jsonb_build_object('category', q.category), '[]', '', true, false, false, '', q.labeled_at
               FROM labeling_queueitem q WHERE q.project_id = %(project)s AND q.status = 'labeled'""",
            values,
        )
        cursor.execute("VACUUM ANALYZE labeling_image, labeling_queueitem, labeling_annotation")


def picture(project: Project, kinds: int, sizes: Mapping[str, int]) -> None:
    """Renditions for each image; one file is many images', under a name of each."""
    made = [
        {size: rendition(data, limit) for size, limit in sizes.items()} for data in frames(kinds, (640, 480))
    ]
    first: dict[tuple[int, str], Path] = {}
    for number, image in enumerate(Image.objects.filter(project=project).only("sha256").iterator()):
        for size in sizes:
            path = Path(default_storage.path(image.rendition_key(size)))
            path.parent.mkdir(parents=True, exist_ok=True)
            kind = (number % kinds, size)
            if kind in first:
                os.link(first[kind], path)
            else:
                path.write_bytes(made[number % kinds][size])
                first[kind] = path


def rendition(data: bytes, limit: int) -> bytes:
    with Pictures.open(io.BytesIO(data)) as frame:
        frame.thumbnail((limit, limit))
        made = io.BytesIO()
        frame.save(made, "WEBP", quality=80)
        return made.getvalue()


def first_page(api: Api, project: int, asked: dict[str, str], rounds: int) -> tuple[float, float, int]:
    """Milliseconds of a filter's first page, median and worst, and how many images are on it."""
    path = f"/api/projects/{project}/images/?{urlencode({**asked, 'page_size': '100'})}"
    times, found = [], 0
    for _ in range(rounds):
        start = time.perf_counter()
        found = len(api.call("GET", path)["results"])
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), max(times), found


def scroll(browser: Browser, page: Page, pixels: int, speed: int) -> Scrolled:
    wire = page.context.new_cdp_session(page)
    page.evaluate("drawn.length = bare = 0")
    browser.start_tracing(page=page, categories=["viz"])
    start = time.monotonic()
    wire.send(
        "Input.synthesizeScrollGesture",
        {"x": 800, "y": 500, "yDistance": -pixels, "speed": speed, "gestureSourceType": "mouse"},
    )
    seconds = time.monotonic() - start
    events = json.loads(browser.stop_tracing())["traceEvents"]
    drawn, bare = page.evaluate("[drawn, bare]")
    wire.detach()
    shown = sum(event["name"] == "Display::DrawAndSwap" for event in events)
    return Scrolled(shown, seconds, [after - before for before, after in pairwise(drawn)], bare)


def say(what: str, *parts: Scrolled) -> None:
    shown = sum(part.shown for part in parts) / sum(part.seconds for part in parts)
    gaps = sorted(gap for part in parts for gap in part.gaps)
    bare = sum(part.bare for part in parts) / len(gaps)
    print(
        f"| {what} | {shown:.0f} | {1000 * len(gaps) / sum(gaps):.0f} | {gaps[int(0.95 * len(gaps))]:.0f} ms | "
        f"{gaps[-1]:.0f} ms | {bare:.1%} | {'yes' if shown >= FRAMES else 'no'} |",
        flush=True,
    )


def watch(port: int, project: Project, user: User, options: Any) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        print(f"\nChromium {browser.version}, {options.images:,} images\n")
        print("| scrolling | frames shown a second | the page's own | p95 | longest | lacking rows | kept |")
        print("|---|---|---|---|---|---|---|")
        context = browser.new_context(viewport=WINDOW)
        context.add_init_script(RECORD)
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/projects/{project.pk}/images")
        page.get_by_label("User name").fill(user.username)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.locator(".tile img").first.wait_for()
        page.wait_for_timeout(1000)
        for speed in (1_500, 6_000):
            say(f"from the top, {speed:,} pixels a second", scroll(browser, page, speed * 15, speed))
        start = time.monotonic()
        parts: list[Scrolled] = []
        rows = "document.querySelector('[role=grid]').getAttribute('aria-rowcount')"
        columns = int(page.locator("[role=grid]").get_attribute("aria-colcount") or 1)
        wanted = -(-options.images // columns)
        while int(page.evaluate(rows)) < wanted:
            parts.append(scroll(browser, page, 60_000, 20_000))
        say(
            f"to the last, 20,000 pixels a second or what the server gives ({time.monotonic() - start:.0f} s)",
            *parts,
        )
        for speed in (1_500, 6_000):
            say(f"back up from there, {speed:,} pixels a second", scroll(browser, page, -speed * 15, speed))
        heap = page.evaluate("performance.memory.usedJSHeapSize") / 1e6
        print(f"\nThe page holds {heap:.0f} MB by then.")
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args()
    with server() as port:
        user, token = person("manager")
        user.set_password(PASSWORD)
        user.save()
        seldom, _ = person("seldom")
        project = fill(user, options.images)
        furnish(project, user, seldom)
        picture(project, 200, {"thumbnail": 256})
        api = Api(port, token)
        print("| first page of 100 | median | worst | images | kept |\n|---|---|---|---|---|")
        for asked in FILTERS:
            median, worst, found = first_page(api, project.pk, asked, options.rounds)
            kept = "yes" if median <= FIRST_MS else "no"
            name = " ".join(f"{key}={value}" for key, value in asked.items()) or "all"
            print(f"| {name} | {median:.0f} ms | {worst:.0f} ms | {found} | {kept} |", flush=True)
        watch(port, project, user, options)


if __name__ == "__main__":
    main()
