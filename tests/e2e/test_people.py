"""What the screens promise to people, and to whom: members and roles, tokens, keys, skips, reasons, an import's end."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from playwright.sync_api import Page, Route, expect

from tests.e2e.conftest import PASSWORD, bring, new_project, other, person
from tests.e2e.stack import Stack


def test_a_labeler_is_added_and_finds_nothing_of_a_managers(signed_in: Page, browser, stack: Stack, frames):
    page = signed_in
    person(page, stack, "lisa")
    project = new_project(page, stack, "Roles")
    bring(page, frames)
    page.goto(f"{project}/members")
    page.get_by_label("User name").fill("lisa")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("Role of lisa")).to_have_value("labeler")

    hers = other(browser, stack, "lisa")
    hers.get_by_role("link", name="Roles").click()
    expect(hers.get_by_role("heading", name="Roles")).to_be_visible()
    expect(hers.get_by_role("link", name="Settings")).to_have_count(0)
    expect(hers.get_by_role("link", name="Import", exact=True)).to_have_count(0)
    for path, seen, hidden in (
        ("models", "No version yet", "Train"),
        ("members", "May", "Add"),
        ("settings", "Only a manager", "Save"),
        ("import", "Only a manager", "Choose files"),
    ):
        hers.goto(f"{project}/{path}")
        expect(hers.get_by_text(seen).first).to_be_visible()
        expect(hers.get_by_role("button", name=hidden, exact=True)).to_have_count(0)
    hers.goto(f"{project}/label")
    expect(hers.locator(".stage img")).to_be_visible()

    with page.expect_response(lambda answer: answer.request.method == "PATCH"):
        page.get_by_label("Role of lisa").select_option("manager")
    hers.goto(project)
    expect(hers.get_by_role("link", name="Settings")).to_be_visible()
    hers.goto(f"{stack.url}/account")
    hers.get_by_label("Current password").fill(PASSWORD)
    hers.get_by_label("New password").fill("another quiet staple")
    hers.get_by_role("button", name="Change the password").click()
    expect(hers.get_by_text("Changed.")).to_be_visible()
    hers.get_by_role("button", name="Sign out").click()
    expect(hers.get_by_role("heading", name="Sign in to Frameloop")).to_be_visible()

    page.reload()
    page.get_by_role("button", name="Remove lisa").click()
    expect(page.get_by_label("Role of lisa")).to_have_count(0)
    hers.context.close()


def test_a_token_lets_a_program_read_until_it_is_revoked(signed_in: Page, stack: Stack):
    page = signed_in
    page.goto(f"{stack.url}/account")
    page.get_by_label("Name of the token").fill("nightly export")
    page.get_by_role("button", name="Make a token").click()
    token = page.get_by_role("status").locator("code").inner_text()
    assert call(stack, token, "GET", "/api/projects/") == 200
    assert call(stack, token, "POST", "/api/projects/", {"name": "x", "kind": "classification"}) == 403
    page.get_by_role("button", name="Revoke nightly export").click()
    expect(page.get_by_text("nightly export")).to_have_count(0)
    assert call(stack, token, "GET", "/api/projects/") == 401


def call(stack: Stack, token: str, method: str, path: str, body: Any = None) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body else None
    request = urllib.request.Request(stack.url + path, data, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refusal:
        return refusal.code


def test_a_skip_has_its_reason_and_the_keys_are_listed(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Skips")
    bring(page, frames)
    page.goto(f"{project}/label")
    shown = page.locator(".stage img")
    expect(shown).to_have_attribute("alt", "0.png")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keys")
    expect(sheet.get_by_text("Undo the last change or submit")).to_be_visible()
    # Nothing behind it hears the keys, and the focus cannot leave it.
    page.keyboard.press("1")
    for _ in range(40):
        page.keyboard.press("Tab")
    assert sheet.evaluate("sheet => sheet.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(shown).to_have_attribute("alt", "0.png")

    skip = page.get_by_role("button", name="Skip")
    skip.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Another reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(skip).to_be_focused()
    page.keyboard.press("s")
    page.keyboard.type("covered by a slide")
    page.keyboard.press("Enter")
    expect(shown).to_have_attribute("alt", "1.png")
    # A button that was clicked leaves Enter and the digits to the image.
    page.get_by_role("button", name="Brightness and contrast").click()
    page.keyboard.press("2")
    expect(shown).to_have_attribute("alt", "2.png")
    expect(page.get_by_text("Saved", exact=True)).to_be_visible()
    page.goto(f"{project}/images?status=skipped")
    page.locator(".tile").click()
    expect(page.get_by_text("Skipped: covered by a slide")).to_be_visible()


def test_an_import_is_cancelled_and_taken_up_again(signed_in: Page, stack: Stack, frames):
    page = signed_in
    new_project(page, stack, "Cancelled")
    page.route("**/api/projects/*/images/", lambda _: None)
    page.get_by_label("Choose files").set_input_files(frames)
    expect(page.get_by_role("button", name="6 sending")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="6 cancelled")).to_be_visible()
    page.unroute("**/api/projects/*/images/")
    page.get_by_role("button", name="Send the rest again").click()
    expect(page.get_by_role("button", name="6 new")).to_be_visible(timeout=20_000)


def test_the_screen_says_what_the_model_saw_and_why(signed_in: Page, stack: Stack, frames):
    page = signed_in
    project = new_project(page, stack, "Evidence")
    bring(page, frames)
    scores = {"engaged": 0.2, "non-engaged": 0.7, "animated": 0.1}
    face = {"bbox": [20, 10, 50, 45], "category": "non-engaged", "scores": scores, "distracted": True}
    phone = {"name": "cell phone", "bbox": [5, 30, 18, 58], "score": 0.83}
    seen = [
        said(
            "non-engaged", scores, [face], [phone], distracted=True, reason="non-engaged, with a cell phone"
        ),
        said(None, {}, [], [], distracted=False, reason="no face"),
    ]

    def predicted(route: Route) -> None:
        answer = route.fetch()
        body = answer.json()
        for item, result in zip(body["items"], seen, strict=False):
            item["prediction"] = {
                "model": "two_stage",
                "number": 7,
                "model_version": 1,
                "score": 0.7,
                "result": result,
            }
        route.fulfill(response=answer, json=body)

    page.route("**/next/*", predicted)
    page.goto(f"{project}/label")
    expect(page.get_by_text("two-stage 7")).to_be_visible()
    expect(page.locator(".choice.said")).to_contain_text("non-engaged")
    expect(page.locator(".choice.said")).to_contain_text("70 %")
    expect(page.locator(".mark-label.face")).to_contain_text("distracted")
    expect(page.locator(".mark-label.entity")).to_contain_text("cell phone83 %")
    expect(page.locator(".verdict")).to_have_text("Distracted: non-engaged, with a cell phone.")
    heard = page.locator(".lab > [aria-live]")
    expect(heard).to_contain_text("0.png. Pre-label: non-engaged, 70 %, distracted. Enter accepts.")
    page.keyboard.press("o")
    expect(page.locator(".evidence")).to_have_count(0)
    page.unroute("**/next/*")
    page.keyboard.press("f")
    expect(page.locator(".verdict")).to_have_text("The model gives no category: no face.")
    expect(heard).to_contain_text("1.png. The model gives no category.")


def said(category, scores, faces, entities, *, distracted, reason) -> dict[str, Any]:
    return {
        "category": category, "scores": scores, "faces": faces, "entities": entities, "distracted": distracted,
        "reason": reason,
    }  # fmt: skip
