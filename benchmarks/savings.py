"""The time that pre-labels save a labeler of fixed habits, in a real Chromium, by how many of them are right.

python -m config.local env -- python -m benchmarks.savings

The labeler looks at each image, finds the category's key, and presses it; where there is a pre-label, checks it, and
presses Enter if it is right. What these take is an option each. The rest is the screen's: seconds from one image to the
next as the labeler's clock says, beside the median of what the server recorded. It needs Chromium (apt install chromium).
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import dataclass

from django.db import connection
from playwright.sync_api import Page, sync_playwright

from benchmarks.grid import picture
from benchmarks.labelers import wanted
from benchmarks.labeling_screen import PASSWORD, QUIET, WINDOW, chromium
from benchmarks.queue import CATEGORIES, fill
from benchmarks.stack import person, server
from labeling.models import Annotation, Project, User

SHARES = (None, 100, 90, 70, 50, 30)  # percent that are right; None: no pre-labels
SHOWN = "(was) => { const now = document.querySelector('.stage img')?.alt; return now && now !== was ? now : null; }"


@dataclass
class Habits:
    """Seconds."""

    look: float
    check: float
    choose: float


def furnish(user: User, count: int, right: int | None) -> Project:
    project = fill(user, count)
    for position, category in enumerate(project.categories.order_by("pk")):
        category.hotkey = str(position + 1)
        category.save()
    picture(project, 50, {"screen": 640, "thumbnail": 256})
    if right is not None:
        predict(project, right)
    return project


def predict(project: Project, right: int) -> None:
    """On the queue, spread evenly: of each hundred images so many are right."""
    said = {
        "id": 1, "model_version": 1, "number": 1, "model": "two_stage", "score": 0.8, "uncertainty": 0.2,
        "result": {"faces": [], "entities": [], "distracted": False, "reason": ""},
    }  # fmt: skip
    rows = []
    for pk, name in project.images.values_list("pk", "name"):
        number = int(name.removesuffix(".jpg"))
        good = (number * right) % 100 < right
        category = wanted(name) if good else CATEGORIES[(number + 1) % len(CATEGORIES)]
        scores = {one: 0.8 if one == category else 0.1 for one in CATEGORIES}
        rows.append(
            {"id": pk, "said": {**said, "result": {**said["result"], "category": category, "scores": scores}}}
        )
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE labeling_queueitem q SET prediction = n.said FROM json_to_recordset(%s) AS n(id bigint, said jsonb)
               WHERE q.image_id = n.id""",
            [json.dumps(rows)],
        )


def label(page: Page, address: str, count: int, habits: Habits) -> float:
    """Seconds an image, the first one left out."""
    page.goto(address)
    image = page.wait_for_function(SHOWN, arg="").json_value()
    start, done = time.perf_counter(), 0
    while done < count:
        time.sleep(habits.look)
        choice = page.locator(".choice.said").first if page.locator(".choice.said").count() else None
        key = str(CATEGORIES.index(wanted(image)) + 1)
        if choice is not None:
            time.sleep(habits.check)
            if wanted(image) == choice.locator(".choice-text").inner_text().strip():
                key = "Enter"
        if key != "Enter":
            time.sleep(habits.choose)
        page.keyboard.press(key)
        image = page.wait_for_function(SHOWN, arg=image).json_value()
        done += 1
    return (time.perf_counter() - start) / count


def recorded(project: Project, user: User) -> float:
    times = Annotation.objects.filter(project=project, author=user, lead_time_ms__isnull=False)
    return statistics.median(times.values_list("lead_time_ms", flat=True)) / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--look", type=float, default=0.7, help="seconds until one has seen the image")
    parser.add_argument("--check", type=float, default=0.2, help="seconds to compare it with the pre-label")
    parser.add_argument("--choose", type=float, default=0.6, help="seconds to find a category's key")
    options = parser.parse_args()
    habits = Habits(options.look, options.check, options.choose)
    with server() as port:
        user, _ = person("labeler")
        user.set_password(PASSWORD)
        user.save()
        projects = [furnish(user, options.images + 10, right) for right in SHARES]
        with sync_playwright() as playwright:
            page = playwright.chromium.launch(executable_path=chromium(), args=QUIET).new_page(
                viewport=WINDOW
            )
            page.goto(f"http://127.0.0.1:{port}/")
            page.get_by_label("User name").fill(user.username)
            page.get_by_label("Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in").click()
            page.get_by_role("heading", name="Projects").wait_for()
            seconds = [
                label(page, f"http://127.0.0.1:{port}/projects/{one.pk}/label", options.images, habits)
                for one in projects
            ]
            page.get_by_text("Saved", exact=True).wait_for()
        print(
            f"Looks {habits.look} s, checks {habits.check} s, chooses {habits.choose} s; {options.images} images each.\n"
        )
        print(
            "| pre-labels that are right | seconds an image | recorded, median | saved |\n|---|---|---|---|"
        )
        for right, project, took in zip(SHARES, projects, seconds, strict=True):
            share = "none" if right is None else f"{right} %"
            saved = f"{1 - took / seconds[0]:.0%}".replace("-", "−")
            print(f"| {share} | {took:.2f} | {recorded(project, user):.2f} | {saved} |")


if __name__ == "__main__":
    main()
