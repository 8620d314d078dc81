"""Snapshots: the labeled images of a project, frozen and named by their content."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.files import File
from django.core.files.storage import default_storage

from labeling.models import Project, User
from labeling.services.exportpages import Frozen
from labeling.services.jobs import JobFailed
from labeling.services.splits import split_assign
from training.models import Snapshot
from training.services.truth import categories_of, frozen_rows


def snapshot_freeze(*, project: Project, by: User | None, name: str = "") -> Snapshot:
    """The data set of this moment. The same labels and splits give the same snapshot, down to its hash; it takes the
    name where it has none. Raises ValueError when nothing is labeled.
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
    if name and not snapshot.name:
        snapshot.name = name
        snapshot.save(update_fields=["name"])
    return snapshot


def snapshot_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The frozen lines. Raises ValueError if the file is not the one that was frozen."""
    return list(_lines(snapshot))


def _lines(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    with default_storage.open(snapshot.manifest) as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != snapshot.sha256:
            raise ValueError("The snapshot's file was changed.")
        file.seek(0)
        yield from map(json.loads, file)


def snapshot_frozen(*, project_id: int, sha256: str) -> Frozen | None:
    """A project's version by its hash, as an export reads it (`settings.DATASET_VERSION`)."""
    snapshot = Snapshot.objects.filter(project=project_id, sha256=sha256).first()
    return Frozen(snapshot.categories, snapshot.count, _frozen_lines(snapshot)) if snapshot else None


def _frozen_lines(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    try:
        yield from _lines(snapshot)
    except FileNotFoundError as error:
        raise JobFailed("The file of this dataset version is missing from the storage.") from error
    except ValueError as error:
        raise JobFailed(str(error)) from error


def snapshots_compare(*, before: Snapshot, after: Snapshot) -> dict[str, list[dict[str, Any]]]:
    """What of one set's images is not in the other, and what of those in both is labeled otherwise or on another side:
    {added, removed, relabeled, moved}, each of {image, name, before, after}, in words."""
    old, new = ({row["image"]: row for row in snapshot_rows(one)} for one in (before, after))
    both = [(old[pk], new[pk]) for pk in old if pk in new]
    return {
        "added": [_change(None, row) for pk, row in new.items() if pk not in old],
        "removed": [_change(row, None) for pk, row in old.items() if pk not in new],
        "relabeled": [_change(a, b) for a, b in both if _label(a) != _label(b)],
        "moved": [
            {"image": a["image"], "name": a["name"], "before": a["split"], "after": b["split"]}
            for a, b in both if a["split"] != b["split"]
        ],
    }  # fmt: skip


def _label(row: dict[str, Any]) -> Any:
    if "category" in row:
        return row["category"]
    if "alpha" in row:
        return row["alpha"]
    return sorted((box["category"], *box["bbox"]) for box in row["boxes"])


def _change(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    row = after or before or {}
    return {
        "image": row["image"], "name": row["name"], "before": before and in_words(before), "after": after and in_words(after),
    }  # fmt: skip


def in_words(row: dict[str, Any]) -> str:
    """What a line says its image shows: a category, or "2 milk, 1 jam"."""
    counts = Counter(categories_of(row))
    if "category" in row:
        return str(row["category"])
    if "alpha" in row:
        return "a matte with its trimap" if "trimap" in row else "a matte"
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "no box"
