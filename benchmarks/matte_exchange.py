"""Mattes out and in: seconds from the request of an export to its last byte, by format, with the job and its worker as they
run in production, and the most memory that the worker took for it. With `--import-back` each file then comes to a project
of its own. The pictures and mattes are made up: a round thing with a soft, grainy edge on smooth colours.

python -m config.local env -- python -m benchmarks.matte_exchange
python -m config.local env -- python -m benchmarks.matte_exchange --images 200 --side 2048 --formats mattes cutouts
"""

from __future__ import annotations

import argparse
import io
import tempfile
import time
from pathlib import Path
from uuid import uuid4

import numpy as np
from PIL import Image as Pillow

from benchmarks.exchange import Memory, exported
from benchmarks.stack import Api, ended, person, sent, server, worker
from labeling.models import Annotation, Image, Project, QueueItem, User
from labeling.services.images import images_create
from labeling.services.mattes import matte_store
from labeling.services.projects import project_create
from labeling.uploads import Incoming
from vision.mattes import alpha_png

FORMATS = ("mattes", "cutouts", "coco", "label-studio")
AT_ONCE = 50


def portraits(by: User, images: int, side: int) -> Project:
    """A project with that many pictures of side × side pixels, each with a matte of its own."""
    project = project_create(by=by, name=f"{images} mattes", kind="matting", categories=[{"name": "person"}])
    random = np.random.default_rng(0)
    for start in range(0, images, AT_ONCE):
        numbers = range(start, min(images, start + AT_ONCE))
        files = [_file(f"{number}.jpg", _picture(random, side)) for number in numbers]
        made = images_create(project=project, files=files)
        rows = [
            Annotation(
                uuid=uuid4(), image_id=pk, project=project, author=by, origin="person", digest="x", regions=[{"origin": "drawn"}],
                result={"alpha": matte_store(project_id=project.pk, data=alpha_png(_alpha(random, side))).sha256},
            )
            for pk in made.created
        ]  # fmt: skip
        Annotation.objects.bulk_create(rows)
    QueueItem.objects.filter(project=project).update(status="labeled", slots=0)
    return project


def _file(name: str, data: bytes) -> Incoming:
    file = Incoming(name)
    file.write(data)
    return file


def _picture(random: np.random.Generator, side: int) -> bytes:
    corners = random.integers(0, 255, (8, 8, 3), np.uint8)
    out = io.BytesIO()
    Pillow.fromarray(corners).resize((side, side), Pillow.Resampling.BICUBIC).save(out, "JPEG", quality=90)
    return out.getvalue()


def _alpha(random: np.random.Generator, side: int) -> np.ndarray:
    y, x = np.mgrid[:side, :side] / side
    cx, cy = random.random(2) * 0.4 + 0.3
    alpha = np.clip((0.3 - np.hypot(x - cx, y - cy)) * 12 + 0.5, 0, 1)
    grain = random.random((side, side)) * 0.3 * (alpha > 0) * (alpha < 1)
    return np.rint(np.clip(alpha - grain, 0, 1) * 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--side", type=int, default=640, help="pixels")
    parser.add_argument("--formats", nargs="*", default=FORMATS, choices=FORMATS)
    parser.add_argument("--pictures", action="store_true", help="with the pictures")
    parser.add_argument("--rounds", type=int, default=1, help="of each export")
    parser.add_argument(
        "--import-back", action="store_true", help="with the pictures, to a project of its own"
    )
    options = parser.parse_args()
    pictures = options.pictures or options.import_back
    with server() as port, worker("default") as pid, tempfile.TemporaryDirectory() as folder:
        user, token = person("manager")
        api = Api(port, token)
        warm = portraits(user, 2, 32)
        for format in options.formats:
            exported(api, warm.pk, format, Path(folder) / "warm")
        project = portraits(user, options.images, options.side)
        print(f"\n{options.images:,} images of {options.side} × {options.side} pixels")
        for format in options.formats:
            target = Path(folder) / format
            for _ in range(options.rounds):
                with Memory(pid) as memory:
                    made, last, size = exported(api, project.pk, format, target, images=pictures)
                print(
                    f"  {format:13} job {made:6.2f} s, last byte {last:6.2f} s, {size / 1e6:7.1f} MB; worker {memory}"
                )
            if options.import_back:
                back(api, port, token, user, target, pid)


def back(api: Api, port: int, token: str, user: User, file: Path, pid: int) -> None:
    other = project_create(by=user, name="Back", kind="matting", categories=[])
    start = time.perf_counter()
    with Memory(pid) as memory:
        row = ended(api, sent(port, token, other.pk, file))
    seconds = time.perf_counter() - start
    print(f"  {file.name:13} back {seconds:6.2f} s, {row['result']['counts']}; worker {memory}")
    Image.objects.filter(project=other).delete()


if __name__ == "__main__":
    main()
