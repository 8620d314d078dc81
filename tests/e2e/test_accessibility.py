"""No page has what axe calls serious, by its rules for names, roles, contrast, order and the like, or is wider than the screen."""

import re
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, Route, expect

from config.local.supervisor import ROOT
from tests.e2e.conftest import PASSWORD, bring, call, new_project
from tests.e2e.stack import Stack

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`)"""
PAGES = [
    "", "/images", "/images?status=skipped", "/images?deleted=1", "/images/{image}", "/label-errors", "/import", "/export", "/models", "/models/{model}", "/models/datasets",
    "/models/runs/{run}", "/models/compare?a={model}&b={model}", "/members", "/settings", "/api", "/label", "/review",
]  # fmt: skip
# The demo's images are open.
APART = [
    "/",
    "/account",
    "/projects/new",
    "/nothing/here",
    "/reset#none",
    "/projects/1/label",
    "/projects/1/images",
]


@pytest.fixture
def lived_in(signed_in: Page, stack: Stack, frames) -> dict[str, Any]:
    """A project whose images are labeled, with a run and a version in production."""
    page = signed_in
    address = new_project(page, stack, "Lived in")
    bring(page, frames)
    project = re.search(r"/projects/(\d+)", address)[1]
    there = f"/api/projects/{project}"

    ask = partial(call, page)
    images = [row["id"] for row in ask("GET", f"{there}/images/")["results"]]
    *images, labeled = images
    uuid = str(uuid4())
    ask("PUT", f"/api/images/{labeled}/annotations/{uuid}/", {"result": {"category": "engaged"}})
    for category, ids in (("engaged", images[::2]), ("non-engaged", images[1::2])):
        ask("POST", f"{there}/images/bulk/", {"action": "relabel", "ids": ids, "category": category})
    for split, ids in (("train", images[:4]), ("test", images[4:])):
        ask("POST", f"{there}/images/bulk/", {"action": "split", "ids": ids, "split": split})
    run = ask("POST", f"{there}/training-runs/", {"model": "majority"})["id"]
    page.goto(f"{address}/models/runs/{run}")
    expect(page.get_by_text("succeeded").first).to_be_visible(timeout=60_000)
    model = ask("GET", f"{there}/models/")["results"][0]["id"]
    ask("POST", f"/api/models/{model}/promote/", {"force": True, "reason": "To see its pre-labels."})
    ask("POST", f"{there}/images/bulk/", {"action": "delete", "ids": images[1:2]})
    user = ask("POST", "/api/users/", {"username": f"forgetful-{project}", "password": PASSWORD})["id"]
    secret = ask("POST", f"/api/users/{user}/reset-link/")["secret"]
    return {
        "project": address,
        "image": images[0],
        "run": run,
        "model": model,
        "uuid": uuid,
        "secret": secret,
    }


def serious(page: Page, address: str) -> list[str]:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    return seen(page, address)


def seen(page: Page, where: str) -> list[str]:
    """What axe finds on the page when all has come."""
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    return as_it_stands(page, where)


def as_it_stands(page: Page, where: str) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text())
    found = page.evaluate(SERIOUS)
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("is wider than the screen")
    return [f"{where} {one}" for one in found]


def sheets(page: Page, keys: dict[str, str]) -> list[str]:
    """Each key opens its sheet, and Escape closes it."""
    found = []
    for key, name in keys.items():
        page.keyboard.press(key)
        sheet = page.get_by_role("dialog", name=name)
        expect(sheet).to_be_visible()
        found += seen(page, f"{page.url} {name}")
        page.keyboard.press("Escape")
        expect(sheet).to_have_count(0)
    return found


def labeling(page: Page, address: str) -> list[str]:
    found = serious(page, f"{address}/label")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/comments/", hold)
    page.keyboard.press("c")
    expect(page.get_by_role("dialog").locator("[aria-busy=true]")).to_be_visible()
    found += as_it_stands(page, f"{address}/label, waiting for comments")
    held[0].continue_()
    page.unroute("**/comments/")
    page.keyboard.press("Escape")
    names = {"?": "Keys", "/": "Label as", "c": "Comments", "s": "Why skip it?", "m": "My last labels"}
    found += sheets(page, names)
    page.keyboard.press("l")
    found += seen(page, f"{address}/label, brightness")
    page.get_by_role("button", name="Done").click()
    if more := page.get_by_role("button", name="More", exact=True).all():
        more[0].click()
        found += seen(page, f"{address}/label, more")
        page.keyboard.press("Escape")
    contradicted = {
        "detail": "It is labeled.",
        "current": {"uuid": str(uuid4()), "result": {"category": "animated"}, "mine": False},
    }
    page.route("**/annotations/*/", lambda route: route.fulfill(status=409, json=contradicted))
    page.keyboard.press("1")
    page.get_by_role("button", name="1 to decide").click()
    expect(page.get_by_role("dialog", name="To decide").get_by_role("button", name="engaged")).to_be_visible()
    found += seen(page, f"{address}/label, to decide")
    page.unroute("**/annotations/*/")
    page.get_by_role("button", name="as it stands: keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    return found


def reviewing(page: Page, lived_in: dict[str, Any]) -> list[str]:
    project = lived_in["project"]
    page.goto(f"{project}/review")
    page.get_by_role("button", name="Sample").click()
    expect(page.locator(".said-by")).to_be_visible()
    found = seen(page, f"{project}/review, an image")
    found += sheets(page, {"?": "Keys", "c": "Comments", "x": "Send back"})
    page.get_by_role("button", name="Next image").click()
    found += seen(page, f"{project}/review, its end")

    job = {
        "id": 1,
        "kind": "label_check",
        "state": "succeeded",
        "done": 1,
        "total": 1,
        "created": "2026-01-01T00:00:00Z",
    }
    suspect = {
        "image": lived_in["image"],
        "annotation": lived_in["uuid"],
        "given": "engaged",
        "suggested": "animated",
        "quality": 0.02,
    }
    check = {"job": {**job, "result": {"checked": 6, "unseen": 0}}, "suspects": [suspect]}
    page.route("**/label-checks/", lambda route: route.fulfill(json=check))
    found += serious(page, f"{project}/label-errors")
    expect(page.get_by_role("button", name="Keep engaged")).to_be_visible()
    found += sheets(page, {"?": "Keys"})
    page.unroute("**/label-checks/")
    page.goto(f"{project}/images")
    page.get_by_role("button", name="More filters").click()
    return found + seen(page, f"{project}/images, filters") + sheets(page, {"?": "Keys"})


def importing(page: Page, address: str, frames: list[Any]) -> list[str]:
    page.goto(f"{address}/import")
    broken = {"name": "broken.png", "mimeType": "image/png", "buffer": b"no picture"}
    known = {"name": "known.png", "mimeType": "image/png", "buffer": frames[0].read_bytes()}
    page.get_by_label("Choose files").set_input_files([broken, known])
    expect(page.get_by_text("is in the project already")).to_be_visible(timeout=30_000)
    return seen(page, f"{address}/import, results")


@pytest.mark.parametrize(("scheme", "size"), [("light", (1440, 900)), ("dark", (390, 844))])
def test_axe_finds_nothing_serious_on_any_page(
    scheme, size, signed_in: Page, stack: Stack, lived_in, frames
) -> None:
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    project = lived_in["project"]
    addresses = [project + path.format(**lived_in) for path in PAGES]
    addresses += [stack.url + path for path in APART]
    found = [line for address in addresses for line in serious(page, address)]
    found += labeling(page, f"{stack.url}/projects/1")
    found += reviewing(page, lived_in)
    found += importing(page, project, frames)
    page.context.clear_cookies()
    found += serious(page, stack.url)
    found += serious(page, f"{stack.url}/reset#{lived_in['secret']}")
    expect(page.get_by_role("textbox", name="New password")).to_be_visible()
    assert found == []
