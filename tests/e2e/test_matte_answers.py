"""What takes its time on the labeling screen for mattes: solves and outlines that come late, in another order, or not at all.

What the workers would say is said here: which pixels they find is tested elsewhere."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.e2e.box_screen import said
from tests.e2e.conftest import call
from tests.e2e.matte_screen import SIZE, bar, begin, looked_at, ready, shown, spot, stroke
from tests.e2e.stack import Stack
from tests.pictures import encoded

JOBS = re.compile(r"/api/jobs/77/$")
CANCELS = re.compile(r"/api/jobs/77/cancel/$")


class Solver:
    """Says what becomes of solves: `job` is what the server has of the one that was asked for."""

    def __init__(self, page: Page, alpha: str):
        self.alpha = alpha
        self.asked: list[Any] = []
        self.job: dict[str, Any] = {
            "id": 77,
            "state": "running",
            "done": 3,
            "total": 10,
            "errors": [],
            "log": "",
        }
        page.route(re.compile(r"/solve/$"), self.begin)
        page.route(JOBS, lambda route: route.fulfill(json=self.job))
        page.route(CANCELS, self.cancel)

    def begin(self, route: Route) -> None:
        self.asked.append(route.request.post_data_json)
        route.fulfill(status=202, json=self.job)

    def cancel(self, route: Route) -> None:
        self.job = {**self.job, "state": "cancelled"}
        route.fulfill(status=202, json=self.job)

    def end(self) -> None:
        self.job = {**self.job, "state": "succeeded", "result": {"alpha": self.alpha, "seconds": 1.0}}


@pytest.fixture
def solver(signed_in: Page, people: int) -> Solver:
    """The first image's pre-label is what it finds."""
    images = call(signed_in, "GET", f"/api/projects/{people}/images/")["results"]
    pk = next(row["id"] for row in images if row["name"] == "0.png")
    return Solver(signed_in, call(signed_in, "GET", f"/api/images/{pk}/")["prediction"]["result"]["alpha"])


def ask(page: Page, key: str = "Shift+S") -> None:
    page.keyboard.press("Shift+T")
    expect(said(page)).to_contain_text("Unknown band: done.")
    page.keyboard.press(key)


def test_a_solve_says_how_far_it_is_and_is_cancelled(
    signed_in: Page, stack: Stack, people: int, solver: Solver
):
    page = signed_in
    begin(page, stack, people)
    ask(page)
    progress = page.get_by_role("progressbar", name="Solving")
    expect(progress).to_have_attribute("aria-valuenow", "30")
    page.keyboard.press("Shift+S")
    expect(bar(page)).to_contain_text("This trimap is being solved already.")
    page.unroute(CANCELS)
    page.route(CANCELS, lambda route: route.fulfill(status=503, json={"detail": "Not now."}))
    cancel = bar(page).get_by_role("button", name="Cancel", exact=True)
    cancel.click()
    expect(bar(page)).to_contain_text("Not now.")
    expect(cancel).to_be_enabled()
    page.unroute(CANCELS)
    page.route(CANCELS, solver.cancel)
    cancel.click()
    expect(bar(page)).to_have_text("Solving was cancelled.")


def test_a_solve_goes_on_over_an_answer_that_does_not_come(
    signed_in: Page, stack: Stack, people: int, solver: Solver
):
    page = signed_in
    begin(page, stack, people)
    ask(page)
    expect(page.get_by_role("progressbar", name="Solving")).to_be_visible()
    page.unroute(JOBS)
    page.route(JOBS, lambda route: route.abort())
    page.wait_for_timeout(1500)
    page.unroute(JOBS)
    solver.end()
    page.route(JOBS, lambda route: route.fulfill(json=solver.job))
    expect(page.get_by_role("group", name="Solve: a proposal")).to_be_visible()


def test_a_solve_that_ends_while_another_image_is_on_screen_waits_on_its_own(
    signed_in: Page, stack: Stack, people: int, solver: Solver
):
    page = signed_in
    begin(page, stack, people)
    ask(page)
    expect(page.get_by_role("progressbar", name="Solving")).to_be_visible()
    page.keyboard.press("f")
    ready(page, "1.png")
    page.keyboard.press("t")
    stroke(page, (60, 60), (120, 60))
    page.keyboard.press("Shift+S")
    expect(bar(page)).to_contain_text("Another image is being solved")
    page.keyboard.press("u")
    solver.end()
    page.wait_for_timeout(1500)
    looked_at(page, "Grey")
    expect(said(page)).not_to_contain_text("Solved")
    expect(bar(page)).not_to_contain_text("Solved")
    page.keyboard.press("d")
    ready(page, "0.png")
    expect(page.get_by_role("group", name="Solve: a proposal")).to_be_visible()
    assert len(solver.asked) == 1


def test_the_part_in_sight_is_solved_alone_and_the_brush_is_at_hand_when_it_is_accepted(
    signed_in: Page, stack: Stack, people: int, solver: Solver
):
    page = signed_in
    begin(page, stack, people)
    page.keyboard.press("t")
    page.mouse.move(*spot(page, 160, 130))
    for _ in range(3):
        page.mouse.wheel(0, -300)
    page.wait_for_timeout(300)
    ask(page, "Shift+W")
    expect(page.get_by_role("progressbar", name="Solving")).to_have_attribute("aria-valuenow", "30")
    (asked,) = solver.asked
    left, top, right, bottom = asked["window"]
    assert 0 < left < 160 < right < SIZE[0] and 0 < top < 130 < bottom < SIZE[1]
    solver.end()
    expect(page.get_by_role("group", name="Solve: a proposal")).to_be_visible()
    looked_at(page, "Cut-out")
    expect(bar(page)).to_contain_text("Solved in 1.0 seconds: accept or reject it.")
    page.keyboard.press("x")
    expect(bar(page)).to_have_text("Rejected.")
    page.keyboard.press("Shift+W")
    expect(page.get_by_role("group", name="Solve: a proposal")).to_be_visible()
    page.keyboard.press("a")
    # It was found as it was; the brush is taken all the same.
    expect(page.get_by_role("toolbar", name="Tools").locator("[aria-pressed=true]").first).to_have_attribute(
        "aria-label", re.compile("^Brush")
    )


def test_an_alert_goes_when_something_else_is_begun(
    signed_in: Page, stack: Stack, people: int, solver: Solver
):
    page = signed_in
    begin(page, stack, people)
    page.route(
        re.compile(r"/segment/$"), lambda route: route.fulfill(status=503, json={"detail": "Not now."})
    )
    page.keyboard.press("Shift+T")
    expect(said(page)).to_contain_text("Unknown band: done.")
    page.keyboard.press("r")
    page.mouse.click(*spot(page, 25, 20))
    expect(page.get_by_role("alert")).to_contain_text("Not now.")
    page.keyboard.press("Shift+S")
    expect(bar(page).get_by_role("button", name="Cancel", exact=True)).to_be_visible()
    solver.job = {**solver.job, "state": "failed", "errors": [{"item": "", "reason": "The trimap is odd."}]}
    expect(page.get_by_role("alert")).to_contain_text("The trimap is odd.")
    page.keyboard.press("Shift+I")
    expect(said(page)).to_contain_text("Invert: done.")
    expect(page.get_by_role("alert")).to_have_count(0)


def outline(level: int) -> dict[str, Any]:
    part = encoded(Image.fromarray(np.full((20, 30), level, np.uint8)), "PNG")
    return {"window": [10, 10, 40, 30], "alpha": b64encode(part).decode()}


def held(page: Page) -> list[Route]:
    """Clicks to segment, each answered when the test does."""
    routes: list[Route] = []

    def keep(route: Route) -> None:
        routes.append(route)

    page.route(re.compile(r"/segment/$"), keep)
    return routes


def test_of_two_clicks_the_last_one_counts_whichever_is_answered_first(
    signed_in: Page, stack: Stack, people: int
):
    page = signed_in
    begin(page, stack, people, "1.png")
    routes = held(page)
    page.keyboard.press("u")
    page.keyboard.press("r")
    for _ in range(2):
        page.mouse.click(*spot(page, 25, 20))
        page.wait_for_timeout(200)
    expect(bar(page)).to_contain_text("Looking for an outline")
    older, newer = routes
    newer.fulfill(json=outline(200))
    expect(page.get_by_role("group", name="Segment: a proposal")).to_be_visible()
    expect(bar(page)).to_contain_text("Found. Add it, subtract it, or reject it.")
    older.fulfill(json=outline(90))
    page.wait_for_timeout(500)
    assert shown(page, 25, 20)[0] == 200


def test_an_outline_that_is_found_during_a_stroke_comes_after_it(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people, "1.png")
    routes = held(page)
    page.keyboard.press("r")
    page.mouse.click(*spot(page, 25, 20))
    page.wait_for_timeout(200)
    page.keyboard.press("b")
    page.mouse.move(*spot(page, 100, 100))
    page.mouse.down()
    routes[0].fulfill(json=outline(200))
    page.wait_for_timeout(500)
    proposal = page.get_by_role("group", name="Segment: a proposal")
    expect(proposal).to_have_count(0)
    page.mouse.move(*spot(page, 140, 100))
    page.mouse.up()
    expect(proposal).to_be_visible()
    expect(page.get_by_label("Origin of the matte")).to_have_text("Drawn")


def test_no_pre_label_is_accepted_while_something_is_looked_for(signed_in: Page, stack: Stack, people: int):
    page = signed_in
    begin(page, stack, people)
    routes = held(page)
    page.keyboard.press("r")
    page.mouse.click(*spot(page, 25, 20))
    page.wait_for_timeout(200)
    page.keyboard.press("a")
    expect(said(page)).to_contain_text("What is looked for comes as a proposal: wait for it.")
    ready(page, "0.png")
    routes[0].abort()
    expect(page.get_by_role("alert")).to_contain_text("The server does not answer. Check the network")
