"""Renders as what translators learn to change (`settings.RENDERED_PICTURES`)."""

from __future__ import annotations

from typing import Any

from synthesis.models import SyntheticBatch, SyntheticImage
from synthesis.services.accepting import name_of

MOST = 2000  # the latest ones


def rendered_pictures(*, project_id: int) -> list[dict[str, Any]]:
    """[{image, sha256, name}] of a project's renders, by when they were made. `image` is a name: they need not be in the project."""
    rows = (
        SyntheticImage.objects.filter(
            batch__project=project_id, batch__generator=SyntheticBatch.Generator.BLENDER, error=""
        )
        .select_related("batch__model_version")
        .defer("boxes")
    )
    latest = sorted(rows.order_by("-batch_id", "-number")[:MOST], key=lambda row: (row.batch_id, row.number))
    return [
        {"image": f"made-{row.pk}", "sha256": row.sha256, "name": name_of(row.batch, row)} for row in latest
    ]
