"""Label Studio beside Frameloop, in turns on the same machine: `next`, submit, and uploads one at a time.

python -m venv var/label-studio && var/label-studio/bin/pip install label-studio==1.23.0
python -m config.local env -- python -m benchmarks.peer --label-studio var/label-studio/bin/label-studio

Both run on the same PostgreSQL, with as many images that are rows only, and are asked by the same client. Label Studio
runs as its own command starts it.
"""

from __future__ import annotations

import argparse
import http.client
import json
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from django.db import connection

from benchmarks.queue import CATEGORIES, fill, turn
from benchmarks.stack import Api, free_port, person, server
from benchmarks.upload import PROGRAMS, run, send
from labeling.services.projects import project_create

TOKEN = "benchmark-" + "0" * 30
CONFIG = (
    '<View><Image name="image" value="$image"/><Choices name="state" toName="image">'
    + "".join(f'<Choice value="{name}"/>' for name in CATEGORIES)
    + "</Choices></View>"
)
CHUNK = 10_000


class Peer(Api):
    """Label Studio's API."""

    def __init__(self, port: int) -> None:
        super().__init__(port, "")
        self.headers["Authorization"] = f"Token {TOKEN}"


@contextmanager
def label_studio(command: str) -> Iterator[int]:
    """Label Studio in a database of its own beside ours; yields its port."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE label_studio")
    database, port = urlsplit(os.environ["DATABASE_URL"]), free_port()
    with tempfile.TemporaryDirectory() as folder:
        settings = {
            "DJANGO_DB": "default", "POSTGRE_NAME": "label_studio", "POSTGRE_USER": database.username or "",
            "POSTGRE_PASSWORD": database.password or "", "POSTGRE_HOST": database.hostname or "", "POSTGRE_PORT": str(database.port),
            "LABEL_STUDIO_BASE_DATA_DIR": folder, "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "COLLECT_ANALYTICS": "false",
            "LATEST_VERSION_CHECK": "false", "SENTRY_DSN": "", "FRONTEND_SENTRY_DSN": "", "DEBUG": "false",
        }  # fmt: skip
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with open(Path(folder) / "log", "wb") as log:
            process = subprocess.Popen(
                [command, "start", "--no-browser", "--port", str(port), "--username", "peer@example.org", "--password", "peer of a benchmark",
                 "--user-token", TOKEN, "--enable-legacy-api-token"], env=kept | settings, stdout=log, stderr=log, cwd=folder,
            )  # fmt: skip
            try:
                _wait(port, process, Path(folder) / "log")
                yield port
            finally:
                process.terminate()
                process.wait(30)


def _wait(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        try:
            Peer(port).call("GET", "/api/projects/")
        except (OSError, http.client.HTTPException):
            assert process.poll() is None, log.read_text()[-2000:]
            time.sleep(0.5)
        else:
            return
    raise RuntimeError(f"Label Studio did not start: {log.read_text()[-2000:]}")


def peer_project(api: Peer, images: int) -> int:
    project = int(api.call("POST", "/api/projects/", {"title": "Frames", "label_config": CONFIG})["id"])
    for start in range(0, images, CHUNK):
        tasks = [{"image": f"/data/{number}.jpg"} for number in range(start, min(start + CHUNK, images))]
        api.call("POST", f"/api/projects/{project}/import", tasks)
    return project


def peer_turn(api: Peer, project: int) -> tuple[float, float]:
    """Milliseconds of its `next` and of its submit."""
    start = time.perf_counter()
    task = int(api.call("GET", f"/api/projects/{project}/next/")["id"])
    middle = time.perf_counter()
    choice = {"from_name": "state", "to_name": "image", "type": "choices", "value": {"choices": [CATEGORIES[task % 3]]}}  # fmt: skip
    api.call(
        "POST", f"/api/tasks/{task}/annotations/?project={project}", {"result": [choice], "lead_time": 0.9}
    )
    return (middle - start) * 1000, (time.perf_counter() - middle) * 1000


def peer_send(port: int, project: int, bodies: list[bytes]) -> int:
    api = Peer(port)
    api.headers["Content-Type"] = "multipart/form-data; boundary=boundary"
    created = 0
    for data in bodies:
        api.connection.request("POST", f"/api/projects/{project}/import", data, api.headers)
        answer = api.connection.getresponse()
        said = json.loads(answer.read())
        assert answer.status == 201, said
        created += said["task_count"]
    return created


def row(what: str, ours: list[float], theirs: list[float], unit: str) -> None:
    a, b = statistics.median(ours), statistics.median(theirs)
    print(f"| {what} | {a:.1f} {unit} | {b:.1f} {unit} | {max(a, b) / min(a, b):.0f} × |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--label-studio", required=True, type=os.path.abspath, help="its command, run from another folder"
    )
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--turns", type=int, default=20, help="of each in each round")
    parser.add_argument(
        "--uploads",
        type=int,
        default=100,
        help="of Label Studio in each round; of Frameloop ten times as many",
    )
    options = parser.parse_args()
    multiprocessing.set_start_method("fork")
    with server() as port, label_studio(options.label_studio) as peer_port:
        user, token = person("manager")
        api, project = Api(port, token), fill(user, options.images).pk
        uploads = project_create(
            by=user, name="Uploads", kind="classification", categories=[{"name": "a"}]
        ).pk
        peer = Peer(peer_port)
        other, peer_uploads = peer_project(peer, options.images), peer_project(peer, 0)
        connection.close()
        ours: dict[str, list[float]] = {"next": [], "submit": [], "upload": []}
        theirs: dict[str, list[float]] = {"next": [], "submit": [], "upload": []}
        for _ in range(5):
            turn(api, project), peer_turn(peer, other)
        for number in range(options.rounds):
            for _ in range(options.turns):
                a, b = turn(api, project), peer_turn(peer, other)
                for name, value, its in (("next", a[0], b[0]), ("submit", a[1], b[1])):
                    ours[name].append(value)
                    theirs[name].append(its)
            first, count = number * 20 * options.uploads, options.uploads
            ours["upload"].append(run(partial(send, port, token, uploads), 1, 10 * count, first))
            theirs["upload"].append(run(partial(peer_send, peer_port, peer_uploads), 1, count, first))
    print(f"| with {options.images:,} images | Frameloop | Label Studio | |\n|---|---|---|---|")
    row("`next`, median", ours["next"], theirs["next"], "ms")
    row("submit, median", ours["submit"], theirs["submit"], "ms")
    row(
        f"uploads of 100 kB, one a request, {PROGRAMS} programs", ours["upload"], theirs["upload"], "a second"
    )


if __name__ == "__main__":
    main()
