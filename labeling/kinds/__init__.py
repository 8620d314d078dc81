"""What a label is, kind by kind: how it is checked, what it says, where its regions came from, when two say the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from labeling.kinds.classification import Classification
from labeling.kinds.detection import Detection
from labeling.kinds.matting import Matting
from labeling.models import Project

Result = dict[str, Any]
Today = Callable[[Any], str | None]  # a category's name of today, by the one that it has or had


class Kind(Protocol):
    def understood(
        self, result: Mapping[str, Any], *, width: int, height: int, today: Today, categories: list[str]
    ) -> Result:
        """What a person submitted, in the names of today and with nothing that they may not say. Raises ValueError
        that says what is wrong."""
        ...

    def categories(self, result: Mapping[str, Any]) -> list[str]:
        """The names that a label says, each once."""
        ...

    def mattes(self, result: Mapping[str, Any]) -> list[str]:
        """The SHA-256 of each file that a label names."""
        ...

    def regions(
        self,
        result: Mapping[str, Any],
        prediction: Mapping[str, Any] | None,
        today: Today,
        shown_from: float | None = None,
    ) -> list[dict[str, Any]]:
        """Where each region came from, by comparing with `prediction`, as the queue keeps it: {origin, model_version?, score?}.
        `shown_from`: what a prediction had to score for the person to see it; None where they saw all."""
        ...

    def brought(self, result: Mapping[str, Any], origin: str) -> list[dict[str, Any]]:
        """The regions of a label that no person made: imported, rendered."""
        ...

    def same(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """Whether two people said the same."""
        ...


KINDS: dict[str, Kind] = {
    Project.Kind.CLASSIFICATION: Classification(),
    Project.Kind.DETECTION: Detection(),
    Project.Kind.MATTING: Matting(),
}


def summary(kind: str, result: Mapping[str, Any] | None) -> dict[str, Any]:
    """{category, categories} of an image's queue row, as they follow from the label that counts."""
    said = KINDS[kind].categories(result) if result else []
    if kind == Project.Kind.CLASSIFICATION:
        return {"category": "".join(said), "categories": []}
    return {"category": "", "categories": said}
