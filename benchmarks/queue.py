"""`next` and submit over HTTP: latency, its growth with the project's size, and 8 labelers at once.

python -m config.local env -- python -m benchmarks.queue
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from uuid import uuid4

from django.db import connection

from benchmarks.stack import Api, person, server
from labeling.models import Assignment, Membership, Project, Role, User
from labeling.services.projects import project_create

CATEGORIES = ["engaged", "non-engaged", "animated"]


def fill(by: User, count: int) -> Project:
    """A project with `count` images as rows; the queue never opens a file."""
    project = project_create(
        by=by, name=f"{count} images", kind="classification", categories=[{"name": n} for n in CATEGORIES]
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO labeling_image (project_id, sha256, name, format, bytes, width, height, orientation, source, source_url,
                   "group", attributes, split, ready, error, created)
               SELECT %s, encode(sha256(('%s-' || n)::bytea), 'hex'), n || '.jpg', 'JPEG', 100000, 640, 480, 1, 'upload', '',
                   '', '{}', '', true, '', now() FROM generate_series(1, %s) n""",
            [project.pk, project.pk, count],
        )
        cursor.execute(
            """INSERT INTO labeling_queueitem (image_id, project_id, slots, random, status, category)
               SELECT id, project_id, 1, random(), 'unlabeled', '' FROM labeling_image WHERE project_id = %s""",
            [project.pk],
        )
        cursor.execute("VACUUM ANALYZE labeling_image, labeling_queueitem")
    return project


def turn(api: Api, project: int) -> tuple[float, float, int]:
    """One image: milliseconds of `next`, of submit, and which image it was."""
    start = time.perf_counter()
    (item,) = api.call("POST", f"/api/projects/{project}/next/?count=1")["items"]
    middle = time.perf_counter()
    image = item["image"]["id"]
    body = {
        "assignment": item["assignment"]["id"],
        "result": {"category": CATEGORIES[image % 3]},
        "lead_time_ms": 900,
    }
    api.call("PUT", f"/api/images/{image}/annotations/{uuid4()}/", body)
    return (middle - start) * 1000, (time.perf_counter() - middle) * 1000, image


def measure(api: Api, project: int, turns: int) -> tuple[float, float]:
    times = [turn(api, project) for _ in range(turns)]
    return statistics.median(t[0] for t in times), statistics.median(t[1] for t in times)


def work(port: int, token: str, project: int, seconds: float, results: multiprocessing.Queue[int]) -> None:
    api, count, end = Api(port, token), 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        turn(api, project)
        count += 1
    results.put(count)


def together(port: int, project: Project, people: int, seconds: float) -> float:
    """Pairs of next + submit a second by `people` processes on this same machine."""
    tokens = []
    for number in range(people):
        user, token = person(f"labeler{number}")
        Membership.objects.get_or_create(project=project, user=user, role=Role.LABELER)
        tokens.append(token)
    results: multiprocessing.Queue[int] = multiprocessing.Queue()
    processes = [
        multiprocessing.Process(target=work, args=(port, t, project.pk, seconds, results)) for t in tokens
    ]
    start = time.perf_counter()
    for process in processes:
        process.start()
    total = sum(results.get() for _ in processes)
    for process in processes:
        process.join()
    return total / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=15)
    options = parser.parse_args()
    with server() as port:
        user, token = person("manager")
        api = Api(port, token)
        small, middle, large = (fill(user, count) for count in (1_000, 100_000, 1_000_000))
        measure(api, middle.pk, 50)  # warm
        next_ms, submit_ms = measure(api, middle.pk, options.turns)
        rounds = [(measure(api, small.pk, 60)[0], measure(api, large.pk, 60)[0]) for _ in range(5)]
        rate = together(port, middle, 8, options.seconds)
        given = Assignment.objects.filter(project=middle)
        twice = given.count() - given.values("image").distinct().count()
    print("| what | figure |\n|---|---|")
    print(f"| `next`, 100,000 images, median | {next_ms:.2f} ms |")
    print(f"| submit, 100,000 images, median | {submit_ms:.2f} ms |")
    ratio = statistics.median(many / few for few, many in rounds)
    few, many = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"| `next`, 1,000 / 1,000,000 images, median of five | {few:.2f} / {many:.2f} ms: {ratio:.2f} × |")
    print(f"| 8 labelers at once, next + submit | {rate:.0f} a second |")
    print(f"| images given out twice, of {given.count()} | {twice} |")


if __name__ == "__main__":
    main()
