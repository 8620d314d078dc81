"""Boxes out and in: seconds from the request of an export to its last byte, by format, with the job and its worker as
they run in production, and the most memory that the worker took for it. With `--import-back` each file then comes to a
project that has the same images.

python -m config.local env -- python -m benchmarks.exchange
python -m config.local env -- python -m benchmarks.exchange --sizes 10000x3 --formats coco --rounds 7
python -m config.local env -- python -m benchmarks.exchange --sizes 100000x10 --formats coco --import-back
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.queue import fill
from benchmarks.stack import Api, ended, person, sent, server, worker
from labeling.models import Project, User
from labeling.services.projects import project_create

NAMES = ["milk", "egg", "butter", "tomato", "cheese"]
FORMATS = ("coco", "yolo", "voc", "csv", "label-studio")


def fridge(by: User, images: int, boxes: int) -> Project:
    """A project with that many images, each with its share of the boxes, as rows: no format here opens a file."""
    project = fill(by, images)
    Project.objects.filter(pk=project.pk).update(kind="detection")
    project.categories.all().delete()
    for position, name in enumerate(NAMES):
        project.categories.create(name=name, position=position)
    each = boxes // images
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO labeling_annotation (uuid, image_id, project_id, author_id, origin, result, regions, digest, current,
                   withdrawn, late, verdict, gold, created, lead_time_ms)
               SELECT gen_random_uuid(), i.id, i.project_id, %(by)s, 'person', jsonb_build_object('boxes', b.boxes), b.regions,
                   'x', true, false, false, '', false, now(), 900
               FROM labeling_image i CROSS JOIN LATERAL (
                   SELECT jsonb_agg(jsonb_build_object('id', 'b' || n, 'category', (%(names)s::text[])[1 + (i.id + n) %% 5], 'bbox',
                              jsonb_build_array(x, y, x + 10 + random() * 80, y + 10 + random() * 80))) AS boxes,
                          jsonb_agg(jsonb_build_object('id', 'b' || n, 'origin', 'drawn')) AS regions
                   FROM (SELECT n, random() * 500 AS x, random() * 350 AS y, i.id FROM generate_series(0, %(each)s - 1) n) one) b
               WHERE i.project_id = %(project)s""",
            {"by": by.pk, "names": NAMES, "each": each, "project": project.pk},
        )
        cursor.execute(
            "UPDATE labeling_queueitem SET status = 'labeled', slots = 0, labeled_at = now() WHERE project_id = %s",
            [project.pk],
        )
        cursor.execute("VACUUM ANALYZE labeling_annotation, labeling_queueitem")
    return project


class Memory:
    """The most that the children of a process hold together, in MB, sampled while the block runs."""

    def __init__(self, parent: int) -> None:
        self.parent, self.peak, self._stop = parent, 0.0, threading.Event()

    def now(self) -> float:
        children = Path(f"/proc/{self.parent}/task/{self.parent}/children").read_text().split()
        return sum(_resident(int(child)) for child in children)

    def __enter__(self) -> Memory:
        self.idle = self.now()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.peak = max(self.peak, self.now())

    def __exit__(self, *_: Any) -> None:
        self._stop.set()
        self._thread.join()

    def __str__(self) -> str:
        return f"{self.peak:.0f} MB at most, {self.peak - self.idle:+.0f} above idle"


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def exported(api: Api, project: int, format: str, target: Path, **choices: Any) -> tuple[float, float, int]:
    """Seconds until the job had succeeded, seconds until the last byte, and bytes."""
    start = time.perf_counter()
    job = api.call("POST", f"/api/projects/{project}/exports/", {"format": format, **choices})
    row = ended(api, job["id"])
    made = time.perf_counter() - start
    api.connection.request("GET", row["result"]["url"], headers=api.headers)
    answer = api.connection.getresponse()
    with open(target, "wb") as file:
        while data := answer.read(1024 * 1024):
            file.write(data)
    return made, time.perf_counter() - start, target.stat().st_size


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", nargs="*", default=["10000x3", "100000x10"], help="images x boxes on each")
    parser.add_argument("--formats", nargs="*", default=FORMATS, choices=FORMATS)
    parser.add_argument("--rounds", type=int, default=1, help="of each export")
    parser.add_argument("--import-back", action="store_true", help="bring each file to a copy of the images")
    options = parser.parse_args()
    with server() as port, worker("default") as pid, tempfile.TemporaryDirectory() as folder:
        user, token = person("manager")
        api = Api(port, token)
        warm = fridge(user, 10, 10)
        for format in options.formats:
            exported(api, warm.pk, format, Path(folder) / "warm")
        for size in options.sizes:
            images, each = map(int, size.split("x"))
            project = fridge(user, images, images * each)
            print(f"\n{images:,} images, {images * each:,} boxes")
            for format in options.formats:
                target = Path(folder) / format
                for _ in range(options.rounds):
                    with Memory(pid) as memory:
                        made, last, size_of = exported(api, project.pk, format, target)
                    print(
                        f"  {format:13} job {made:6.2f} s, last byte {last:6.2f} s, {size_of / 1e6:7.1f} MB; worker {memory}"
                    )
                if options.import_back:
                    back(api, port, token, user, project, target, pid)


def back(api: Api, port: int, token: str, user: User, project: Project, file: Path, pid: int) -> None:
    """An exported file comes to a project that has the same images."""
    other = project_create(
        by=user, name="Back", kind="detection", categories=[{"name": name} for name in NAMES]
    )
    columns = 'sha256, name, format, bytes, width, height, orientation, source, source_url, "group", attributes, split, ready, error, created'
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO labeling_image (project_id, {columns}) SELECT %s, {columns} FROM labeling_image WHERE project_id = %s",
            [other.pk, project.pk],
        )
        cursor.execute(
            """INSERT INTO labeling_queueitem (image_id, project_id, slots, random, status, category)
               SELECT id, project_id, 1, random(), 'unlabeled', '' FROM labeling_image WHERE project_id = %s""",
            [other.pk],
        )
        cursor.execute("ANALYZE labeling_image, labeling_queueitem, labeling_annotation")
    start = time.perf_counter()
    with Memory(pid) as memory:
        job = sent(port, token, other.pk, file)
        uploaded = time.perf_counter() - start
        row = ended(api, job)
    seconds = time.perf_counter() - start
    print(
        f"  {file.name:13} back {seconds:6.2f} s, {uploaded:.2f} of them the upload, {row['result']['counts']}; worker {memory}"
    )


if __name__ == "__main__":
    main()
