"""Images from a web page and from a file of addresses, as a manager brings them."""

import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import new_project, sign_in
from tests.e2e.stack import Stack, start, stop
from tests.labeling.test_page_imports import photo

FILES = {
    "/a.jpg": photo("/a.jpg", (640, 480)),
    "/again.jpg": photo("/a.jpg", (640, 480), quality=40),
    "/b.jpg": photo("/b.jpg", (640, 480)),
    "/icon.jpg": photo("/icon.jpg", (40, 40)),
    "/list.jpg": photo("/list.jpg", (640, 480)),
    "/p": b'<img src="a.jpg"><img src="again.jpg"><img src="b.jpg"><img src="icon.jpg"><img src="/no/c.jpg">',
    "/robots.txt": b"User-agent: *\nDisallow: /no/\n",
}


class Site(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path in FILES else 404)
        self.send_header("Content-Type", "image/jpeg" if self.path.endswith(".jpg") else "text/html")
        self.end_headers()
        self.wfile.write(FILES.get(self.path, b""))

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture(scope="module")
def stack(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One that may fetch from this machine's own site, which no other may."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("IMPORT_ALLOWED_HOSTS", site)
        running = start(tmp_path_factory.mktemp("web"), demo=False)
    yield running
    stop(running)


def test_a_page_and_a_file_of_addresses_bring_their_images(page: Page, stack: Stack, site: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(stack.url)
    sign_in(page, stack)
    expect(page.get_by_role("heading", name="Projects")).to_be_visible()
    project = new_project(page, stack, "Scraped")
    page.get_by_label("Address of the page").fill(f"http://{site}/p")
    page.get_by_role("button", name="Bring its images").click()
    expect(page.get_by_text("2 new, 0 known already, 1 near-duplicate kept out, 2 rejected")).to_be_visible(
        timeout=20_000
    )
    said = page.get_by_role("region", name="What was not brought")
    expect(said.get_by_text("robots.txt")).to_be_visible()
    expect(said.get_by_text("The image is 40 × 40, smaller than 200 × 200.")).to_be_visible()

    listed = f"name;url\nx;http://{site}/list.jpg\ny;http://{site}/again.jpg\n"
    page.get_by_label("A CSV or text file of addresses").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": listed.encode()}
    )
    expect(page.get_by_text("2 addresses read from list.csv.")).to_be_visible()
    page.get_by_role("textbox", name=re.compile("^Group Images of one")).first.fill("from a list")
    page.get_by_role("button", name="Fetch them").click()
    expect(page.get_by_text("2 new, 0 known already, 0 rejected")).to_be_visible(timeout=20_000)

    page.goto(f"{project}/images")
    expect(page.locator("a.tile")).to_have_count(4)
    page.goto(f"{project}/images?group=from+a+list")
    expect(page.locator("a.tile")).to_have_count(2)
    page.goto(f"{project}/images")
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Near-duplicates").check()
    expect(page.locator("a.tile")).to_have_count(2)
    page.locator("a.tile").first.click()
    near = page.locator("section", has=page.get_by_role("heading", name="Near-duplicates"))
    expect(near.get_by_role("link")).to_have_count(1)
    near.get_by_role("link").click()
    expect(page.get_by_role("heading", name="again.jpg")).to_be_visible()
