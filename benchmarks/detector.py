"""Stage 1 of the two-stage model beside YOLOX-nano, on photographs of COCO val2017 that neither was trained on.

    python -m benchmarks.detector --data ../shared/data/coco-mini --yolox ../shared/weights/yolox_nano_416.onnx

`--data` is a folder with `annotations.coco.json` (each image with its `coco_split`) and `images/`. A box counts as
found when one of its class, at or above the score threshold, overlaps it by an IoU of 0.5; each found box is used
once, best score first. A false alarm is a box that finds none. A frame counts as holding an entity when a box of one of
the external entities is labeled, or found, anywhere in it: that is what decides "distracted".
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vision.detector import COCO_NAMES, NanoDet
from vision.images import read_rgb
from vision.models.two_stage.predictor import DEFAULTS
from vision.results import Box, Entity
from vision.runtime import nms, resize, session

IOU = 0.5
Detect = Callable[[np.ndarray], list[Entity]]


@dataclass(frozen=True)
class Frame:
    pixels: np.ndarray  # uint8 [H, W, 3], RGB
    boxes: list[tuple[str, Box]]


class YoloxNano:
    """YOLOX-nano at 416 × 416 (Ge et al. 2021): BGR from 0 to 255 at the top left of grey; anchor-free boxes."""

    SIZE, STRIDES, OVERLAP, GREY = 416, (8, 16, 32), 0.45, 114

    def __init__(self, model: Path) -> None:
        self.session = session(model)
        cells, strides = [], []
        for stride in self.STRIDES:
            count = self.SIZE // stride
            y, x = np.mgrid[:count, :count]
            cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
            strides.append(np.full((count * count, 1), stride))
        self.cells, self.strides = np.concatenate(cells), np.concatenate(strides)

    def detect(self, image: np.ndarray, threshold: float) -> list[Entity]:
        height, width = image.shape[:2]
        scale = self.SIZE / max(height, width)
        square = np.full((self.SIZE, self.SIZE, 3), self.GREY, np.uint8)
        inner = resize(image, round(width * scale), round(height * scale))
        square[: inner.shape[0], : inner.shape[1]] = inner
        batch = square[..., ::-1].transpose(2, 0, 1)[None].astype(np.float32)
        raw = self.session.run(None, {"images": batch})[0][0]
        middle, side = (raw[:, :2] + self.cells) * self.strides, np.exp(raw[:, 2:4]) * self.strides
        boxes = np.concatenate([middle - side / 2, middle + side / 2], axis=1) / scale
        boxes = boxes.clip(0, [width, height, width, height])
        scores = raw[:, 4:5] * raw[:, 5:]
        rows, classes = np.nonzero(scores >= threshold)
        apart = boxes[rows] + classes[:, None] * 2.0 * max(width, height)  # classes do not compete
        kept = nms(apart, scores[rows, classes], self.OVERLAP)
        return [
            Entity(COCO_NAMES[classes[k]], tuple(boxes[rows[k]].tolist()), float(scores[rows[k], classes[k]]))
            for k in kept
        ]


def load_frames(folder: Path, split: str) -> list[Frame]:
    labels = json.loads((folder / "annotations.coco.json").read_text())
    names = {row["id"]: row["name"] for row in labels["categories"]}
    boxes: dict[int, list[tuple[str, Box]]] = defaultdict(list)
    for row in labels["annotations"]:
        x, y, width, height = row["bbox"]
        boxes[row["image_id"]].append((names[row["category_id"]], (x, y, x + width, y + height)))
    return [
        Frame(read_rgb(folder / "images" / row["file_name"]), boxes[row["id"]])
        for row in labels["images"]
        if row["coco_split"] == split
    ]


def iou(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def matches(labeled: Sequence[Box], found: Sequence[Entity]) -> int:
    """How many of the labeled boxes are found, each by a box of its own."""
    left, hits = list(labeled), 0
    for entity in sorted(found, key=lambda entity: -entity.score):
        best = max(left, key=lambda box: iou(box, entity.bbox), default=None)
        if best is not None and iou(best, entity.bbox) >= IOU:
            left.remove(best)
            hits += 1
    return hits


def box_row(names: Sequence[str], frames: Sequence[Frame], answers: Sequence[list[Entity]]) -> list[str]:
    """Labeled, found, false alarms, all three as counts; recall and false alarms an image."""
    labeled = hits = said = 0
    for frame, entities in zip(frames, answers, strict=True):
        for name in names:
            there = [box for label, box in frame.boxes if label == name]
            mine = [entity for entity in entities if entity.name == name]
            labeled, said, hits = labeled + len(there), said + len(mine), hits + matches(there, mine)
    false = said - hits
    return [str(labeled), str(hits), _share(hits, labeled), str(false), f"{false / len(frames):.3f}"]


def frame_row(names: Sequence[str], frames: Sequence[Frame], answers: Sequence[list[Entity]]) -> list[str]:
    """The same over whole frames: does the frame hold one of `names`?"""
    holds = [any(name in names for name, _ in frame.boxes) for frame in frames]
    said = [any(entity.name in names for entity in entities) for entities in answers]
    hits = sum(a and b for a, b in zip(holds, said, strict=True))
    false = sum(b and not a for a, b in zip(holds, said, strict=True))
    return [str(sum(holds)), str(hits), _share(hits, sum(holds)), str(false), f"{false / len(frames):.3f}"]


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "none labeled"


def timed(detect: Detect, frames: Sequence[Frame]) -> tuple[list[list[Entity]], float]:
    """What was found in each frame, and the median ms of a frame, one at a time, from its pixels to its boxes."""
    detect(frames[0].pixels)  # warm
    answers, seconds = [], []
    for frame in frames:
        begun = time.perf_counter()
        answers.append(detect(frame.pixels))
        seconds.append(time.perf_counter() - begun)
    return answers, float(np.median(seconds)) * 1000


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data/coco-mini"))
    parser.add_argument("--yolox", type=Path, default=Path("../shared/weights/yolox_nano_416.onnx"))
    parser.add_argument("--score", type=float, default=DEFAULTS["entity_score"])
    parser.add_argument("--split", default="val2017", help="train2017 is for choosing, never for reporting")
    options = parser.parse_args()
    for path in (options.data / "annotations.coco.json", options.yolox):
        if not path.exists():
            print(f"{path} is missing: name it with --data or --yolox.", file=sys.stderr)
            return 1
    frames = load_frames(options.data, options.split)
    stage1, yolox = NanoDet(), YoloxNano(options.yolox)
    detectors: dict[str, Detect] = {
        "NanoDet-g (stage 1)": lambda image: stage1.detect([image], threshold=options.score)[0],
        "YOLOX-nano": lambda image: yolox.detect(image, options.score),
    }
    entities = DEFAULTS["entities"]
    print(f"{len(frames)} images of {options.split}, score ≥ {options.score}, IoU ≥ {IOU}\n")
    print(
        "| detector | what | labeled | found | recall | false alarms | false alarms an image | ms an image |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for title, detect in detectors.items():
        answers, ms = timed(detect, frames)
        for name in ("person", *entities):
            print("| " + " | ".join([title, name, *box_row([name], frames, answers), f"{ms:.0f}"]) + " |")
        whole = frame_row(entities, frames, answers)
        print("| " + " | ".join([title, f"frames with {', '.join(entities)}", *whole, f"{ms:.0f}"]) + " |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
