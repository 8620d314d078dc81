"""What people say that images show, as models learn from it and are measured by it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import connection

from labeling.models import Project

PAGE = 2000
MATTE = "matte"
LABELED = "q.status IN ('labeled', 'done') AND i.deleted_at IS NULL AND i.error = ''"
# The newest label of an image that counts.
NEWEST = """JOIN LATERAL (SELECT a.uuid, a.result FROM labeling_annotation a
                WHERE a.image_id = i.id AND a.current AND NOT a.late AND a.verdict <> 'reject'
                ORDER BY a.created DESC LIMIT 1) a ON true"""
# Several people's labels: what most of them say counts; where they disagree evenly, a review decides first.
FROZEN: dict[str, str] = {
    Project.Kind.CLASSIFICATION: f"""
        SELECT i.id, i.sha256, i.name, i.width, i.height, i.split, i."group", array_agg(a.uuid::text ORDER BY a.created),
               jsonb_agg(a.result->'category' ORDER BY a.created)
        FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
        JOIN labeling_annotation a ON a.image_id = i.id AND a.current AND NOT a.late AND a.verdict <> 'reject'
        WHERE i.project_id = %s AND i.id > %s AND {LABELED} AND i.split <> ''
        GROUP BY i.id ORDER BY i.id LIMIT {PAGE}""",
    Project.Kind.DETECTION: f"""
        SELECT i.id, i.sha256, i.name, i.width, i.height, i.split, i."group", ARRAY[a.uuid::text], a.result->'boxes'
        FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id {NEWEST}
        WHERE i.project_id = %s AND i.id > %s AND {LABELED} AND i.split <> ''
        ORDER BY i.id LIMIT {PAGE}""",
    Project.Kind.MATTING: f"""
        SELECT i.id, i.sha256, i.name, i.width, i.height, i.split, i."group", ARRAY[a.uuid::text], a.result
        FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id {NEWEST}
        WHERE i.project_id = %s AND i.id > %s AND {LABELED} AND i.split <> ''
        ORDER BY i.id LIMIT {PAGE}""",
}
HELD_OUT: dict[str, str] = {
    Project.Kind.CLASSIFICATION: f"""
        SELECT i.id, to_jsonb(q.category) FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id
        WHERE i.project_id = %s AND i.split = 'test' AND {LABELED} AND i.ready AND q.category <> '' ORDER BY i.id""",
    Project.Kind.DETECTION: f"""
        SELECT i.id, a.result->'boxes' FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id {NEWEST}
        WHERE i.project_id = %s AND i.split = 'test' AND {LABELED} AND i.ready ORDER BY i.id""",
    Project.Kind.MATTING: f"""
        SELECT i.id, a.result FROM labeling_image i JOIN labeling_queueitem q ON q.image_id = i.id {NEWEST}
        WHERE i.project_id = %s AND i.split = 'test' AND {LABELED} AND i.ready ORDER BY i.id""",
}


def frozen_rows(project: Project) -> Iterator[dict[str, Any]]:
    """A snapshot's lines, one for each labeled image, by id, in short pages: a long read would slow the queue down.

    {image, sha256, name, split, group, annotations} and `category`, or `width`, `height` and `boxes`: [{category, bbox}], or
    these and `alpha` with `trimap`, by their SHA-256.
    """
    after, page = 0, [()]
    while page:
        with connection.cursor() as cursor:
            cursor.execute(FROZEN[project.kind], [project.pk, after])
            page = cursor.fetchall()
        for pk, sha256, name, width, height, split, group, uuids, said in page:
            after = pk
            row = {
                "image": pk,
                "sha256": sha256,
                "name": name,
                "split": split,
                "group": group,
                "annotations": uuids,
            }
            if project.kind == Project.Kind.DETECTION:
                boxes = [{"category": box["category"], "bbox": box["bbox"]} for box in json.loads(said)]
                yield {**row, "width": width, "height": height, "boxes": boxes}
            elif project.kind == Project.Kind.MATTING:
                yield {**row, "width": width, "height": height, **json.loads(said)}
            elif category := _most(json.loads(said)):
                yield {**row, "category": category}


def _most(said: list[str]) -> str | None:
    ranked = Counter(said).most_common(2)
    return None if len(ranked) == 2 and ranked[0][1] == ranked[1][1] else ranked[0][0]


def truth_of(row: dict[str, Any]) -> Any:
    """Of a snapshot's line what `held_out` says of an image."""
    if "alpha" in row:
        return matte_of(row)
    return row["category"] if "category" in row else boxes_of(row["boxes"])


def matte_of(said: dict[str, Any]) -> tuple[str, str]:
    return said["alpha"], said.get("trimap", "")


def boxes_of(boxes: list[dict[str, Any]]) -> list[tuple[str, tuple[float, ...]]]:
    return [(box["category"], tuple(box["bbox"])) for box in boxes]


def categories_of(row: dict[str, Any]) -> list[str]:
    """The categories of a snapshot's line, each box's by itself; of a matte the one that all have."""
    if "alpha" in row:
        return [MATTE]
    return [row["category"]] if "category" in row else [box["category"] for box in row["boxes"]]


def held_out(project: Project) -> tuple[list[int], list[Any]]:
    """The ids of today's labeled images on the held-out side, and what they show: a category, (category, box) pairs, or the
    SHA-256 of a matte and its trimap."""
    with connection.cursor() as cursor:
        cursor.execute(HELD_OUT[project.kind], [project.pk])
        rows = [(pk, json.loads(said)) for pk, said in cursor.fetchall()]
    if project.kind == Project.Kind.DETECTION:
        rows = [(pk, boxes_of(boxes)) for pk, boxes in rows]
    if project.kind == Project.Kind.MATTING:
        rows = [(pk, matte_of(said)) for pk, said in rows]
    return [pk for pk, _ in rows], [said for _, said in rows]
