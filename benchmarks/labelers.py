"""Twenty people label in twenty browser profiles, while networks are cut and logins expire: is every label there, once?

python -m config.local env -- python -m benchmarks.labelers

Each looks at the image on the screen and presses the key that belongs to it, at the pace that two cores give. In the
first third everybody's network is cut for a while, in the second everybody's login ends, in the last it is one after
another. It needs Chromium (apt install chromium). Ends with 1 where anything is lost, doubled or given out twice.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module

from django.conf import settings
from django.db.models import Count
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.grid import picture
from benchmarks.labeling_screen import PASSWORD, QUIET, chromium
from benchmarks.queue import CATEGORIES, fill
from benchmarks.stack import person, server
from labeling.models import Annotation, Assignment, Membership, Project, Role

LOOK = """() => [document.querySelector(".stage img")?.alt, Boolean(document.querySelector("input[type=password]")),
  document.querySelector("main [role=status]")?.textContent.trim()]"""
CUT_SECONDS, END_SECONDS = 12, 120


@dataclass
class Labeler:
    name: str
    page: Page
    pressed: str | None = None  # the image that the last key was for
    said: dict[str, str] = field(default_factory=dict)  # {image: category}, once the next image stood there
    cut_until: float = 0
    cuts: int = 0
    logins: int = 0
    kept: int = 0  # the most labels that waited for the network

    def step(self, *, label: bool = True) -> None:
        image, asked, status = self.page.evaluate(LOOK)
        if self.cut_until and time.monotonic() > self.cut_until:
            self.page.context.set_offline(False)
            self.cut_until = 0
        if status and "kept" in status:
            self.kept = max(self.kept, int("".join(filter(str.isdigit, status)) or 0))
        if self.pressed and image != self.pressed:
            self.said[self.pressed] = wanted(self.pressed)
            self.pressed = None
        if asked and not self.cut_until:
            self.page.get_by_label("Password").fill(PASSWORD)
            self.page.keyboard.press("Enter")
            self.page.locator("input[type=password]").wait_for(state="detached")
            self.logins += 1
        elif image and label:
            self.page.keyboard.press(str(CATEGORIES.index(wanted(image)) + 1))
            self.pressed = image

    def cut(self) -> None:
        self.page.context.set_offline(True)
        self.cut_until, self.cuts = time.monotonic() + CUT_SECONDS, self.cuts + 1

    def expire(self) -> None:
        (key,) = [
            one["value"] for one in self.page.context.cookies() if one["name"] == settings.SESSION_COOKIE_NAME
        ]
        # In a thread of its own, for Playwright has a loop running in this one.
        store = import_module(settings.SESSION_ENGINE).SessionStore(key)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(store.delete).result()

    def finished(self) -> bool:
        """Whether all is sent; who has to sign in for that does."""
        self.step(label=False)
        return not self.cut_until and (self.page.evaluate(LOOK)[2] or "Saved") == "Saved"


def wanted(image: str) -> str:
    return CATEGORIES[int(image.split(".", maxsplit=1)[0]) % len(CATEGORIES)]


def people(project: Project, count: int) -> list[str]:
    names = [f"labeler{number:02}" for number in range(count)]
    for name in names:
        user, _ = person(name)
        user.set_password(PASSWORD)
        user.save()
        Membership.objects.get_or_create(project=project, user=user, role=Role.LABELER)
    return names


def opened(browser: Browser, address: str, name: str) -> Labeler:
    page = browser.new_context(viewport={"width": 1000, "height": 700}).new_page()
    page.goto(address)
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".stage img").wait_for()
    return Labeler(name, page)


def work(labelers: list[Labeler], seconds: float) -> None:
    start = time.monotonic()
    plan = [(seconds / 6, labeler.cut) for labeler in labelers]
    plan += [(seconds / 2, labeler.expire) for labeler in labelers]
    for labeler in labelers:
        plan.append((seconds * random.uniform(0.67, 0.9), labeler.cut))
        plan.append((seconds * random.uniform(0.67, 0.95), labeler.expire))
    plan.sort(key=lambda entry: entry[0])
    while (now := time.monotonic() - start) < seconds:
        while plan and plan[0][0] <= now:
            plan.pop(0)[1]()
        for labeler in labelers:
            labeler.step()
    end = time.monotonic() + END_SECONDS
    left = list(labelers)
    while left and time.monotonic() < end:
        left = [labeler for labeler in left if not labeler.finished()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=300)
    options = parser.parse_args()
    random.seed(1)
    with server() as port:
        manager, _ = person("manager")
        project = fill(manager, 20_000)
        for position, category in enumerate(project.categories.order_by("pk")):
            category.hotkey = str(position + 1)
            category.save()
        picture(project, 100, {"screen": 640, "thumbnail": 256})
        names = people(project, options.people)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            address = f"http://127.0.0.1:{port}/projects/{project.pk}/label"
            labelers = [opened(browser, address, name) for name in names]
            work(labelers, options.seconds)
            waiting = [labeler.name for labeler in labelers if not labeler.finished()]
            browser.close()
        wrong = report(project, labelers, waiting, options.seconds)
    sys.exit(1 if wrong else 0)


def report(project: Project, labelers: list[Labeler], waiting: list[str], seconds: float) -> bool:
    rows = Annotation.objects.filter(project=project).values_list(
        "author__username", "image__name", "result__category"
    )
    there = Counter(rows)
    said = Counter((one.name, image, category) for one in labelers for image, category in one.said.items())
    given = (
        Assignment.objects.filter(project=project)
        .values("image")
        .annotate(times=Count("id"))
        .filter(times__gt=1)
    )
    lost, more = sum((said - there).values()), sum((there - said).values())
    print("| what | figure |\n|---|---|")
    print(f"| people, seconds | {len(labelers)}, {seconds:.0f} |")
    print(f"| labels said | {sum(said.values()):,} ({sum(said.values()) / seconds:.1f} a second) |")
    print(
        f"| networks cut, logins expired and signed in anew | {sum(one.cuts for one in labelers)}, {sum(one.logins for one in labelers)} |"
    )
    print(
        f"| labels that waited for a network or a login, at most, in one browser | {max(one.kept for one in labelers)} |"
    )
    print(f"| labels in the database | {sum(there.values()):,} |")
    print(f"| lost; there without having been said, or twice | {lost}; {more} |")
    print(f"| images given out twice | {given.count()} |")
    print(f"| browsers that had not sent all | {len(waiting)} |")
    return bool(lost or more or given.count() or waiting)


if __name__ == "__main__":
    main()
