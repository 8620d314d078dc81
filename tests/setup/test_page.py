"""The one page of the front end, as it is served."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

import pytest

SCRIPT = "start('the first')\n"


@pytest.fixture
def page(client, settings, tmp_path):
    settings.FRONTEND_DIST = tmp_path
    file = tmp_path / "index.html"
    file.write_text(f'<head><script>{SCRIPT}</script><script src="/static/other.js"></script></head>')
    return lambda: client.get("/projects/1/label")


def directive(answer, name: str) -> list[str]:
    parts = (part.split() for part in answer["Content-Security-Policy"].split(";"))
    return next(words[1:] for words in parts if words[0] == name)


def test_of_scripts_in_a_page_only_the_one_that_the_build_wrote_may_run(page):
    allowed = f"'sha256-{b64encode(sha256(SCRIPT.encode()).digest()).decode()}'"
    assert directive(page(), "script-src") == ["'self'", allowed]


def test_a_page_built_anew_brings_its_own_policy(page, settings):
    before = directive(page(), "script-src")
    (settings.FRONTEND_DIST / "index.html").write_text("<head></head>")
    assert before != directive(page(), "script-src") == ["'self'"]


def test_without_a_build_the_page_says_what_to_do(page, settings):
    (settings.FRONTEND_DIST / "index.html").unlink()
    answer = page()
    assert answer.status_code == 503 and b"make install" in answer.content
