"""No page has what axe calls serious: by its rules for names, roles, contrast, order and the like."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from config.local.supervisor import ROOT
from tests.e2e.conftest import bring, new_project
from tests.e2e.stack import Stack

AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
CALL = """async ([method, path, body]) => {
  const token = document.cookie.match(/csrftoken=([^;]+)/)[1];
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const answer = await fetch(path, { method, headers, body: body && JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}"""
SERIOUS = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .filter(({ impact }) => impact === "serious" || impact === "critical")
  .map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(" | ")}`)"""
PAGES = [
    "", "/images", "/images?status=skipped", "/images/{image}", "/label-errors", "/import", "/export", "/models", "/models/{model}",
    "/models/runs/{run}", "/members", "/settings", "/api", "/label", "/review",
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

    def call(method: str, path: str, body: Any = None) -> Any:
        return page.evaluate(CALL, [method, path, body])

    images = [row["id"] for row in call("GET", f"{there}/images/")["results"]]
    for category, ids in (("engaged", images[::2]), ("non-engaged", images[1::2])):
        call("POST", f"{there}/images/bulk/", {"action": "relabel", "ids": ids, "category": category})
    for split, ids in (("train", images[:4]), ("test", images[4:])):
        call("POST", f"{there}/images/bulk/", {"action": "split", "ids": ids, "split": split})
    run = call("POST", f"{there}/training-runs/", {"model": "majority"})["id"]
    page.goto(f"{address}/models/runs/{run}")
    expect(page.get_by_text("succeeded").first).to_be_visible(timeout=60_000)
    model = call("GET", f"{there}/models/")["results"][0]["id"]
    call("POST", f"/api/models/{model}/promote/", {"force": True, "reason": "To see its pre-labels."})
    return {"project": address, "image": images[0], "run": run, "model": model}


def serious(page: Page, address: str) -> list[str]:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.evaluate(AXE.read_text())
    return [f"{address} {found}" for found in page.evaluate(SERIOUS)]


@pytest.mark.parametrize(("scheme", "size"), [("light", (1440, 900)), ("dark", (390, 844))])
def test_axe_finds_nothing_serious_on_any_page(scheme, size, signed_in: Page, stack: Stack, lived_in) -> None:
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": size[0], "height": size[1]})
    addresses = [lived_in["project"] + path.format(**lived_in) for path in PAGES]
    addresses += [stack.url + path for path in APART]
    found = [line for address in addresses for line in serious(page, address)]
    page.context.clear_cookies()
    found += serious(page, stack.url)
    assert found == []
