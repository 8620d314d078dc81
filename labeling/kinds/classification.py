"""One category an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


class Classification:
    def understood(
        self, result: Mapping[str, Any], *, width: int, height: int, today: Callable[[Any], str | None], categories: list[str],
    ) -> dict[str, Any]:  # fmt: skip
        unknown = result.keys() - {"category"}
        if unknown:
            raise ValueError(f"Unknown field {sorted(unknown)[0]}: a label is {{category}}.")
        category = today(result.get("category"))
        if category is None:
            raise ValueError(f"The category must be one of {', '.join(categories)}.")
        return {"category": category}

    def categories(self, result: Mapping[str, Any]) -> list[str]:
        return [result["category"]]

    def mattes(self, result: Mapping[str, Any]) -> list[str]:
        return []

    def regions(
        self,
        result: Mapping[str, Any],
        prediction: Mapping[str, Any] | None,
        today: Callable[[Any], str | None],
        shown_from: float | None = None,
    ) -> list[dict[str, Any]]:
        """A category is always in sight."""
        predicted = (prediction or {}).get("result") or {}
        if not prediction or not predicted.get("category"):
            return [{"origin": "drawn"}]
        same = today(predicted["category"]) == result["category"]
        return [{"origin": "accepted" if same else "corrected", "model_version": prediction["model_version"]}]

    def brought(self, result: Mapping[str, Any], origin: str) -> list[dict[str, Any]]:
        return [{"origin": origin}]

    def same(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        return bool(first["category"] == second["category"])
