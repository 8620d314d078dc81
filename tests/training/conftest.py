"""Labels without people, versions that cost nothing, and runs and promotions without a worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from inference.models import ModelVersion
from inference.services.results import Said, store
from labeling.models import Annotation, Image, Job, Project, QueueItem, User
from tests.conftest import MakeImages
from tests.inference.conftest import CATEGORIES, make_frames, make_version, media  # noqa: F401

Labeled = Callable[..., list[Image]]


@pytest.fixture
def label(labeler: User) -> Callable[[Image, str], Annotation]:
    """One person's label on an image, and what the queue says then."""

    def make(image: Image, category: str, status: str = "labeled", **fields: Any) -> Annotation:
        values = {"author": labeler, "result": {"category": category}, "digest": "x", **fields}
        annotation = Annotation.objects.create(image=image, project=image.project, **values)
        QueueItem.objects.filter(image=image).update(status=status, category=category, slots=0)
        return annotation

    return make


@pytest.fixture
def labeled(make_images: MakeImages, label: Any, project: Project) -> Labeled:
    """Images of these categories, labeled; other fields are the images'."""

    def make(categories: Sequence[str], project: Project = project, **fields: Any) -> list[Image]:
        images = make_images(project, len(categories))
        Image.objects.filter(pk__in=[image.pk for image in images]).update(**fields)
        for image, category in zip(images, categories, strict=True):
            label(image, category)
            image.refresh_from_db()
        return images

    return make


def says(version: ModelVersion, images: Sequence[Image], answers: Sequence[str | None]) -> None:
    """The version's predictions; None is an image that it failed on."""
    rows = []
    for image, answer in zip(images, answers, strict=True):
        scores = {name: 0.8 if name == answer else 0.1 for name in CATEGORIES}
        result = {
            "category": answer,
            "scores": scores,
            "faces": [],
            "entities": [],
            "distracted": False,
            "reason": "",
        }
        rows.append(
            Said(
                image.pk,
                result if answer else None,
                0.8 if answer else None,
                0.3,
                1.0,
                "" if answer else "broken",
            )
        )
    store(version, rows)


def last_job(kind: str) -> Job:
    return Job.objects.filter(kind=kind).latest("id")
