"""The single page of the front end, and the offer of the source that the AGPL asks for."""

import re
import subprocess
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe

from config.middleware import PAGE_POLICY


@lru_cache(maxsize=1)
def _index(changed: float) -> tuple[str, str]:
    """The page, and a policy that lets the very script run that the build wrote into it."""
    page = (settings.FRONTEND_DIST / "index.html").read_text()
    hashes = [
        sha256(script.encode()).digest() for script in re.findall("<script>(.*?)</script>", page, re.DOTALL)
    ]
    allowed = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in hashes)
    return page, f"{PAGE_POLICY}; script-src 'self' {allowed}".rstrip()


@require_safe
@ensure_csrf_cookie
def app(request: HttpRequest, **kwargs: str) -> HttpResponse:
    """`index.html` at every address that is no other's: the front end routes by itself."""
    try:
        changed = (settings.FRONTEND_DIST / "index.html").stat().st_mtime
    except FileNotFoundError:
        return HttpResponse(
            "The front end is not built. Run: make install", status=503, content_type="text/plain"
        )
    page, policy = _index(changed)
    response = HttpResponse(page)
    response["Content-Security-Policy"] = policy
    response["Cache-Control"] = "no-cache"
    return response


@require_safe
def source(request: HttpRequest) -> HttpResponse:
    """The source of what is running: as the image carries it, else the tracked files, packed by git."""
    carried = settings.BASE_DIR / "source.tar.gz"
    if carried.exists():
        return HttpResponse(carried.read_bytes(), content_type="application/gzip")
    try:
        packed = subprocess.run(
            ["git", "-c", f"safe.directory={settings.BASE_DIR}", "archive", "--format=tar.gz", "--prefix=frameloop/", "HEAD"],
            cwd=settings.BASE_DIR, capture_output=True, check=True, timeout=60,
        ).stdout  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise Http404("No git checkout here: set SOURCE_URL to where this version's source is.") from error
    return HttpResponse(packed, content_type="application/gzip")


def unknown_call(request: HttpRequest) -> JsonResponse:
    body = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": f"No such call: {request.path}",
    }
    return JsonResponse(body, status=404, content_type="application/problem+json")


def failed(request: HttpRequest) -> JsonResponse:
    """An error of ours. What it was stands in the log."""
    body = {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "The server stumbled over this call. Its log says why.",
    }
    return JsonResponse(body, status=500, content_type="application/problem+json")


def csrf_failure(request: HttpRequest, reason: str = "") -> JsonResponse:
    body = {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": f"{reason} Reload the page.",
    }
    return JsonResponse(body, status=403, content_type="application/problem+json")
