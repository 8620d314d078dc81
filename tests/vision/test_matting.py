"""From a trimap to alpha: what is known stays, what is unknown is found by colours, and people hear what is missing."""

import io
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.photographs import photograph
from vision import matting
from vision.mattes import alpha_png, cutout_png, to_levels
from vision.matting import NothingToSolve, estimate_foreground, solve_alpha

ROOT = Path(__file__).resolve().parents[2]


def blend(size=(90, 120), seed=0):
    """Two textured grounds, mixed by an alpha that rises over twenty pixels; the image, alpha and a trimap."""
    height, width = size
    random = np.random.default_rng(seed)
    ramp = np.clip((np.arange(width) - width / 2 + 10) / 20, 0, 1).astype(np.float32)
    alpha = np.tile(ramp, (height, 1))
    front = np.array([220, 60, 40], np.float32) + random.normal(0, 2, (height, width, 3))
    back = np.array([30, 90, 200], np.float32) + random.normal(0, 2, (height, width, 3))
    image = np.clip(alpha[..., None] * front + (1 - alpha[..., None]) * back, 0, 255).astype(np.uint8)
    trimap = np.full(size, 128, np.uint8)
    trimap[:, : width // 2 - 20], trimap[:, width // 2 + 20 :] = 0, 255
    return image, alpha, trimap


def solve(image, trimap):
    return solve_alpha(image, trimap, on_progress=lambda share: None)


def test_the_unknown_is_found_and_the_known_stays():
    image, truth, trimap = blend()
    alpha = solve(image, trimap)
    assert alpha.dtype == np.float32 and alpha.shape == trimap.shape
    assert np.abs(alpha - truth).mean() < 0.01 and np.abs(alpha - truth).max() < 0.1
    assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 255] == 1).all()
    to_levels(alpha)


def test_nothing_that_is_given_is_changed():
    image, _, trimap = blend()
    before = image.copy(), trimap.copy()
    solve(image, trimap)
    np.testing.assert_array_equal(image, before[0])
    np.testing.assert_array_equal(trimap, before[1])


def test_it_is_the_solution_of_the_whole_system():
    """Only the unknown pixels are solved for, in strips: as if all of the image were, with what is known held fast."""
    from pymatting import cf_laplacian

    image, _, trimap = blend((40, 50), seed=3)
    laplacian = cf_laplacian(image / 255.0).toarray()
    unknown = ((trimap != 0) & (trimap != 255)).ravel()
    fixed = (trimap == 255).ravel().astype(float)
    fixed[unknown] = np.linalg.solve(laplacian[np.ix_(unknown, unknown)], -laplacian[unknown] @ fixed)
    np.testing.assert_allclose(solve(image, trimap), np.clip(fixed, 0, 1).reshape(trimap.shape), atol=1e-3)


@pytest.mark.parametrize("rows", [1, 7, 89, 90])
def test_how_the_work_is_divided_changes_nothing(monkeypatch, rows):
    image, _, trimap = blend(seed=1)
    expected = solve(image, trimap)
    monkeypatch.setattr(matting, "ROWS", rows)
    np.testing.assert_allclose(solve(image, trimap), expected, atol=1e-3)


@pytest.mark.parametrize(
    ("levels", "lacks"), [((0, 255), "no unknown"), ((0, 128), "no foreground"), ((128, 255), "no background"),
                          ((0,), "no unknown"), ((128,), "no foreground"), ((255,), "no unknown")],
)  # fmt: skip
def test_a_trimap_that_lacks_something_is_refused_in_words_for_people(levels, lacks):
    trimap = np.resize(np.array(levels, np.uint8), (20, 20))
    with pytest.raises(NothingToSolve, match=f"{lacks}.*: paint "):
        solve(np.zeros((20, 20, 3), np.uint8), trimap)


def test_a_trimap_with_too_much_of_the_unknown_is_refused_before_it_takes_all_memory(monkeypatch):
    image, _, trimap = blend()
    monkeypatch.setattr(matting, "MOST_UNKNOWN", 3000)
    with pytest.raises(NothingToSolve, match=r"3,600 pixels are unknown, .* solve a part of the image"):
        solve(image, trimap)


def test_people_hear_of_it_while_the_preconditioner_is_made(monkeypatch):
    image, _, trimap = blend((300, 300))
    monkeypatch.setattr(matting, "LOOK", 0.001)
    shares = []
    solve_alpha(image, trimap, on_progress=shares.append)
    assert sum(matting.BUILT < share < matting.PREPARED for share in shares) > 3


@pytest.mark.parametrize("level", [0, 128, 255])
def test_one_pixel_has_nothing_to_be_solved(level):
    with pytest.raises(NothingToSolve):
        solve(np.zeros((1, 1, 3), np.uint8), np.array([[level]], np.uint8))


@pytest.mark.parametrize("size", [(1, 60), (60, 1), (2, 60), (60, 2), (3, 3), (1, 3)])
def test_images_as_thin_as_a_pixel_are_solved(size):
    length = max(size)
    row = np.full(length, 128, np.uint8)
    row[: max(1, length // 4)], row[-max(1, length // 4) :] = 0, 255
    grey = np.linspace(0, 255, length).astype(np.uint8)
    trimap = np.broadcast_to(row[:, None] if size[1] < size[0] else row, size).copy()
    image = np.broadcast_to(grey[:, None] if size[1] < size[0] else grey, size)[..., None].repeat(3, 2).copy()
    alpha = solve(image, trimap)
    assert alpha.shape == size and np.isfinite(alpha).all()
    assert (alpha[trimap == 0] == 0).all() and (alpha[trimap == 255] == 1).all()
    assert 0.2 < alpha[trimap == 128].mean() < 0.8


@pytest.mark.parametrize("colour", [0, 128, 255])
def test_where_colours_say_nothing_alpha_rises_from_the_background_to_the_foreground(colour):
    trimap = np.full((30, 60), 128, np.uint8)
    trimap[:, :15], trimap[:, 45:] = 0, 255
    alpha = solve(np.full((30, 60, 3), colour, np.uint8), trimap)
    middle = alpha[15]
    assert (np.diff(middle) >= -1e-3).all() and middle[30] == pytest.approx(0.5, abs=0.1)


def test_one_unknown_pixel_is_solved():
    image, _, _ = blend((20, 20))
    trimap = np.zeros((20, 20), np.uint8)
    trimap[:, 11:] = 255
    trimap[10, 10] = 128
    alpha = solve(image, trimap)
    assert 0 <= alpha[10, 10] <= 1


def test_progress_rises_to_the_end():
    image, _, trimap = blend((200, 200))
    shares = []
    solve_alpha(image, trimap, on_progress=shares.append)
    assert len(shares) > 8 and shares[0] == 0 and shares[-1] == 1 and shares == sorted(shares)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError, RuntimeError])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 0.6])
def test_whoever_listens_may_end_it(share, error):
    image, _, trimap = blend((150, 150))

    def stop(done):
        if done >= share:
            raise error("enough")

    with pytest.raises(error, match="enough"):
        solve_alpha(image, trimap, on_progress=stop)


def test_what_was_given_up_ends_before_the_next_one_takes_its_memory(monkeypatch):
    import pymatting

    image, _, trimap = blend((60, 60))
    make, at_work, most = pymatting.ichol, [0], [0]

    def slow(*args, **options):
        at_work[0] += 1
        most[0] = max(most[0], at_work[0])
        time.sleep(0.7)
        at_work[0] -= 1
        return make(*args, **options)

    def stop(done):
        if done > matting.BUILT:
            raise RuntimeError("enough")

    monkeypatch.setattr(pymatting, "ichol", slow)
    with pytest.raises(RuntimeError, match="enough"):
        solve_alpha(image, trimap, on_progress=stop)
    assert at_work == [1]  # it goes on, and nobody waits for it
    solve(image, trimap)
    assert most == [1]


def test_an_image_and_a_trimap_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="one size"):
        solve(np.zeros((10, 10, 3), np.uint8), np.full((10, 11), 128, np.uint8))


def test_the_library_is_imported_when_it_is_needed_and_keeps_what_it_compiles_outside_of_the_packages(
    tmp_path,
):
    said = subprocess.run(
        [sys.executable, "-c", "import sys, os, vision.matting, vision.mattes, vision.registry;"
         "assert 'pymatting' not in sys.modules and 'numba' not in sys.modules;"
         "vision.matting._library(); print(os.environ['NUMBA_CACHE_DIR'])"],
        cwd=ROOT, env={"PATH": "", "FRAMELOOP_FOLDER": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.stdout.strip() == str(tmp_path / "numba"), said.stderr


# --- colours of the foreground ---------------------------------------------------------------------------------
def test_the_background_is_taken_out_of_the_colours_of_soft_pixels():
    image, alpha, _ = blend()
    colours = estimate_foreground(image, alpha)
    assert colours.dtype == np.uint8 and colours.shape == image.shape
    soft = (alpha > 0.2) & (alpha < 0.9)
    before = np.abs(image[soft] - np.array([220.0, 60, 40])).mean()
    after = np.abs(colours[soft] - np.array([220.0, 60, 40])).mean()
    assert after < 8 < before / 3


def test_a_cut_out_has_no_fringe_of_the_background_and_nothing_of_what_was_behind():
    image, alpha, _ = blend()
    with Image.open(io.BytesIO(cutout_png(image, alpha))) as opened:
        assert opened.format == "PNG" and opened.mode == "RGBA" and opened.size == (120, 90)
        cut = np.array(opened)
    np.testing.assert_array_equal(cut[..., 3], to_levels(alpha))
    soft = (alpha > 0.2) & (alpha < 0.9)
    assert np.abs(cut[soft][:, :3] - np.array([220.0, 60, 40])).mean() < 8
    assert (cut[:, :40] == 0).all()


def test_colours_of_a_large_image_are_estimated_at_a_smaller_size(monkeypatch):
    image, alpha, _ = blend()
    whole = estimate_foreground(image, alpha)
    monkeypatch.setattr(matting, "MOST_ESTIMATED", alpha.size // 3)
    small = estimate_foreground(image, alpha)
    assert small.shape == image.shape and small.dtype == np.uint8
    np.testing.assert_array_equal(small[alpha == 1], image[alpha == 1])
    soft = (alpha > 0.1) & (alpha < 1)
    assert np.abs(small[soft].astype(int) - whole[soft]).mean() < 6


@pytest.mark.parametrize("level", [0.0, 1.0, 0.5])
@pytest.mark.parametrize("size", [(1, 1), (1, 30), (30, 1), (5, 4)])
def test_images_of_any_size_are_cut_out(size, level):
    image = np.full((*size, 3), 90, np.uint8)
    with Image.open(io.BytesIO(cutout_png(image, np.full(size, level, np.float32)))) as opened:
        cut = np.array(opened)
    assert cut.shape == (*size, 4) and (cut[..., 3] == round(level * 255)).all()
    if level == 1:
        np.testing.assert_array_equal(cut[..., :3], image)


def test_a_photograph_is_cut_out_by_a_trimap_around_the_head():
    image = photograph("astronaut.png")
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    away = np.hypot((x - 220) / 95, (y - 130) / 120)
    trimap = np.where(away < 0.75, 255, np.where(away > 1.3, 0, 128)).astype(np.uint8)
    alpha = solve(image, trimap)
    assert 0.02 < alpha[trimap == 128].mean() < 0.98
    assert len(alpha_png(to_levels(alpha))) > 1000
