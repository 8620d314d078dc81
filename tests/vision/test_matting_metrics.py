"""The four errors of mattes: by hand where that can be done, and by what must hold whatever the matte."""

import time

import numpy as np
import pytest

from vision.matting_metrics import WIDENED, matting_scores

NAMES = {"sad", "mse", "grad", "conn"}
EVERY = NAMES | {f"{name}_unknown" for name in NAMES}


def block(size=64, low=16, high=48, level=255):
    levels = np.zeros((size, size), np.uint8)
    levels[low:high, low:high] = level
    return levels


def soft(seed=0, size=64):
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (size, size), np.uint8)


def test_a_matte_that_is_right_has_no_error():
    assert matting_scores(soft(), soft(), None) == pytest.approx(dict.fromkeys(EVERY, 0.0), abs=1e-12)


def test_sad_and_mse_by_hand():
    truth, predicted = block(), block()
    predicted[16:20, 16:26] = 204  # 40 pixels that are off by a fifth
    scores = matting_scores(predicted, truth, None)
    assert scores["sad"] == pytest.approx(40 * 0.2 / 1000)
    assert scores["mse"] == pytest.approx(40 * 0.04 / 64**2 * 1000)


def test_the_gradient_of_a_ramp_by_hand():
    """Of a slope of s a pixel, the filter gives s times the sum of its weights times where they stand."""
    ramp = np.tile(np.arange(0, 192, 3, dtype=np.uint8), (64, 1))
    at = np.arange(-4.0, 5.0)
    bell = np.exp(-(at**2) / (2 * 1.4**2))
    slope = at * bell
    gain = (bell.sum() / np.linalg.norm(bell)) * ((at * slope).sum() / np.linalg.norm(slope))
    inner = np.zeros((64, 64), np.uint8)
    inner[8:-8, 8:-8] = 128
    flat = np.full((64, 64), 90, np.uint8)
    scores = matting_scores(ramp, flat, inner)
    assert scores["grad_unknown"] == pytest.approx(48**2 * (gain * 3 / 255) ** 2 / 1000, rel=1e-4)


def test_connectivity_by_hand():
    truth, predicted = block(), block()
    predicted[2:5, 2:5] = 255  # a speck of nine pixels, apart from the rest
    assert matting_scores(predicted, truth, None)["conn"] == pytest.approx(9 / 1000)
    predicted = block()
    predicted[20:22, 20:25] = (
        204  # still part of the whole at 0.8: what the truth has above that is its error
    )
    assert matting_scores(predicted, truth, None)["conn"] == pytest.approx(10 * 0.2 / 1000)


def test_connectivity_overlooks_what_is_below_its_threshold():
    truth, predicted = block(), block()
    predicted[2:5, 2:5] = 30
    predicted[20:22, 20:25] = 230
    scores = matting_scores(predicted, truth, None)
    assert scores["conn"] == 0 and scores["sad"] > 0


@pytest.mark.parametrize("seed", range(3))
def test_it_makes_no_difference_which_of_two_mattes_is_the_true_one(seed):
    one, other = soft(seed), soft(seed + 10)
    trimap = np.full_like(one, 128)
    assert matting_scores(one, other, trimap) == pytest.approx(matting_scores(other, one, trimap))


def test_a_matte_that_is_farther_off_scores_worse():
    truth = block()
    near, far = (matting_scores(block(level=level), truth, None) for level in (200, 120))
    assert all(near[name] < far[name] for name in NAMES)


def test_mirrored_mattes_score_the_same():
    one, other = soft(1), soft(2)
    mirrored = matting_scores(one[:, ::-1].copy(), other[:, ::-1].copy(), None)
    assert mirrored == pytest.approx(matting_scores(one, other, None), rel=1e-5)


def test_a_missing_prediction_counts_as_an_empty_one():
    truth = block()
    scores = matting_scores(None, truth, None)
    # To the last digits alone: where arrays lie in memory decides how many are added at once.
    assert scores == pytest.approx(matting_scores(np.zeros_like(truth), truth, None))
    assert scores["sad"] == pytest.approx(32 * 32 / 1000)


def test_the_unknown_region_is_that_of_the_trimap():
    truth, predicted = block(), block()
    predicted[20, 20] = predicted[2, 2] = 128
    trimap = block()
    trimap[18:23, 18:23] = 128
    scores = matting_scores(predicted, truth, trimap)
    assert scores["sad_unknown"] == pytest.approx(127 / 255 / 1000)
    assert scores["mse_unknown"] == pytest.approx((127 / 255) ** 2 / 25 * 1000)
    assert scores["sad"] > scores["sad_unknown"]


def test_without_a_trimap_it_is_around_what_is_soft_in_the_truth():
    truth, predicted = block(), block()
    truth[32, 32] = 128
    predicted[32, 32] = 128
    for away, counts in ((WIDENED, True), (WIDENED + 1, False)):
        off = predicted.copy()
        off[32, 32 + away] = 55
        assert (matting_scores(off, truth, None)["sad_unknown"] > 0) == counts
        assert matting_scores(off, truth, block())["sad_unknown"] == pytest.approx(
            matting_scores(off, truth, None)["sad_unknown"]
        )


def test_where_nothing_is_unknown_there_is_no_such_error():
    assert set(matting_scores(soft(), block(), None)) == NAMES


def test_one_pixel_has_errors_too():
    scores = matting_scores(np.array([[51]], np.uint8), np.array([[255]], np.uint8), None)
    assert scores["sad"] == pytest.approx(0.8 / 1000) and scores["mse"] == pytest.approx(640)


def test_mattes_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="one size"):
        matting_scores(block(64), block(65), None)
    with pytest.raises(ValueError, match="one size"):
        matting_scores(None, block(64), block(65))


def test_a_large_pair_takes_well_under_a_second():
    one, other = soft(0, 1024), soft(1, 1024)
    seconds = []
    for _ in range(3):  # of which one is not held up by others on the machine
        begun = time.perf_counter()
        matting_scores(one, other, np.full_like(one, 128))
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 1
