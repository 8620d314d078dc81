"""Click to box: a rough box or a click becomes the box of what stands there, by a worker and without a model."""

import time

import numpy as np
import pytest
from PIL import Image as Pillow

from inference.services import calls, snap
from labeling.models import Image
from tests.pictures import encoded

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(broker, monkeypatch):
    monkeypatch.setattr(calls, "LOOK_SECONDS", 0.05)
    server = calls.Server()
    server.start()
    while not broker.exists(calls.ALIVE):
        time.sleep(0.01)
    yield server
    server.stop()


@pytest.fixture
def picture(make_images, fridge, media):
    """A red carton on a grey shelf: 640 × 480, the carton at 200, 120, 320, 360."""
    snap.pixels_kept.cache_clear()
    pixels = np.random.default_rng(1).integers(105, 125, (480, 640, 3), np.uint8)
    carton = np.random.default_rng(2).integers(0, 20, (240, 120, 3), np.uint8)
    pixels[120:360, 200:320] = carton + np.array([200, 30, 30], np.uint8)
    (image,) = make_images(fridge, 1)
    path = media / image.file_key
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(Pillow.fromarray(pixels), "PNG"))
    return image


def ask(api, image, **body):
    return api.post(f"/api/images/{image.pk}/snap/", body, format="json")


@pytest.mark.parametrize("body", [{"box": [180, 100, 345, 385]}, {"point": [260, 240]}])
def test_the_box_snaps_to_what_stands_there(api, picture, server, body):
    answer = ask(api, picture, **body)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["bbox"] == pytest.approx([200, 120, 320, 360], abs=6)


def test_where_nothing_stands_out_it_says_so(api, picture, server):
    answer = ask(api, picture, box=[420, 50, 560, 200])
    assert answer.status_code == 422 and "draw the box by hand" in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [
        {}, {"point": [1]}, {"point": [1, 2], "box": [1, 2, 3, 4]}, {"box": [5, 5, 1, 1]}, {"point": ["a", 1]}, {"point": [900, 10]},
        {"box": [-50, -50, -1, -1]},
    ],
)  # fmt: skip
def test_what_is_no_place_in_the_image_is_refused(api, picture, broker, body):
    assert ask(api, picture, **body).status_code == 400
    assert not broker.exists(calls.CALLS)


def test_without_a_worker_it_says_what_to_do(api, picture, broker):
    answer = ask(api, picture, point=[260, 240])
    assert answer.status_code == 503 and "worker" in answer.json()["detail"]


def test_a_missing_file_is_said(api, fridge, make_images, server, media):
    (image,) = make_images(fridge, 1)
    answer = ask(api, image, point=[5, 5])
    assert answer.status_code == 422 and "missing" in answer.json()["detail"]


def test_strangers_and_deleted_images_get_nothing(api, stranger_api, picture, server):
    assert ask(stranger_api, picture, point=[260, 240]).status_code == 404
    Image.objects.filter(pk=picture.pk).update(deleted_at="2026-01-01T00:00Z")
    assert ask(api, picture, point=[260, 240]).status_code == 404
