"""Uploads of JPEGs of 100,000 bytes, stored safely: in batches, and one at a time, by four programs at once.

python -m config.local env -- python -m benchmarks.upload
"""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from PIL import Image as Pillow

from benchmarks.stack import person, server
from labeling.models import Image, User
from labeling.services.projects import project_create

BYTES = 100_000
PROGRAMS = 4


def template() -> bytes:
    """A JPEG of exactly BYTES, with room for a number that makes each copy another file."""
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
    for quality in range(95, 5, -5):
        out = io.BytesIO()
        Pillow.fromarray(noise).save(out, "JPEG", quality=quality)
        if out.tell() <= BYTES - 20:
            break
    data = out.getvalue()
    room = BYTES - len(data)
    comment = b"\xff\xfe" + (room - 2).to_bytes(2) + b"#" * (room - 4)
    return data[:2] + comment + data[2:]


def numbered(data: bytes, number: int) -> bytes:
    return data[:6] + f"{number:016d}".encode() + data[22:]


def body(files: list[bytes]) -> tuple[bytes, str]:
    parts = []
    for number, content in enumerate(files):
        parts += [
            b'--boundary\r\nContent-Disposition: form-data; name="files"; filename="' + str(number).encode() + b'.jpg"\r\n'
            b"Content-Type: image/jpeg\r\n\r\n", content, b"\r\n",
        ]  # fmt: skip
    return b"".join([*parts, b"--boundary--\r\n"]), "multipart/form-data; boundary=boundary"


def send(port: int, token: str, project: int, bodies: list[bytes]) -> int:
    """Send prepared requests over one connection; how many images were created.

    By a bare socket: `http.client` would take half a millisecond a request of the server's own processors.
    """
    connection, created = socket.create_connection(("127.0.0.1", port), timeout=120), 0
    answers = connection.makefile("rb")
    for data in bodies:
        head = (
            f"POST /api/projects/{project}/images/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: multipart/form-data; boundary=boundary\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        connection.sendall(head.encode() + data)
        status, length = answers.readline(), 0
        while (line := answers.readline().lower()) != b"\r\n":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        said = json.loads(answers.read(length))
        assert status.startswith(b"HTTP/1.1 201") and not said["rejected"], said
        created += len(said["created"])
    return created


def run(act: Callable[[list[bytes]], int], size: int, count: int, first: int) -> float:
    """Images a second of several programs that together send `count` images in requests of `size`; `act` sends
    requests, and says how many images they made."""
    data = template()
    shares: list[list[bytes]] = [[] for _ in range(PROGRAMS)]
    for index, start in enumerate(range(first, first + count, size)):
        files = [numbered(data, number) for number in range(start, min(start + size, first + count))]
        shares[index % PROGRAMS].append(body(files)[0])
    begin = multiprocessing.Barrier(PROGRAMS + 1)
    results: multiprocessing.Queue[int] = multiprocessing.Queue()

    def work(bodies: list[bytes]) -> None:
        begin.wait()
        results.put(act(bodies))

    processes = [multiprocessing.Process(target=work, args=(share,)) for share in shares]
    for process in processes:
        process.start()
    begin.wait()
    start_time = time.perf_counter()
    created = sum(results.get() for _ in processes)
    seconds = time.perf_counter() - start_time
    for process in processes:
        process.join()
    assert created == count
    return count / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=4000, help="of each round of each row")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    multiprocessing.set_start_method("fork")
    print(
        f"One file has {len(template()):,} bytes; the median of {options.rounds} rounds, and all of them.\n\n"
        "| requests of | programs | images a second | rounds |\n|---|---|---|---|"
    )
    with server() as port:
        user, token = person("manager")
        project = project_create(
            by=User.objects.get(pk=user.pk), name="Uploads", kind="classification", categories=[{"name": "a"}]
        )
        act = partial(send, port, token, project.pk)
        run(act, 1, 400, 0)  # every thread has met the database
        sent = 400
        for size in (10, 100, 1000, 1):
            rates = []
            for _ in range(options.rounds):
                rates.append(run(act, size, options.images, sent))
                sent += options.images
            told = " ".join(f"{rate:,.0f}" for rate in rates)
            print(f"| {size} | {PROGRAMS} | {statistics.median(rates):,.0f} | {told} |", flush=True)
        assert Image.objects.filter(project=project).count() == sent
    print(f"\nAll {sent:,} images are rows in the database.")


if __name__ == "__main__":
    main()
