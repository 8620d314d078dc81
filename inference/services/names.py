"""What a version's answers are called today. A prediction is kept in the names that its version learned; whoever reads
one is given it in the names that the project's categories have by now."""

from __future__ import annotations

from typing import Any

from inference.models import ModelVersion
from labeling.models import Project
from labeling.services.categories import project_names_since
from vision.results import Names, Result, renamed


def names_of(version: ModelVersion) -> Names:
    """{the version's name of a category: today's}, of those that have changed; looked up once for a row in memory."""
    if version.names_at_hand is None:
        version.names_at_hand = project_names_since(project_id=version.project_id, when=version.learned_at)
    return version.names_at_hand


def today(version: ModelVersion, result: dict[str, Any]) -> tuple[dict[str, Any], Result | None]:
    """A result of the version as it is shown, and the same read; None where it stands as it was stored."""
    project = version.project
    names = names_of(version) if project.kind != Project.Kind.MATTING else {}  # a matte is of no category
    if not names:
        return result, None
    found = renamed(project.kind, result, names, non_engaged=project.settings.get("non_engaged", ""))
    return found.to_json(), found


def result_today(version: ModelVersion, result: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if result is None else today(version, result)[0]
