"""Mattes as people make them, and what a project says of its images."""

from uuid import uuid4

import numpy as np
from PIL import Image as Pillow

from labeling.models import Annotation
from labeling.services.mattes import matte_store
from labeling.services.projects import project_create
from tests.pictures import encoded
from vision.mattes import alpha_png, read_levels


def matting(by, name="Portraits", categories=("person",)):
    return project_create(
        by=by, name=name, kind="matting", categories=[{"name": category} for category in categories]
    )


def soft(seed, width, height):
    """uint8 [h, w]: a round thing with soft edges, and grain in them; all levels where it is large enough."""
    random = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    centre = random.random(2) * 0.5 + 0.25
    distance = np.hypot(x / width - centre[0], y / height - centre[1])
    alpha = np.clip((0.35 - distance) * 6 + 0.5, 0, 1)
    grain = random.random((height, width)) * 0.2 * (alpha > 0) * (alpha < 1)
    return np.rint(np.clip(alpha - grain, 0, 1) * 255).astype(np.uint8)


def banded(alpha):
    """A trimap, uint8 [h, w]."""
    return np.where(alpha == 0, 0, np.where(alpha == 255, 255, 128)).astype(np.uint8)


def grey(levels, **options):
    return encoded(Pillow.fromarray(levels), "PNG", **options)


def submit_matte(api, project, image, alpha, trimap=None, uuid=None):
    result = {"alpha": matte_store(project_id=project.pk, data=alpha_png(alpha)).sha256}
    if trimap is not None:
        result["trimap"] = matte_store(project_id=project.pk, data=alpha_png(trimap)).sha256
    answer = api.put(f"/api/images/{image}/annotations/{uuid or uuid4()}/", {"result": result}, format="json")
    assert answer.status_code in (200, 201), answer.json()
    return result


def levels_of(sha256):
    from django.core.files.storage import default_storage

    from labeling.models.matte import matte_key

    with default_storage.open(matte_key(sha256)) as file:
        return read_levels(file.read())


def said(project):
    """{hash: (split, group, attributes, alpha, trimap)} of the labeled images, mattes by their SHA-256."""
    rows = Annotation.objects.filter(project=project, current=True).select_related("image")
    return {
        row.image.sha256: (
            row.image.split, row.image.group, row.image.attributes, row.result["alpha"], row.result.get("trimap"),
        )
        for row in rows
    }  # fmt: skip
