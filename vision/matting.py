"""Alpha from a trimap, and foreground colours from alpha: closed-form matting (Levin, Lischinski and Weiss 2008, "A closed-form
solution to natural image matting") and multi-level foreground estimation (Germer et al. 2020), on pymatting.

pymatting compiles itself where it is imported first, for half a minute, and loads what it compiled later on: it is imported
in workers alone, when it is needed. `python -m vision.matting` has it compiled beforehand, and does nothing else.
"""

from __future__ import annotations

import math
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from scipy import sparse

from vision.mattes import BACKGROUND, FOREGROUND

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vision.base import RGBImage
    from vision.mattes import Alpha, Levels

REACH = 2  # pixels: how far the equations of one pixel reach, for its windows are of 3 × 3 pixels
ROWS = 128  # of a strip whose equations are made at once: they take 400 bytes a pixel for a moment
MOST_ESTIMATED = 8_000_000  # pixels whose colours are estimated at once
MOST_UNKNOWN = 3_000_000  # pixels: solving takes a kilobyte for each
DROPPED = 1e-3  # of the preconditioner: smaller parts are left out. With a tenth of it, it takes as long in all and twice the memory
SHIFTS = (
    1e-3,
    1e-2,
    0.1,
    1.0,
    10.0,
)  # added to the diagonal until it can be decomposed: with less it hardly ever can
LOOK = 0.2  # seconds between two words on how far it is, while the preconditioner is made
A_SECOND = 150_000  # unknown pixels for which it is made in a second, about
CLOSE = 1e-6  # what is left of the residual when it is solved: alpha is then right to a fraction of a level
MOST = 3000  # rounds of the solver; what it has by then differs from the solution by less than can be seen
MAKING = threading.Lock()
BUILT, PREPARED = 0.25, 0.5  # shares of the whole, for people who wait


class NothingToSolve(ValueError):
    """The message is for people: what the trimap lacks, or has too much of, and what to do."""


def solve_alpha(image: RGBImage, trimap: Levels, *, on_progress: Callable[[float], None]) -> Alpha:
    """float32 [h, w] in [0, 1]; where the trimap is 0 or 255 alpha is that, and it is found where it is neither.

    uint8 [h, w, 3] and [h, w]. `on_progress` hears the share that is done, from 0 to 1, many times; what it raises ends the
    work. Raises NothingToSolve, and ValueError for sizes that differ.
    """
    if image.shape[:2] != trimap.shape:
        raise ValueError("an image and a trimap of one size are expected")
    _check(trimap)
    on_progress(0.0)
    alpha = (trimap == FOREGROUND).astype(np.float32)
    wide = tuple((1, 1) if side < 3 else (0, 0) for side in trimap.shape)  # a window has to fit in
    padded = np.pad(image, (*wide, (0, 0)), "edge"), np.pad(trimap, wide, "edge")
    system = _system(*padded, on_progress)
    found = _solve(*system, on_progress)
    (top, bottom), (left, right) = wide
    whole = np.pad(alpha, wide, "edge")
    whole[_unknown(padded[1])] = np.clip(found, 0, 1)
    on_progress(1.0)
    return whole[top : whole.shape[0] - bottom, left : whole.shape[1] - right].copy()


def estimate_foreground(image: RGBImage, alpha: Alpha) -> RGBImage:
    """What colours the foreground has by itself, uint8 [h, w, 3]: where alpha is between 0 and 1, the background is taken
    out of the pixel; where it is 0, the colours go on from the nearest foreground. Of large images they are estimated at a
    smaller size: they change slowly, and 90 bytes a pixel are needed for them."""
    height, width = alpha.shape
    if (share := MOST_ESTIMATED / max(1, height * width)) >= 1:
        return estimate_colours(image, alpha)[0]
    size = max(1, round(width * share**0.5)), max(1, round(height * share**0.5))
    small = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    little = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA), np.float32)
    front = cv2.resize(estimate_colours(small, little)[0], (width, height), interpolation=cv2.INTER_LINEAR)
    np.copyto(front, image, where=(alpha >= 1)[..., None])
    return np.asarray(front, np.uint8)


def estimate_colours(image: RGBImage, alpha: Alpha) -> tuple[RGBImage, RGBImage]:
    """The colours of the foreground, and those of the background, each in every pixel: uint8 [h, w, 3]."""
    _library()
    from pymatting import estimate_foreground_ml

    height, width = alpha.shape
    wide = ((0, height < 2), (0, width < 2))  # it divides by what a side has more than a pixel
    padded = np.pad(image, (*wide, (0, 0)), "edge").astype(np.float32) / 255
    both = estimate_foreground_ml(padded, np.pad(alpha, wide, "edge"), return_background=True)
    front, back = (
        np.rint(np.clip(colours[:height, :width], 0, 1) * 255).astype(np.uint8) for colours in both
    )
    return front, back


def _check(trimap: Levels) -> None:
    unknown = int(_unknown(trimap).sum())
    if unknown > MOST_UNKNOWN:
        raise NothingToSolve(
            f"{unknown:,} pixels are unknown, and {MOST_UNKNOWN:,} can be solved for at once: solve a part of the image, or paint a "
            "narrower edge."
        )
    if not unknown:
        raise NothingToSolve(
            "The trimap has no unknown pixel: paint the edge, with hair and all, as unknown."
        )
    if not (trimap == FOREGROUND).any():
        raise NothingToSolve(
            "The trimap has no foreground: paint some of what is surely in front as foreground."
        )
    if not (trimap == BACKGROUND).any():
        raise NothingToSolve(
            "The trimap has no background: paint some of what is surely behind as background."
        )


def _unknown(trimap: Levels) -> NDArray[np.bool_]:
    return (trimap != BACKGROUND) & (trimap != FOREGROUND)


def _system(
    image: RGBImage, trimap: Levels, on_progress: Callable[[float], None]
) -> tuple[Any, NDArray[np.float64]]:
    """The matting Laplacian's equations of the unknown pixels alone, sparse [n, n], and their right side [n]. What is known
    is put in: then nothing is left to solve where no window holds an unknown pixel."""
    unknown = _unknown(trimap)
    before = np.concatenate([[0], np.cumsum(unknown.sum(1))])  # unknown pixels above each row
    count, rows, right = int(before[-1]), [], []
    for top in range(0, len(trimap), ROWS):
        bottom = min(top + ROWS, len(trimap))
        if before[bottom] > before[top]:
            high, low = max(0, top - REACH), min(len(trimap), bottom + REACH)
            columns = np.flatnonzero(unknown[high:low].any(0))
            left, end = max(0, columns[0] - REACH), columns[-1] + 1 + REACH
            strip = np.s_[high:low, left:end]
            some, given = _equations(image[strip], trimap[strip], top - high, bottom - high)
            # Its unknown pixels stand one behind the other among all of them.
            at = np.arange(before[high], before[low], dtype=np.int32)[some.indices]
            rows.append(sparse.csr_matrix((some.data, at, some.indptr), (some.shape[0], count)))
            right.append(given)
        on_progress(BUILT * bottom / len(trimap))
    return sparse.vstack(rows, "csr"), np.concatenate(right)


def _equations(image: RGBImage, trimap: Levels, top: int, bottom: int) -> tuple[Any, NDArray[np.float64]]:
    """Of the unknown pixels in rows `top` to `bottom` of a strip, over all unknown pixels of the strip; and the right side."""
    _library()
    from pymatting import cf_laplacian

    unknown = _unknown(trimap)
    laplacian = cf_laplacian(image.astype(np.float64) / 255, is_known=~unknown.ravel())
    mine = unknown.copy()
    mine[:top] = mine[bottom:] = False
    some = laplacian[mine.ravel()]
    given = some @ (trimap == FOREGROUND).ravel().astype(np.float64)
    return some[:, unknown.ravel()], -given


def _solve(
    matrix: Any, right: NDArray[np.float64], on_progress: Callable[[float], None]
) -> NDArray[np.float64]:
    """Preconditioned conjugate gradients."""
    precondition = _preconditioner(matrix.tocsc(), on_progress)
    whole = float(np.linalg.norm(right))
    if not whole:  # no unknown pixel is near the foreground
        return np.zeros_like(right)

    least = 1.0

    def apply(residual: NDArray[np.float64]) -> NDArray[np.float64]:
        nonlocal least
        least = min(least, max(float(np.linalg.norm(residual)) / whole, CLOSE))  # it rises now and then
        on_progress(PREPARED + (1 - PREPARED) * math.log(least) / math.log(CLOSE))
        return precondition(residual)

    operator = sparse.linalg.LinearOperator(matrix.shape, apply, dtype=np.float64)
    found, _ = sparse.linalg.cg(matrix, right, rtol=CLOSE, maxiter=MOST, M=operator)
    return np.asarray(found)


def _preconditioner(
    matrix: Any, on_progress: Callable[[float], None]
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """An incomplete Cholesky decomposition (Kershaw 1978), made in a thread, for it says nothing of how far it is: the share is
    guessed. Who ends it by what `on_progress` raises does not wait until it is made, though it is."""
    from pymatting import ichol

    count = matrix.shape[0]
    begun = time.monotonic()
    thread = ThreadPoolExecutor(1)
    try:
        most = 200 * count + 10_000  # numbers in it
        made = thread.submit(_alone, ichol, matrix, discard_threshold=DROPPED, shifts=SHIFTS, max_nnz=most)
        while not wait([made], LOOK).done:
            guess = 1 - math.exp(-(time.monotonic() - begun) * A_SECOND / count)
            on_progress(BUILT + (PREPARED - BUILT) * guess)
        on_progress(PREPARED)
        return made.result()  # type: ignore[no-any-return]
    finally:
        thread.shutdown(wait=False)


def _alone(make: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """One that nobody waits for any more still takes its memory: the next one begins after it."""
    with MAKING:
        return make(*args, **options)


# --- what is compiled ----------------------------------------------------------------------------------------------
def compiled() -> bool:
    """Whether this machine has what pymatting compiles, or has begun with it."""
    return any(_library().rglob("*.nbi"))


def _library() -> Path:
    """What pymatting compiles is kept beside the other data of this machine, and not among the installed packages."""
    own = os.environ.get("FRAMELOOP_FOLDER") or Path(__file__).resolve().parent.parent / "var"
    return Path(os.environ.setdefault("NUMBA_CACHE_DIR", str(Path(own) / "numba")))


if __name__ == "__main__":
    os.nice(10)
    _library()
    import pymatting  # noqa: F401
