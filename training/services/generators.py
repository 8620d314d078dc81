"""How versions that make pictures are judged: by how far these are from photographs that training did not learn from."""

from __future__ import annotations

from typing import Any

from inference.models import ModelVersion

REPORTED = ("kid", "kid_before", "features", "best_epoch", "images")


def generator_report(described: dict[str, Any]) -> dict[str, Any]:
    """Of a checkpoint's description: {kid, kid_before, features, best_epoch, images}."""
    return {name: described.get(name) for name in REPORTED}


def generator_judge(*, candidate: ModelVersion, production: ModelVersion | None) -> dict[str, Any]:
    """As `gate_judge`: nearer to photographs (KID) than the version of the same model that is in production; the first one, than
    renders as they are. A StyleGAN2's first has nothing to be compared with."""
    mine, before = candidate.metrics.get("kid"), candidate.metrics.get("kid_before")
    if mine is None:
        return _gate(
            False,
            "Nothing was measured: there were fewer than two photographs to compare with.",
            candidate,
            None,
        )
    if production is not None and production.metrics.get("kid") is not None:
        theirs = production.metrics["kid"]
        reason = f"KID {mine:.4f} against {theirs:.4f} of the version in production (less is nearer to photographs)."
        return _gate(mine <= theirs, reason, candidate, production)
    if before is None:
        return _gate(True, f"KID {mine:.4f}; there is nothing to compare it with.", candidate, None)
    reason = f"KID {mine:.4f} against {before:.4f} of renders as they are (less is nearer to photographs)."
    return _gate(mine < before, reason, candidate, None)


def _gate(
    passed: bool, reason: str, candidate: ModelVersion, production: ModelVersion | None
) -> dict[str, Any]:
    return {
        "passed": passed, "reason": reason, "count": (candidate.metrics.get("images") or {}).get("real", 0),
        "candidate": _short(candidate), "production": _short(production) if production else None, "difference": None,
    }  # fmt: skip


def _short(version: ModelVersion) -> dict[str, float] | None:
    return {"kid": version.metrics["kid"]} if version.metrics.get("kid") is not None else None
