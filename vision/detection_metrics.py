"""How good boxes are, on held-out images. NumPy and faster-coco-eval: no torch, for the web process compares versions too.

Truth is, for each image, its (category, box) pairs; results are `Boxes` as JSON, None where a version failed on an image.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from vision.checks import Box
from vision.geometry import iou, matched, to_xywh

Truth = Sequence[Sequence[tuple[str, Box]]]
Results = Sequence[Mapping[str, Any] | None]

THRESHOLD = 0.25  # the score from which precision and recall count boxes
FOUND = 0.5  # intersection over union from which a box is found
LEVELS = np.linspace(0.5, 0.95, 10)  # of COCO's mean average precision (Lin et al. 2014)
RECALLS = np.linspace(0, 1, 101)
MOST = 100  # boxes of a category on an image, the surest ones, that COCO's figure looks at
DRAWS = 50_000_000  # boxes that a bootstrap goes through in all: with many, fewer rounds do


def detection_report(
    truth: Truth, results: Results, categories: Sequence[str], *, threshold: float = THRESHOLD
) -> dict[str, Any]:
    """Everything the registry shows of a version. Means leave out categories that no image shows."""
    precision = _coco(
        truth, results, categories
    )  # [levels, recalls, categories], −1 where nothing is to be found
    found = [mistakes(true, said, threshold=threshold) for true, said in zip(truth, results, strict=True)]
    per_class = {name: _per_class(n, name, truth, found, precision) for n, name in enumerate(categories)}
    there = [row for row in per_class.values() if row["support"]]
    hits, shown = sum(len(one["hits"]) for one in found), _shown(found)
    boxes = sum(map(len, truth))
    return {
        "count": len(truth), "boxes": boxes,
        "map": _mean([row["ap"] for row in there]), "map50": _mean([row["ap50"] for row in there]),
        "map75": _mean([_ap(precision[5, :, n]) for n, name in enumerate(categories) if per_class[name]["support"]]),
        "per_class": per_class, **_ratios(hits, shown, boxes), "threshold": threshold,
        "best_threshold": _best_threshold(truth, results, categories), "confusion": _confusion(found, categories),
    }  # fmt: skip


def _coco(truth: Truth, results: Results, categories: Sequence[str]) -> np.ndarray:
    """COCO's precision at each level and recall, by faster-coco-eval."""
    empty = np.full((len(LEVELS), len(RECALLS), len(categories)), -1.0)
    if not any(truth):
        return empty
    from faster_coco_eval import COCO, COCOeval_faster

    index = {name: n + 1 for n, name in enumerate(categories)}
    labeled: list[dict[str, Any]] = [
        {"image_id": image, "category_id": index[name], "bbox": list(to_xywh(box))}
        for image, boxes in enumerate(truth) for name, box in boxes if name in index
    ]  # fmt: skip
    for number, row in enumerate(labeled):
        row |= {"id": number + 1, "area": row["bbox"][2] * row["bbox"][3], "iscrowd": 0}
    said = [
        {"image_id": image, "category_id": index[box["category"]], "bbox": list(to_xywh(box["bbox"])), "score": box["score"]}
        for image, result in enumerate(results) if result for box in result["boxes"] if box["category"] in index
    ]  # fmt: skip
    if not labeled or not said:
        return np.where(
            np.isin(np.arange(1, len(categories) + 1), [row["category_id"] for row in labeled]), 0.0, empty
        )
    coco = COCO()
    coco.dataset = {
        "images": [{"id": image} for image in range(len(truth))], "annotations": labeled,
        "categories": [{"id": n, "name": name} for name, n in index.items()],
    }  # fmt: skip
    coco.createIndex()
    evaluation = COCOeval_faster(coco, coco.loadRes(said), "bbox", print_function=lambda *_: None)
    evaluation.run()
    return np.asarray(evaluation.eval["precision"])[:, :, :, 0, -1]


def _ap(precision: np.ndarray) -> float:
    known = precision[precision > -1]
    return float(known.mean()) if known.size else 0.0


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else 0.0


def mistakes(
    truth: Sequence[tuple[str, Box]], result: Mapping[str, Any] | None, *, threshold: float = THRESHOLD
) -> dict[str, list[dict[str, Any]]]:
    """What a version found on an image and what it got wrong: {hits, misses, confused, false_alarms}, each a list of
    {category, bbox, score?}. Of a confused box the category is the true one, `said` what the version took it for."""
    said = [box for box in (result or {"boxes": []})["boxes"] if box["score"] >= threshold]
    overlap = iou([box for _, box in truth], [box["bbox"] for box in said])
    same = np.equal.outer(
        np.array([name for name, _ in truth], str), np.array([box["category"] for box in said], str)
    )
    hits = matched(np.where(same, overlap, 0), FOUND)
    for row, column in hits:
        overlap[row], overlap[:, column] = 0, 0
    confused = matched(overlap, FOUND)
    rows = {row for row, _ in hits + confused}
    columns = {column for _, column in hits + confused}
    return {
        "hits": [_box(truth[row], score=said[column]["score"]) for row, column in hits],
        "misses": [_box(true) for row, true in enumerate(truth) if row not in rows],
        "confused": [
            _box(truth[row], score=said[column]["score"], said=said[column]["category"]) for row, column in confused
        ],
        "false_alarms": [
            {"category": box["category"], "bbox": list(box["bbox"]), "score": box["score"]}
            for column, box in enumerate(said) if column not in columns
        ],
    }  # fmt: skip


def _box(true: tuple[str, Box], **more: Any) -> dict[str, Any]:
    return {"category": true[0], "bbox": list(true[1]), **more}


def _shown(found: Sequence[Mapping[str, Any]]) -> int:
    return sum(len(one[name]) for one in found for name in ("hits", "confused", "false_alarms"))


def _ratios(hits: int, said: int, there: int) -> dict[str, float]:
    return {
        "precision": hits / said if said else 0.0,
        "recall": hits / there if there else 0.0,
        "f1": 2 * hits / (said + there) if said + there else 0.0,
    }


def _per_class(
    number: int, name: str, truth: Truth, found: Sequence[Mapping[str, Any]], precision: np.ndarray
) -> dict[str, float]:
    def count(where: str, field: str = "category") -> int:
        return sum(box[field] == name for one in found for box in one[where])

    hits, there = count("hits"), sum(label == name for boxes in truth for label, _ in boxes)
    said = hits + count("confused", "said") + count("false_alarms")
    return {
        "ap": _ap(precision[:, :, number]), "ap50": _ap(precision[0, :, number]), **_ratios(hits, said, there), "support": there,
    }  # fmt: skip


def _confusion(found: Sequence[Mapping[str, Any]], categories: Sequence[str]) -> dict[str, Any]:
    """Rows are the truth, columns what was said; the last of each is the background: false alarms and misses."""
    index, last = {name: n for n, name in enumerate(categories)}, len(categories)
    matrix = np.zeros((last + 1, last + 1), int)
    for one in found:
        for box in one["hits"]:
            matrix[index.get(box["category"], last), index.get(box["category"], last)] += 1
        for box in one["confused"]:
            matrix[index.get(box["category"], last), index.get(box["said"], last)] += 1
        for box in one["misses"]:
            matrix[index.get(box["category"], last), last] += 1
        for box in one["false_alarms"]:
            matrix[last, index.get(box["category"], last)] += 1
    return {"labels": [*categories, "background"], "matrix": matrix.tolist()}


# --- matches, kept image by image -------------------------------------------------------------------------------------
class _Matches:
    """Of a category: for each image the scores of its predicted boxes, whether each is right at each level, and how many
    true ones there are. Scores fall within an image, as COCO matches them."""

    def __init__(self, truth: Truth, results: Results, category: str) -> None:
        self.scores: list[np.ndarray] = []
        self.right: list[np.ndarray] = []  # bool [levels, n]
        self.there = np.zeros(len(truth), int)
        for image, (true, result) in enumerate(zip(truth, results, strict=True)):
            boxes = [box for name, box in true if name == category]
            said = [box for box in (result or {"boxes": []})["boxes"] if box["category"] == category]
            said = sorted(said, key=lambda box: -box["score"])[:MOST]
            self.there[image] = len(boxes)
            self.scores.append(np.array([box["score"] for box in said]))
            self.right.append(_right(iou([box["bbox"] for box in said], boxes)))

    def average_precision(self, images: np.ndarray) -> float | None:
        """The mean over the levels, of images that may stand there several times; None where nothing is to be found."""
        there = int(self.there[images].sum())
        if not there:
            return None
        scores = np.concatenate([self.scores[n] for n in images])
        right = np.concatenate([self.right[n] for n in images], axis=1)[:, np.argsort(-scores, kind="stable")]
        hits = np.cumsum(right, axis=1)
        precision = hits / np.arange(1, hits.shape[1] + 1)
        precision = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
        recall = hits / there
        total = 0.0
        for level in range(len(LEVELS)):
            places = np.searchsorted(recall[level], RECALLS, side="left")
            inside = places < recall.shape[1]
            total += precision[level, places[inside]].sum() / len(RECALLS)
        return total / len(LEVELS)


def _right(overlap: np.ndarray) -> np.ndarray:
    """Which predicted boxes, surest first, are right at each level: each takes the true box that it overlaps most, of
    those that are left. bool [levels, n]."""
    right = np.zeros((len(LEVELS), len(overlap)), bool)
    if not overlap.size:
        return right
    for level, least in enumerate(LEVELS):
        left = np.ones(overlap.shape[1], bool)
        for n, row in enumerate(overlap):
            best = int(np.where(left, row, -1).argmax())
            if left[best] and row[best] >= least:
                right[level, n], left[best] = True, False
    return right


def _best_threshold(truth: Truth, results: Results, categories: Sequence[str]) -> float:
    """The score at which precision and recall at an IoU of 0.5 balance best (F1)."""
    every = [_Matches(truth, results, name) for name in categories]
    scores = np.concatenate([np.zeros(0), *(part for one in every for part in one.scores)])
    if not scores.size:
        return THRESHOLD
    right = np.concatenate([part[0] for one in every for part in one.right])
    there = sum(int(one.there.sum()) for one in every)
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(right[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + there)
    return round(float(scores[order][int(f1.argmax())]), 4)


def bootstrap_map(
    truth: Truth,
    first: Results,
    second: Results,
    categories: Sequence[str],
    *,
    rounds: int = 1000,
    seed: int = 0,
) -> dict[str, float]:
    """first − second in mAP 50–95 with the 95 % interval of a paired bootstrap over images (Efron & Tibshirani 1993).
    With very many boxes there are fewer rounds, at least a hundred."""
    if not len(truth):
        return {"value": 0.0, "low": 0.0, "high": 0.0}
    pairs = [[_Matches(truth, results, name) for name in categories] for results in (first, second)]
    boxes = sum(len(part) for side in pairs for one in side for part in one.scores)
    rounds = max(100, min(rounds, DRAWS // max(1, boxes * len(LEVELS))))

    def difference(images: np.ndarray) -> float:
        means = []
        for side in pairs:
            found = [one.average_precision(images) for one in side]
            means.append(_mean([ap for ap in found if ap is not None]))
        return means[0] - means[1]

    random = np.random.default_rng(seed)
    drawn = [difference(random.integers(0, len(truth), len(truth))) for _ in range(rounds)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {"value": difference(np.arange(len(truth))), "low": float(low), "high": float(high)}
