"""How versions are judged, kind by kind: the figures of held-out images, and the one that the gate goes by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from labeling.models import Project
from vision.metrics import bootstrap_difference, classification_report

Results = Sequence[dict[str, Any] | None]  # what a version said of images, as JSON; None where it failed


class Judge(Protocol):
    metric: str  # that the gate goes by, in a report
    title: str
    short: tuple[str, ...]  # of a report, what the gate writes down

    def report(self, truth: Sequence[Any], results: Results, categories: Sequence[str]) -> dict[str, Any]: ...

    def difference(
        self, truth: Sequence[Any], first: Results, second: Results, categories: Sequence[str]
    ) -> dict[str, float]:
        """first − second in the metric: {value, low, high}, with a 95 % interval."""
        ...

    def chance(self, report: dict[str, Any]) -> tuple[float, str]:
        """What the first version has to surpass, and what that is."""
        ...

    def in_words(self, truth: Any, result: dict[str, Any] | None) -> tuple[str, str | None]:
        """What an image shows, and what a version said of it."""
        ...

    def mark(self, truth: Any, result: dict[str, Any]) -> dict[str, Any]:
        """{category, score, truth_score, correct, boxes} of one image; the lowest truth_score is the worst."""
        ...


class ClassificationJudge:
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

    def in_words(self, truth: Any, result: dict[str, Any] | None) -> tuple[str, str | None]:
        return truth, result.get("category") if result else None

    def mark(self, truth: Any, result: dict[str, Any]) -> dict[str, Any]:
        said, scores = result["category"], result["scores"]
        return {
            "category": said, "score": scores.get(said) if said else None, "truth_score": scores.get(truth, 0.0),
            "correct": said == truth, "boxes": [],
        }  # fmt: skip


class DetectionJudge:
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

    def in_words(self, truth: Any, result: dict[str, Any] | None) -> tuple[str, str | None]:
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
            "category": self.in_words(truth, result)[1], "score": max((box["score"] for box in result["boxes"]), default=None),
            # The share of boxes, said or true, that are right.
            "truth_score": hits / (hits + wrong) if hits + wrong else 1.0, "correct": not wrong,
            "boxes": [{"what": name, **box} for name, boxes in found.items() for box in boxes],
        }  # fmt: skip

    def _found(self, truth: Any, result: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
        from vision.detection_metrics import mistakes

        return mistakes(truth, result)


JUDGES: dict[str, Judge] = {
    Project.Kind.CLASSIFICATION: ClassificationJudge(),
    Project.Kind.DETECTION: DetectionJudge(),
}
