"""How versions are judged, kind by kind: the figures of held-out images, and the one that the gate goes by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from labeling.models import Project
from training.services.mattescores import pairs_of, scores_known, scores_work_out
from vision.metrics import (
    bootstrap_difference,
    bootstrap_mean_difference,
    classification_report,
    matting_means,
)

Results = Sequence[dict[str, Any] | None]  # what a version said of images, as JSON; None where it failed


class Judge(Protocol):
    metric: str  # that the gate goes by, in a report
    title: str
    sign: int  # 1 where more of it is better, -1 where less is
    short: tuple[str, ...]  # of a report, what the gate writes down

    def prepare(self, truth: Sequence[Any], results: Results, look: Callable[[], None]) -> None:
        """In a worker, ahead of the others: whatever takes long. `look` is called often, and may raise."""
        ...

    def can_say(self, truth: Sequence[Any], results: Results) -> list[bool]:
        """Whether an image's figures are at hand."""
        ...

    def report(self, truth: Sequence[Any], results: Results, categories: Sequence[str]) -> dict[str, Any]: ...

    def difference(
        self, truth: Sequence[Any], first: Results, second: Results, categories: Sequence[str]
    ) -> dict[str, float]:
        """first − second in the metric: {value, low, high}, with a 95 % interval."""
        ...

    def chance(self, report: dict[str, Any]) -> tuple[float, str]:
        """What the first version has to surpass, and what that is."""
        ...

    def in_words(self, truth: Sequence[Any], results: Results) -> list[tuple[str, str | None]]:
        """What each image shows, and what a version said of it."""
        ...

    def marks(self, truth: Sequence[Any], results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """{category, score, truth_score, correct, boxes} of each image; the lowest truth_score is the worst."""
        ...


class _AtOnce:
    """Of kinds whose figures cost nothing."""

    sign = 1

    def prepare(self, truth: Sequence[Any], results: Results, look: Callable[[], None]) -> None:
        pass

    def in_words(self, truth: Sequence[Any], results: Results) -> list[tuple[str, str | None]]:
        return [self.words(*pair) for pair in zip(truth, results, strict=True)]

    def marks(self, truth: Sequence[Any], results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        return [self.mark(*pair) for pair in zip(truth, results, strict=True)]

    def words(self, truth: Any, result: dict[str, Any] | None) -> tuple[str, str | None]:
        raise NotImplementedError

    def mark(self, truth: Any, result: dict[str, Any]) -> dict[str, Any]:
        raise NotImplementedError

    def can_say(self, truth: Sequence[Any], results: Results) -> list[bool]:
        return [True] * len(truth)


class ClassificationJudge(_AtOnce):
    metric, title = "macro_f1", "Macro-F1"
    short: tuple[str, ...] = ("accuracy", "macro_f1")

    def report(self, truth: Sequence[Any], results: Results, categories: Sequence[str]) -> dict[str, Any]:
        return classification_report(truth, results, categories)

    def difference(
        self, truth: Sequence[Any], first: Results, second: Results, categories: Sequence[str]
    ) -> dict[str, float]:
        said = [[row.get("category") if row else None for row in results] for results in (first, second)]
        return bootstrap_difference(truth, said[0], said[1], categories)

    def chance(self, report: dict[str, Any]) -> tuple[float, str]:
        return report["majority"]["macro_f1"], "of always answering the most frequent category"

    def words(self, truth: Any, result: dict[str, Any] | None) -> tuple[str, str | None]:
        return truth, result.get("category") if result else None

    def mark(self, truth: Any, result: dict[str, Any]) -> dict[str, Any]:
        said, scores = result["category"], result["scores"]
        return {
            "category": said, "score": scores.get(said) if said else None, "truth_score": scores.get(truth, 0.0),
            "correct": said == truth, "boxes": [],
        }  # fmt: skip


class DetectionJudge(_AtOnce):
    metric, title = "map", "mAP 50–95"
    short: tuple[str, ...] = ("map", "map50")

    def report(self, truth: Sequence[Any], results: Results, categories: Sequence[str]) -> dict[str, Any]:
        from vision.detection_metrics import detection_report

        return detection_report(truth, results, categories)

    def difference(
        self, truth: Sequence[Any], first: Results, second: Results, categories: Sequence[str]
    ) -> dict[str, float]:
        from vision.detection_metrics import bootstrap_map

        return bootstrap_map(truth, first, second, categories)

    def chance(self, report: dict[str, Any]) -> tuple[float, str]:
        return 0.0, "of boxes drawn at random"

    def words(self, truth: Any, result: dict[str, Any] | None) -> tuple[str, str | None]:
        shown = "1 box" if len(truth) == 1 else f"{len(truth)} boxes"
        if result is None:
            return shown, None
        found = self._found(truth, result)
        parts = [f"{len(found['hits'])} found"]
        for name, what in (("misses", "missed"), ("confused", "confused"), ("false_alarms", "not there")):
            if found[name]:
                parts.append(f"{len(found[name])} {what}")
        return shown, ", ".join(parts)

    def mark(self, truth: Any, result: dict[str, Any]) -> dict[str, Any]:
        found = self._found(truth, result)
        hits, wrong = (
            len(found["hits"]),
            sum(len(found[name]) for name in ("misses", "confused", "false_alarms")),
        )
        return {
            "category": self.words(truth, result)[1], "score": max((box["score"] for box in result["boxes"]), default=None),
            # The share of boxes, said or true, that are right.
            "truth_score": hits / (hits + wrong) if hits + wrong else 1.0, "correct": not wrong,
            "boxes": [{"what": name, **box} for name, boxes in found.items() for box in boxes],
        }  # fmt: skip

    def _found(self, truth: Any, result: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        from vision.detection_metrics import mistakes

        return mistakes(truth, result)


class MattingJudge:
    """By the errors of the field (Rhemann et al. 2009); less is better."""

    metric, title, sign = "mse", "MSE (10⁻³)", -1
    short: tuple[str, ...] = ("mse", "sad")

    def prepare(self, truth: Sequence[Any], results: Results, look: Callable[[], None]) -> None:
        scores_work_out([*pairs_of(truth, results), *pairs_of(truth, [None] * len(truth))], look)

    def can_say(self, truth: Sequence[Any], results: Results) -> list[bool]:
        pairs = pairs_of(truth, results)
        known = scores_known(pairs)
        return [pair in known for pair in pairs]

    def report(self, truth: Sequence[Any], results: Results, categories: Sequence[str]) -> dict[str, Any]:
        scores = _values(truth, results)
        return {
            "count": len(scores), **matting_means(scores),
            # Of an empty matte on the same images.
            "empty": matting_means(_values(truth, [None] * len(truth))),
            "failed": sum(said is None for said in results),
        }  # fmt: skip

    def difference(
        self, truth: Sequence[Any], first: Results, second: Results, categories: Sequence[str]
    ) -> dict[str, float]:
        one, other = (
            [values[self.metric] for values in _values(truth, results)] for results in (first, second)
        )
        return bootstrap_mean_difference(one, other)

    def chance(self, report: dict[str, Any]) -> tuple[float, str]:
        return report["empty"]["mse"], "of an empty matte"

    def in_words(self, truth: Sequence[Any], results: Results) -> list[tuple[str, str | None]]:
        pairs = pairs_of(truth, results)
        known = scores_known(pairs)
        said = [known.get(pair) if pair[0] else None for pair in pairs]
        return [("a matte", f"SAD {values['sad']:.2f}" if values else None) for values in said]

    def marks(self, truth: Sequence[Any], results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        every = zip(truth, results, _values(truth, results), strict=True)
        return [self._mark(*one) for one in every]

    def _mark(self, truth: Any, result: dict[str, Any], values: dict[str, float]) -> dict[str, Any]:
        return {
            "category": f"SAD {values['sad']:.2f}, MSE {values['mse']:.1f}", "score": None,
            "truth_score": 1 - min(1.0, values["mse"] / 1000), "correct": False, "boxes": [],
            "alpha": result["alpha"], "true_alpha": truth[0], "metrics": values,
        }  # fmt: skip


def _values(truth: Sequence[Any], results: Results) -> list[dict[str, float]]:
    """The scores of each image of which they are at hand."""
    pairs = pairs_of(truth, results)
    known = scores_known(pairs)
    return [known[pair] for pair in pairs if pair in known]


JUDGES: dict[str, Judge] = {
    Project.Kind.CLASSIFICATION: ClassificationJudge(),
    Project.Kind.DETECTION: DetectionJudge(),
    Project.Kind.MATTING: MattingJudge(),
}
