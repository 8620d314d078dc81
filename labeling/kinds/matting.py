"""An alpha matte, and the trimap that it was made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from labeling.mattefiles import likeness
from labeling.models import Matte
from vision.checks import as_sha256

FIELDS = {"alpha", "trimap"}
CORRECTED = 0.5  # of likeness from which a matte is the predicted one that was mended, and not another
AGREED = 0.95  # and from which two people mean the same


class Matting:
    def understood(
        self, result: Mapping[str, Any], *, width: int, height: int, today: Callable[[Any], str | None], categories: list[str],
    ) -> dict[str, Any]:  # fmt: skip
        if unknown := result.keys() - FIELDS:
            raise ValueError(f"Unknown field {sorted(unknown)[0]}: a label is {{alpha, trimap?}}.")
        said = {"alpha": as_sha256(result.get("alpha"), "alpha")}
        if result.get("trimap") is not None:
            said["trimap"] = as_sha256(result["trimap"], "trimap")
        return said

    def categories(self, result: Mapping[str, Any]) -> list[str]:
        return []

    def mattes(self, result: Mapping[str, Any]) -> list[str]:
        return [result[name] for name in ("alpha", "trimap") if result.get(name)]

    def regions(
        self,
        result: Mapping[str, Any],
        prediction: Mapping[str, Any] | None,
        today: Callable[[Any], str | None],
        shown_from: float | None = None,
    ) -> list[dict[str, Any]]:
        """The very matte that was predicted was accepted; one that is like it was corrected."""
        alpha = ((prediction or {}).get("result") or {}).get("alpha")
        if not prediction or not alpha:
            return [{"origin": "drawn"}]
        origin = "accepted" if alpha == result["alpha"] else "corrected"
        if origin == "corrected" and _likeness(alpha, result["alpha"]) < CORRECTED:
            return [{"origin": "drawn"}]
        return [{"origin": origin, "model_version": prediction["model_version"]}]

    def brought(self, result: Mapping[str, Any], origin: str) -> list[dict[str, Any]]:
        return [{"origin": origin}]

    def same(self, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
        """Trimaps are a way to a matte, and no part of what is said."""
        return bool(first["alpha"] == second["alpha"]) or _likeness(first["alpha"], second["alpha"]) >= AGREED


def _likeness(first: str, second: str) -> float:
    previews = dict(Matte.objects.filter(sha256__in=[first, second]).values_list("sha256", "preview"))
    if len(previews) < 2:  # a prediction whose version was removed with its files
        return 0.0
    return likeness(bytes(previews[first]), bytes(previews[second]))
