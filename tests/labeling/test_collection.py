"""A collection of ordinary and odd media, each file of which behaves as its manifest says: the one that TEST_MEDIA names,
or else the one that lies beside the checkout."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from django.core.files.storage import default_storage

from labeling.models import Image
from labeling.services.renditions import renditions_make
from tests.pictures import upload
from vision.faces import FaceFinder
from vision.images import open_image, read_rgb
from vision.video import Video

BESIDE = Path(__file__).parents[3] / "shared/data/test-media"
FOLDER = Path(os.environ.get("TEST_MEDIA") or BESIDE)
pytestmark = pytest.mark.skipif(
    not (FOLDER / "manifest.csv").is_file(), reason=f"no collection is at {FOLDER}: name one by TEST_MEDIA"
)


def rows(*folders):
    with open(FOLDER / "manifest.csv", newline="") as file:
        found = [row for row in csv.DictReader(file) if row["file"].split("/")[0] in folders]
    assert found
    return [(FOLDER / row["file"], row["expected"]) for row in found]


@pytest.fixture
def send(manager_api, project, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)

    def send(path):
        """What became of the file, why, and its row."""
        answer = upload(manager_api, project, {path.name: path.read_bytes()}).json()
        if answer["rejected"]:
            return "refused", answer["rejected"][0]["reason"], None
        renditions_make(project_id=project.pk)
        image = Image.objects.get(pk=(answer["created"] or [answer["duplicates"][0]["id"]])[0])
        return ("flagged" if image.error else "ready"), image.error, image

    return send


@pytest.mark.django_db
def test_every_image_is_taken_or_refused_as_the_manifest_says(send):
    wrong = []
    for path, expected in rows("exif", "faces", "odd", "synthetic"):
        outcome, reason, image = send(path)
        refusable = "refus" in expected or any(kind in expected for kind in ("TIFF", "animated"))
        must = "must be refused" in expected or "refuse by size" in expected or "refuse or flag" in expected
        right = outcome in ("refused", "flagged") if must else outcome == "ready" or refusable
        if not right or (outcome != "ready" and len(reason) < 10):
            wrong.append((path.name, expected, outcome, reason))
        if outcome == "ready":
            with default_storage.open(image.rendition_key("screen")) as file:
                shown = open_image(file.read())
            if (shown.width > shown.height) != (image.width > image.height) and image.width != image.height:
                wrong.append((path.name, "not upright", shown.size, (image.width, image.height)))
    assert wrong == []


@pytest.mark.django_db
def test_every_orientation_shows_the_same_scene(send):
    scenes = []
    for path, _ in rows("exif"):
        _, _, image = send(path)
        assert (image.width, image.height) == (1800, 1200)
        with default_storage.open(image.rendition_key("thumbnail")) as file:
            scenes.append(np.asarray(open_image(file.read()), np.int16))
    assert max(np.abs(scene - scenes[0]).mean() for scene in scenes) < 12
    assert [
        send(p)[2].height > send(p)[2].width for p, _ in rows("odd") if p.name == "phone_rotated.jpg"
    ] == [True]


def test_the_faces_are_found():
    for path, expected in rows("faces"):
        assert len(FaceFinder().find([read_rgb(path)])[0]) == int(expected.split()[0]), path


def test_every_clip_gives_a_frame_a_second():
    for path, expected in rows("video"):
        seconds = float(expected.split(" s")[0])
        width, height = map(int, path.stem.split("_")[-1].split("x"))
        with Video(path) as video:
            frames = list(video.frames(fps=1))
            assert abs(len(frames) - seconds) <= 1 and abs(video.facts.duration - seconds) < 0.6, path
            assert all(moment.pixels.shape == (height, width, 3) for moment in frames)
