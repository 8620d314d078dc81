"""How much nearer to the true box click-to-box comes than the rough one: on people's own boxes.

    python -m benchmarks.boxfinder --data FOLDER

`--data` is a folder with `annotations.coco.json` and `images/`. Each true box is framed roughly: every side is moved
outwards or inwards by up to a quarter of the box's size. And it is clicked on in its middle.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from benchmarks.coco import load_samples
from vision.boxfinder import find_box
from vision.checks import Box
from vision.geometry import iou
from vision.images import read_rgb

LEAST = 12  # pixels of a side: what is smaller is drawn by hand


def rough(box: Box, random: np.random.Generator, least: float, most: float) -> Box:
    x1, y1, x2, y2 = box
    width, height = x2 - x1, y2 - y1
    left, top, right, bottom = random.uniform(least, most, 4)
    return x1 - left * width, y1 - top * height, x2 + right * width, y2 + bottom * height


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    samples, _ = load_samples(options.data)
    random = np.random.default_rng(0)
    seconds: list[float] = []
    rows: dict[str, list[tuple[float, float]]] = {"loose frame": [], "frame off both ways": [], "click": []}
    for sample in samples:
        pixels = read_rgb(sample.path)
        for _, box in sample.boxes:
            if min(box[2] - box[0], box[3] - box[1]) < LEAST:
                continue
            tried = {
                "loose frame": rough(box, random, 0.05, 0.25),
                "frame off both ways": rough(box, random, -0.15, 0.25),
            }
            for name, frame in tried.items():
                begun = time.perf_counter()
                found = find_box(pixels, box=frame)
                seconds.append(time.perf_counter() - begun)
                before = float(iou([frame], [box])[0, 0])
                rows[name].append((before, float(iou([found], [box])[0, 0]) if found else before))
            found = find_box(pixels, point=((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
            rows["click"].append((0.0, float(iou([found], [box])[0, 0]) if found else 0.0))
    print(
        "| | boxes | IoU of what was given, mean | IoU of what was found | found with an IoU of 0.5 |\n|---|---|---|---|---|"
    )
    for name, pairs in rows.items():
        before, after = np.array(pairs).T
        print(
            f"| {name} | {len(pairs)} | {before.mean():.2f} | {after.mean():.2f} | {(after >= 0.5).mean():.0%} |"
        )
    print(
        f"\n{np.median(seconds) * 1000:.0f} ms a frame, median; {np.percentile(seconds, 95) * 1000:.0f} ms at the 95th percentile."
    )


if __name__ == "__main__":
    main()
