"""Snapshots: the labeled images of a project, frozen and named by their content."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from labeling.models import Project, User
from labeling.services.splits import split_assign
from training.models import Snapshot
from training.services.truth import categories_of, frozen_rows


def snapshot_freeze(*, project: Project, by: User | None) -> Snapshot:
    """The data set of this moment. The same labels and splits give the same snapshot, down to its hash.

    Raises ValueError when nothing is labeled.
    """
    warnings = split_assign(project=project)
    splits: dict[str, Counter[str]] = {}
    images: Counter[str] = Counter()
    total, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as manifest:
        for row in frozen_rows(project):
            line = (json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n").encode()
            total.update(line)
            manifest.write(line)
            count += 1
            splits.setdefault(row["split"], Counter()).update(categories_of(row))
            images[row["split"]] += 1
        if not count:
            raise ValueError("No image is labeled yet.")
        sha256 = total.hexdigest()
        manifest.seek(0)
        key = f"snapshots/{sha256}.jsonl"
        if not default_storage.exists(key):
            default_storage.save(key, File(manifest))
    snapshot, _ = Snapshot.objects.get_or_create(
        project=project, sha256=sha256,
        defaults={
            "manifest": key, "count": count, "splits": splits, "images": images, "warnings": warnings, "created_by": by,
            "categories": list(project.categories.values_list("name", flat=True)),
        },
    )  # fmt: skip
    return snapshot


def snapshot_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The frozen lines. Raises ValueError if the file is not the one that was frozen."""
    with default_storage.open(snapshot.manifest) as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != snapshot.sha256:
        raise ValueError("The snapshot's file was changed.")
    return [json.loads(line) for line in data.splitlines()]
