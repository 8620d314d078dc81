"""Versions that cost nothing, and frames with files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inference.models import ModelVersion
from inference.services.versions import version_register
from labeling.models import Image, Project, QueueItem
from tests.pictures import jpeg
from vision.base import checkpoint_sha256

CATEGORIES = ["engaged", "non-engaged", "animated"]
MakeVersion = Callable[..., ModelVersion]
MakeFrames = Callable[..., list[Image]]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def make_version(tmp_path: Path, project: Project) -> MakeVersion:
    """The majority model, which always answers `says`."""

    def make(says: str = "engaged", project: Project = project, **fields: Any) -> ModelVersion:
        folder = tmp_path / f"checkpoint-{project.pk}-{says}"
        folder.mkdir(exist_ok=True)
        shares = {name: 0.8 if name == says else 0.1 for name in CATEGORIES}
        (folder / "config.json").write_text(json.dumps({"model": "majority", "shares": shares}))
        version = version_register(
            project=project, model="majority", checkpoint=folder, sha256=checkpoint_sha256(folder), config={}
        )
        ModelVersion.objects.filter(pk=version.pk).update(**fields)
        version.refresh_from_db()
        return version

    return make


@pytest.fixture
def make_frames(make_images: Callable[..., list[Image]], media: Path) -> MakeFrames:
    """Images with files. `broken` ones are no pictures, for those of these numbers."""

    def make(project: Project, count: int, broken: tuple[int, ...] = (), **queue: Any) -> list[Image]:
        images, pictures = make_images(project, count, **queue), [jpeg(number) for number in range(16)]
        for number, image in enumerate(images):
            path = media / image.file_key
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"no picture" if number in broken else pictures[number % 16])
        return images

    return make


def shown(project: Project) -> list[str | None]:
    """The category that each of the queue's rows shows, in the order of the images."""
    rows = QueueItem.objects.filter(project=project).order_by("image_id").values_list("prediction", flat=True)
    return [row["result"]["category"] if row else None for row in rows]
