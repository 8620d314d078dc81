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
from django.db import connection

from labeling.models import Project, User
from labeling.services.splits import split_assign
from training.models import Snapshot

PAGE = 2000


def snapshot_freeze(*, project: Project, by: User | None) -> Snapshot:
    """The data set of this moment. The same labels and splits give the same snapshot, down to its hash.

    Raises ValueError when nothing is labeled.
    """
    warnings = split_assign(project=project)
    splits: dict[str, Counter[str]] = {}
    total, count = hashlib.sha256(), 0
    with tempfile.TemporaryFile() as manifest:
        for row in _rows(project):
            line = (json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n").encode()
            total.update(line)
            manifest.write(line)
            count += 1
            splits.setdefault(row["split"], Counter())[row["category"]] += 1
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
            "manifest": key, "count": count, "splits": splits, "warnings": warnings, "created_by": by,
            "categories": list(project.categories.values_list("name", flat=True)),
        },
    )  # fmt: skip
    return snapshot


def _rows(project: Project) -> Iterator[dict[str, Any]]:
    """One for each labeled image, by id, in short pages: a long read would slow the queue down.

    Several people's labels count as what most of them say; where they disagree evenly the image is left out until a
    review decides.
    """
    after = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                """SELECT i.id, i.sha256, i.name, i.split, i."group", array_agg(a.result->>'category' ORDER BY a.created),
                          array_agg(a.uuid::text ORDER BY a.created)
                   FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
                   JOIN labeling_annotation a ON a.image_id = i.id AND a.current AND NOT a.late AND a.verdict <> 'reject'
                   WHERE i.project_id = %s AND i.id > %s AND q.status IN ('labeled', 'done') AND i.deleted_at IS NULL
                     AND i.error = '' AND i.split <> ''
                   GROUP BY i.id ORDER BY i.id LIMIT %s""",
                [project.pk, after, PAGE],
            )
            page = cursor.fetchall()
        for pk, sha256, name, split, group, said, uuids in page:
            after = pk
            ranked = Counter(said).most_common(2)
            if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
                continue
            yield {
                "image": pk, "sha256": sha256, "name": name, "category": ranked[0][0], "split": split, "group": group,
                "annotations": uuids,
            }  # fmt: skip
        if len(page) < PAGE:
            return


def snapshot_rows(snapshot: Snapshot) -> list[dict[str, Any]]:
    """The frozen lines. Raises ValueError if the file is not the one that was frozen."""
    with default_storage.open(snapshot.manifest) as file:
        data = file.read()
    if hashlib.sha256(data).hexdigest() != snapshot.sha256:
        raise ValueError("The snapshot's file was changed.")
    return [json.loads(line) for line in data.splitlines()]
