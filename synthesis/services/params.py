"""What a batch is made of, as people and programs say it: checked, and in full."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from rest_framework.exceptions import ValidationError

from labeling.models import Project
from synthesis.models import SceneModel
from vision import config as configs
from vision.scenes.catalog import BY_NAME
from vision.scenes.config import SceneConfig

MOST_SEED = 2**53 - 1  # as far as JavaScript counts


def count_checked(count: int, seed: int) -> None:
    if not 1 <= count <= settings.MAX_BATCH_IMAGES:
        raise ValidationError({"count": [f"From 1 to {settings.MAX_BATCH_IMAGES:,} pictures at a time."]})
    if not 0 <= seed <= MOST_SEED - count:
        raise ValidationError({"seed": [f"A whole number from 0 to {MOST_SEED - count}."]})


def params_checked(*, project: Project, params: Mapping[str, Any]) -> dict[str, Any]:
    """{scene, mapping, weights, models} in full. Raises ValidationError."""
    if project.kind != Project.Kind.DETECTION:
        raise ValidationError(
            {"project": ["Scenes come with boxes: choose a project of the kind detection."]}
        )
    if unknown := params.keys() - {"scene", "mapping", "weights", "models"}:
        raise ValidationError(
            {"params": [f"Unknown: {sorted(unknown)[0]}. There are scene, mapping, weights, models."]}
        )
    try:
        scene = configs.parse(SceneConfig, _object(params, "scene"))
    except ValueError as error:
        field, _, reason = str(error).partition(": ")
        raise ValidationError({f"scene.{field}": [reason]}) from error
    models = _models(project, params.get("models", []))
    mapping = _mapping(project, _object(params, "mapping"))
    weights = _weights(_object(params, "weights"), {*BY_NAME, *(model.name for model in models)})
    if not mapping and not any(model.category_id for model in models):
        raise ValidationError(
            {"mapping": ["Say for at least one kind which category it is: else nothing would be labeled."]}
        )
    return {
        "scene": configs.to_json(scene),
        "mapping": mapping,
        "weights": weights,
        "models": [model.pk for model in models],
    }


def _object(params: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = params.get(name, {})
    if not isinstance(value, Mapping):
        raise ValidationError({name: ["An object is expected."]})
    return value


def _mapping(project: Project, said: Mapping[str, Any]) -> dict[str, str]:
    known = set(project.categories.values_list("name", flat=True))
    for kind, category in said.items():
        if kind not in BY_NAME:
            raise ValidationError({"mapping": [f"There is no kind {str(kind)[:50]}."]})
        if not isinstance(category, str) or category not in known:
            raise ValidationError(
                {
                    "mapping": [
                        f"The project has no category {str(category)[:100]}: add it in the settings first."
                    ]
                }
            )
    return dict(said)


def _weights(said: Mapping[str, Any], known: set[str]) -> dict[str, float]:
    for kind, weight in said.items():
        if kind not in known:
            raise ValidationError({"weights": [f"There is no kind {str(kind)[:50]}."]})
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 100:
            raise ValidationError({"weights": [f"{kind}: a number from 0 to 100 is expected."]})
    if known and all(said.get(kind, 1) == 0 for kind in known):
        raise ValidationError({"weights": ["At least one kind has to occur."]})
    return {kind: float(weight) for kind, weight in said.items()}


def _models(project: Project, said: Any) -> list[SceneModel]:
    if not isinstance(said, list) or not all(isinstance(pk, int) and not isinstance(pk, bool) for pk in said):
        raise ValidationError({"models": ["A list of ids is expected."]})
    found = list(
        SceneModel.objects.filter(project=project, pk__in=[pk for pk in said if 0 < pk < 2**63]).order_by(
            "pk"
        )
    )
    if len(found) != len(set(said)):
        raise ValidationError({"models": ["One of these models is not there any more."]})
    for model in found:
        if model.state != SceneModel.State.READY:
            raise ValidationError(
                {"models": [f"{model.name} cannot be used: {model.error or 'Blender has not read it yet'}."]}
            )
    return found
