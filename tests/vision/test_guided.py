"""The guided filter: a rough alpha follows the image's edges, in any size."""

import numpy as np
import pytest

from vision import guided
from vision.guided import enlarge, refine, scaled


def disc(side, radius=0.3):
    y, x = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    return (np.hypot(x, y) < radius).astype(np.float32)


def painted(mask, seed=0):
    random = np.random.default_rng(seed)
    colours = np.where(mask[..., None] > 0, np.array([210, 80, 40]), np.array([30, 80, 160]))
    return np.clip(colours + random.normal(0, 3, colours.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("side", [200, 900])  # within what is worked on, and beyond
def test_a_small_alpha_follows_the_edge_of_the_large_image(side):
    truth = disc(side)
    rough = scaled(truth, 32, 32)
    plain, followed = enlarge(painted(truth), rough, "none"), enlarge(painted(truth), rough, "guided")
    assert plain.dtype == followed.dtype == np.float32 and plain.shape == followed.shape == truth.shape
    assert np.abs(followed - truth).mean() < np.abs(plain - truth).mean() / 2


def test_it_is_the_least_squares_line_of_each_window():
    """By hand, in the middle of a pattern that repeats itself, so that every window holds the same pixels."""
    random = np.random.default_rng(1)
    image = random.integers(0, 256, (7, 7, 3), np.uint8)
    rough = random.random((7, 7)).astype(np.float32)
    colours, wanted = image.reshape(-1, 3) / 255, rough.ravel()
    lines = guided._lines(image.astype(np.float32) / 255, rough, 0, 1e-4)
    assert lines.shape == (7, 7, 4)
    # A window of one pixel has no spread: alpha is what it was, whatever the colours.
    np.testing.assert_allclose(lines[..., :3], 0, atol=1e-6)
    np.testing.assert_allclose(lines[..., 3], rough, atol=1e-6)
    centred = colours - colours.mean(0)
    line = np.linalg.solve(
        centred.T @ centred / 49 + 1e-2 * np.eye(3), centred.T @ (wanted - wanted.mean()) / 49
    )
    tiled = np.tile(image, (9, 9, 1)).astype(np.float32) / 255
    found = guided._lines(tiled, np.tile(rough, (9, 9)), 3, 1e-2)[
        31, 31
    ]  # windows of 7 × 7 of a pattern of 7 × 7
    np.testing.assert_allclose(found[:3], line, rtol=1e-3)
    assert found[3] == pytest.approx(wanted.mean() - line @ colours.mean(0), rel=1e-3)


def test_one_alpha_everywhere_stays_what_it_is():
    image = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    for level in (0.0, 0.5, 1.0):
        np.testing.assert_allclose(refine(image, np.full((8, 8), level, np.float32)), level, atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (1200, 2), (3, 5)])
def test_images_of_any_size_have_an_alpha_of_theirs(size):
    image = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    alpha = refine(image, disc(16))
    assert alpha.shape == size and alpha.dtype == np.float32 and alpha.min() >= 0 and alpha.max() <= 1


def test_how_the_work_is_divided_changes_nothing(monkeypatch):
    truth = disc(900)
    image, rough = painted(truth), scaled(truth, 64, 64)
    expected = refine(image, rough)
    monkeypatch.setattr(guided, "TILE", 37)
    np.testing.assert_allclose(refine(image, rough), expected, atol=1e-6)


def test_where_nobody_asks_nothing_is_worked_out():
    truth = disc(900)
    image, rough = painted(truth), scaled(truth, 64, 64)
    where = np.zeros((900, 900), bool)
    where[300:400, 200:260] = True
    found = refine(image, rough, where=where)
    np.testing.assert_array_equal(found[where], refine(image, rough)[where])
    assert not found[600:].any()
