"""What the benchmarks share: a server as `make run` starts it, over the database of the environment.

Run a benchmark as `python -m config.local env -- python -m benchmarks.NAME`: that gives it an empty PostgreSQL and
Valkey of its own.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

import django

django.setup()

from django.conf import settings
from django.core.management import call_command

from labeling.models import Job, User
from labeling.services.accounts import token_create


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(workers: int = 2, threads: int = 4) -> Iterator[int]:
    """Granian as in production, on a free port; yields the port. Says at the end how quick the machine was itself."""
    _refuse_old_page()
    before = yardstick()
    call_command("migrate", verbosity=0)
    port = free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--workers", str(workers), "--blocking-threads", str(threads),
        "--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--log-level", "warning", "config.wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(20)
    print(
        f"\nYardstick: a bare loop of 3,000,000 turns took {before:.0f} ms before this, {yardstick():.0f} ms after it."
    )


def _refuse_old_page() -> None:
    """Figures of a page that was built from other sources would be those of another program."""
    sources = Path(settings.BASE_DIR) / "frontend" / "src"
    built = settings.FRONTEND_DIST / "index.html"
    newest = max(path.stat().st_mtime for path in sources.rglob("*"))
    if not built.exists() or built.stat().st_mtime < newest:
        raise SystemExit("The front end has changed since it was built: make install")


@contextmanager
def worker(queue: str) -> Iterator[int]:
    """A Celery worker of one process for a queue, as `make run` starts it; yields its pid."""
    command = [sys.executable, "-m", "celery", "-q", "-A", "config", "worker", "-Q", queue, "-P", "prefork", "-c", "1",
               "--loglevel", "ERROR", "--without-gossip", "--without-mingle"]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def yardstick() -> float:
    """Milliseconds of a bare loop, the best of three: virtual cores share their processor with strangers."""
    times = []
    for _ in range(3):
        start = time.perf_counter()
        for _ in range(3_000_000):
            pass
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            client.request("GET", "/api/health/live")
            if client.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def person(name: str, **fields: Any) -> tuple[User, str]:
    """A user, and a token of theirs."""
    user, _ = User.objects.get_or_create(username=name, defaults=fields)
    return user, token_create(user=user, name="benchmark")[1]


class Api:
    """A program's kept connection."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self._answer(method, path, json.dumps(body) if body is not None else None)
        data = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {data[:300]!r}")
        return json.loads(data) if data else None

    def _answer(self, method: str, path: str, body: str | None) -> http.client.HTTPResponse:
        try:
            self.connection.request(method, path, body, self.headers)
            return self.connection.getresponse()
        except ConnectionError:  # it was kept for longer than the server does
            self.connection.close()
            self.connection.request(method, path, body, self.headers)
            return self.connection.getresponse()


def ended(api: Api, job: int) -> dict[str, Any]:
    while (row := api.call("GET", f"/api/jobs/{job}/"))["state"] not in Job.FINISHED:
        time.sleep(0.02)
    if row["state"] != "succeeded":
        raise RuntimeError(f"job {job}: {row['state']} {row['errors'][:3]}")
    return dict(row)


def sent(port: int, token: str, project: int, file: Path) -> int:
    """The job of an import, by a multipart body as a browser sends it."""
    mark = "frameloop-benchmark"
    head = f'--{mark}\r\nContent-Disposition: form-data; name="archive"; filename="boxes.zip"\r\n\r\n'
    body = head.encode() + file.read_bytes() + f"\r\n--{mark}--\r\n".encode()
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": f"multipart/form-data; boundary={mark}",
    }
    client.request("POST", f"/api/projects/{project}/imports/", body, headers)
    answer = client.getresponse()
    data = answer.read()
    if answer.status != 202:
        raise RuntimeError(f"{answer.status} {data[:300]!r}")
    return int(json.loads(data)["id"])
