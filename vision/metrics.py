"""How good predictions are, on held-out images. NumPy alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

BINS = 10


def f1_scores(truth: np.ndarray, predicted: np.ndarray, count: int) -> np.ndarray:
    """F1 of each class; 0 for one that is neither there nor predicted. Index −1 predicts nothing."""
    hits = np.bincount(truth[truth == predicted], minlength=count)[:count]
    said = np.bincount(predicted[predicted >= 0], minlength=count)[:count]
    there = np.bincount(truth, minlength=count)[:count]
    return 2 * hits / np.maximum(said + there, 1)


def macro_f1(truth: Sequence[str], predicted: Sequence[str | None], categories: Sequence[str]) -> float:
    """The mean F1 over the categories that occur in `truth`: one that nobody held out cannot be judged."""
    if not truth:
        return 0.0
    index = {name: number for number, name in enumerate(categories)}
    true = np.array([index[name] for name in truth])
    said = np.array([index.get(name, -1) if name is not None else -1 for name in predicted])
    return float(f1_scores(true, said, len(categories))[np.unique(true)].mean())


def majority_of(truth: Sequence[str]) -> str | None:
    return max(sorted(set(truth)), key=truth.count, default=None)


def classification_report(
    truth: Sequence[str], results: Sequence[Mapping[str, Any] | None], categories: Sequence[str]
) -> dict[str, Any]:
    """Everything the registry shows of a version. `results` are Classes as JSON; None or no category is a miss."""
    predicted = [result.get("category") if result else None for result in results]
    confidence = [
        max(result["scores"].values(), default=0.0) if result and result.get("category") else None
        for result in results
    ]
    correct = [said == true for said, true in zip(predicted, truth, strict=True)]
    majority = majority_of(truth)
    per_class = {name: _per_class(name, truth, predicted) for name in categories}
    recalls = [row["recall"] for row in per_class.values() if row["support"]]
    return {
        "count": len(truth),
        "accuracy": sum(correct) / len(truth) if truth else 0.0,
        "macro_f1": macro_f1(truth, predicted, categories),
        "balanced_accuracy": float(np.mean(recalls)) if recalls else 0.0,
        "per_class": per_class,
        "confusion": _confusion(truth, predicted, categories),
        "calibration": _calibration(confidence, correct),
        "majority": {
            "accuracy": truth.count(majority) / len(truth) if majority else 0.0,  # type: ignore[arg-type]
            "macro_f1": macro_f1(truth, [majority] * len(truth), categories),
        },
        "unanswered": sum(said is None for said in predicted),
    }


def _per_class(name: str, truth: Sequence[str], predicted: Sequence[str | None]) -> dict[str, float]:
    hits = sum(t == p == name for t, p in zip(truth, predicted, strict=True))
    said, there = sum(p == name for p in predicted), sum(t == name for t in truth)
    return {
        "precision": hits / said if said else 0.0,
        "recall": hits / there if there else 0.0,
        "f1": 2 * hits / (said + there) if said + there else 0.0,
        "support": there,
    }


def _confusion(
    truth: Sequence[str], predicted: Sequence[str | None], categories: Sequence[str]
) -> dict[str, Any]:
    """Rows are the truth, columns the predictions; the last column is "no answer"."""
    index = {name: number for number, name in enumerate(categories)}
    matrix = np.zeros((len(categories), len(categories) + 1), int)
    for true, said in zip(truth, predicted, strict=True):
        if true in index:
            matrix[
                index[true], index.get(said, len(categories)) if said is not None else len(categories)
            ] += 1
    return {"labels": list(categories), "matrix": matrix.tolist()}


def _calibration(confidence: Sequence[float | None], correct: Sequence[bool]) -> dict[str, Any]:
    """Expected calibration error over ten equal bins (Guo et al. 2017), over the images that got an answer."""
    answered = [(c, right) for c, right in zip(confidence, correct, strict=True) if c is not None]
    bins = []
    for number in range(BINS):
        low, high = number / BINS, (number + 1) / BINS
        inside = [(c, right) for c, right in answered if low < c <= high or (number == 0 and c == 0)]
        if inside:
            mean = float(np.mean([c for c, _ in inside]))
            bins.append(
                {
                    "confidence": mean,
                    "accuracy": float(np.mean([right for _, right in inside])),
                    "count": len(inside),
                }
            )
    error = sum(row["count"] * abs(row["confidence"] - row["accuracy"]) for row in bins)
    return {"ece": error / len(answered) if answered else 0.0, "bins": bins}


def bootstrap_difference(
    truth: Sequence[str], first: Sequence[str | None], second: Sequence[str | None], categories: Sequence[str],
    *, rounds: int = 1000, seed: int = 0,
) -> dict[str, float]:  # fmt: skip
    """first − second in macro-F1 with the 95 % interval of a paired bootstrap over images (Efron & Tibshirani 1993)."""
    index = {name: number for number, name in enumerate(categories)}
    true = np.array([index[name] for name in truth], int)
    a, b = (
        np.array([index.get(name, -1) if name is not None else -1 for name in said], int)
        for said in (first, second)
    )

    def difference(rows: np.ndarray) -> float:
        present = np.unique(true[rows])
        scores = [f1_scores(true[rows], said[rows], len(categories))[present].mean() for said in (a, b)]
        return float(scores[0] - scores[1])

    if not len(true):
        return {"value": 0.0, "low": 0.0, "high": 0.0}
    random = np.random.default_rng(seed)
    drawn = [difference(random.integers(0, len(true), len(true))) for _ in range(rounds)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {"value": difference(np.arange(len(true))), "low": float(low), "high": float(high)}


def bootstrap_medians(
    a: Sequence[float], b: Sequence[float], *, rounds: int = 1000, seed: int = 0, fewest: int = 10
) -> dict[str, float | int | None]:
    """Medians of two independent samples, and a − b with the 95 % interval of a bootstrap (Efron & Tibshirani 1993).

    With fewer than `fewest` in either, no difference is given: its interval would say nothing.
    """
    medians = [float(np.median(sample)) if len(sample) else None for sample in (a, b)]
    found: dict[str, float | int | None] = {
        "a": medians[0], "b": medians[1], "a_count": len(a), "b_count": len(b),
        "difference": None, "low": None, "high": None,
    }  # fmt: skip
    if min(len(a), len(b)) < fewest:
        return found
    random = np.random.default_rng(seed)
    drawn = [
        np.median(random.choice(np.asarray(sample, np.float32), (rounds, len(sample))), axis=1)
        for sample in (a, b)
    ]
    low, high = np.percentile(drawn[0] - drawn[1], [2.5, 97.5])
    assert medians[0] is not None and medians[1] is not None
    return found | {"difference": medians[0] - medians[1], "low": float(low), "high": float(high)}


def bootstrap_mean_difference(
    first: Sequence[float], second: Sequence[float], *, rounds: int = 1000, seed: int = 0
) -> dict[str, float]:
    """mean(first) − mean(second) of the same images with the 95 % interval of a paired bootstrap (Efron & Tibshirani 1993)."""
    apart = np.asarray(first, np.float64) - np.asarray(second, np.float64)
    if not len(apart):
        return {"value": 0.0, "low": 0.0, "high": 0.0}
    drawn = np.random.default_rng(seed).integers(0, len(apart), (rounds, len(apart)))
    low, high = np.percentile(apart[drawn].mean(1), [2.5, 97.5])
    return {"value": float(apart.mean()), "low": float(low), "high": float(high)}


def matting_means(scores: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The means of images' errors, each over the images that have it (`vision.matting_metrics`)."""
    names = dict.fromkeys(name for values in scores for name in values)
    return {name: float(np.mean([values[name] for values in scores if name in values])) for name in names}
