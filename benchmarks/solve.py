"""How long closed-form matting takes, where the time goes, and what comes of it, on trimaps that come with true alphas.

    python -m benchmarks.solve --data FOLDER [--side 1024] [--limit 0] [--plain]

`--data` is a folder with `image/`, `alpha/`, `trimap1/` (a narrow unknown band) and `trimap2/` (a wide one), files of equal
names. Images are scaled to `--side` pixels of the longer side, alphas too, trimaps without new levels. Errors are those of
`vision.matting_metrics` in the unknown region. With `--plain`, pymatting's own `estimate_alpha_cf`, which solves for every
pixel of the image, is timed beside it, and the largest and the mean difference of the two alphas is told.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from vision.images import read_rgb
from vision.mattes import read_levels, to_alpha, to_levels
from vision.matting import BUILT, PREPARED, estimate_foreground, solve_alpha
from vision.matting_metrics import matting_scores

Case = tuple[str, np.ndarray, np.ndarray, np.ndarray]  # its name, image, trimap and true alpha


def cases(data: Path, trimap: str, side: int, limit: int) -> Iterator[Case]:
    for path in sorted((data / "image").iterdir())[: limit or None]:
        image = read_rgb(path)
        ratio = side / max(image.shape[:2])
        size = round(image.shape[1] * ratio), round(image.shape[0] * ratio)
        given, alpha = (read_levels(data / name / f"{path.stem}.png") for name in (trimap, "alpha"))
        yield (
            path.stem, cv2.resize(image, size, interpolation=cv2.INTER_CUBIC), cv2.resize(given, size, interpolation=cv2.INTER_NEAREST),
            cv2.resize(alpha, size, interpolation=cv2.INTER_LINEAR),
        )  # fmt: skip


def timed(image: np.ndarray, trimap: np.ndarray) -> tuple[np.ndarray, list[float], int, float]:
    """Alpha; seconds for the equations, the preconditioner and the solver; its rounds; the longest silence."""
    begun = time.perf_counter()
    heard: list[tuple[float, float]] = []
    alpha = solve_alpha(image, trimap, on_progress=lambda share: heard.append((time.perf_counter(), share)))
    ends = [max((at for at, share in heard if share <= part), default=begun) for part in (BUILT, PREPARED, 1)]
    rounds = sum(share >= PREPARED for _, share in heard)
    times = [at for at, _ in heard]
    return alpha, list(np.diff([begun, *ends])), rounds, float(np.max(np.diff(times)))


def plain(image: np.ndarray, trimap: np.ndarray) -> tuple[np.ndarray, float]:
    from pymatting import estimate_alpha_cf

    known = np.where(trimap == 0, 0.0, np.where(trimap == 255, 1.0, 0.5))
    begun = time.perf_counter()
    return estimate_alpha_cf(image / 255.0, known), time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--limit", type=int, default=0, help="images; 0: every one")
    parser.add_argument("--plain", action="store_true", help="pymatting's own way beside it")
    options = parser.parse_args()
    first = next(cases(options.data, "trimap1", 64, 1))
    solve_alpha(first[1], first[2], on_progress=lambda share: None)  # imports and compiles
    print("| trimap | image | pixels | unknown | s | equations | preconditioner | solver (rounds) | longest silence, s | foreground, s "
          "| SAD | MSE |" + (" plain, s | difference, largest, mean |" if options.plain else ""))  # fmt: skip
    print("|---|---|---|---|---|---|---|---|---|---|---|---|" + ("---|---|" if options.plain else ""))
    for trimap in ("trimap1", "trimap2"):
        table = []
        for name, image, given, truth in cases(options.data, trimap, options.side, options.limit):
            alpha, seconds, rounds, silence = timed(image, given)
            begun = time.perf_counter()
            estimate_foreground(image, to_alpha(truth))
            colours = time.perf_counter() - begun
            scores = matting_scores(to_levels(alpha), truth, given)
            unknown = float(np.mean((given != 0) & (given != 255)))
            row = [
                unknown,
                sum(seconds),
                *seconds,
                rounds,
                silence,
                colours,
                scores["sad_unknown"],
                scores["mse_unknown"],
            ]
            if options.plain:
                other, took = plain(image, given)
                row += [took, float(np.abs(other - alpha).max()), float(np.abs(other - alpha).mean())]
            table.append(row)
            print(written(trimap, name, f"{image.shape[1]} × {image.shape[0]}", row), flush=True)
        print(written(trimap, "**mean**", "", list(np.mean(table, 0))))


def written(trimap: str, name: str, size: str, row: list[float]) -> str:
    unknown, whole, build, prepare, solve, rounds, silence, colours, sad, mse, *rest = row
    cells = [
        trimap, name, size, f"{unknown:.0%}", f"{whole:.2f}", f"{build:.2f}", f"{prepare:.2f}", f"{solve:.2f} ({rounds:.0f})",
        f"{silence:.2f}", f"{colours:.2f}", f"{sad:.2f}", f"{mse:.2f}",
    ]  # fmt: skip
    if rest:
        cells += [f"{rest[0]:.2f}", f"{rest[1]:.3f}, {rest[2]:.5f}"]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
