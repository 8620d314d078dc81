"""Click or frame to a soft matte, without weights."""

import time

import numpy as np
import pytest

from tests.photographs import photograph
from vision.segmenter import segment


def scene(size=(300, 400), seed=0):
    """A reddish disc before a bluish, noisy ground; the image and where the disc is."""
    height, width = size
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    disc = np.hypot(x - width * 0.6, y - height * 0.5) < height * 0.25
    colours = np.where(disc[..., None], np.array([200, 90, 50]), np.array([60, 90, 150]))
    return np.clip(colours + random.normal(0, 12, colours.shape), 0, 255).astype(np.uint8), disc


def whole(found, shape):
    (x1, y1, x2, y2), levels = found
    assert all(isinstance(value, int) for value in found[0])
    assert 0 <= x1 < x2 <= shape[1] and 0 <= y1 < y2 <= shape[0]
    assert levels.dtype == np.uint8 and levels.shape == (y2 - y1, x2 - x1)
    mask = np.zeros(shape, np.uint8)
    mask[y1:y2, x1:x2] = levels
    return mask


def overlap(mask, truth):
    return (mask & truth).sum() / (mask | truth).sum()


def test_a_click_finds_the_thing_under_it():
    image, disc = scene()
    found = whole(segment(image, point=(240, 150)), disc.shape)
    assert overlap(found > 127, disc) > 0.95


def test_a_rough_box_finds_the_thing_in_it():
    image, disc = scene()
    found = whole(segment(image, box=(150.0, 60.0, 330.0, 240.0)), disc.shape)
    assert overlap(found > 127, disc) > 0.95


def test_the_window_is_as_small_as_the_matte():
    image, _ = scene()
    _, levels = segment(image, box=(150.0, 60.0, 330.0, 240.0))
    assert levels[0].any() and levels[-1].any() and levels[:, 0].any() and levels[:, -1].any()


def test_its_edge_is_soft_and_the_rest_is_not():
    """A disc that fades over ten pixels has levels between; far from the edge there is none."""
    image, disc = scene()
    y, x = np.mgrid[:300, :400]
    away = np.hypot(x - 240, y - 150)
    fade = np.clip((75 - away) / 10 + 0.5, 0, 1)[..., None]
    image = (fade * np.array([200, 90, 50]) + (1 - fade) * np.array([60, 90, 150])).astype(np.uint8)
    found = whole(segment(image, box=(140.0, 50.0, 340.0, 250.0)), disc.shape)
    between = (found > 20) & (found < 235)
    assert between.sum() > 300 and np.abs(away[between] - 75).max() < 15


def test_the_same_call_finds_the_same():
    image = photograph("astronaut.png")
    first, second = (segment(image, box=(80, 0, 360, 500)) for _ in range(2))
    assert first[0] == second[0]
    np.testing.assert_array_equal(first[1], second[1])


def test_a_box_may_reach_beyond_the_image_and_be_all_of_it():
    image, disc = scene()
    for box in ((-50.0, -50.0, 500.0, 400.0), (0.0, 0.0, 400.0, 300.0)):
        assert overlap(whole(segment(image, box=box), disc.shape) > 127, disc) > 0.9


@pytest.mark.parametrize("size", [(1, 1), (1, 200), (200, 1), (2, 2), (5, 5)])
def test_images_of_a_few_pixels_hold_nothing_or_something_but_fail_never(size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    for asked in ({"point": (0.0, 0.0)}, {"box": (0.0, 0.0, float(size[1]), float(size[0]))}):
        found = segment(image, **asked)
        assert found is None or whole(found, size).any()


def test_where_nothing_stands_out_nothing_is_found():
    flat = np.full((200, 200, 3), 90, np.uint8)
    assert segment(flat, point=(100, 100)) is None
    assert segment(flat) is None
    assert segment(flat, point=(900, 100)) is None
    assert segment(flat, box=(300.0, 300.0, 400.0, 400.0)) is None


def test_twelve_megapixels_take_a_moment():
    image, disc = scene((3000, 4000))
    seconds = []
    for _ in range(3):
        begun = time.process_time()  # other work on the machine does not count
        found = segment(image, box=(1500.0, 600.0, 3300.0, 2400.0))
        seconds.append(time.process_time() - begun)
    assert min(seconds) < 1
    assert overlap(whole(found, disc.shape) > 127, disc) > 0.97
